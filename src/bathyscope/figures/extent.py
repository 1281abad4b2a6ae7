"""Where the axes of a panel begin and end, and what cannot be placed on them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.color import LARGEST
from bathyscope.figures.figure import Axis, Panel
from bathyscope.figures.marks import Bars, Line, Mark, Matrix, Points, Wave

Floats = NDArray[np.float64]
Side = Literal["x", "y"]
OffKind = Literal["nan", "+inf", "-inf", "nonpositive"]

#: Where a log axis ends: below, doubles lose their digits.
SMALLEST = 1e-307
#: Share of the span left free at both ends.
PAD = 0.04
#: Room for text written beyond the end of a bar.
BAR_TEXT_PAD = 0.12


@dataclass(frozen=True)
class Limits:
    """Ends of one axis; ``reversed`` axes run from the top down.

    ``empty`` says that there was nothing to place, so that the ends mean nothing.
    """

    low: float
    high: float
    log: bool = False
    reversed: bool = False
    empty: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """From left to right, or from bottom to top."""
        return (self.high, self.low) if self.reversed else (self.low, self.high)

    def fractions(self, values: Floats) -> Floats:
        """Place values: 0 at ``low``, 1 at ``high``; not clipped."""
        low, high = self.low, self.high
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log10(values)
            low, high = np.log10(low), np.log10(high)
        with np.errstate(over="ignore"):  # beyond what an axis can hold
            return (values - low) / (high - low)


def limits(panel: Panel) -> tuple[Limits, Limits]:
    """Find the ends of the x and of the y axis."""
    assert panel.x is not None and panel.y is not None
    return _limits(panel, panel.x, "x"), _limits(panel, panel.y, "y")


def is_log(panel: Panel, side: Side) -> bool:
    """Whether the axis can be logarithmic: asked for, and no cell or bar has to start at 0."""
    axis = panel.x if side == "x" else panel.y
    if axis is None or axis.scale != "log":
        return False
    if axis.domain is not None and min(axis.domain) <= 0:
        return False
    edges = [edges for mark in panel.marks if (edges := _edges(mark, side)) is not None]
    return all((e > 0).all() for e in edges)


def _edges(mark: Mark, side: Side) -> Floats | None:
    """Positions of a mark that must all be on the axis: cells, or bins of a histogram."""
    if isinstance(mark, Matrix):
        return cell_positions(mark, side)
    if isinstance(mark, Bars) and (side == "y") == mark.horizontal:
        return mark.edges
    return None


def _limits(panel: Panel, axis: Axis, side: Side) -> Limits:
    top_down = side == "y" and (axis.scale == "category" or _rows_run_down(panel.marks))
    if axis.scale == "category":
        return Limits(-0.5, len(axis.categories) - 0.5, reversed=top_down)
    log = is_log(panel, side)
    span = _span([part for mark in panel.marks for part in _values(mark, side, log)], log)
    if axis.domain is not None:
        low, high = min(axis.domain), max(axis.domain)
        tight = any(isinstance(mark, Matrix | Bars | Wave) for mark in panel.marks)
        ends = (low, high) if tight else _room_for_strokes(low, high, span, log)
        return Limits(*ends, log=log, reversed=top_down)
    if span is None:
        return Limits(*((0.1, 1.0) if log else (0.0, 1.0)), log, top_down, empty=True)
    ends = _padded(panel.marks, side, span, log)
    return Limits(*ends, log=log, reversed=top_down)


def _rows_run_down(marks: tuple[Mark, ...]) -> bool:
    """Row 0 of a matrix is at the top: so its axis runs down where the positions increase."""
    for mark in marks:
        if isinstance(mark, Matrix):
            return mark.y is None or len(mark.y) < 2 or bool(mark.y[-1] > mark.y[0])
    return False


def _span(parts: list[Floats], log: bool) -> tuple[float, float] | None:
    """Find the least and the greatest number that has a place; None if there is none."""
    least = 0.0 if log else -np.inf
    low, high = np.inf, -np.inf
    for part in parts:
        placed = (part > least) & (part < np.inf)
        low = min(low, float(part.min(initial=np.inf, where=placed)))
        high = max(high, float(part.max(initial=-np.inf, where=placed)))
    if low > high:
        return None
    first, last = _held(np.array([low, high]), log=log).tolist()
    return first, last


def _held(values: Floats, *, log: bool) -> Floats:
    """Move finite values beyond the end of numbers to where an axis can hold them."""
    if log:
        return np.where(np.isfinite(values) & (values > 0), values.clip(SMALLEST, LARGEST), values)
    return np.where(np.isfinite(values), values.clip(-LARGEST, LARGEST), values)


def held(panel: Panel) -> Panel:
    """Draw what is beyond the end of numbers at the end of its axis; `off_scale_remarks` says so.

    Nearly all panels are given back as they are.
    """
    x_log, y_log = is_log(panel, "x"), is_log(panel, "y")
    if not _count_beyond(panel, "x", x_log) + _count_beyond(panel, "y", y_log):
        return panel
    return replace(panel, marks=tuple(_held_mark(mark, x_log, y_log) for mark in panel.marks))


def _held_mark(mark: Mark, x_log: bool, y_log: bool) -> Mark:
    if isinstance(mark, Line):
        band = (None if part is None else _held(part, log=y_log) for part in (mark.low, mark.high))
        low, high = band
        x, y = _held(mark.x, log=x_log), _held(mark.y, log=y_log)
        return replace(mark, x=x, y=y, low=low, high=high)
    if isinstance(mark, Points):
        return replace(mark, x=_held(mark.x, log=x_log), y=_held(mark.y, log=y_log))
    if isinstance(mark, Bars):
        edges = None if mark.edges is None else _held(mark.edges, log=False)
        return replace(mark, heights=_held(mark.heights, log=False), edges=edges)
    return mark


def _values(mark: Mark, side: Side, log: bool) -> list[Floats]:
    if isinstance(mark, Line):
        band = [] if mark.low is None or mark.high is None else [mark.low, mark.high]
        return [mark.x] if side == "x" else [mark.y, *band]
    if isinstance(mark, Points):
        return [mark.x if side == "x" else mark.y]
    if isinstance(mark, Matrix):
        return [cell_edges(cell_positions(mark, side), log=log)]
    if isinstance(mark, Bars):
        return _bar_values(mark, side, log)
    if isinstance(mark, Wave):
        return _wave_values(mark, side)
    raise TypeError(f"`{mark.type}` has no axes.")


def _bar_values(mark: Bars, side: Side, log: bool) -> list[Floats]:
    if (side == "y") == mark.horizontal:
        return [] if mark.edges is None else [mark.edges]
    positive = mark.heights[mark.heights > 0]
    floor = [positive.min() / 2 if positive.size else 1.0] if log else [0.0]
    return [mark.heights, np.array(floor)]


def _wave_values(mark: Wave, side: Side) -> list[Floats]:
    if side == "x":
        return [np.array([0.0, max(len(mark.samples), 1) / mark.rate_hz])]
    finite = mark.samples[np.isfinite(mark.samples)]
    loudest = float(np.abs(finite).max()) if finite.size else 1.0
    return [np.array([-1.05, 1.05]) * (loudest or 1.0)]


def _room_for_strokes(
    low: float, high: float, span: tuple[float, float] | None, log: bool
) -> tuple[float, float]:
    """Move an end of the domain out a little where data lies on it, so that it is not cut."""
    if span is None:
        return low, high
    wider_low, wider_high = _widened(low, high, PAD / 2, log)
    near_low, near_high = _widened(low, high, -PAD / 2, log)
    return (
        wider_low if span[0] <= near_low else low,
        wider_high if span[1] >= near_high else high,
    )


def _padded(
    marks: tuple[Mark, ...], side: Side, ends: tuple[float, float], log: bool
) -> tuple[float, float]:
    low, high = ends
    if low == high:
        spread = abs(low) / 2 or 0.5
        low, high = (low / 3, low * 3) if log else (low - spread, high + spread)
        low, high = max(low, -LARGEST), min(high, LARGEST)
    if any(isinstance(mark, Matrix) for mark in marks):
        return low, high
    if any(isinstance(mark, Wave) for mark in marks):
        return low, high
    bars = [mark for mark in marks if isinstance(mark, Bars)]
    along = [bar for bar in bars if (side == "x") == bar.horizontal]
    if bars and not along:
        return _widened(low, high, 0.01, log)
    if along:
        pad = BAR_TEXT_PAD if any(bar.text is not None for bar in along) else PAD
        wide_low, wide_high = _widened(low, high, pad, log)
        return (low if low == 0 or log else wide_low), (high if high == 0 else wide_high)
    return _widened(low, high, PAD, log)


def _widened(low: float, high: float, share: float, log: bool) -> tuple[float, float]:
    if log:
        pad = (math.log10(high) - math.log10(low)) * share
        return max(low / 10**pad, SMALLEST), min(high * 10**pad, LARGEST)
    pad = (high - low) * share
    return low - pad, high + pad


def cell_positions(mark: Matrix, side: Side) -> Floats:
    """Centres of the columns (x) or rows (y) of a matrix."""
    given = mark.x if side == "x" else mark.y
    if given is not None:
        return given
    return np.arange(mark.values.shape[1 if side == "x" else 0], dtype=np.float64)


def cell_edges(centres: Floats, *, log: bool = False) -> Floats:
    """Borders half way between the centres, and as far beyond the first and last one."""
    if log:
        return 10.0 ** cell_edges(np.log10(centres))
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = centres[:-1] / 2 + centres[1:] / 2
    first, last = 2 * centres[0] - middle[0], 2 * centres[-1] - middle[-1]
    return np.concatenate([[first], middle, [last]])


@dataclass(frozen=True, eq=False)
class OffScale:
    """Points that have an x but no place on the y axis: shown at the edge of the panel."""

    x: Floats
    kinds: NDArray[np.str_]
    index: NDArray[np.intp]

    def of(self, kind: OffKind) -> Floats:
        """Give the x of the points of one kind."""
        return self.x[self.kinds == kind]


def off_scale(x: Floats, y: Floats, *, x_log: bool, y_log: bool) -> OffScale:
    """Find the points whose y is NaN, infinite, or not positive on a log axis."""
    kinds = np.full(len(y), "", dtype="<U11")
    if y_log:
        kinds[y <= 0] = "nonpositive"
    kinds[np.isnan(y)] = "nan"
    kinds[y == np.inf] = "+inf"
    kinds[y == -np.inf] = "-inf"
    has_x = np.isfinite(x) & (x > 0 if x_log else True)
    index = np.flatnonzero((kinds != "") & has_x)
    return OffScale(x[index], kinds[index], index)


#: How each kind is marked and named; the signs are the shapes that the renderers draw.
OFF_SIGNS: dict[OffKind, tuple[str, str]] = {
    "nan": ("×", "NaN"),
    "+inf": ("▲", "+∞"),
    "-inf": ("▼", "−∞"),
    "nonpositive": ("▽", "≤ 0, which a log axis cannot hold"),
}


def _is_of(points: Points, line: Line) -> bool:
    """Whether points stand on a line to be pointed at: the same values, not more of them."""
    pairs = ((points.x, line.x), (points.y, line.y))
    return all(np.array_equal(one, other, equal_nan=True) for one, other in pairs)


def _count_beyond(panel: Panel, side: Side, log: bool) -> int:
    """Count the finite values that no axis reaches."""
    count = 0
    for part in (part for mark in panel.marks for part in _values(mark, side, log)):
        low = (part > 0) & (part < SMALLEST) if log else (part < -LARGEST) & (part > -np.inf)
        count += int(np.count_nonzero(low | ((part > LARGEST) & (part < np.inf))))
    return count


def off_scale_remarks(panel: Panel) -> list[str]:
    """Say how many values of lines and points stand at the edge, or nowhere."""
    x_log, y_log = is_log(panel, "x"), is_log(panel, "y")
    lines = [mark for mark in panel.marks if isinstance(mark, Line)]
    points = [mark for mark in panel.marks if isinstance(mark, Points)]
    marks = lines + [mark for mark in points if not any(_is_of(mark, line) for line in lines)]
    counts: dict[OffKind, int] = dict.fromkeys(OFF_SIGNS, 0)
    nowhere = 0
    for mark in marks:
        found = off_scale(mark.x, mark.y, x_log=x_log, y_log=y_log)
        for kind in counts:
            counts[kind] += int((found.kinds == kind).sum())
        nowhere += int((~np.isfinite(mark.x) | ((mark.x <= 0) & x_log)).sum())
    parts = [f"{OFF_SIGNS[kind][0]} {n:,} {OFF_SIGNS[kind][1]}" for kind, n in counts.items() if n]
    remarks = [f"At the edge: {', '.join(parts)}."] if parts else []
    if nowhere:
        remarks.append(f"{nowhere:,} without a place on the x axis left out.")
    beyond = _count_beyond(panel, "x", x_log) + _count_beyond(panel, "y", y_log)
    if beyond:
        reach = "within 10⁻³⁰⁷ and 8×10³⁰⁷" if x_log or y_log else "within ±8×10³⁰⁷"
        remarks.append(f"Drawn at the end of an axis: {beyond:,} not {reach}.")
    axes = (panel.x, panel.y)
    for side, axis in zip(("x", "y"), axes, strict=True):
        if axis is not None and axis.scale == "log" and not is_log(panel, side):
            remarks.append(f"{axis.label}: drawn linear, since 0 has no place on a log axis.")
    return remarks

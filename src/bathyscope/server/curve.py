"""What a picture of so many pixels needs of a curve of any length: nothing that stands out is lost.

Of every pixel column the first, the smallest, the largest and the last point are given, and the
first of each kind that is not finite. Where there are few points, all are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.long_series import StepsAndValues
from bathyscope.server.series import KeptSeries, Seen
from bathyscope.server.smoothing import smoothed

MOST_COLUMNS = 8192
#: Places of a reduced curve at which its average and its times are told.
_MOST_PLACES = 1024
#: So many points per column are given as they are.
_RAW_PER_COLUMN = 4
#: Blocks of which so many fit into a column are not looked into: it ends where a block does, which
#: is an eighth of it amiss at most.
_BLOCKS_PER_COLUMN = 4


def curve(
    seen: Seen,
    *,
    first: float | None,
    last: float | None,
    columns: int,
    smoothing: float = 0,
    timed: bool = False,
) -> dict[str, Any]:
    """Choose the points of a range of steps.

    Parameters
    ----------
    seen : KeptSeries or LongSeries
    first, last : float, optional
        Ends of the range, both within it; by default those of the series.
    columns : int
        Width of the picture, in pixels.
    smoothing : float
        Weight of the past in the moving average that is wanted too; 0 for none.
    timed : bool
        Whether times are wanted too, of a series that is kept.

    Returns
    -------
    dict
        ``count`` points are in the range, ``total`` in the series, ``raw`` tells whether all of
        the range are given, ``step`` and ``value`` are arrays of those that are; ``smooth`` and
        ``clock`` hold steps, and averages or times, at all of them or at places spread evenly.
    """
    if not 1 <= columns <= MOST_COLUMNS:
        raise ValueError(f"`width` must be between 1 and {MOST_COLUMNS} pixels; got {columns}.")
    domain = _domain(seen)
    low, high = _range(domain["step"] or [0, 0], first, last)
    begin, end = seen.row(low, "left"), seen.row(high, "right")
    count = max(0, end - begin)
    is_raw = count <= _RAW_PER_COLUMN * columns
    if is_raw:
        steps, values = seen.read([slice(begin, begin + count)])
    else:
        steps, values = extremes(*points_by_column(seen, slice(begin, end), (low, high), columns))
    found: dict[str, Any] = {
        "count": count,
        "total": len(seen),
        "raw": is_raw,
        "step": steps,
        "value": values,
        "domain": domain,
    }
    places = _places(begin, count, count if is_raw else min(columns, _MOST_PLACES))
    if smoothing:
        step, value = smoothed(seen, places, smoothing) if count else (steps, values)
        found["smooth"] = {"step": step, "value": value}
    if timed and isinstance(seen, KeptSeries):
        found["clock"] = _clock(seen, places)
    return found


def _places(begin: int, count: int, most: int) -> NDArray[np.intp]:
    """Spread rows evenly, the first and the last of them among these."""
    return np.linspace(begin, max(begin, begin + count - 1), max(1, most)).round().astype(np.intp)


def _clock(seen: KeptSeries, places: NDArray[np.intp]) -> dict[str, Any]:
    """Give the times of some rows, and of the ends of the series, by which others are placed."""
    series = seen.series
    rows = np.array(sorted({0, *places.tolist(), len(series) - 1}), np.intp)
    rows = rows[(rows >= 0) & (rows < len(series))]
    return {"step": series.steps[rows], "time": series.times[rows]}


def _domain(seen: Seen) -> dict[str, list[Any] | None]:
    """Give the ends of the steps, and of the finite values; None where there are none."""
    steps, values = seen.outline.steps, seen.outline.values
    finite = values[np.isfinite(values)]
    return {
        "step": [int(steps[0, 0]), int(steps[-1, -1])] if len(steps) else None,
        "value": [float(finite.min()), float(finite.max())] if len(finite) else None,
    }


def _range(all_steps: Sequence[int], first: float | None, last: float | None) -> tuple[int, int]:
    """Give the least and the greatest step of a range, within those of the series."""
    low, high = all_steps
    return (
        low if first is None else max(low, _step(math.ceil(first))),
        high if last is None else min(high, _step(math.floor(last))),
    )


def _step(step: int) -> int:
    """Give the nearest step there can be."""
    ends = np.iinfo(np.int64)
    return min(max(step, int(ends.min)), int(ends.max))


class Columns(NamedTuple):
    """Points that hold what stands out of each column of a picture.

    Parameters
    ----------
    steps, values : array of shape (n_points,)
        Sorted by step.
    edges : array of shape (n_columns - 1,)
        The first step of every column but the first.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    edges: NDArray[np.int64]


def points_by_column(seen: Seen, rows: slice, ends: tuple[int, int], columns: int) -> Columns:
    """Give what has to be looked at of a range: of what lies close together only the outline.

    Parameters
    ----------
    seen : KeptSeries or LongSeries
    rows : slice
        The points of the range.
    ends : tuple of int
        The least and the greatest step of the range.
    columns : int
    """
    outline = seen.outline
    blocks = slice(
        int(np.searchsorted(outline.starts, rows.start, "left")),
        int(np.searchsorted(outline.starts, rows.stop, "right")) - 1,
    )
    begins, lasts = outline.steps[:, 0], outline.steps[:, -1]
    widest = (float(ends[1]) - float(ends[0])) / columns / _BLOCKS_PER_COLUMN
    is_narrow = np.zeros(len(begins), np.bool_)
    is_narrow[blocks] = lasts[blocks].astype(float) - begins[blocks].astype(float) <= widest
    is_odd = is_narrow[np.searchsorted(begins, outline.odd_steps, "right") - 1]
    found = outline.steps[is_narrow].ravel(), outline.values[is_narrow].ravel()
    found = _merged(found, (outline.odd_steps[is_odd], outline.odd_values[is_odd]))
    found = _merged(found, seen.read(_outside(rows, outline.starts, is_narrow)))
    edges = np.linspace(float(ends[0]), float(ends[1]), columns + 1)[1:-1]
    return Columns(*found, _moved(np.ceil(edges).astype(np.int64), begins, lasts, is_narrow))


def _merged(one: StepsAndValues, other: StepsAndValues) -> StepsAndValues:
    """Put points together that are sorted by step."""
    few, many = sorted((one, other), key=lambda points: len(points[0]))
    if not len(few[0]):
        return many
    places = np.searchsorted(many[0], few[0])
    return np.insert(many[0], places, few[0]), np.insert(many[1], places, few[1])


def _outside(rows: slice, starts: NDArray[np.int64], is_inside: NDArray[np.bool_]) -> list[slice]:
    """Give the stretches of some rows that are in none of the blocks."""
    borders = np.diff(is_inside.astype(np.int8), prepend=0, append=0)
    opens, closes = starts[borders == 1].tolist(), starts[borders == -1].tolist()
    between = zip([rows.start, *closes], [*opens, rows.stop], strict=True)
    return [slice(start, stop) for start, stop in between if start < stop]


def _moved(
    edges: NDArray[np.int64],
    begins: NDArray[np.int64],
    lasts: NDArray[np.int64],
    is_narrow: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Move the edges that lie within a narrow block to its nearer end."""
    block = np.searchsorted(begins, edges, "right") - 1
    begin, last = begins[block], lasts[block]
    is_within = (block >= 0) & is_narrow[block] & (edges <= last)
    nearer = np.where(edges - begin <= last - edges, begin, last + 1)
    return np.where(is_within, nearer, edges)


def extremes(
    steps: NDArray[np.int64], values: NDArray[np.float64], edges: NDArray[np.int64]
) -> StepsAndValues:
    """Choose of each column the first and the last point, the extremes, and what is not finite.

    Parameters
    ----------
    steps, values, edges
        As in `Columns`.
    """
    inner = np.searchsorted(steps, edges, "left")
    # Not `numpy.unique`, which first of all takes 40 ms to import what it needs.
    bounds = sorted({0, *inner.tolist(), len(steps)})
    odd = np.flatnonzero(~np.isfinite(values))
    has_odd = np.diff(np.searchsorted(odd, bounds)) > 0
    found: list[int] = []
    for (low, high), is_odd in zip(pairwise(bounds), has_odd.tolist(), strict=True):
        piece = values[low:high]
        inside = _of_each_kind(piece) if is_odd else (int(piece.argmin()), int(piece.argmax()))
        found += (low, *(low + place for place in inside), high - 1)
    chosen = np.array(sorted({*found}), np.intp)
    steps, values = steps[chosen], values[chosen]
    is_same = (steps[1:] == steps[:-1]) & ((values[1:] == values[:-1]) | np.isnan(values[1:]))
    is_new = np.append(True, ~is_same)  # the first of a block may be its smallest too
    return steps[is_new], values[is_new]


def _of_each_kind(piece: NDArray[np.float64]) -> list[int]:
    """Places of the smallest and the largest finite value, and of the first of each other kind."""
    kinds = (np.isnan(piece), np.isposinf(piece), np.isneginf(piece))
    found = [int(kind.argmax()) for kind in kinds if kind.any()]
    finite = np.flatnonzero(np.isfinite(piece))
    if len(finite):
        held = piece[finite]
        found += (int(finite[held.argmin()]), int(finite[held.argmax()]))
    return found

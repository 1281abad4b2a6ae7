"""Lines, with their bands, and the values that have no place on the axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.decimate import BY_EXTREMES, extremes, remark
from bathyscope.figures.extent import OffKind, off_scale
from bathyscope.figures.marks import Line
from bathyscope.figures.plotly.canvas import Canvas, linked
from bathyscope.figures.plotly.text import literal
from bathyscope.figures.plotly.theme import faded
from bathyscope.figures.strokes import dash_of

FULL_POINTS, COLUMNS = 10_000, 2_000
DASHES = {"solid": "solid", "dash": "7px,4px", "dot": "2px,3px"}
WIDTH, FAINT_WIDTH, FAINT_OPACITY, BAND_OPACITY = 2.0, 1.1, 0.35, 0.16

#: Shape and height in the panel.
OFF_MARKERS: dict[OffKind, tuple[str, float]] = {
    "nan": ("x-thin", 0.03),
    "+inf": ("triangle-up", 0.97),
    "-inf": ("triangle-down", 0.03),
    "nonpositive": ("triangle-down-open", 0.03),
}
OFF_NAMES: dict[OffKind, str] = {
    "nan": "NaN", "+inf": "+∞", "-inf": "−∞", "nonpositive": "≤ 0",
}  # fmt: skip


def draw(mark: Line, canvas: Canvas) -> None:
    """Draw the band, the line and the signs at the edge."""
    kept = np.arange(len(mark.x))
    if len(kept) > FULL_POINTS:
        kept = extremes(mark.x, mark.y, n_columns=COLUMNS)
    if len(kept) < len(mark.x) and BY_EXTREMES not in canvas.panel.note:
        canvas.remarks.append(remark(len(mark.x), COLUMNS))
    color = canvas.style.tone(mark.tone)
    _draw_band(mark, canvas, kept, color)
    _draw_line(mark, canvas, kept, color)
    draw_off_scale(canvas, mark.x, mark.y, color)


def _draw_line(mark: Line, canvas: Canvas, kept: NDArray[Any], color: str) -> None:
    y = mark.y[kept]
    drawable = np.isfinite(y) & ((y > 0) | (not canvas.y.log))
    ids = linked(mark.ids, len(mark.x))
    if "customdata" in ids:
        ids["customdata"] = [ids["customdata"][i] for i in kept.tolist()]
    canvas.add(
        {
            "type": "scatter",
            "mode": "lines+markers" if mark.markers else "lines",
            "x": mark.x[kept],
            "y": np.where(drawable, y, np.nan),
            "name": literal(mark.label),
            "opacity": FAINT_OPACITY if mark.faint else 1.0,
            "line": {
                "color": color,
                "width": FAINT_WIDTH if mark.faint else WIDTH,
                "dash": DASHES[dash_of(mark)],
            },
            "marker": {"size": 5 if len(mark.x) > 1 else 8, "color": color},
            "connectgaps": False,
            "hovertemplate": hover(canvas, mark.label),
            **canvas.entry(mark.label),
            **ids,
        }
    )


def hover(canvas: Canvas, label: str, extra: str = "") -> str:
    """Say both coordinates by the names of their axes."""
    x, y = canvas.panel.x, canvas.panel.y
    assert x is not None and y is not None
    parts = [f"<b>{literal(label)}</b>"] if label else []
    parts += [f"{literal(x.title)}: %{{x}}", f"{literal(y.title)}: %{{y}}"]
    return "<br>".join([*parts, *([extra] if extra else [])]) + "<extra></extra>"


def _draw_band(mark: Line, canvas: Canvas, kept: NDArray[Any], color: str) -> None:
    if mark.low is None or mark.high is None:
        return
    x, low, high = mark.x[kept], mark.low[kept], mark.high[kept]
    if canvas.y.log:
        low = np.where(low > 0, low, canvas.y.low)
    xs, ys = _outlines(x, low, high)
    canvas.add(
        {
            "type": "scatter",
            "mode": "lines",
            "x": xs,
            "y": ys,
            "fill": "toself",
            "fillcolor": faded(color, BAND_OPACITY),
            "line": {"width": 0, "color": faded(color, BAND_OPACITY)},
            "name": literal(mark.band_label),
            "hoverinfo": "skip",
            **canvas.entry(mark.band_label),
        }
    )


def _outlines(
    x: NDArray[Any], low: NDArray[Any], high: NDArray[Any]
) -> tuple[list[float | None], list[float | None]]:
    """Go around each stretch of finite values, with a gap between the stretches."""
    finite = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    starts = np.flatnonzero(finite & ~np.concatenate([[False], finite[:-1]]))
    ends = np.flatnonzero(finite & ~np.concatenate([finite[1:], [False]])) + 1
    xs: list[float | None] = []
    ys: list[float | None] = []
    for start, end in zip(starts, ends, strict=True):
        part = slice(start, end)
        xs += [*x[part].tolist(), *x[part][::-1].tolist(), None]
        ys += [*high[part].tolist(), *low[part][::-1].tolist(), None]
    return xs, ys


def draw_off_scale(canvas: Canvas, x: NDArray[Any], y: NDArray[Any], color: str) -> None:
    """Put a sign at the edge of the panel for every value without a place on the y axis."""
    found = off_scale(x, y, x_log=canvas.x.log, y_log=canvas.y.log)
    for kind, (symbol, height) in OFF_MARKERS.items():
        at = found.of(kind)
        if at.size:
            canvas.add(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": _thinned(at, canvas),
                    "y": np.full(min(len(at), len(_thinned(at, canvas))), _level(canvas, height)),
                    "name": OFF_NAMES[kind],
                    "marker": {"symbol": symbol, "size": 8, "color": color,
                               "line": {"width": 2 if symbol == "x-thin" else 1, "color": color}},
                    "hovertemplate": f"%{{x}}: {OFF_NAMES[kind]}<extra></extra>",
                }
            )  # fmt: skip


def _level(canvas: Canvas, share: float) -> float:
    low, high = canvas.y.low, canvas.y.high
    share = 1 - share if canvas.y.reversed else share
    if canvas.y.log:
        return float(low ** (1 - share) * high**share)
    return low + (high - low) * share


def _thinned(x: NDArray[Any], canvas: Canvas) -> NDArray[Any]:
    """Keep one sign per place that can be told apart."""
    if len(x) <= COLUMNS:
        return x
    places = np.rint(canvas.x.fractions(x) * COLUMNS)
    return x[np.unique(places, return_index=True)[1]]

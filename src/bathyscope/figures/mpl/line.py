"""Lines, with their bands, and the values that have no place on the axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bathyscope.figures.decimate import BY_EXTREMES, COLUMNS, FULL_POINTS, extremes, remark
from bathyscope.figures.extent import OffKind, off_scale
from bathyscope.figures.marks import Line
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.strokes import dash_of

DASHES: dict[str, Any] = {"solid": "-", "dash": (0, (5, 2.5)), "dot": (0, (1, 1.8))}
WIDTH, FAINT_WIDTH, FAINT_ALPHA = 1.7, 0.9, 0.35
BAND_ALPHA = 0.16

#: Shape, height in the panel and whether it is filled.
OFF_MARKERS: dict[OffKind, tuple[str, float, bool]] = {
    "nan": ("x", 0.03, True),
    "+inf": ("^", 0.97, True),
    "-inf": ("v", 0.03, True),
    "nonpositive": ("v", 0.03, False),
}


def draw(mark: Line, canvas: Canvas) -> None:
    """Draw the band, the line, its markers and the signs at the edge."""
    color = canvas.style.tone(mark.tone)
    if mark.low is not None and mark.high is not None:
        _draw_band(mark, canvas, color)
    line = _draw_line(mark, canvas, color)
    canvas.enter(mark.label, line, faint=mark.faint)
    draw_off_scale(canvas, mark.x, mark.y, color)


def _draw_band(mark: Line, canvas: Canvas, color: str) -> None:
    assert mark.low is not None and mark.high is not None
    kept = _kept(mark)
    low, high = mark.low[kept], mark.high[kept]
    if canvas.y.log:
        low = np.where(low > 0, low, canvas.y.low)
    canvas.ax.fill_between(mark.x[kept], low, high, color=color, alpha=BAND_ALPHA, linewidth=0)
    if mark.band_label:
        canvas.enter(mark.band_label, Patch(color=color, alpha=BAND_ALPHA + 0.1, linewidth=0))


def _draw_line(mark: Line, canvas: Canvas, color: str) -> Line2D:
    kept = _kept(mark)
    if len(kept) < len(mark.x) and BY_EXTREMES not in canvas.panel.note:
        canvas.remarks.append(remark(len(mark.x), COLUMNS))
    x, y = mark.x[kept], mark.y[kept]
    if canvas.y.log:
        y = np.where(y > 0, y, np.nan)
    (line,) = canvas.ax.plot(
        x,
        np.where(np.isfinite(y), y, np.nan),
        color=color,
        linestyle=DASHES[dash_of(mark)],
        linewidth=FAINT_WIDTH if mark.faint else WIDTH,
        alpha=FAINT_ALPHA if mark.faint else 1.0,
        marker="o" if mark.markers else "none",
        markersize=3.5,
        markeredgewidth=0,
        zorder=2.0 if mark.faint else 2.5,
        clip_on=True,
    )
    return line


def _kept(mark: Line) -> np.ndarray[Any, Any]:
    if len(mark.x) <= FULL_POINTS:
        return np.arange(len(mark.x))
    return extremes(mark.x, mark.y, n_columns=COLUMNS)


def draw_off_scale(
    canvas: Canvas, x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], color: str
) -> None:
    """Put a sign at the edge of the panel for every value without a place on the y axis."""
    found = off_scale(x, y, x_log=canvas.x.log, y_log=canvas.y.log)
    for kind, (shape, height, filled) in OFF_MARKERS.items():
        at = found.of(kind)
        if at.size:
            at = _thinned(at, canvas)
            canvas.ax.plot(
                at,
                np.full(len(at), height),
                transform=canvas.ax.get_xaxis_transform(),
                linestyle="none",
                marker=shape,
                markersize=5,
                color=color,
                markerfacecolor=color if filled else canvas.style.page,
                markeredgewidth=1.2 if shape == "x" or not filled else 0,
                zorder=4,
                gid=f"off-scale {kind}",
            )


def _thinned(x: np.ndarray[Any, Any], canvas: Canvas) -> np.ndarray[Any, Any]:
    """Keep one sign per place that can be told apart."""
    if len(x) <= FULL_POINTS:
        return x
    places = np.rint(canvas.x.fractions(x) * COLUMNS)
    return x[np.unique(places, return_index=True)[1]]

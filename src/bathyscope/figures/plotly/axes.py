"""Axes of a panel, as Plotly's layout describes them."""

from __future__ import annotations

import numpy as np

from bathyscope.figures.extent import SMALLEST, Limits
from bathyscope.figures.figure import Axis
from bathyscope.figures.marks import Matrix
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, Json
from bathyscope.figures.plotly.theme import LABEL, SMALL
from bathyscope.figures.ticks import log_tick_labels, thinned, tick_labels

MOST_NAME_WIDTH, MOST_SLANTED_WIDTH = 190.0, 130.0
TICK_GAP = 10.0


def dress(canvas: Canvas) -> tuple[Json, Json]:
    """Describe the x and the y axis of a cartesian panel, without their places."""
    x, y = canvas.panel.x, canvas.panel.y
    assert x is not None and y is not None
    framed = any(isinstance(mark, Matrix) for mark in canvas.panel.marks)
    return (
        {**_axis(canvas, x, canvas.x, framed=framed), **_ticks_along_x(canvas, x)},
        {**_axis(canvas, y, canvas.y, framed=framed), **_ticks_along_y(canvas, y)},
    )


def _axis(canvas: Canvas, named: Axis, limits: Limits, *, framed: bool) -> Json:
    style = canvas.style
    ends = [float(end) for end in (np.log10(limits.ends) if limits.log else limits.ends)]
    return {
        "type": "log" if limits.log else "linear",
        "range": ends,
        "autorange": False,
        "showgrid": not framed and named.scale != "category" and not limits.empty,
        "gridcolor": style.surface("grid"),
        "gridwidth": 1,
        "zeroline": False,
        "showline": not framed,
        "linecolor": style.surface("line"),
        "linewidth": 1,
        "ticks": "outside" if named.scale != "category" and not limits.empty else "",
        "tickcolor": style.surface("line"),
        "ticklen": 4,
        "tickfont": style.font(SMALL, style.subtle),
        "showticklabels": not limits.empty,
        "exponentformat": "power",
        "minexponent": 4,
        "separatethousands": True,
        "automargin": False,
    }


def hidden(length: float, *, down: bool) -> Json:
    """Describe an axis in pixels that is not seen, for free marks."""
    return {"range": [length, 0] if down else [0, length], "autorange": False, "visible": False,
            "fixedrange": True}  # fmt: skip


def _numbers(named: Axis, limits: Limits, most: int) -> Json:
    if limits.log:
        decades = np.log10(limits.high) - np.log10(limits.low)
        return {"dtick": max(1, int(np.ceil(decades / most)))} if decades > 2 else {"nticks": most}
    if not named.integers:
        return {"nticks": most}
    span = limits.high - limits.low
    few = {"tick0": 0, "dtick": 1} if span <= most else {"nticks": most}
    return {**few, "tickformat": ",d" if max(abs(limits.low), limits.high) < 1e5 else "~s"}


def _ticks_along_x(canvas: Canvas, named: Axis) -> Json:
    if named.scale != "category":
        return _numbers(named, canvas.x, max(2, int(canvas.width / 75)))
    names = [text.fitted(name, MOST_NAME_WIDTH, SMALL) for name in named.categories]
    room = canvas.width / len(names)
    widest = _widest(named.categories, MOST_NAME_WIDTH)
    if widest <= room - 4:
        return {"tickvals": list(range(len(names))), "ticktext": names, "tickangle": 0}
    if widest <= 44:
        shown = thinned(len(names), int(canvas.width / (widest + 10)))
        return {"tickvals": list(shown), "ticktext": [names[i] for i in shown], "tickangle": 0}
    shown = thinned(len(names), int(canvas.width / 19))
    names = [text.fitted(named.categories[i], MOST_SLANTED_WIDTH, SMALL) for i in shown]
    return {"tickvals": list(shown), "ticktext": names, "tickangle": -45}


def _ticks_along_y(canvas: Canvas, named: Axis) -> Json:
    if named.scale != "category":
        return _numbers(named, canvas.y, max(2, int(canvas.height / 38)))
    shown = thinned(len(named.categories), int(canvas.height / 15))
    names = [text.fitted(named.categories[i], MOST_NAME_WIDTH, SMALL) for i in shown]
    return {"tickvals": list(shown), "ticktext": names}


def _widest(names: tuple[str, ...], most: float) -> float:
    return min(most, max((text.width(name, SMALL) for name in names), default=0.0))


def label_room(canvas: Canvas) -> tuple[float, float]:
    """Room that tick labels take left of the axes, and below them."""
    x, y = canvas.panel.x, canvas.panel.y
    assert x is not None and y is not None
    if y.scale == "category":
        left = _widest(y.categories, MOST_NAME_WIDTH)
    else:
        left = max(text.width(label, SMALL) for label in _likely(canvas.y, y)) + 4
    below = SMALL * 1.2
    if x.scale == "category" and "tickangle" in (ticks := _ticks_along_x(canvas, x)):
        slanted = ticks["tickangle"] != 0
        below = _widest(x.categories, MOST_SLANTED_WIDTH) * 0.72 + 8 if slanted else below
    return left + TICK_GAP, below + TICK_GAP


def _likely(limits: Limits, named: Axis) -> list[str]:
    """Labels about as long as those that Plotly will write."""
    if limits.empty:
        return [""]
    if limits.log:
        return log_tick_labels(
            [10.0**power for power in np.log10([limits.low, limits.high]).round()]
        )
    middle = np.linspace(limits.low, limits.high, 5)
    size = 10.0 ** np.floor(np.log10(max(limits.high - limits.low, SMALLEST)))
    rounded = np.round(middle / size, 1) * size
    return tick_labels(rounded.tolist(), integers=named.integers)


def axis_titles(canvas: Canvas, left: float, below: float) -> list[Json]:
    """Write the names of the axes as annotations, beyond the labels of the ticks."""
    x, y = canvas.panel.x, canvas.panel.y
    assert x is not None and y is not None
    font = canvas.style.font(LABEL, canvas.style.subtle)
    height = canvas.height + canvas.below + canvas.below_gap
    return [
        {"text": text.fitted(x.title, canvas.width, LABEL),
         "at": (canvas.width / 2, height + below),
         "xanchor": "center", "yanchor": "top", "font": font},
        {"text": text.fitted(y.title, max(canvas.height, 110), LABEL),
         "at": (-left, canvas.height / 2), "xanchor": "right", "yanchor": "middle",
         "textangle": -90, "font": font},
    ]  # fmt: skip

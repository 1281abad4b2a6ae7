"""Legends and colour bars: beside the data, never on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bathyscope.figures.color import ColorScale
from bathyscope.figures.marks import Points, Points3D
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, Json
from bathyscope.figures.plotly.theme import SMALL
from bathyscope.figures.ticks import tick_labels

BAR, BAR_GAP, MOST_BAR = 11.0, 14.0, 310.0
SYMBOL, ENTRY_GAP, ROW, MOST_ENTRY = 36.0, 14.0, 19.0, 250.0
MOST_ROWS_ABOVE, FEW, FEW_ROWS_ABOVE = 2, 6, 3


@dataclass(frozen=True)
class LegendPlan:
    """The rows of a legend above the axes, or its one column right of them.

    Plotly breaks a row where the whole figure ends, not where a panel ends: so each row is a
    legend of its own.
    """

    rows: list[list[str]] = field(default_factory=list[list[str]])
    beside: bool = False
    right: float = 0.0

    @property
    def above(self) -> float:
        """Height above the axes in pixels."""
        return len(self.rows) * ROW + 5 if self.rows and not self.beside else 0.0

    def row_of(self, label: str) -> int | None:
        """Row of a label, if it is shown."""
        return next((i for i, row in enumerate(self.rows) if label in row), None)


def plan(canvas: Canvas) -> LegendPlan:
    """Put the legend above the axes if it is short, else right of it."""
    names, panel = canvas.legend, canvas.panel
    said = {panel.title, panel.y.label if panel.y else "", panel.x.label if panel.x else ""}
    if not names or (len(names) == 1 and names[0] in said):
        return LegendPlan()
    rows = _rows(names, canvas.width)
    if len(rows) <= (MOST_ROWS_ABOVE if len(names) > FEW else FEW_ROWS_ABOVE):
        return LegendPlan(rows)
    return LegendPlan([names], beside=True, right=max(_width(name) for name in names) + 10)


def _width(name: str) -> float:
    return min(text.width(name, SMALL), MOST_ENTRY) + SYMBOL + ENTRY_GAP


def _rows(names: list[str], room: float) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    for name in names:
        if rows[-1] and sum(map(_width, rows[-1])) + _width(name) > room + ENTRY_GAP:
            rows.append([])
        rows[-1].append(name)
    return rows


def name_of(canvas: Canvas, row: int) -> str:
    """Name of the legend that holds a row."""
    number = canvas.number * 10 + row
    return f"legend{number}"


def describe(canvas: Canvas, found: LegendPlan, *, left: float, top: float) -> dict[str, Json]:
    """Describe the legends; ``left`` and ``top`` are those of the axes, in pixels."""
    dots = any(isinstance(mark, Points | Points3D) for mark in canvas.panel.marks)
    common = {
        "font": canvas.style.font(SMALL),
        "bgcolor": "rgba(0,0,0,0)",
        "borderwidth": 0,
        "itemsizing": "constant" if dots else "trace",
        "tracegroupgap": 0,
        "xanchor": "left",
    }
    if found.beside:
        title = {"text": text.literal(canvas.legend_title), "font": canvas.style.font(SMALL)}
        at = (left + canvas.width + bars_width(canvas) + 8, top)
        return {name_of(canvas, 0): {**common, "orientation": "v", "yanchor": "top",
                                     "title": title, "at": at}}  # fmt: skip
    start = top - found.above
    return {
        name_of(canvas, row): {
            **common, "orientation": "h", "yanchor": "top", "at": (left - 6, start + row * ROW),
        }
        for row in range(len(found.rows))
    }  # fmt: skip


def shortened(name: str) -> str:
    """Cut a name to the room of a legend entry."""
    return text.fitted(name, MOST_ENTRY, SMALL)


def _bar_width(scale: ColorScale) -> float:
    return BAR + BAR_GAP + _labels_width(scale) + (SMALL * 1.6 if scale.label else 0.0)


def _labels_width(scale: ColorScale) -> float:
    """Width of the longest number at the bar, about: Plotly chooses the numbers."""
    values = np.linspace(scale.low, scale.high, 5)
    step = 10.0 ** np.floor(np.log10((scale.high - scale.low) / 5))
    rounded = (np.round(values / step) * step).tolist()
    labels = tick_labels(rounded, integers=scale.integers)
    return max(text.width(label, SMALL) for label in labels) + 8


def _ticks(scale: ColorScale, most: int) -> Json:
    if scale.integers and scale.high - scale.low <= most:
        return {"tick0": 0, "dtick": 1}
    return {"nticks": most}


def bars_width(canvas: Canvas) -> float:
    """Room of the colour bars right of the axes."""
    return sum(_bar_width(scale) for scale in canvas.color_keys)


def _bar_place(canvas: Canvas, top: float) -> tuple[float, float]:
    """Top and height of the colour bars."""
    if canvas.below:
        return top + canvas.height + canvas.below_gap, min(canvas.below, MOST_BAR)
    return top, max(min(canvas.height, MOST_BAR), 40.0)


def color_axes(canvas: Canvas, *, left: float, top: float, total: tuple[float, float]) -> Json:
    """Describe a colour axis with its bar for every scale of the panel."""
    described: Json = {}
    x = left + canvas.width + BAR_GAP
    start, height = _bar_place(canvas, top)
    for scale in canvas.color_keys:
        described[canvas.color_axis(scale)] = {
            "cmin": scale.low,
            "cmax": scale.high,
            "colorscale": canvas.style.colorscale(scale),
            "colorbar": {
                "x": x / total[0], "xanchor": "left", "xpad": 0, "ypad": 0,
                "y": 1 - start / total[1], "yanchor": "top", "thickness": BAR,
                "lenmode": "pixels", "len": height, "outlinewidth": 0,
                "tickfont": canvas.style.font(SMALL, canvas.style.subtle),
                **_ticks(scale, max(3, int(height / 40))), "exponentformat": "power",
                "ticks": "outside", "ticklen": 3, "tickcolor": canvas.style.surface("line"),
            },
        }  # fmt: skip
        x += _bar_width(scale)
    return described


def bar_titles(canvas: Canvas) -> list[Json]:
    """Write the names of the scales beside their bars."""
    texts: list[Json] = []
    x = canvas.width + BAR_GAP
    start, height = _bar_place(canvas, 0.0)
    for scale in canvas.color_keys:
        name = f"{scale.label} ({scale.unit})" if scale.unit else scale.label
        if name:
            texts.append(
                {"text": text.fitted(name, max(height, 110.0), SMALL), "textangle": -90,
                 "at": (x + BAR + _labels_width(scale), start + height / 2), "xanchor": "left",
                 "yanchor": "middle", "font": canvas.style.font(SMALL, canvas.style.subtle)}
            )  # fmt: skip
        x += _bar_width(scale)
    return texts

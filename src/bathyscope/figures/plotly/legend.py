"""Legends and colour bars: beside the data, never on it."""

from __future__ import annotations

from dataclasses import dataclass

from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, Json
from bathyscope.figures.plotly.theme import LABEL, SMALL

BAR, BAR_GAP, MOST_BAR = 11.0, 14.0, 310.0
ENTRY_SYMBOL, ENTRY_ROW, MOST_ENTRY = 52.0, 20.0, 250.0
MOST_ROWS_ABOVE, FEW, FEW_ROWS_ABOVE = 2, 6, 3


@dataclass(frozen=True)
class LegendPlan:
    """Where the legend goes, and the room that it takes in pixels."""

    shown: bool
    above: float = 0.0
    right: float = 0.0


def plan(canvas: Canvas) -> LegendPlan:
    """Put the legend above the axes if it is short, else right of it."""
    names = canvas.legend
    panel = canvas.panel
    said = {panel.title, panel.y.label if panel.y else "", panel.x.label if panel.x else ""}
    if not names or (len(names) == 1 and names[0] in said):
        return LegendPlan(shown=False)
    widest = max(min(text.width(name, SMALL), MOST_ENTRY) for name in names) + ENTRY_SYMBOL
    across = max(1, int(canvas.width / widest))
    rows = -(-len(names) // across)
    if rows <= (MOST_ROWS_ABOVE if len(names) > FEW else FEW_ROWS_ABOVE):
        return LegendPlan(shown=True, above=rows * ENTRY_ROW + 4)
    return LegendPlan(shown=True, right=widest + 14)


def describe(canvas: Canvas, found: LegendPlan, *, left: float, top: float) -> Json:
    """Describe the legend; ``left`` and ``top`` are those of the axes, in pixels."""
    common = {
        "font": canvas.style.font(SMALL),
        "bgcolor": "rgba(0,0,0,0)",
        "borderwidth": 0,
        "itemsizing": "constant",
        "tracegroupgap": 0,
        "xanchor": "left",
    }
    if found.above:
        return {**common, "orientation": "h", "yanchor": "bottom", "px": (left, top - 2),
                "entrywidthmode": "pixels", "entrywidth": _entry_width(canvas)}  # fmt: skip
    title = {"text": text.literal(canvas.legend_title), "font": canvas.style.font(SMALL)}
    return {**common, "orientation": "v", "yanchor": "top", "title": title,
            "px": (left + canvas.width + bars_width(canvas) + 8, top)}  # fmt: skip


def _entry_width(canvas: Canvas) -> float:
    return max(min(text.width(name, SMALL), MOST_ENTRY) for name in canvas.legend) + 12


def shortened(name: str) -> str:
    """Cut a name to the room of a legend entry."""
    return text.fitted(name, MOST_ENTRY, SMALL)


def bars_width(canvas: Canvas) -> float:
    """Room of the colour bars right of the axes."""
    return len(canvas.color_keys) * (BAR + BAR_GAP + 62.0)


def color_axes(canvas: Canvas, *, left: float, top: float, total: tuple[float, float]) -> Json:
    """Describe a colour axis with its bar for every scale of the panel."""
    described: Json = {}
    x = left + canvas.width + BAR_GAP
    top = top + canvas.height + canvas.below_gap if canvas.below else top
    height = min(canvas.below or canvas.height, MOST_BAR)
    for scale in canvas.color_keys:
        name = f"{scale.label} ({scale.unit})" if scale.unit else scale.label
        described[canvas.color_axis(scale)] = {
            "cmin": scale.low,
            "cmax": scale.high,
            "colorscale": canvas.style.colorscale(scale),
            "colorbar": {
                "x": x / total[0], "xanchor": "left", "xpad": 0, "ypad": 0,
                "y": 1 - top / total[1], "yanchor": "top", "thickness": BAR,
                "lenmode": "pixels", "len": max(height, 40.0), "outlinewidth": 0,
                "tickfont": canvas.style.font(SMALL, canvas.style.subtle),
                "nticks": max(3, int(height / 40)), "exponentformat": "power",
                "ticks": "outside", "ticklen": 3, "tickcolor": canvas.style.surface("line"),
                "title": {"text": text.fitted(name, max(height, 110.0), LABEL), "side": "right",
                          "font": canvas.style.font(SMALL, canvas.style.subtle)},
            },
        }  # fmt: skip
        x += BAR + BAR_GAP + 62.0
    return described

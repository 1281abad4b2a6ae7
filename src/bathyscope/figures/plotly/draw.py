"""From a figure to a figure of Plotly."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from bathyscope.figures.color import Theme
from bathyscope.figures.figure import Figure
from bathyscope.figures.grid import Grid
from bathyscope.figures.plotly import axes, legend, panel, text
from bathyscope.figures.plotly.canvas import Json
from bathyscope.figures.plotly.panel import Drawn
from bathyscope.figures.plotly.theme import LABEL, PIXELS_PER_INCH, SMALL, TITLE, Style
from bathyscope.figures.sizing import MOST_WIDTH, fitting_columns, own_titles, spaces
from bathyscope.figures.still import still

MARGIN, GAP, TITLE_GAP, NOTE_GAP = 18.0, (34.0, 34.0), 18.0, 14.0
LEAST_WIDTH = 320.0


def draw(figure: Figure, theme: Theme = "light") -> Any:
    """Draw a figure.

    Parameters
    ----------
    figure : Figure
    theme : {"light", "dark"}

    Returns
    -------
    plotly.graph_objects.Figure
        As large as its content needs. Ids are in each trace's ``customdata`` and ``meta``.
    """
    page = _Page(still(figure), Style(theme))
    return go.Figure({"data": page.traces, "layout": page.layout})


class _Page:
    """Puts drawn panels into the layout of one Plotly figure."""

    def __init__(self, figure: Figure, style: Style) -> None:
        self.style = style
        columns = _fitting_columns(figure)
        offered = spaces(figure, columns)
        self.panels = [
            Drawn(part, style, number=number, space=offered[(number - 1) % columns])
            for number, part in enumerate(own_titles(figure), start=1)
        ]
        self.grid = Grid([drawn.box for drawn in self.panels], columns, GAP)
        self.width = max(self.grid.width, LEAST_WIDTH) + 2 * MARGIN
        room = self.width - 2 * MARGIN
        self.title = text.wrapped(figure.title, room, TITLE, bold=True, max_lines=3)
        self.title = self.title if figure.title else []
        self.note = text.wrapped(figure.note, room, SMALL) if figure.note else []
        self.above = len(self.title) * text.line_height(TITLE) + TITLE_GAP if self.title else 0.0
        below = len(self.note) * text.line_height(SMALL) + NOTE_GAP if self.note else 0.0
        self.height = self.grid.height + self.above + below + 2 * MARGIN
        self.traces: list[Json] = []
        self.layout: Json = {**style.layout(), "width": self.width, "height": self.height}
        self.layout.update({"annotations": [], "shapes": [], "images": []})
        for index, drawn in enumerate(self.panels):
            self._put(index, drawn)
        self._write_around()

    def _put(self, index: int, drawn: Drawn) -> None:
        x, y = self.grid.corner(index)
        left, top = MARGIN + x, MARGIN + self.above + y
        canvas = drawn.canvas
        drawn.add_title(self.grid.top(index))
        self._put_axes(drawn, left, top)
        self.layout.update(
            legend.color_axes(canvas, left=left, top=top, total=(self.width, self.height))
        )
        for name, described in legend.describe(canvas, drawn.legend, left=left, top=top).items():
            at = described.pop("at")
            described.update(x=at[0] / self.width, y=1 - at[1] / self.height)
            self.layout[name] = described
        for words in drawn.texts:
            self._write(words, left, top)
        for trace in canvas.traces:
            self._put_trace(trace, drawn, left, top)
        self.layout["shapes"] += canvas.shapes
        self.layout["annotations"] += canvas.annotations
        self.layout["images"] += canvas.images

    def _put_trace(self, trace: Json, drawn: Drawn, left: float, top: float) -> None:
        if trace["type"] == "table":
            trace = {**trace, "domain": self._domain(drawn, left, top)}
        if "legendgroup" in trace:
            trace = {**trace, **_legend_of(trace, drawn)}
        self.traces.append(trace)

    def _domain(self, drawn: Drawn, left: float, top: float) -> Json:
        width, height = drawn.canvas.width, drawn.canvas.height
        return {
            "x": [left / self.width, (left + width) / self.width],
            "y": [1 - (top + height) / self.height, 1 - top / self.height],
        }

    def _put_axes(self, drawn: Drawn, left: float, top: float) -> None:
        canvas = drawn.canvas
        number = canvas.number
        if canvas.scene:
            self.layout[f"scene{number}"] = {
                **canvas.scene, "domain": self._domain(drawn, left, top),
            }  # fmt: skip
            return
        if canvas.panel.cartesian:
            x, y = axes.dress(canvas)
        else:
            x, y = axes.hidden(canvas.width, down=False), axes.hidden(canvas.height, down=True)
        domain = self._domain(drawn, left, top)
        lowest = number if not canvas.below else number * 100
        x.update(domain=domain["x"], anchor=f"y{lowest}")
        y.update(domain=domain["y"], anchor=f"x{number}")
        self.layout[f"xaxis{number}"], self.layout[f"yaxis{number}"] = x, y
        if canvas.below:
            self._put_axes_below(drawn, y, left, top)

    def _put_axes_below(self, drawn: Drawn, like: Json, left: float, top: float) -> None:
        canvas = drawn.canvas
        start = top + canvas.height + canvas.below_gap
        share = [1 - (start + canvas.below) / self.height, 1 - start / self.height]
        self.layout[f"yaxis{canvas.number}00"] = {
            **like, "domain": share, "range": canvas.below_axes["range"], "nticks": 5,
            "tickvals": None, "ticktext": None, "tickformat": ",d", "showgrid": False,
        }  # fmt: skip
        font = self.style.font(LABEL, self.style.subtle)
        middle = start - top + canvas.below / 2
        at = (-drawn.left + LABEL * 1.5, middle)
        words = {"text": canvas.below_axes["title"], "at": at, "xanchor": "right",
                 "yanchor": "middle", "textangle": -90, "font": font}  # fmt: skip
        self._write(words, left, top)

    def _write(self, words: Json, left: float, top: float) -> None:
        """Write a text that is placed in pixels from the corner of its axes."""
        given = dict(words)
        x, y = given.pop("at")
        self.layout["annotations"].append(
            {
                "xref": "paper",
                "yref": "paper",
                "showarrow": False,
                "borderpad": 0,
                "x": (left + x) / self.width,
                "y": 1 - (top + y) / self.height,
                **given,
            }
        )

    def _write_around(self) -> None:
        for lines, y, anchor, font in (
            (self.title, MARGIN, "top", self.style.font(TITLE, bold=True)),
            (self.note, self.height - MARGIN, "bottom", self.style.font(SMALL, self.style.subtle)),
        ):
            if lines:
                words = {"text": "<br>".join(lines), "at": (MARGIN, y), "xanchor": "left",
                         "yanchor": anchor, "align": "left", "font": font}  # fmt: skip
                self._write(words, 0.0, 0.0)


def _legend_of(trace: Json, drawn: Drawn) -> Json:
    """Send the entry of a trace to its row; groups of different panels stay apart."""
    label = trace["legendgroup"]
    row = drawn.legend.row_of(label)
    group = f"{drawn.canvas.number} {label}"
    if row is None:
        return {"legendgroup": group, "showlegend": False}
    return {"legendgroup": group, "legend": legend.name_of(drawn.canvas, row),
            "name": legend.shortened(label)}  # fmt: skip


def _fitting_columns(figure: Figure) -> int:
    return fitting_columns(
        figure,
        lambda part, space: panel.size(part, space)[0] + 80,
        most=MOST_WIDTH * PIXELS_PER_INCH,
    )

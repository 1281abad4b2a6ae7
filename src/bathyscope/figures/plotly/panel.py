"""One panel: its mark or marks, and what stands around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bathyscope.figures.coordinates import ticks_of
from bathyscope.figures.extent import held, limits, off_scale_remarks
from bathyscope.figures.figure import Panel
from bathyscope.figures.grid import Box
from bathyscope.figures.marks import (
    Bars,
    Graph,
    Line,
    Mark,
    Matrix,
    Note,
    Points,
    Points3D,
    Table,
    Tiles,
    Tokens,
    Wave,
)
from bathyscope.figures.plotly import (
    axes,
    bars,
    graph,
    legend,
    line,
    matrix,
    note,
    points,
    points3d,
    table,
    text,
    tiles,
    tokens,
    wave,
)
from bathyscope.figures.plotly.canvas import Canvas, Json
from bathyscope.figures.plotly.theme import LABEL, PANEL_TITLE, PIXELS_PER_INCH, SMALL, Style
from bathyscope.figures.sizing import Room, Space, cartesian_size

DRAWERS: dict[type[Mark], Callable[[Any, Canvas], None]] = {
    Line: line.draw,
    Points: points.draw,
    Points3D: points3d.draw,
    Matrix: matrix.draw,
    Bars: bars.draw,
    Wave: wave.draw,
    Tiles: tiles.draw,
    Tokens: tokens.draw,
    Graph: graph.draw,
    Table: table.draw,
    Note: note.draw,
}
_FREE_SIZES: dict[type[Mark], Callable[[Any, Room], tuple[float, float]]] = {
    Points3D: points3d.size,
    Tiles: tiles.size,
    Tokens: tokens.size,
    Graph: graph.size,
    Table: table.size,
    Note: note.size,
}
LEAST_NOTE_WIDTH = 250.0


def size(panel: Panel, space: Space) -> tuple[float, float]:
    """Width and height of the axes in pixels, without what stands around them."""
    if panel.cartesian:
        width, height = cartesian_size(panel, space.axes)
        return width * PIXELS_PER_INCH, height * PIXELS_PER_INCH
    mark = panel.marks[0]
    return _FREE_SIZES[type(mark)](mark, space.room)


class Drawn:
    """A drawn panel, which knows its room and writes itself where it is put.

    Texts around the axes are kept in pixels from the top left corner of the axes, and become
    shares of the whole figure when the place of the panel is known.
    """

    def __init__(self, panel: Panel, style: Style, *, number: int, space: Space) -> None:
        remarks = off_scale_remarks(panel) if panel.cartesian else []
        panel = held(panel) if panel.cartesian else panel
        self.canvas = Canvas(number, panel, style, *size(panel, space), space.room)
        if panel.cartesian:
            self.canvas.x, self.canvas.y = limits(panel)
        for mark in panel.marks:
            DRAWERS[type(mark)](mark, self.canvas)
        self.texts: list[Json] = []
        self.left, self.bottom = self._around()
        self.legend = legend.plan(self.canvas)
        self.right = legend.bars_width(self.canvas) + self.legend.right
        self.texts += legend.bar_titles(self.canvas)
        self._say_if_empty()
        self._add_coordinates()
        self._add_note(remarks)
        self.title = self._title_lines()

    def _around(self) -> tuple[float, float]:
        canvas = self.canvas
        inner = canvas.height + canvas.below + canvas.below_gap
        if not canvas.panel.cartesian:
            return 0.0, inner + 6
        left, below = axes.label_room(canvas)
        if canvas.below:
            left = max(left, text.width("4,000", SMALL) + axes.TICK_GAP)
        self.texts += axes.axis_titles(canvas, left, below)
        return left + LABEL * 1.5, inner + below + LABEL * 1.4

    def _add_coordinates(self) -> None:
        """Write the ticks of parallel coordinates beside their axes."""
        canvas = self.canvas
        every = canvas.panel.coordinates
        for place, axis in enumerate(every):
            (left, right), (low, high) = canvas.x.ends, canvas.y.ends
            across = canvas.width * (place - left) / (right - left)
            is_last = place == len(every) - 1
            for height, label in ticks_of(axis):
                down = canvas.height * (high - height) / (high - low)
                shown = text.fitted(label, canvas.width / len(every), SMALL)
                self.texts.append(
                    {"text": shown, "at": (across + (-3 if is_last else 3), down),
                     "xanchor": "right" if is_last else "left", "yanchor": "middle",
                     "font": canvas.style.font(SMALL, canvas.style.subtle)}
                )  # fmt: skip

    def _say_if_empty(self) -> None:
        canvas = self.canvas
        if canvas.panel.cartesian and (canvas.x.empty or canvas.y.empty):
            some = any(len(getattr(mark, "x", ())) for mark in canvas.panel.marks)
            self.texts.append(
                {"text": "no finite values" if some else "no data", "xanchor": "center",
                 "at": (canvas.width / 2, canvas.height / 2), "yanchor": "middle",
                 "font": canvas.style.font(SMALL, canvas.style.subtle)}
            )  # fmt: skip

    def _add_note(self, remarks: list[str]) -> None:
        canvas = self.canvas
        parts = (canvas.panel.note, *remarks, *dict.fromkeys(canvas.remarks))
        words = " ".join(part for part in parts if part)
        if words:
            lines = text.wrapped(words, max(canvas.width, LEAST_NOTE_WIDTH), SMALL)
            self.texts.append(
                {"text": "<br>".join(lines), "at": (0.0, self.bottom + 8), "xanchor": "left",
                 "yanchor": "top", "align": "left",
                 "font": canvas.style.font(SMALL, canvas.style.subtle)}
            )  # fmt: skip
            self.bottom += 8 + len(lines) * text.line_height(SMALL)

    def _title_lines(self) -> list[str]:
        canvas = self.canvas
        if not canvas.panel.title:
            return []
        room_for_title = max(canvas.width, 160.0)
        return text.wrapped(canvas.panel.title, room_for_title, PANEL_TITLE, bold=True, max_lines=2)

    @property
    def box(self) -> Box:
        """Room that the panel takes, in pixels."""
        canvas = self.canvas
        title = len(self.title) * text.line_height(PANEL_TITLE) + 6 if self.title else 0.0
        top = self.legend.above + title + (6.0 if canvas.panel.cartesian else 0.0)
        return Box(
            canvas.width,
            canvas.height,
            self.left,
            self.right,
            top,
            self.bottom - canvas.height,
        )

    def add_title(self, top: float) -> None:
        """Write the title at the top of the row, so that titles of a row line up."""
        if self.title:
            self.texts.append(
                {"text": "<br>".join(self.title), "at": (0.0, -top), "xanchor": "left",
                 "yanchor": "top", "align": "left",
                 "font": self.canvas.style.font(PANEL_TITLE, bold=True)}
            )  # fmt: skip

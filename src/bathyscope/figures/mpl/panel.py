"""One panel: its mark or marks, and what stands around them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes

from bathyscope.figures.extent import held, limits, off_scale_remarks
from bathyscope.figures.figure import Panel
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
from bathyscope.figures.mpl import (
    axes,
    bars,
    coordinates,
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
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.near import near_origin
from bathyscope.figures.mpl.theme import PANEL_TITLE, SMALL, Style
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
#: Notes are not squeezed into less width than this, in inches.
LEAST_NOTE_WIDTH, LEAST_TITLE_WIDTH = 2.6, 1.6
NOTE_GAP = 0.1


def size(panel: Panel, space: Space) -> tuple[float, float]:
    """Width and height of the axes in inches, without what stands around them."""
    if panel.cartesian:
        return cartesian_size(panel, space.axes)
    mark = panel.marks[0]
    return _FREE_SIZES[type(mark)](mark, space.room)


def draw(ax: Axes, panel: Panel, style: Style, *, size: tuple[float, float], room: Room) -> Canvas:
    """Draw a panel into axes whose size in inches is known."""
    remarks: list[str] = []
    origins = (0.0, 0.0)
    if panel.cartesian:
        remarks = off_scale_remarks(panel)
        panel, origins = near_origin(held(panel))
    canvas = Canvas(ax, panel, style, *size, room, origins=origins)
    if panel.cartesian:
        canvas.x, canvas.y = limits(panel)
        axes.prepare(canvas)
    for mark in panel.marks:
        DRAWERS[type(mark)](mark, canvas)
    if panel.cartesian:
        axes.dress(canvas)
        coordinates.draw(canvas)
        canvas.remarks = [*remarks, *canvas.remarks]
        _say_if_empty(canvas)
    above = legend.add_legend(canvas)
    legend.add_color_bars(canvas)
    _add_title(canvas, above)
    _add_note(canvas)
    return canvas


def _say_if_empty(canvas: Canvas) -> None:
    if canvas.x.empty or canvas.y.empty:
        canvas.ax.text(
            0.5,
            0.5,
            "no finite values" if any(_length(mark) for mark in canvas.panel.marks) else "no data",
            transform=canvas.ax.transAxes,
            ha="center",
            va="center",
            color=canvas.style.subtle,
            fontsize=SMALL,
        )


def _length(mark: Mark) -> int:
    return len(getattr(mark, "x", ()))


def _add_title(canvas: Canvas, above: float) -> None:
    if not canvas.panel.title:
        return
    lines = text.wrapped(
        canvas.panel.title,
        _width_of_words(canvas, LEAST_TITLE_WIDTH),
        PANEL_TITLE,
        bold=True,
        max_lines=2,
    )
    canvas.title = canvas.ax.annotate(
        "\n".join(lines),
        (0.0, 1.0),
        (0.0, (above + 0.07) * 72),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=PANEL_TITLE,
        fontweight="bold",
        color=canvas.style.ink,
        annotation_clip=False,
        gid="panel title",
    )


def _width_of_words(canvas: Canvas, least: float) -> float:
    """Width for a title or note: that of the axes, unless a new figure can give more."""
    return canvas.width if canvas.room.height < math.inf else max(canvas.width, least)


def _add_note(canvas: Canvas) -> None:
    words = " ".join(part for part in (canvas.panel.note, *dict.fromkeys(canvas.remarks)) if part)
    if not words:
        return
    words_width = _width_of_words(canvas, LEAST_NOTE_WIDTH)
    anchor: Any = canvas.ax.transAxes
    if canvas.panel.cartesian:
        anchor = canvas.bottom_axes.xaxis.label
    canvas.ax.annotate(
        "\n".join(text.wrapped(words, words_width, SMALL)),
        (0.0, 0.0),
        (0.0, -NOTE_GAP * 72),
        xycoords=(canvas.ax.transAxes, anchor),
        textcoords="offset points",
        ha="left",
        va="top",
        fontsize=SMALL,
        linespacing=1.25,
        color=canvas.style.subtle,
        annotation_clip=False,
        gid="note",
    )

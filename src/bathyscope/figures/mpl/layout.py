"""The size of a figure and the places of its panels, found from what was drawn."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure as MplFigure
from matplotlib.figure import SubFigure
from matplotlib.text import Annotation

from bathyscope.figures.grid import Box, Grid
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import SMALL, TITLE, Style

MARGIN, PANEL_GAP_X, PANEL_GAP_Y = 0.16, 0.36, 0.34
TITLE_GAP, NOTE_GAP = 0.16, 0.14
LEAST_WIDTH = 3.2


@dataclass(frozen=True)
class Place:
    """A panel's axes, its title, and the room both take in inches."""

    ax: Axes
    box: Box
    title: Annotation | None


def measured(figure: MplFigure | SubFigure, canvas: Canvas) -> Place:
    """Find how far ticks, names, legends, titles and notes reach beyond the axes."""
    dpi = figure.dpi
    renderer = RendererAgg(1, 1, dpi)
    inner, around = canvas.ax.get_window_extent(renderer), canvas.ax.get_tightbbox(renderer)
    assert around is not None
    box = Box(
        canvas.width,
        canvas.height,
        left=max(0.0, (inner.x0 - around.x0) / dpi),
        right=max(0.0, (around.x1 - inner.x1) / dpi),
        top=max(0.0, (around.y1 - inner.y1) / dpi),
        bottom=max(0.0, (inner.y0 - around.y0) / dpi),
    )
    return Place(canvas.ax, box, canvas.title)


def arrange(
    figure: MplFigure, places: list[Place], columns: int, style: Style, *, title: str, note: str
) -> None:
    """Set the size of the figure, place the axes in a grid, and write title and note."""
    grid = Grid([place.box for place in places], columns, (PANEL_GAP_X, PANEL_GAP_Y))
    width = max(grid.width, LEAST_WIDTH) + 2 * MARGIN
    room = width - 2 * MARGIN
    titles = text.wrapped(title, room, TITLE, bold=True, max_lines=3) if title else []
    notes = text.wrapped(note, room, SMALL) if note else []
    above = len(titles) * text.line_height(TITLE) + (TITLE_GAP if titles else 0.0)
    below = len(notes) * text.line_height(SMALL) + (NOTE_GAP if notes else 0.0)
    height = grid.height + above + below + 2 * MARGIN
    figure.set_size_inches(width, height)
    for index, place in enumerate(places):
        x, y = grid.corner(index)
        box = place.box
        bottom = height - MARGIN - above - y - box.height
        place.ax.set_position(
            ((MARGIN + x) / width, bottom / height, box.width / width, box.height / height)
        )
        if place.title is not None:
            _raise(place.title, grid.top(index) - box.top)
    if titles:
        figure.text(MARGIN / width, 1 - MARGIN / height, "\n".join(titles), va="top", ha="left",
                    fontsize=TITLE, fontweight="bold", color=style.ink, gid="title")  # fmt: skip
    if notes:
        figure.text(MARGIN / width, MARGIN / height, "\n".join(notes), va="bottom", ha="left",
                    fontsize=SMALL, linespacing=1.25, color=style.subtle, gid="note")  # fmt: skip


def _raise(title: Annotation, inches: float) -> None:
    """Line a title up with the highest one of its row."""
    x, y = title.xyann
    title.xyann = (x, y + inches * 72)


#: Left, bottom, width and height, as shares of the axes around.
Bounds = tuple[float, float, float, float]
#: Share of a cell that its texts take left, right, above and below: measured, then replaced.
GUESSED = (0.15, 0.05, 0.2, 0.2)


def cell(index: int, rows: int, columns: int, margins: Bounds) -> Bounds:
    """Place of one panel's axes among panels that share given axes."""
    row, column = divmod(index, columns)
    left, right, top, bottom = margins
    return (
        (column + left) / columns,
        1 - (row + 1 - bottom) / rows,
        (1 - left - right) / columns,
        (1 - top - bottom) / rows,
    )


def margins(places: list[Place], size: tuple[float, float], rows: int, columns: int) -> Bounds:
    """Shares of a cell that the texts of the panels take, at most two thirds each way."""
    width, height = size[0] / columns, size[1] / rows
    left = max(place.box.left for place in places) / width
    right = (max(place.box.right for place in places) + MARGIN) / width
    top = max(place.box.top for place in places) / height
    bottom = (max(place.box.bottom for place in places) + MARGIN) / height
    across, down = max(1.0, (left + right) * 1.5), max(1.0, (top + bottom) * 1.5)
    return left / across, right / across, top / down, bottom / down

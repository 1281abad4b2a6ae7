"""The size of a figure and the places of its panels, found from what was drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure as MplFigure
from matplotlib.figure import SubFigure
from matplotlib.text import Annotation

from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import SMALL, TITLE, Style

MARGIN, PANEL_GAP_X, PANEL_GAP_Y = 0.16, 0.36, 0.34
TITLE_GAP, NOTE_GAP = 0.16, 0.14
LEAST_WIDTH = 3.2


@dataclass(frozen=True)
class Place:
    """A panel's axes, their size, and how far its texts reach beyond them (inches)."""

    ax: Axes
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    title: Annotation | None


def measured(figure: MplFigure | SubFigure, canvas: Canvas) -> Place:
    """Find how far ticks, names, legends, titles and notes reach beyond the axes."""
    dpi = figure.dpi
    renderer = RendererAgg(1, 1, dpi)
    ax = canvas.ax
    box, around = ax.get_window_extent(renderer), ax.get_tightbbox(renderer)
    assert around is not None
    return Place(
        ax,
        canvas.width,
        canvas.height,
        left=max(0.0, (box.x0 - around.x0) / dpi),
        right=max(0.0, (around.x1 - box.x1) / dpi),
        top=max(0.0, (around.y1 - box.y1) / dpi),
        bottom=max(0.0, (box.y0 - around.y0) / dpi),
        title=canvas.title,
    )


def arrange(
    figure: MplFigure, places: list[Place], columns: int, style: Style, *, title: str, note: str
) -> None:
    """Set the size of the figure, place the axes in a grid, and write title and note."""
    grid = _Grid(places, columns)
    grid.line_up_titles()
    width = max(grid.width, LEAST_WIDTH) + 2 * MARGIN
    room = width - 2 * MARGIN
    titles = text.wrapped(title, room, TITLE, bold=True, max_lines=3) if title else []
    notes = text.wrapped(note, room, SMALL) if note else []
    above = len(titles) * text.line_height(TITLE) + (TITLE_GAP if titles else 0.0)
    below = len(notes) * text.line_height(SMALL) + (NOTE_GAP if notes else 0.0)
    height = grid.height + above + below + 2 * MARGIN
    figure.set_size_inches(width, height)
    for place, x, y in grid.corners():
        left = MARGIN + x
        bottom = height - MARGIN - above - y - place.height
        place.ax.set_position(
            (left / width, bottom / height, place.width / width, place.height / height)
        )
    if titles:
        figure.text(MARGIN / width, 1 - MARGIN / height, "\n".join(titles), va="top", ha="left",
                    fontsize=TITLE, fontweight="bold", color=style.ink, gid="title")  # fmt: skip
    if notes:
        figure.text(MARGIN / width, MARGIN / height, "\n".join(notes), va="bottom", ha="left",
                    fontsize=SMALL, linespacing=1.25, color=style.subtle, gid="note")  # fmt: skip


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
    left = max(place.left for place in places) / width
    right = (max(place.right for place in places) + MARGIN) / width
    top = max(place.top for place in places) / height
    bottom = (max(place.bottom for place in places) + MARGIN) / height
    across, down = max(1.0, (left + right) * 1.5), max(1.0, (top + bottom) * 1.5)
    return left / across, right / across, top / down, bottom / down


class _Grid:
    """Columns aligned at the left edges of the axes, rows at their top edges."""

    def __init__(self, places: list[Place], columns: int) -> None:
        self.places, self.columns = places, min(columns, len(places))
        n_rows = -(-len(places) // self.columns)
        self.lefts = np.zeros(self.columns)
        self.rights = np.zeros(self.columns)
        self.tops, self.bottoms = np.zeros(n_rows), np.zeros(n_rows)
        for index, place in enumerate(places):
            row, column = divmod(index, self.columns)
            self.lefts[column] = max(self.lefts[column], place.left)
            self.rights[column] = max(self.rights[column], place.width + place.right)
            self.tops[row] = max(self.tops[row], place.top)
            self.bottoms[row] = max(self.bottoms[row], place.height + place.bottom)

    @property
    def width(self) -> float:
        return float(self.lefts.sum() + self.rights.sum() + PANEL_GAP_X * (len(self.lefts) - 1))

    @property
    def height(self) -> float:
        return float(self.tops.sum() + self.bottoms.sum() + PANEL_GAP_Y * (len(self.tops) - 1))

    def line_up_titles(self) -> None:
        """Raise the titles of a row to the height of the highest."""
        for index, place in enumerate(self.places):
            if place.title is not None:
                x, y = place.title.xyann
                raised = self.tops[index // self.columns] - place.top
                place.title.xyann = (x, y + raised * 72)

    def corners(self) -> list[tuple[Place, float, float]]:
        """Give the left and top edge of each axes."""
        found: list[tuple[Place, float, float]] = []
        for index, place in enumerate(self.places):
            row, column = divmod(index, self.columns)
            x = self.lefts[: column + 1].sum() + self.rights[:column].sum() + PANEL_GAP_X * column
            y = self.tops[: row + 1].sum() + self.bottoms[:row].sum() + PANEL_GAP_Y * row
            found.append((place, float(x), float(y)))
        return found

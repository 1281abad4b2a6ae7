"""How large a panel should be, found from what it holds. Lengths are in inches."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from bathyscope.figures.figure import Figure, Panel
from bathyscope.figures.marks import Bars, Matrix, Tiles, Wave

#: Width of a panel when 1, 2, 3 or more stand beside each other.
WIDTHS = (6.4, 4.4, 3.3, 2.7)
RATIO = 0.58
#: Width for tiles, texts and tables, likewise.
ROOMS = (9.0, 4.6, 3.4, 2.8)
#: The widest row of panels.
MOST_WIDTH = 15.0


@dataclass(frozen=True)
class Room:
    """What a free mark may fill: tiles, texts, graphs, tables, notes."""

    width: float
    height: float = math.inf


@dataclass(frozen=True)
class Space:
    """What a column of panels offers: the width between two axes, and that of a free mark."""

    axes: float
    free: float

    @property
    def room(self) -> Room:
        """Room of a free mark, which may grow downwards as it needs."""
        return Room(self.free)


PanelWidth = Callable[[Panel, Space], float]


def spaces(figure: Figure, columns: int) -> list[Space]:
    """Share the width of a row among its columns, by the figure's `widths` if it has any."""
    if columns != figure.columns or not figure.widths:
        return [Space(_of(WIDTHS, columns), _of(ROOMS, columns))] * columns
    shares = [width / sum(figure.widths) for width in figure.widths]
    axes, free = columns * _of(WIDTHS, columns), columns * _of(ROOMS, columns)
    return [Space(max(axes * share, 1.0), max(free * share, 0.8)) for share in shares]


def own_titles(figure: Figure) -> list[Panel]:
    """Give the panels, without titles that only repeat the figure's."""
    alone = len(figure.panels) == 1
    return [
        replace(part, title="") if alone and part.title == figure.title else part
        for part in figure.panels
    ]


def fitting_columns(figure: Figure, width: PanelWidth, *, most: float) -> int:
    """As many panels in a row as wished, if they are not wider than a page can be.

    Columns of widths of their own belong together: of two pairs one pair is kept.

    Parameters
    ----------
    figure : Figure
    width : function
        Width of a panel with what stands around it, in the space its column offers.
    most : float
        The widest row, in the same unit.
    """
    columns = max(1, min(figure.columns, len(figure.panels)))
    while columns > 1 and _row_width(figure, width, columns) > most:
        columns = columns // 2 if figure.widths else columns - 1
    return columns


def _row_width(figure: Figure, width: PanelWidth, columns: int) -> float:
    offered = spaces(figure, columns)
    widths = [width(part, offered[i % columns]) for i, part in enumerate(figure.panels)]
    return max(sum(widths[i : i + columns]) for i in range(0, len(widths), columns))


def _of(widths: tuple[float, ...], columns: int) -> float:
    return widths[min(columns, len(widths)) - 1]


def cartesian_size(panel: Panel, width: float) -> tuple[float, float]:
    """Width and height between the axes, for a column of this width."""
    for mark in panel.marks:
        if isinstance(mark, Matrix):
            return _matrix_size(mark, width)
        if isinstance(mark, Bars) and mark.horizontal:
            return width * 0.75, _clamp(0.24 * len(mark.heights), 1.0, 14.0)
        if isinstance(mark, Wave):
            return width, 1.3
    if panel.y is not None and panel.y.categories:
        return width, _clamp(0.24 * len(panel.y.categories), width * RATIO, 14.0)
    return width, width * RATIO


def _matrix_size(mark: Matrix, width: float) -> tuple[float, float]:
    n_rows, n_columns = mark.values.shape
    if mark.x is not None or mark.y is not None:
        return width, _clamp(0.28 * n_rows, 1.4, 6.0)
    largest = 0.95 if max(n_rows, n_columns) <= 4 else 0.5
    most_height = max(width, 4.4) * 1.15
    cell = min(largest, width / n_columns, most_height / n_rows)
    return _clamp(cell * n_columns, 1.2, width), _clamp(cell * n_rows, 1.0, most_height)


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


@dataclass(frozen=True)
class TileGrid:
    """How tiles are laid out: lengths in inches, places from the top left corner."""

    n: int
    columns: int
    tile_width: float
    tile_height: float
    gap: float
    caption_height: float

    @property
    def rows(self) -> int:
        """Number of rows."""
        return math.ceil(self.n / self.columns)

    @property
    def width(self) -> float:
        """Width of all tiles."""
        return self.columns * self.tile_width + (self.columns - 1) * self.gap

    @property
    def row_height(self) -> float:
        """From the top of one row to the next."""
        return self.tile_height + self.caption_height + self.gap

    @property
    def height(self) -> float:
        """Height of all tiles with their captions."""
        return self.rows * self.row_height - self.gap

    def corner(self, index: int) -> tuple[float, float]:
        """Left and top of a tile."""
        row, column = divmod(index, self.columns)
        return column * (self.tile_width + self.gap), row * self.row_height


def tile_grid(mark: Tiles, width_in: float, *, across: int | None = None) -> TileGrid:
    """Lay out tiles: as many in a row as fit, none larger than it needs to be.

    A renderer sets the height of the captions, which it alone can measure.

    Parameters
    ----------
    mark : Tiles
    width_in : float
        Width to fill.
    across : int, optional
        Tiles in a row, instead of what the mark says or what looks well.
    """
    n, height, width = mark.images.shape[:3]
    n = max(n, 1)
    captioned = mark.captions is not None
    across = across or mark.columns or _columns_of_tiles(n, width / height, width_in, captioned)
    gap = 0.12 if captioned or mark.verdicts is not None else 0.05
    largest = 1.6 if n > 1 else 2.4
    if max(height, width) > 100:
        largest = 3.0 if n > 1 else 4.0
    tile_width = min((width_in - (across - 1) * gap) / across, largest * max(1.0, width / height))
    tile_width = max(tile_width, 0.12)
    tile_height = tile_width * height / width
    if tile_height > largest * 1.5:
        tile_height = largest * 1.5
        tile_width = tile_height * width / height
    return TileGrid(n, min(across, n), tile_width, tile_height, gap, caption_height=0.0)


def _columns_of_tiles(n: int, ratio: float, room: float, captioned: bool) -> int:
    """Fill the width with tiles of a size that can be read; many tiles are smaller."""
    smallest = 0.85 if captioned else 0.9 if n <= 64 else 0.5 if n <= 200 else 0.34
    most = max(1, int(room / (smallest * max(ratio, 0.6))))
    rows = math.ceil(n / most)
    return math.ceil(n / rows)

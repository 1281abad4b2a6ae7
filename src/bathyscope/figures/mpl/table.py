"""Tables: text to the left, numbers to the right, thin rules, bars behind numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from bathyscope.figures.marks import Table
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import HAIRLINE, SMALL
from bathyscope.figures.sizing import Room
from bathyscope.figures.tabular import bar_shares, cell_texts, is_number

SIZE = SMALL + 0.5
ROW, GAP = 0.215, 0.26
MOST_ROWS = 40
BAR = 0.7


@dataclass(frozen=True, eq=False)
class Column:
    """One column as it is drawn: lengths in inches."""

    name: str
    cells: list[str]
    right: bool
    bars: np.ndarray | None
    width: float


def _columns(mark: Table, room: Room) -> list[Column]:
    most = max(room.width / 3, 0.9)
    n_rows = _rows_shown(mark, room)
    found: list[Column] = []
    for name, values in mark.columns.items():
        cells = [text.fitted(cell, most, SIZE) for cell in cell_texts(mark, name, n_rows)]
        head = text.fitted(name, most, SIZE, bold=True)
        bars = bar_shares(mark, name)[:n_rows] if name in mark.bars else None
        width = max([text.width(cell, SIZE) for cell in cells] + [text.width(head, SIZE, True)])
        extra = BAR + 0.08 if bars is not None else 0.0
        found.append(Column(head, cells, is_number(values), bars, width + extra))
    return found


def size(mark: Table, room: Room) -> tuple[float, float]:
    """Width and height in inches."""
    drawn = _columns(mark, room)
    width = sum(column.width for column in drawn) + GAP * (len(drawn) - 1)
    n_rows = _rows_shown(mark, room)
    more = 1 if _n_rows(mark) > n_rows or not n_rows else 0
    return max(width, 1.0), (n_rows + more + 1) * ROW + 0.05


def _rows_shown(mark: Table, room: Room) -> int:
    fitting = MOST_ROWS
    if room.height < (MOST_ROWS + 2) * ROW:
        fitting = max(1, int(room.height / ROW) - 2)
    return min(_n_rows(mark), fitting)


def _n_rows(mark: Table) -> int:
    return len(next(iter(mark.columns.values()), ()))


def draw(mark: Table, canvas: Canvas) -> None:
    """Draw the head, the rows and what was left out."""
    width, _ = size(mark, canvas.room)
    ax = canvas.ax
    canvas.free()
    left = 0.0
    for column in _columns(mark, canvas.room):
        _draw_column(canvas, column, left)
        left += column.width + GAP
    ax.plot([0, width], [ROW, ROW], color=canvas.style.surface("line"), linewidth=HAIRLINE,
            clip_on=False)  # fmt: skip
    _draw_rest(mark, canvas)


def _draw_column(canvas: Canvas, column: Column, left: float) -> None:
    align = "right" if column.right else "left"
    at = left + column.width if column.right else left
    options: dict[str, Any] = {"ha": align, "va": "center_baseline", "fontsize": SIZE}
    canvas.ax.text(at, ROW / 2, column.name, color=canvas.style.subtle, fontweight="bold",
                   **options)  # fmt: skip
    for row, cell in enumerate(column.cells):
        middle = (row + 1.5) * ROW + 0.03
        if column.bars is not None:
            _draw_bar(canvas, left, middle, float(column.bars[row]))
        canvas.ax.text(at, middle, cell, color=canvas.style.ink, **options)


def _draw_bar(canvas: Canvas, left: float, middle: float, share: float) -> None:
    for width, color in ((BAR, "grid"), (BAR * share, "")):
        canvas.ax.add_patch(
            Rectangle((left, middle - ROW * 0.2), width, ROW * 0.4, linewidth=0,
                      clip_on=False, facecolor=canvas.style.surface(color) if color else
                      canvas.style.tone("accent"))
        )  # fmt: skip


def _draw_rest(mark: Table, canvas: Canvas) -> None:
    n_rows = _n_rows(mark)
    shown = _rows_shown(mark, canvas.room)
    rest = n_rows - shown
    words = "no rows" if not n_rows else f"… and {rest:,} more rows" if rest > 0 else ""
    if words:
        middle = (shown + 1.5) * ROW + 0.03
        canvas.ax.text(0.0, middle, words, color=canvas.style.subtle, fontsize=SIZE,
                       va="center_baseline")  # fmt: skip

"""Tables: text to the left, numbers to the right; long ones scroll."""

from __future__ import annotations

from dataclasses import dataclass

from bathyscope.figures.marks import Table
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, linked
from bathyscope.figures.plotly.theme import LABEL
from bathyscope.figures.sizing import Room
from bathyscope.figures.tabular import bar_shares, cell_texts, is_number

ROW, PAD = 24.0, 22.0
MOST_ROWS, SHOWN_ROWS = 1_000, 24
#: A bar is written with full blocks and one of seven parts of a block.
BLOCKS, BAR_BLOCKS = " ▏▎▍▌▋▊▉█", 7
BAR_WIDTH = 72.0


@dataclass(frozen=True)
class Column:
    """One column as Plotly draws it: a column with bars becomes two."""

    head: str
    cells: list[str]
    right: bool
    width: float
    is_bar: bool = False


def _n_rows(mark: Table) -> int:
    return len(next(iter(mark.columns.values()), ()))


def _columns(mark: Table, room: Room) -> list[Column]:
    most = max(room.width * 96 / 3, 90)
    found: list[Column] = []
    for name, values in mark.columns.items():
        if name in mark.bars:
            bars = [_bar(share) for share in bar_shares(mark, name)[:MOST_ROWS].tolist()]
            found.append(Column("", bars, right=False, width=BAR_WIDTH, is_bar=True))
        cells = [text.fitted(cell, most, LABEL) for cell in cell_texts(mark, name, MOST_ROWS)]
        head = text.fitted(name, most, LABEL, bold=True)
        widths = [text.width(cell, LABEL) for cell in cells[:200]]
        widest = max([text.width(head, LABEL, bold=True), *widths])
        found.append(Column(head, cells, is_number(values), min(widest, most) + PAD))
    return found


def _bar(share: float) -> str:
    eighths = round(share * BAR_BLOCKS * 8)
    return BLOCKS[8] * (eighths // 8) + BLOCKS[eighths % 8].strip()


def size(mark: Table, room: Room) -> tuple[float, float]:
    """Width and height in pixels."""
    rows = max(1, min(_n_rows(mark), SHOWN_ROWS))
    width = sum(column.width for column in _columns(mark, room))
    return max(width, 120.0), (rows + 1) * ROW + 10


def draw(mark: Table, canvas: Canvas) -> None:
    """Draw the head and the rows; all of up to a thousand can be scrolled to."""
    style, columns = canvas.style, _columns(mark, canvas.room)
    aligned = ["right" if column.right else "left" for column in columns]
    n_rows = _n_rows(mark)
    grounds = [style.page if row % 2 else style.surface("box") for row in range(max(n_rows, 1))]
    inks = [style.tone("accent") if column.is_bar else style.ink for column in columns]
    canvas.traces.append(
        {
            "type": "table",
            "columnwidth": [column.width for column in columns],
            "header": {
                "values": [f"<b>{column.head}</b>" if column.head else "" for column in columns],
                "align": aligned,
                "height": ROW,
                "fill": {"color": style.page},
                "line": {"width": 0},
                "font": style.font(LABEL, style.subtle),
            },
            "cells": {
                "values": [column.cells for column in columns],
                "align": aligned,
                "height": ROW,
                "fill": {"color": [grounds] * len(columns)},
                "line": {"width": 0},
                "font": {**style.font(LABEL), "color": inks},
            },
            "name": text.literal(mark.label or "table"),
            **linked(mark.ids, n_rows),
        }
    )
    _remark(n_rows, canvas)


def _remark(n_rows: int, canvas: Canvas) -> None:
    if not n_rows:
        canvas.remarks.append("No rows.")
    elif n_rows > MOST_ROWS:
        canvas.remarks.append(f"… and {n_rows - MOST_ROWS:,} more rows.")
    elif n_rows > SHOWN_ROWS:
        canvas.remarks.append(f"{n_rows:,} rows: scroll to see them all.")

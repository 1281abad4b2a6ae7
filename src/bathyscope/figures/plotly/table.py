"""Tables: text to the left, numbers to the right; long ones scroll."""

from __future__ import annotations

from bathyscope.figures.marks import Table
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, linked
from bathyscope.figures.plotly.theme import LABEL
from bathyscope.figures.sizing import Room
from bathyscope.figures.tabular import bar_shares, cell_texts, is_number

ROW, PAD = 24.0, 22.0
MOST_ROWS, SHOWN_ROWS = 1_000, 24
BLOCKS = " ▏▎▍▌▋▊▉█"
BAR_BLOCKS = 7


def _n_rows(mark: Table) -> int:
    return len(next(iter(mark.columns.values()), ()))


def _widths(mark: Table, room: Room) -> list[float]:
    most = max(room.width * 96 / 3, 90)
    widths: list[float] = []
    for name in mark.columns:
        cells = cell_texts(mark, name, 200)
        widest = max([text.width(cell, LABEL) for cell in cells]
                     + [text.width(name, LABEL, bold=True)])  # fmt: skip
        bar = (BAR_BLOCKS + 1) * LABEL * 0.75 if name in mark.bars else 0.0
        widths.append(min(widest, most) + bar + PAD)
    return widths


def size(mark: Table, room: Room) -> tuple[float, float]:
    """Width and height in pixels."""
    rows = max(1, min(_n_rows(mark), SHOWN_ROWS))
    return max(sum(_widths(mark, room)), 120.0), (rows + 1) * ROW + 8


def draw(mark: Table, canvas: Canvas) -> None:
    """Draw the head and the rows; all of up to a thousand can be scrolled to."""
    style, widths = canvas.style, _widths(mark, canvas.room)
    names = list(mark.columns)
    aligned = ["right" if is_number(mark.columns[name]) else "left" for name in names]
    shared = {"fill": {"color": style.page}, "align": aligned, "height": ROW}
    heads = [
        text.fitted(name, w - PAD + 8, LABEL, bold=True)
        for name, w in zip(names, widths, strict=True)
    ]
    canvas.traces.append(
        {
            "type": "table",
            "columnwidth": widths,
            "header": {
                **shared,
                "values": [f"<b>{head}</b>" for head in heads],
                "line": {"color": style.surface("line"), "width": [0, 0]},
                "font": style.font(LABEL, style.subtle),
            },
            "cells": {
                **shared,
                "values": [
                    _cells(mark, name, w, canvas) for name, w in zip(names, widths, strict=True)
                ],
                "line": {"color": style.surface("grid"), "width": 1},
                "font": style.font(LABEL),
            },
            "name": text.literal(mark.label or "table"),
            **linked(mark.ids, _n_rows(mark)),
        }
    )
    n_rows = _n_rows(mark)
    if n_rows > MOST_ROWS:
        canvas.remarks.append(f"… and {n_rows - MOST_ROWS:,} more rows.")
    elif n_rows > SHOWN_ROWS:
        canvas.remarks.append(f"{n_rows:,} rows: scroll to see them all.")


def _cells(mark: Table, name: str, width: float, canvas: Canvas) -> list[str]:
    if not _n_rows(mark):
        return ["no rows"] if name == next(iter(mark.columns)) else [""]
    cells = [
        text.fitted(cell, width - PAD + 6, LABEL) for cell in cell_texts(mark, name, MOST_ROWS)
    ]
    if name not in mark.bars:
        return cells
    shares = bar_shares(mark, name).tolist()
    color = canvas.style.tone("accent")
    return [
        f"<span style='color:{color}'>{_bar(share)}</span> {cell}"
        for share, cell in zip(shares, cells, strict=False)
    ]


def _bar(share: float) -> str:
    """Draw a bar with blocks of eighths."""
    eighths = round(share * BAR_BLOCKS * 8)
    return BLOCKS[8] * (eighths // 8) + BLOCKS[eighths % 8].strip()

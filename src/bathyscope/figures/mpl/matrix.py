"""Matrices as colours, with the text of the cells where it can be read."""

from __future__ import annotations

import numpy as np

from bathyscope.figures.extent import cell_edges, cell_positions
from bathyscope.figures.marks import Matrix
from bathyscope.figures.mpl import fonts, text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import SMALL, norm

SMALLEST_TEXT = 5.5


def draw(mark: Matrix, canvas: Canvas) -> None:
    """Draw the cells, the colour bar and the text."""
    options = {"cmap": canvas.style.colormap(mark.color.kind), "norm": norm(mark.color)}
    values = np.ma.masked_invalid(mark.values)
    values = np.ma.array(np.clip(mark.values, mark.color.low, mark.color.high), mask=values.mask)
    values = np.ma.masked_where(np.isnan(mark.values), np.ma.array(mark.values))
    x, y = cell_positions(mark, "x"), cell_positions(mark, "y")
    if mark.x is None and mark.y is None:
        n_rows, n_columns = mark.values.shape
        canvas.ax.imshow(
            values,
            extent=(-0.5, n_columns - 0.5, n_rows - 0.5, -0.5),
            aspect="auto",
            interpolation=_interpolation(mark, canvas),
            **options,
        )
    else:
        canvas.ax.pcolormesh(
            cell_edges(x, log=canvas.x.log),
            cell_edges(y, log=canvas.y.log),
            values,
            rasterized=values.size > 5_000,
            **options,
        )
    canvas.key(mark.color)
    if mark.cells is not None:
        _write(mark, canvas, x, y)


def _interpolation(mark: Matrix, canvas: Canvas) -> str:
    """Cells keep sharp borders unless there are more of them than pixels."""
    n_rows, n_columns = mark.values.shape
    sharp = n_rows <= canvas.height * 72 and n_columns <= canvas.width * 72
    return "nearest" if sharp else "antialiased"


def _write(mark: Matrix, canvas: Canvas, x: np.ndarray, y: np.ndarray) -> None:
    assert mark.cells is not None
    n_rows, n_columns = mark.values.shape
    room, height = canvas.width / n_columns * 0.86, canvas.height / n_rows * 0.8
    widest = max((str(cell) for cell in mark.cells.ravel()), key=len)
    size = min(SMALL + 0.5, height * 72, (SMALL * room) / max(text.width(widest, SMALL), 1e-6))
    if size < SMALLEST_TEXT:
        return
    colors = mark.color.rgb(mark.values, theme=canvas.style.theme)
    for (row, column), cell in np.ndenumerate(mark.cells):
        canvas.ax.text(
            x[column],
            y[row],
            fonts.printable(str(cell)),
            ha="center",
            va="center_baseline",
            fontsize=size,
            color=canvas.style.text_on(colors[row, column]),
        )

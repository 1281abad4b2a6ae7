"""Matrices as colours, with the text of the cells where it can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.color import ColorScale
from bathyscope.figures.extent import cell_edges, cell_positions
from bathyscope.figures.marks import Matrix
from bathyscope.figures.mpl import fonts, text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import SMALL, norm
from bathyscope.figures.pooling import pooled, pooled_remark

SMALLEST_TEXT = 5.5
#: Cells smaller than a pixel of this resolution are drawn together.
FINEST_DPI = 110


def draw(mark: Matrix, canvas: Canvas) -> None:
    """Draw the cells, the colour bar and the text."""
    options: dict[str, Any] = {
        "cmap": canvas.style.colormap(mark.color.kind),
        "norm": norm(mark.color),
    }
    x, y = cell_positions(mark, "x"), cell_positions(mark, "y")
    if mark.x is None and mark.y is None:
        _draw_image(mark, canvas, options)
    else:
        canvas.ax.pcolormesh(
            cell_edges(x, log=canvas.x.log),
            cell_edges(y, log=canvas.y.log),
            shown(mark.values, mark.color),
            rasterized=mark.values.size > 5_000,
            **options,
        )
    canvas.key(mark.color)
    if mark.cells is not None:
        _write(mark, canvas, x, y)


def shown(values: NDArray[Any], scale: ColorScale) -> np.ma.MaskedArray[Any, Any]:
    """Mask NaN, and put what lies beyond the ends of the scale at its ends."""
    ends = np.clip(values, np.float64(scale.low), np.float64(scale.high))
    return np.ma.masked_invalid(ends.astype(values.dtype))


def _draw_image(mark: Matrix, canvas: Canvas, options: dict[str, Any]) -> None:
    finest = (round(canvas.height * FINEST_DPI), round(canvas.width * FINEST_DPI))
    values, block = pooled(mark.values, finest, signed=mark.color.kind == "signed")
    if block != (1, 1):
        canvas.remarks.append(pooled_remark(mark.values.shape, block, mark.color.kind))
    n_rows, n_columns = values.shape[0] * block[0], values.shape[1] * block[1]
    canvas.ax.imshow(
        shown(values, mark.color),
        extent=(-0.5, n_columns - 0.5, n_rows - 0.5, -0.5),
        aspect="auto",
        interpolation="nearest",
        **options,
    )


def _write(mark: Matrix, canvas: Canvas, x: NDArray[Any], y: NDArray[Any]) -> None:
    assert mark.cells is not None
    n_rows, n_columns = mark.values.shape
    room, height = canvas.width / n_columns * 0.86, canvas.height / n_rows * 0.8
    if min(room, height) * 72 < SMALLEST_TEXT:
        return
    widest = max((str(cell) for cell in mark.cells.ravel()), key=len)
    size = min(SMALL + 0.5, height * 72, (SMALL * room) / max(text.width(widest, SMALL), 1e-6))
    if size < SMALLEST_TEXT:
        return
    colors = mark.color.rgb(mark.values, theme=canvas.style.theme)
    for (row, column), cell in np.ndenumerate(mark.cells):
        canvas.ax.text(
            float(x[column]),
            float(y[row]),
            fonts.printable(str(cell)),
            ha="center",
            va="center_baseline",
            fontsize=size,
            color=canvas.style.text_on(colors[row, column]),
        )

"""Matrices as colours, with the text of the cells where it can be read."""

from __future__ import annotations

import numpy as np

from bathyscope.figures.extent import cell_edges, cell_positions
from bathyscope.figures.marks import Matrix
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, Json, linked
from bathyscope.figures.plotly.theme import LABEL, SMALL

SMALLEST_TEXT = 8


def draw(mark: Matrix, canvas: Canvas) -> None:
    """Draw the cells, the colour bar and the text."""
    x, y = cell_positions(mark, "x"), cell_positions(mark, "y")
    plain = mark.x is None and mark.y is None
    _ground_for_nan(mark, canvas)
    canvas.add(
        {
            "type": "heatmap",
            "z": _shown(mark),
            "x": x if plain else cell_edges(x, log=canvas.x.log),
            "y": y if plain else cell_edges(y, log=canvas.y.log),
            "coloraxis": canvas.color_axis(mark.color),
            "hoverongaps": False,
            "hovertemplate": _hover(mark, canvas),
            **_cells(mark, canvas),
            **_links(mark),
        }
    )


def _shown(mark: Matrix) -> np.ndarray:
    """Infinities at the ends of the scale; NaN stays a gap."""
    values = mark.values
    ends = np.where(values == np.inf, mark.color.high, values)
    return np.where(values == -np.inf, mark.color.low, ends).astype(values.dtype)


def _ground_for_nan(mark: Matrix, canvas: Canvas) -> None:
    if np.isnan(mark.values).any():
        x, y = canvas.x, canvas.y
        canvas.shapes.append(
            {**canvas.refs, "type": "rect", "x0": x.low, "x1": x.high, "y0": y.low, "y1": y.high,
             "fillcolor": "#808080", "line": {"width": 0}, "layer": "below"}
        )  # fmt: skip


def _cells(mark: Matrix, canvas: Canvas) -> Json:
    if mark.cells is None:
        return {}
    n_rows, n_columns = mark.values.shape
    room, height = canvas.width / n_columns * 0.86, canvas.height / n_rows * 0.72
    if min(room, height) < SMALLEST_TEXT:
        return {}
    widest = max(text.width(str(cell), SMALL) for cell in mark.cells.ravel())
    size = min(LABEL, height, SMALL * room / max(widest, 1e-6))
    if size < SMALLEST_TEXT:
        return {}
    words = [[text.literal(str(cell)) for cell in row] for row in mark.cells]
    return {"text": words, "texttemplate": "%{text}", "textfont": {"size": size}}


def _hover(mark: Matrix, canvas: Canvas) -> str:
    x, y = canvas.panel.x, canvas.panel.y
    assert x is not None and y is not None
    value = text.literal(mark.color.label or mark.label or "value")
    across = "%{customdata[0]}" if False else "%{x}"
    return (
        f"{text.literal(x.title)}: {across}<br>{text.literal(y.title)}: %{{y}}<br>"
        f"{value}: %{{z}}<extra></extra>"
    )


def _links(mark: Matrix) -> Json:
    ids = linked(mark.ids, mark.values.size)
    if "customdata" in ids:
        n_columns = mark.values.shape[1]
        flat = ids["customdata"]
        ids["customdata"] = [flat[i : i + n_columns] for i in range(0, len(flat), n_columns)]
    return ids

"""Matrices as colours, with the text of the cells where it can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.extent import cell_edges, cell_positions
from bathyscope.figures.figure import Axis
from bathyscope.figures.marks import Matrix
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, Json, linked
from bathyscope.figures.plotly.theme import LABEL, SMALL
from bathyscope.figures.pooling import pooled, pooled_remark

SMALLEST_TEXT = 8
#: Larger matrices carry neither names nor ids cell by cell.
MOST_DETAILED = 20_000


def draw(mark: Matrix, canvas: Canvas) -> None:
    """Draw the cells, the colour bar and the text."""
    _ground_for_nan(mark, canvas)
    values, places = _grid(mark, canvas)
    detailed = mark.values.size <= MOST_DETAILED
    canvas.add(
        {
            "type": "heatmap",
            "z": _shown(values, mark),
            **places,
            "coloraxis": canvas.color_axis(mark.color),
            "hoverongaps": False,
            "hovertemplate": _hover(mark, canvas, named=detailed),
            **({"hovertext": _names(mark, canvas)} if detailed else {}),
            **_cells(mark, canvas),
            **(_links(mark) if detailed else {}),
        }
    )


def _grid(mark: Matrix, canvas: Canvas) -> tuple[NDArray[Any], Json]:
    """Values and the places of their cells: centres if even, else borders."""
    if mark.x is not None or mark.y is not None:
        x, y = cell_positions(mark, "x"), cell_positions(mark, "y")
        return mark.values, {
            "x": cell_edges(x, log=canvas.x.log),
            "y": cell_edges(y, log=canvas.y.log),
        }
    finest = (round(canvas.height), round(canvas.width))
    values, block = pooled(mark.values, finest, signed=mark.color.kind == "signed")
    if block != (1, 1):
        canvas.remarks.append(pooled_remark(mark.values.shape, block, mark.color.kind))
    y0, x0 = ((size - 1) / 2 for size in block)
    return values, {"x0": x0, "dx": block[1], "y0": y0, "dy": block[0]}


def _shown(values: NDArray[Any], mark: Matrix) -> NDArray[Any]:
    """Infinities at the ends of the scale; NaN stays a gap."""
    ends = np.where(values == np.inf, mark.color.high, values)
    ends = np.where(values == -np.inf, mark.color.low, ends)
    return ends.astype(np.float32 if values.size > MOST_DETAILED else values.dtype)


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


def _names(mark: Matrix, canvas: Canvas) -> list[list[str]]:
    x, y = canvas.panel.x, canvas.panel.y
    assert x is not None and y is not None
    across = [f"{text.literal(x.title)}: {at}" for at in _places(x, cell_positions(mark, "x"))]
    down = [f"{text.literal(y.title)}: {at}" for at in _places(y, cell_positions(mark, "y"))]
    return [[f"{column}<br>{row}" for column in across] for row in down]


def _places(axis: Axis, positions: NDArray[Any]) -> list[str]:
    if axis.scale == "category":
        return [text.literal(name) for name in axis.categories[: len(positions)]]
    return [f"{position:g}" for position in positions]


def _hover(mark: Matrix, canvas: Canvas, *, named: bool) -> str:
    x, y = canvas.panel.x, canvas.panel.y
    assert x is not None and y is not None
    value = text.literal(mark.color.label or mark.label or "value")
    place = "%{hovertext}"
    if not named:
        place = f"{text.literal(x.title)}: %{{x}}<br>{text.literal(y.title)}: %{{y}}"
    return f"{place}<br>{value}: %{{z}}<extra></extra>"


def _links(mark: Matrix) -> Json:
    ids = linked(mark.ids, mark.values.size)
    if "customdata" in ids:
        n_columns = mark.values.shape[1]
        flat = ids["customdata"]
        ids["customdata"] = [flat[i : i + n_columns] for i in range(0, len(flat), n_columns)]
    return ids

"""Matrices with more cells than a picture has pixels, drawn without losing an extreme."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pooled(
    values: NDArray[Any], finest: tuple[int, int], *, signed: bool
) -> tuple[NDArray[Any], tuple[int, int]]:
    """Keep the largest value of each block of cells.

    Parameters
    ----------
    values : array, shape (n_rows, n_columns)
    finest : (int, int)
        The most rows and columns that can be told apart.
    signed : bool
        Keep the value of largest magnitude instead.

    Returns
    -------
    values : array
        The matrix itself if it is small enough. A block is NaN only if all its cells are.
    block : (int, int)
        Rows and columns of a block.
    """
    block = (_per_block(values.shape[0], finest[0]), _per_block(values.shape[1], finest[1]))
    if block == (1, 1):
        return values, block
    rows = math.ceil(values.shape[0] / block[0])
    columns = math.ceil(values.shape[1] / block[1])
    padded = np.full((rows * block[0], columns * block[1]), np.nan, dtype=values.dtype)
    padded[: values.shape[0], : values.shape[1]] = values
    cells = padded.reshape(rows, block[0], columns, block[1]).transpose(0, 2, 1, 3)
    cells = cells.reshape(rows, columns, -1)
    size = np.abs(cells) if signed else cells
    best = np.argmax(np.where(np.isnan(size), -np.inf, size), axis=2)
    kept = np.take_along_axis(cells, best[..., None], axis=2)[..., 0]
    return np.where(np.isnan(cells).all(axis=2), np.nan, kept).astype(values.dtype), block


def _per_block(n: int, finest: int) -> int:
    return max(1, math.ceil(n / max(finest, 1)))


def pooled_remark(shape: tuple[int, ...], block: tuple[int, int], kind: str) -> str:
    """Say that cells are drawn together."""
    what = "value of largest magnitude" if kind == "signed" else "largest value"
    return (
        f"{shape[0]:,} × {shape[1]:,} cells, drawn by the {what} of each "
        f"{block[0]} × {block[1]} of them."
    )

"""Long lines drawn by fewer points, without losing a spike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Lines of at most this many points are drawn point by point.
FULL_POINTS = 20_000
#: Longer ones keep the extremes of this many columns, about the pixels of a wide picture.
COLUMNS = 2_000
#: How a note says so; where a view has said it of its points, it is not said again.
BY_EXTREMES = "the first, last, smallest and largest value in each of"
#: First, last, smallest, largest, and one that is not finite.
MOST_PER_COLUMN = 5
#: So many points are looked at together: what is computed of them takes several times their memory.
_BLOCK = 1 << 22


def extremes(x: NDArray[np.float64], y: NDArray[np.float64], *, n_columns: int) -> NDArray[np.intp]:
    """Choose the points that a picture of ``n_columns`` pixel columns needs.

    The first and last point, the smallest and largest value of each column are kept, and one
    value that is not finite, so that gaps stay gaps. Columns divide the range of x where x
    increases, else the order of the points.

    Returns
    -------
    array of int, shape (n_kept,)
        Increasing indices; at most 5 per column, and 5 more for each ``2**22`` points.
    """
    n = len(y)
    if n <= MOST_PER_COLUMN * n_columns:
        return np.arange(n)
    is_ordered = bool(
        np.isfinite(x).all() and (x[1:] >= x[:-1]).all() and x[-1] > x[0]
    )  # NaN is in no order
    kept: list[NDArray[np.intp]] = []
    for start in range(0, n, _BLOCK):
        block = slice(start, min(start + _BLOCK, n))
        at = x[block] / 2 if is_ordered else np.arange(block.start, block.stop, dtype=np.float64)
        first, last = (x[0] / 2, x[-1] / 2) if is_ordered else (0.0, float(n))
        fractions = (at - first) / (last - first)  # halves: the distance of the ends is a number
        column = np.minimum((fractions * n_columns).astype(np.int64), n_columns - 1)
        kept.append(start + _extremes_of_columns(column, y[block]))
    return np.concatenate(kept)


def _extremes_of_columns(column: NDArray[np.int64], y: NDArray[np.float64]) -> NDArray[np.intp]:
    starts = np.flatnonzero(np.concatenate([[True], column[1:] != column[:-1]]))
    ends = np.concatenate([starts[1:], [len(y)]]) - 1
    bad = ~np.isfinite(y)
    low = _first_of_extreme(np.where(bad, np.inf, y), starts, np.minimum)
    high = _first_of_extreme(np.where(bad, -np.inf, y), starts, np.maximum)
    broken = _first_of_extreme(np.where(bad, 1.0, 0.0), starts, np.maximum)
    return np.unique(np.concatenate([starts, ends, low, high, broken]))


def _first_of_extreme(
    values: NDArray[np.float64], starts: NDArray[np.intp], extreme: np.ufunc
) -> NDArray[np.intp]:
    """Index of the first point of each column that holds the column's extreme."""
    best = extreme.reduceat(values, starts)
    lengths = np.diff(np.concatenate([starts, [len(values)]]))
    hits = np.flatnonzero(values == np.repeat(best, lengths))
    return hits[np.searchsorted(hits, starts)]


def remark(n_points: int, n_columns: int) -> str:
    """Say that a line is drawn by its extremes."""
    return f"{n_points:,} points, drawn by {BY_EXTREMES} {n_columns:,} columns."

"""Histograms of many tensors at one step, as one table: `views/histograms.py` draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.distribution import distribution_of

#: Bins of equal width between the lowest and the highest finite number of a tensor.
BINS = 64
#: Bins of parts of a tensor: one more, as they begin at a multiple of their width.
ALIGNED_BINS = BINS + 1


def histogram_row(values: Any) -> NDArray[np.float64]:
    """Count the numbers of an array.

    Returns
    -------
    array, shape (2 + BINS,)
        Ends of the first and of the last bin, and how many finite numbers lie in each.
    """
    found = distribution_of(values, bins=BINS)
    return np.concatenate([found.edges[[0, -1]], found.counts.astype(np.float64)])


def aligned_row(values: Any) -> NDArray[np.float64]:
    """Count the numbers of a part of an array in bins that those of other parts add up with.

    Returns
    -------
    array, shape (2 + ALIGNED_BINS,)
        As `histogram_row` gives it; the last bins may lie beyond all numbers.
    """
    found = distribution_of(values, bins=BINS, aligned=True)
    row = np.zeros(2 + ALIGNED_BINS)
    first, second = found.edges[:2]
    row[:2] = first, first + ALIGNED_BINS * (second - first)
    row[2 : 2 + len(found.counts)] = found.counts
    return row


def histogram_table(tensors: Sequence[str], rows: NDArray[Any]) -> dict[str, Any]:
    """Give the columns of a table: one row per tensor and bin that is not empty.

    Parameters
    ----------
    tensors : sequence of str
    rows : array, shape (n_tensors, 2 + n_bins)
        As `histogram_row` or `aligned_row` gives them.
    """
    counts = rows[:, 2:].astype(np.int64)
    edges = np.linspace(rows[:, 0], rows[:, 1], counts.shape[1] + 1, axis=1)
    tensor, bin_ = np.nonzero(counts)
    return {
        "tensor": np.array([tensors[int(i)] for i in tensor], dtype=object),
        "left": edges[tensor, bin_],
        "right": edges[tensor, bin_ + 1],
        "count": counts[tensor, bin_],
    }


def table_of_arrays(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Count the real numbers of named arrays; others, and empty ones, are left out."""
    rows = {name: histogram_row(array) for name, array in arrays.items() if _has_numbers(array)}
    return histogram_table(list(rows), np.stack([*rows.values()])) if rows else {}


def table_of_shards(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Count as `table_of_arrays` does, so that tables of parts of the same arrays add up."""
    rows = {name: aligned_row(array) for name, array in arrays.items() if _has_numbers(array)}
    return histogram_table(list(rows), np.reshape([*rows.values()], (-1, 2 + ALIGNED_BINS)))


def _has_numbers(array: NDArray[Any]) -> bool:
    return bool(array.size) and array.dtype.kind in "biuf"

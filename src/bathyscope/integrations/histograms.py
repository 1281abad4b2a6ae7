"""Histograms of many tensors at one step, as one table: `views/histograms.py` draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.distribution import distribution_of

#: Bins of equal width between the lowest and the highest finite number of a tensor.
BINS = 64


def histogram_row(values: Any) -> NDArray[np.float64]:
    """Count the numbers of an array.

    Returns
    -------
    array, shape (2 + BINS,)
        Ends of the first and of the last bin, and how many finite numbers lie in each.
    """
    found = distribution_of(values, bins=BINS)
    return np.concatenate([found.edges[[0, -1]], found.counts.astype(np.float64)])


def histogram_table(tensors: Sequence[str], rows: NDArray[Any]) -> dict[str, Any]:
    """Give the columns of a table: one row per tensor and bin that is not empty.

    Parameters
    ----------
    tensors : sequence of str
    rows : array, shape (n_tensors, 2 + BINS)
        As `histogram_row` gives them.
    """
    edges = np.linspace(rows[:, 0], rows[:, 1], BINS + 1, axis=1)
    counts = rows[:, 2:].astype(np.int64)
    tensor, bin_ = np.nonzero(counts)
    return {
        "tensor": [tensors[int(i)] for i in tensor],
        "left": edges[tensor, bin_],
        "right": edges[tensor, bin_ + 1],
        "count": counts[tensor, bin_],
    }


def table_of_arrays(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Count the real numbers of named arrays; others, and empty ones, are left out."""
    rows = {
        name: histogram_row(array)
        for name, array in arrays.items()
        if array.size and array.dtype.kind in "biuf"
    }
    return histogram_table(list(rows), np.stack([*rows.values()])) if rows else {}

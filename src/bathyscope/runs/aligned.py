"""Histograms whose counts can be added up, though whoever counts knows only a part of the numbers.

Bins are as wide as a power of two, and begin at a multiple of their width. So the bins of one
part lie within those of another whose bins are wider, and no count has to be divided.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Columns of a table of such histograms: one row for each bin that is not empty.
COLUMNS = ("tensor", "left", "right", "count")
#: Bins of a sum, from the first to the last, at most; wider ones are taken where it would be more.
_MOST_BINS = 128
#: Bins are at least this share of the largest magnitude, so that their edges are exact.
FINEST = 2.0**-40
NARROWEST = 2.0**-120  # single precision can still divide by it
#: Width of the only bin of numbers that are all equal, as of 64 bins around them.
_OF_ONE_NUMBER = 2.0**-6


def aligned_edges(low: float, high: float, bins: int) -> NDArray[np.float64]:
    """Give edges around a range: at most ``bins + 1`` bins, the last one ending after the range."""
    if math.isnan(low):
        low = high = 0.0
    width = _width(low, high, bins)
    first, last = math.floor(low / width), math.floor(high / width)
    with np.errstate(over="ignore"):  # an edge beyond the largest number is infinite
        return np.arange(first, last + 2, dtype=np.float64) * np.float64(width)


def _width(low: float, high: float, bins: int) -> float:
    largest = max(abs(low), abs(high))
    # A part of each end: the range of all doubles is no double.
    needed = max(high / bins - low / bins, largest * FINEST, NARROWEST)
    share, exponent = math.frexp(needed)
    return math.ldexp(1.0, exponent - (share == 0.5))


def add_histograms(tables: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Add up tables of histograms, each of a part of the same tensors: exactly.

    Parameters
    ----------
    tables : sequence of mapping
        Columns `COLUMNS`.
    """
    tensor, left, right, count = (
        np.concatenate([np.asarray(table[column]) for table in tables]) for column in COLUMNS
    )
    known, places = np.unique(tensor.astype(str), return_inverse=True)
    order = sorted(range(len(known)), key=lambda number: int(np.argmax(places == number)))
    sums = [
        (str(known[number]), *_add(left[rows], right[rows], count[rows]))
        for number, rows in ((number, places == number) for number in order)
    ]
    return dict(zip(COLUMNS, map(np.concatenate, zip(*_columns(sums), strict=True)), strict=True))


def _columns(sums: Sequence[tuple[Any, ...]]) -> Iterator[tuple[NDArray[Any], ...]]:
    yield tuple(np.empty(0, kind) for kind in (object, np.float64, np.float64, np.int64))
    for name, left, right, count in sums:
        yield np.full(len(left), name, dtype=object), left, right, count


def _add(
    left: NDArray[np.float64], right: NDArray[np.float64], count: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    width = float((right - left).max())
    if len(np.unique(np.floor(left / width))) == 1:
        width = max(width, _OF_ONE_NUMBER)
    while np.ptp(np.floor(left / width)) >= _MOST_BINS:
        width *= 2
    bins, places = np.unique(np.floor(left / width), return_inverse=True)
    sums = np.zeros(len(bins), np.int64)
    np.add.at(sums, places, count)
    return bins * width, (bins + 1) * width, sums

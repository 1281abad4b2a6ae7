"""How the numbers of an array are distributed: moments and a histogram, in two sweeps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _native
from bathyscope.runs.aligned import aligned_edges

COMPILED: Any = _native.load("_distribution", interface=1)
_KINDS = frozenset("efd")


@dataclass(frozen=True, eq=False)
class Distribution:
    """What `distribution_of` finds.

    Parameters
    ----------
    size, zeros, nans, positive_infs, negative_infs : int
        How many numbers there are, and how many of them are such.
    low, high, mean, std : float
        Of the finite ones; NaN if there are none. ``std`` divides by their count.
    norm : float
        Square root of the sum of their squares.
    counts : array of int64, shape (n_bins,)
        How many finite ones lie in each bin: ``left <= number < right``, in the last one
        ``number <= right``.
    edges : array of float64, shape (n_bins + 1,)
    below, above : int
        How many finite ones lie outside the bins.
    """

    size: int
    zeros: int
    nans: int
    positive_infs: int
    negative_infs: int
    low: float
    high: float
    mean: float
    std: float
    norm: float
    counts: NDArray[np.int64]
    edges: NDArray[np.float64]
    below: int
    above: int

    @property
    def nonfinite(self) -> int:
        """How many are NaN or infinite."""
        return self.nans + self.positive_infs + self.negative_infs

    @property
    def finite(self) -> int:
        """How many are finite."""
        return self.size - self.nonfinite

    def columns(self) -> dict[str, NDArray[Any]]:
        """Give the columns of a table: one row per bin, what is of the whole in every row."""
        of_the_whole = ("size", "zeros", "nans", "positive_infs", "negative_infs",
                        "low", "high", "mean", "std", "norm")  # fmt: skip
        bins = len(self.counts)
        columns: dict[str, NDArray[Any]] = {
            "left": self.edges[:-1],
            "right": self.edges[1:],
            "count": self.counts,
        }
        return columns | {name: np.full(bins, getattr(self, name)) for name in of_the_whole}


def distribution_of(
    values: ArrayLike,
    *,
    bins: int = 64,
    span: tuple[float, float] | None = None,
    aligned: bool = False,
) -> Distribution:
    """Count and sum the numbers of an array.

    Parameters
    ----------
    values : array
        Of any shape: real numbers or truth values.
    bins : int
        Bins of equal width.
    span : tuple of float, optional
        Where the first bin begins and the last one ends; by default at the lowest and the
        highest finite number, or half a unit around them if they are equal.
    aligned : bool
        Take the edges of `aligned_edges` instead, so that counts of several arrays add up:
        at most ``bins + 1`` bins.

    Raises
    ------
    TypeError, ValueError
        If something is not as it must be.
    """
    if type(bins) is not int or not 1 <= bins <= 1 << 20:
        raise ValueError(f"`bins` must be a whole number from 1 to {1 << 20}; got {bins!r}.")
    numbers = _numbers(values)
    measured = _measure(numbers)
    finite, zeros, nans, positive_infs, negative_infs, low, high, mean, squares = measured
    ends = (low, high) if span is None else _check_span(span)
    edges = (aligned_edges if aligned else _edges)(*ends, bins)
    counts, below, above = _count(numbers, edges)
    return Distribution(
        size=numbers.size,
        zeros=zeros,
        nans=nans,
        positive_infs=positive_infs,
        negative_infs=negative_infs,
        low=low,
        high=high,
        mean=mean if finite else math.nan,
        std=math.sqrt(squares / finite) if finite else math.nan,
        norm=math.sqrt(squares + finite * mean * mean),
        counts=counts,
        edges=edges,
        below=below,
        above=above,
    )


def _numbers(values: ArrayLike) -> NDArray[Any]:
    """Give an array of half, float or double numbers, one behind the other."""
    array = np.asarray(values)
    if array.dtype.char in _KINDS and array.dtype.isnative:
        return np.ascontiguousarray(array).reshape(-1)
    if array.dtype.kind == "c" or array.dtype.kind not in "biufV":
        raise TypeError(
            f"`values` must be real numbers; got an array of {array.dtype}. Convert it first."
        )
    try:  # bfloat16 is of kind V
        return array.astype(np.float32 if array.dtype.itemsize < 3 else np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"`values` must be real numbers; got an array of {array.dtype}. Convert it first."
        ) from error


def _check_span(span: tuple[float, float]) -> tuple[float, float]:
    low, high = (float(edge) for edge in span)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"`span` must be two finite numbers, the lower first; got {span!r}.")
    return low, high


def _edges(low: float, high: float, bins: int) -> NDArray[np.float64]:
    if math.isnan(low):
        low, high = 0.0, 1.0
    if low == high:
        half = max(0.5, abs(low) * 1e-6)
        low, high = low - half, high + half
    if math.isfinite(high - low):
        return np.linspace(low, high, bins + 1)
    share = np.linspace(0.0, 1.0, bins + 1)
    return low * (1 - share) + high * share


def _measure(numbers: NDArray[Any]) -> tuple[Any, ...]:
    """Give counts, the lowest, the highest, the mean and the squared deviations from it."""
    if COMPILED is not None:
        return COMPILED.measure(numbers, numbers.dtype.char)
    is_finite = np.isfinite(numbers)
    finite = (numbers if is_finite.all() else numbers[is_finite]).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # where the square of a number is too large
        mean = float(finite.mean()) if len(finite) else 0.0
        squares = float(np.square(finite - mean).sum())
    return (
        len(finite),
        len(finite) - int(np.count_nonzero(finite)),
        int(np.count_nonzero(np.isnan(numbers))),
        int(np.count_nonzero(np.isposinf(numbers))),
        int(np.count_nonzero(np.isneginf(numbers))),
        float(finite.min()) if len(finite) else math.nan,
        float(finite.max()) if len(finite) else math.nan,
        mean,
        squares,
    )


def _count(numbers: NDArray[Any], edges: NDArray[np.float64]) -> tuple[NDArray[np.int64], int, int]:
    """Count the numbers in each bin, and the finite ones below and above all bins."""
    counts = np.zeros(len(edges) - 1, np.int64)
    first, last = float(edges[0]), float(edges[-1])
    if COMPILED is not None and math.isfinite(last - first):
        below, above = COMPILED.count(numbers, numbers.dtype.char, edges, counts)
        return counts, below, above
    wide = numbers.astype(np.float64, copy=False)
    inside = wide[(wide >= first) & (wide <= last)]
    if math.isfinite(last - first) and (np.diff(edges) > 0).all():
        counts += np.histogram(inside, len(counts), (first, last))[0]  # its edges are these
    else:
        bins = np.searchsorted(edges, inside, side="right") - 1
        counts += np.bincount(np.minimum(bins, len(counts) - 1), minlength=len(counts))
    below = np.count_nonzero((wide < first) & np.isfinite(wide))
    above = np.count_nonzero((wide > last) & np.isfinite(wide))
    return counts, int(below), int(above)

"""The moving average of a curve, which may come piece by piece."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

#: Points whose moving average is computed at once.
_BLOCK = 64


class MovingAverage:
    """Exponential moving average, corrected for its start, of values that come in pieces.

    With ``s[t] = weight * s[t-1] + (1 - weight) * values[t]`` and ``s[-1] = 0`` this gives
    ``s[t] / (1 - weight ** (t + 1))``, the correction of Kingma and Ba (2015): the first value
    is the first raw one, and early values are not drawn towards 0. Values that are not finite
    stay in their place and do not enter the average.

    Parameters
    ----------
    weight : float
        Of the past, from 0 to (not including) 1.

    References
    ----------
    D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    arXiv:1412.6980, section 3.
    """

    def __init__(self, weight: float) -> None:
        self._weight = weight
        self._sum = 0.0
        self._count = 0

    def of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the average at each of the values that come next, of shape (n,)."""
        result = values.copy()
        finite = np.isfinite(values)
        result[finite] = self._of_finite(values[finite])
        return result

    def _of_finite(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        weight = self._weight
        if not weight or not len(values):
            return values
        sums = _decaying_sums((1 - weight) * values, weight)
        # What came before weighs less and less, until it is nothing a double can hold.
        shares = weight ** np.arange(1.0, min(len(sums), _halvings(1075, weight)) + 1)
        sums[: len(shares)] += self._sum * shares
        self._sum = float(sums[-1])
        # From some point on what the start lacks is less than a double can tell.
        early = max(0, min(len(sums), _halvings(54, weight) - self._count))
        sums[:early] /= 1 - weight ** (self._count + np.arange(1.0, early + 1))
        self._count += len(sums)
        return sums


def smoothed(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Give the moving average at each of some values: see `MovingAverage`."""
    return MovingAverage(weight).of(values)


def _halvings(count: int, weight: float) -> int:
    """Give after how many points a value weighs ``2 ** -count`` of what it did."""
    return math.ceil(-count * math.log(2) / math.log(weight))


def _decaying_sums(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Give ``s[t] = weight * s[t-1] + values[t]``, in blocks: a loop over 1e7 takes seconds."""
    if len(values) <= _BLOCK:
        sums = list(itertools.accumulate(values.tolist(), lambda s, value: weight * s + value))
        return np.array(sums, dtype=np.float64)
    blocks = np.zeros((-(-len(values) // _BLOCK), _BLOCK))
    blocks.reshape(-1)[: len(values)] = values
    age = np.arange(_BLOCK)[:, None] - np.arange(_BLOCK)
    within = blocks @ np.where(age >= 0, weight ** np.maximum(age, 0.0), 0.0).T
    ends = _decaying_sums(within[:, -1].copy(), weight**_BLOCK)
    within[1:] += ends[:-1, None] * weight ** np.arange(1.0, _BLOCK + 1)
    return within.ravel()[: len(values)]

"""The moving average of a curve of any length, at as many places as a picture has room for.

The page smooths short curves itself; of long ones it has only what stands out, whose average
would be that of no series. A value that is far enough back weighs nothing: so each place needs
only the points shortly before it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.long_series import StepsAndValues
from bathyscope.server.series import Seen

MOST_WEIGHT = 0.99
#: All points left out together would weigh less than this, in parts of the whole.
_NOTHING = 1e-9


def smoothed(seen: Seen, rows: NDArray[np.intp], weight: float) -> StepsAndValues:
    """Give the exponential moving average at some points, corrected for its start.

    Values that are not finite stay as they are and do not enter the average.

    Parameters
    ----------
    seen : KeptSeries or LongSeries
    rows : array of shape (n_places,)
        Which points, ascending.
    weight : float
        Of the past, from 0 to `MOST_WEIGHT`.

    Returns
    -------
    tuple of arrays of shape (n_places,)
        Steps and averages.

    References
    ----------
    D. Kingma and J. Ba, "Adam: a method for stochastic optimization" (2015), section 3.
    """
    if not 0 <= weight <= MOST_WEIGHT:
        raise ValueError(f"`smoothing` must be between 0 and {MOST_WEIGHT}; got {weight}.")
    length = math.ceil(math.log(_NOTHING) / math.log(weight)) if weight else 1
    firsts = np.maximum(rows - length + 1, 0)
    stretches, places = _stretches(firsts, rows)
    steps, values = seen.read(stretches)
    weights = weight ** np.arange(length - 1, -1, -1.0)
    averages = [
        _average(values[place - row + first : place + 1], weights)
        for first, row, place in zip(firsts.tolist(), rows.tolist(), places.tolist(), strict=True)
    ]
    return steps[places], np.array(averages, np.float64)


def _average(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Give the average up to the last value, the latest of the weights being its own."""
    if not math.isfinite(values[-1]):
        return float(values[-1])
    finite = values[np.isfinite(values)]
    own = weights[-len(finite) :]
    return float(finite @ own / own.sum())


def _stretches(
    firsts: NDArray[np.intp], lasts: NDArray[np.intp]
) -> tuple[Sequence[slice], NDArray[np.intp]]:
    """Join stretches that overlap; tell where the last row of each lies when all are read."""
    is_new = np.append(True, firsts[1:] > lasts[:-1] + 1)
    begins = firsts[is_new]
    ends = lasts[np.append(is_new[1:], True)] + 1
    before = np.cumsum(ends - begins) - (ends - begins)
    which = np.cumsum(is_new) - 1
    stretches = [slice(*pair) for pair in zip(begins.tolist(), ends.tolist(), strict=True)]
    return stretches, lasts - begins[which] + before[which]

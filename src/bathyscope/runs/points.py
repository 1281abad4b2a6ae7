"""The points of one metric, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Points(NamedTuple):
    """Points of one metric: arrays of shape (n_points,)."""

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times_us: NDArray[np.int64]
    records: NDArray[np.int64]

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Points:
        """Give some of the points."""
        return Points(self.steps[rows], self.values[rows], self.times_us[rows], self.records[rows])

    def copy(self) -> Points:
        """Give arrays of one's own."""
        return Points(
            self.steps.copy(), self.values.copy(), self.times_us.copy(), self.records.copy()
        )


NO_POINTS = Points(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))


class Rows(Protocol):
    """Points that may not be there as columns before they are asked for."""

    def take(self, rows: slice, /) -> Points:
        """Give some that follow each other."""
        ...


def join(pieces: Sequence[Points]) -> Points:
    """Put points one behind the other."""
    if not pieces:
        return NO_POINTS
    if len(pieces) == 1:
        return pieces[0]
    return Points(*(np.concatenate(columns) for columns in zip(*pieces, strict=True)))

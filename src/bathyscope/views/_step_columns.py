"""Columns of a heat map over the steps: each stands for a step, or for several neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: A heat map has at most so many columns; each then stands for several steps.
HEAT_COLUMNS = 400


class StepColumns:
    """Steps arranged in columns.

    Parameters
    ----------
    steps : array of int, shape (n_steps,)
        Increasing.
    at_most : int
        So many columns.

    Attributes
    ----------
    size : int
        Most steps in one column.
    """

    def __init__(self, steps: NDArray[np.int64], at_most: int) -> None:
        self._steps = steps
        self.size = -(-len(steps) // at_most)

    @property
    def middles(self) -> NDArray[np.float64]:
        """Middle step of each column."""
        starts = range(0, len(self._steps), self.size)
        return np.array([self._steps[i : i + self.size].mean() for i in starts], dtype=np.float64)

    def holds(self, at: NDArray[np.int64]) -> bool:
        """Say whether all of some steps are among these."""
        return at is self._steps or bool(np.isin(at, self._steps).all())

    def largest(self, at: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the largest value in each column, NaN where there is none.

        A spike is never averaged away; a value that is not finite counts as larger than any other.
        """
        row = np.full(-(-len(self._steps) // self.size), np.nan)
        is_all = at is self._steps
        columns = (np.arange(len(at)) if is_all else np.searchsorted(self._steps, at)) // self.size
        starts = np.flatnonzero(np.diff(columns, prepend=-1))
        if len(starts):
            # NaN wins over all other values in np.maximum, as it should here.
            row[columns[starts]] = np.maximum.reduceat(values, starts)
        return row

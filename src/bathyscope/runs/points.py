"""The points of one metric, as columns; and many metrics' points, sorted for look-up."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LAST = np.iinfo(np.int64).max


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


def join(pieces: Sequence[Points]) -> Points:
    """Put points one behind the other."""
    if not pieces:
        return NO_POINTS
    if len(pieces) == 1:
        return pieces[0]
    return Points(*(np.concatenate(columns) for columns in zip(*pieces, strict=True)))


class SortedPoints:
    """Points of many metrics, sorted by the metric's number, then by record.

    Parameters
    ----------
    numbers : array of shape (n_points,)
        Which metric each point is of.
    points : Points
    follow : bool
        Whether the points of each metric are known to be in recorded order.
    """

    def __init__(
        self, numbers: NDArray[np.uint32], points: Points, *, follow: bool = False
    ) -> None:
        # Points that follow each other, metric by metric, need no comparing of records.
        order = _by_number(numbers) if follow else _order(numbers, points.records)
        self.numbers = numbers[order]
        self.points = points.take(order)

    def of(self, number: int) -> Points:
        """Give the points of one metric, in recorded order."""
        first = np.searchsorted(self.numbers, number, "left")
        last = np.searchsorted(self.numbers, number, "right")
        return self.points.take(slice(int(first), int(last)))

    @functools.cached_property
    def _starts(self) -> NDArray[np.intp]:
        """Give where the points of each metric begin."""
        is_first = np.append(True, self.numbers[1:] != self.numbers[:-1])
        return np.flatnonzero(is_first[: len(self.numbers)])

    @functools.cached_property
    def present(self) -> list[int]:
        """Numbers of the metrics that have points."""
        return self.numbers[self._starts].tolist()

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many points each metric of `present` has."""
        return np.diff(self._starts, append=len(self.numbers)).astype(np.int64)

    @functools.cached_property
    def last_record(self) -> int:
        """The latest record that any point is of."""
        return int(self.points.records.max(initial=-1))

    @functools.cached_property
    def first_record(self) -> int:
        """The earliest record that any point is of."""
        return int(self.points.records.min(initial=_LAST))

    def __len__(self) -> int:
        return len(self.numbers)


def _order(numbers: NDArray[np.uint32], records: NDArray[np.int64]) -> NDArray[np.intp] | slice:
    is_later = records[1:] >= records[:-1]
    if is_later.all():
        return _by_number(numbers)
    if ((numbers[1:] > numbers[:-1]) | (is_later & (numbers[1:] == numbers[:-1]))).all():
        return slice(None)
    return np.lexsort((records, numbers))


def _by_number(numbers: NDArray[np.uint32]) -> NDArray[np.intp] | slice:
    if (numbers[1:] >= numbers[:-1]).all():
        return slice(None)
    is_small = numbers.max() < 1 << 16  # these NumPy sorts by radix
    return np.argsort(numbers.astype(np.uint16) if is_small else numbers, kind="stable")


def merge(pieces: Sequence[SortedPoints]) -> SortedPoints:
    """Put several into one."""
    if len(pieces) == 1:
        return pieces[0]
    numbers = np.concatenate([piece.numbers for piece in pieces])
    follow = all(
        before.last_record <= after.first_record for before, after in itertools.pairwise(pieces)
    )
    return SortedPoints(numbers, join([piece.points for piece in pieces]), follow=follow)

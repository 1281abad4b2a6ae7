"""What was decoded of a journal, sorted for look-up.

The values of one record share its step, its time and its place: these are kept once for each
record, and each value says which record it is of. So ten metrics that are logged together take
a third of the memory that columns of points would, and sorting moves less.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.points import NO_POINTS, Points, join


class Moments(NamedTuple):
    """What the values of a record share: arrays of shape (n_records,), in recorded order."""

    steps: NDArray[np.int64]
    times_us: NDArray[np.int64]
    records: NDArray[np.int64]


@dataclass(eq=False)
class Decoded:
    """Values of many metrics, at least one, sorted by the metric's number, then by record.

    Parameters
    ----------
    present : array of uint32, shape (n_metrics,)
        The metrics' numbers, ascending.
    sizes : array of int64, shape (n_metrics,)
        How many values each has.
    places : array of uint32, shape (n_values,)
        Where in the moments that of each value is.
    values : array of float64, shape (n_values,)
    moments : Moments
    """

    present: NDArray[np.uint32]
    sizes: NDArray[np.int64]
    places: NDArray[np.uint32]
    values: NDArray[np.float64]
    moments: Moments

    @functools.cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where the values of each metric begin."""
        return np.cumsum(self.sizes) - self.sizes

    def of(self, number: int) -> Points:
        """Give the points of one metric, in recorded order."""
        index = int(np.searchsorted(self.present, number))
        if index == len(self.present) or self.present[index] != number:
            return NO_POINTS
        start = int(self.starts[index])
        return self.take(slice(start, start + int(self.sizes[index])))

    def take(self, rows: slice | NDArray[np.int64]) -> Points:
        """Give some of the points; of one metric that is in every record, they are views."""
        places = _as_slice(self.places[rows])
        steps, times_us, records = self.moments
        return Points(steps[places], self.values[rows], times_us[places], records[places])

    @functools.cached_property
    def last_record(self) -> int:
        """The latest record."""
        return int(self.moments.records[-1])

    @functools.cached_property
    def first_record(self) -> int:
        """The earliest record."""
        return int(self.moments.records[0])

    @functools.cached_property
    def is_in_step_order(self) -> bool:
        """Whether no record has a smaller step than the one before."""
        steps = self.moments.steps
        return bool((steps[1:] >= steps[:-1]).all())

    def __len__(self) -> int:
        return len(self.values)


def sort_decoded(
    numbers: NDArray[np.uint32],
    places: NDArray[np.uint32],
    values: NDArray[np.float64],
    moments: Moments,
) -> Decoded:
    """Sort values by the metric's number, then by record.

    Parameters
    ----------
    numbers : array of uint32, shape (n_values,)
        Which metric each value is of; at least one.
    places, values
        See `Decoded`; in any order.
    moments : Moments
        In recorded order.
    """
    order = _order(numbers, places)
    numbers, places, values = numbers[order], places[order], values[order]
    starts = np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1]))
    sizes = np.diff(starts, append=len(numbers)).astype(np.int64)
    return Decoded(numbers[starts], sizes, places, values, moments)


def _order(numbers: NDArray[np.uint32], places: NDArray[np.uint32]) -> NDArray[np.intp]:
    if (places[1:] >= places[:-1]).all():
        is_small = numbers.max() < 1 << 16  # these NumPy sorts by radix
        return np.argsort(numbers.astype(np.uint16) if is_small else numbers, kind="stable")
    return np.lexsort((places, numbers))


def merge(pieces: Sequence[Decoded]) -> Decoded:
    """Put several into one."""
    if len(pieces) == 1:
        return pieces[0]
    moments = Moments(*map(np.concatenate, zip(*(piece.moments for piece in pieces), strict=True)))
    places = np.concatenate([piece.places for piece in pieces]) + _places_before(pieces)
    values = np.concatenate([piece.values for piece in pieces])
    present = np.concatenate([piece.present for piece in pieces])
    sizes = np.concatenate([piece.sizes for piece in pieces])
    if not follow_each_other(pieces):
        order = np.argsort(moments.records, kind="stable")
        new_place = np.empty(len(order), np.uint32)
        new_place[order] = np.arange(len(order))
        moments = Moments(*(column[order] for column in moments))
        return sort_decoded(np.repeat(present, sizes), new_place[places], values, moments)
    # Piece after piece, metric by metric: only whole stretches have to move.
    order = np.argsort(present, kind="stable")
    rows = stretches((np.cumsum(sizes) - sizes)[order], sizes[order])
    numbers, first = np.unique(present[order], return_index=True)
    sizes = np.add.reduceat(sizes[order], first)
    return Decoded(numbers, sizes, places[rows], values[rows], moments)


def _places_before(pieces: Sequence[Decoded]) -> NDArray[np.uint32]:
    """Give how many moments are in the pieces before that of each value."""
    ends = np.cumsum([len(piece.moments.records) for piece in pieces])
    return np.repeat(np.append(0, ends[:-1]).astype(np.uint32), [len(piece) for piece in pieces])


def follow_each_other(pieces: Sequence[Decoded]) -> bool:
    """Say whether each piece was recorded after the one before."""
    pairs = itertools.pairwise(pieces)
    return all(before.last_record <= after.first_record for before, after in pairs)


def stretches(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """Give the rows of some stretches, one behind the other."""
    ends = np.cumsum(sizes)
    if (starts == ends - sizes).all():
        return slice(0, int(ends[-1]) if len(ends) else 0)
    return np.arange(ends[-1]) + np.repeat(starts - (ends - sizes), sizes)


def _as_slice(places: NDArray[np.uint32]) -> slice | NDArray[np.intp]:
    """Give places that follow each other as a slice, which costs nothing to take."""
    follow = (
        len(places)
        and int(places[-1]) - int(places[0]) == len(places) - 1
        and (places[1:] > places[:-1]).all()
    )
    return slice(int(places[0]), int(places[-1]) + 1) if follow else places.astype(np.intp)


@dataclass(eq=False)
class Stretches:
    """Stretches of decoded pieces, one behind the other, as one table of points.

    Parameters
    ----------
    pieces : sequence of Decoded
    which, starts, sizes : array of int64, shape (n_stretches,)
        Of which piece each stretch is, where it begins there, and how long it is.
    """

    pieces: Sequence[Decoded]
    which: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @functools.cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.cumsum(self.sizes)

    def take(self, rows: slice, /) -> Points:
        """Give some of the points."""
        begins = self._ends - self.sizes
        first = int(np.searchsorted(self._ends, rows.start, "right"))
        last = int(np.searchsorted(begins, rows.stop, "left"))
        here = slice(first, last)
        shift = self.starts[here] - begins[here]
        starts = np.maximum(begins[here], rows.start) + shift
        stops = np.minimum(self._ends[here], rows.stop) + shift
        which = self.which[here].tolist()
        found = zip(which, map(slice, starts.tolist(), stops.tolist()), strict=True)
        return join([self.pieces[piece].take(stretch) for piece, stretch in found])

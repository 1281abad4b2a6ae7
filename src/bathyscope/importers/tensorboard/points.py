"""All scalars of one run: column pieces in the order they were read, group by group.

A piece holds what one block of a file gave, and pieces are put together as they grow many, so
that neither a large log nor one that is polled every second costs more than its columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard.batch import Points

Integers = NDArray[np.int64]
#: Pieces of fewer points are put together with the piece before.
_SMALL = 1 << 17
#: Records of one file are numbered below this; the file's number stands above.
FILE_BITS = 40


class Columns(NamedTuple):
    """Points in the order of their records: arrays of shape (n_points,).

    Parameters
    ----------
    records : array of int64
        The file's number and the record's within it.
    steps : array of int64
    times, values : array of float64
    """

    records: Integers
    steps: Integers
    times: NDArray[np.float64]
    values: NDArray[np.float64]

    def take(self, which: Any) -> Columns:
        """Choose points."""
        chosen: list[NDArray[Any]] = [column[which] for column in self]
        return Columns(*chosen)


def joined_columns(pieces: Sequence[Columns]) -> Columns:
    """Put points one behind the other."""
    if len(pieces) == 1:
        return pieces[0]
    return Columns(
        np.concatenate([piece.records for piece in pieces]),
        np.concatenate([piece.steps for piece in pieces]),
        np.concatenate([piece.times for piece in pieces]),
        np.concatenate([piece.values for piece in pieces]),
    )


@dataclass(frozen=True, eq=False)
class Piece:
    """Points of several groups, one group behind the other.

    Parameters
    ----------
    keys, ends : array of shape (n_groups,), int64
        Which group, and where in the columns it ends.
    first : int
        Number of the record that ``records`` count from.
    records : array of shape (n_points,), uint32
    steps : array of shape (n_points,), int64
    times, values : array of shape (n_points,), float64
    """

    keys: Integers
    ends: Integers
    first: int
    records: NDArray[Any]
    steps: Integers
    times: NDArray[np.float64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def starts(self) -> Integers:
        """Where each group begins."""
        return np.append(0, self.ends[:-1])

    @cached_property
    def is_rising(self) -> NDArray[np.bool_]:
        """Whether the steps of each group rise from point to point: shape (n_groups,)."""
        rises = np.append(True, self.steps[1:] > self.steps[:-1])
        rises[self.starts] = True
        return np.logical_and.reduceat(rises, self.starts)


class PointTable:
    """Scalars by group; groups are numbered by whoever adds them."""

    def __init__(self, pieces: Iterable[Piece] = ()) -> None:
        self.pieces: list[Piece] = list(pieces)

    def add(self, points: Points, keys: Sequence[int], first: int) -> None:
        """Add points; a group whose key is negative is left out."""
        numbers = np.array(keys, np.int64)
        piece = Piece(
            numbers, points.ends, first, points.records, points.steps, points.times, points.values
        )
        if (numbers < 0).any():
            piece = _only(piece, np.flatnonzero(numbers >= 0))
        if not len(piece):
            return
        self.pieces.append(piece)
        while len(self.pieces) > 1 and _fit_together(*self.pieces[-2:]):
            self.pieces[-2:] = [_merged(self.pieces[-2:])]

    def of(self, keys: Iterable[int]) -> list[Columns]:
        """Give the points of some groups, piece by piece."""
        found: list[Columns] = []
        for piece in self.pieces:
            for key in keys:
                for where in np.flatnonzero(piece.keys == key).tolist():
                    part = slice(int(piece.ends[where - 1]) if where else 0, int(piece.ends[where]))
                    records = piece.records[part] + np.int64(piece.first)
                    columns = (piece.steps[part], piece.times[part], piece.values[part])
                    found.append(Columns(records, *columns))
        return found

    def counts(self, n_keys: int) -> Integers:
        """Count the points of each group."""
        counts = np.zeros(n_keys, np.int64)
        for piece in self.pieces:
            np.add.at(counts, piece.keys, np.diff(piece.ends, prepend=0))
        return counts

    def whole(self) -> Piece | None:
        """Give all points as one piece; None if there are none."""
        if not self.pieces:
            return None
        return self.pieces[0] if len(self.pieces) == 1 else _merged(self.pieces, wide=True)

    def since(self, first: int, stop: int) -> tuple[Integers, Columns]:
        """Give the points of records from ``first`` on, before ``stop``, and the key of each."""
        keys: list[Integers] = [np.empty(0, np.int64)]
        whole = np.empty(0, np.int64)
        found = [Columns(whole, whole, np.empty(0), np.empty(0))]
        for piece in self.pieces:
            if piece.first >= stop or piece.first + int(piece.records.max(initial=0)) < first:
                continue
            records = piece.records + np.int64(piece.first)
            chosen = (records >= first) & (records < stop)
            keys.append(np.repeat(piece.keys, np.diff(piece.ends, prepend=0))[chosen])
            found.append(Columns(records, piece.steps, piece.times, piece.values).take(chosen))
        return np.concatenate(keys), joined_columns(found)


def _only(piece: Piece, groups: NDArray[np.intp]) -> Piece:
    lengths = np.diff(piece.ends, prepend=0)[groups]
    rows = _ranges(piece.starts[groups], lengths)
    return Piece(
        piece.keys[groups], np.cumsum(lengths), piece.first,
        piece.records[rows], piece.steps[rows], piece.times[rows], piece.values[rows],
    )  # fmt: skip


def _ranges(starts: Integers, lengths: Integers) -> Integers:
    """Give the numbers of several ranges, one behind the other."""
    shifts = np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    return np.arange(int(lengths.sum())) + shifts


def _fit_together(before: Piece, last: Piece) -> bool:
    is_of_one_file = before.first >> FILE_BITS == last.first >> FILE_BITS
    return (
        is_of_one_file
        and len(before) + len(last) <= _SMALL
        and len(before) < 2 * len(last)
        and before.first <= last.first < before.first + (1 << 31)
    )


def _merged(pieces: Sequence[Piece], *, wide: bool = False) -> Piece:
    """Put pieces together; records may be too far apart for 32 bits only if ``wide``."""
    first = min(piece.first for piece in pieces)
    kind = np.int64 if wide else np.uint32
    of_each = [np.repeat(p.keys, np.diff(p.ends, prepend=0)) for p in pieces]
    keys = np.concatenate(of_each)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    ends = np.append(np.flatnonzero(np.diff(keys)) + 1, len(keys))
    records = np.concatenate([p.records.astype(kind) + kind(p.first - first) for p in pieces])
    steps = np.concatenate([piece.steps for piece in pieces])[order]
    times = np.concatenate([piece.times for piece in pieces])[order]
    values = np.concatenate([piece.values for piece in pieces])[order]
    return Piece(keys[ends - 1], ends, first, records[order], steps, times, values)

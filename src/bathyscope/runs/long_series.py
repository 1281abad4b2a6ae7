"""A long metric of which only what stands out is in memory: its points are read when asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.outline import Outline, join_outlines, outline_of
from bathyscope.runs.parquet_pages import STEP, VALUE, PointsFile
from bathyscope.runs.replay import Replay
from bathyscope.runs.room import empty
from bathyscope.runs.sealed import Sealed

#: So many points are read and sorted where steps were recorded again.
_MOST_AGAIN = 1 << 19
StepsAndValues = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class LongSeries:
    """The recorded values of one metric, sorted by step, one at each.

    Parameters
    ----------
    name : str
        The metric.
    outline : Outline
        What stands out of it.
    pieces : sequence of Piece
        Where its points are.
    """

    name: str
    outline: Outline
    pieces: Sequence[Piece]

    def __len__(self) -> int:
        return int(self.outline.starts[-1])

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return sum(part.nbytes for part in self.outline) + sum(one.nbytes for one in self.pieces)

    def row(self, step: int, side: Literal["left", "right"]) -> int:
        """Give how many points are before a step; with ``side="right"`` also those at it."""
        starts = self.outline.starts
        block = int(np.searchsorted(self.outline.steps[:, 0], step, "right")) - 1
        if block < 0:
            return 0
        begin, last = self.outline.steps[block, [0, -1]].tolist()
        if step >= last:
            return int(starts[block + 1]) - (side == "left" and step == last)
        if step == begin:
            return int(starts[block]) + (side == "right")
        steps, _ = self.read([slice(int(starts[block]), int(starts[block + 1]))])
        return int(starts[block]) + int(np.searchsorted(steps, step, side))

    def read(self, stretches: Sequence[slice]) -> StepsAndValues:
        """Give the steps and the values of some stretches of points, one behind the other.

        Parameters
        ----------
        stretches : sequence of slice
            Ascending; no point is in two of them.
        """
        starts, stops = [one.start for one in stretches], [one.stop for one in stretches]
        found: list[StepsAndValues] = []
        begin = 0
        for piece in self.pieces:
            end = begin + len(piece)
            inside = stretches[bisect_right(stops, begin) : bisect_left(starts, end)]
            if inside:
                clipped = [(max(one.start, begin), min(one.stop, end)) for one in inside]
                found.append(piece.read([slice(a - begin, b - begin) for a, b in clipped]))
            begin = end
        return _joined(found)


def read_stretches(
    steps: NDArray[np.int64], values: NDArray[np.float64], stretches: Sequence[slice]
) -> StepsAndValues:
    """Give some stretches of points that are in memory, one behind the other."""
    return _joined([(steps[one], values[one]) for one in stretches])


def _joined(pieces: Sequence[StepsAndValues]) -> StepsAndValues:
    if len(pieces) == 1:
        return pieces[0]
    steps = [np.empty(0, np.int64), *(piece[0] for piece in pieces)]
    return np.concatenate(steps), np.concatenate([np.empty(0), *(piece[1] for piece in pieces)])


class _InFile:
    """Points of a metric in a sealed part."""

    nbytes = 0  # in memory

    def __init__(self, file: PointsFile, rows: slice) -> None:
        self._file = file
        self._rows = rows

    def __len__(self) -> int:
        return self._rows.stop - self._rows.start

    def take(self, rows: slice) -> _InFile:
        """Give some of the points."""
        start = self._rows.start
        return _InFile(self._file, slice(start + rows.start, start + rows.stop))

    def read(self, stretches: Sequence[slice]) -> StepsAndValues:
        """Give steps and values of some stretches of rows."""
        start = self._rows.start
        count = sum(one.stop - one.start for one in stretches)
        into = empty(count, np.int64), empty(count, np.float64)
        wanted = [slice(start + one.start, start + one.stop) for one in stretches]
        self._file.read_into([STEP, VALUE], wanted, into)
        return into


class _InMemory:
    """Points of a metric that were read."""

    def __init__(self, steps: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        self._steps, self._values = steps, values
        self.nbytes = steps.nbytes + values.nbytes

    def __len__(self) -> int:
        return len(self._steps)

    def take(self, rows: slice) -> _InMemory:
        """Give some of the points."""
        return _InMemory(self._steps[rows], self._values[rows])

    def read(self, stretches: Sequence[slice]) -> StepsAndValues:
        """Give steps and values of some stretches of rows."""
        return read_stretches(self._steps, self._values, stretches)


Piece = _InFile | _InMemory


class _Outlined(NamedTuple):
    """Points that follow each other, and what stands out of them."""

    outline: Outline
    piece: Piece

    @property
    def first(self) -> int:
        return int(self.outline.steps[0, 0])

    @property
    def last(self) -> int:
        return int(self.outline.steps[-1, -1])

    def take(self, low: int, high: int) -> list[_Outlined]:
        """Give some blocks, if they are any."""
        if low >= high:
            return []
        rows = slice(int(self.outline.starts[low]), int(self.outline.starts[high]))
        return [_Outlined(self.outline.take(slice(low, high)), self.piece.take(rows))]

    def cut(
        self, first: int, last: int
    ) -> tuple[list[_Outlined], list[_Outlined], list[_Outlined]]:
        """Give the blocks before two steps, those that reach between them, and those behind."""
        steps = self.outline.steps
        low = int(np.searchsorted(steps[:, -1], first, "left"))
        high = int(np.searchsorted(steps[:, 0], last, "right"))
        return self.take(0, low), self.take(low, high), self.take(high, len(steps))

    def read(self) -> StepsAndValues:
        return self.piece.read([slice(0, len(self.piece))])


def long_series(name: str, sources: Sequence[Replay | Sealed]) -> LongSeries | None:
    """Put the points of a metric together without reading those whose outline was written.

    Parameters
    ----------
    name : str
    sources : sequence of Replay or Sealed
        In recorded order.

    Returns
    -------
    LongSeries or None
        None if points have to be sorted first, since many steps were recorded again, or if DuckDB
        has to read them.
    """
    found: list[_Outlined] = []
    for source in sources:
        if name not in source.names():
            continue
        new = _of_part(source, name) if isinstance(source, Sealed) else _of_journal(source, name)
        found = [] if new is None else _with(found, new)
        if not found:
            return None
    if not found:
        return None
    return LongSeries(name, join_outlines([one.outline for one in found]), [o.piece for o in found])


def _with(known: Sequence[_Outlined], new: _Outlined) -> list[_Outlined]:
    """Put what was recorded later among the rest, sorted; empty if too much would have to be read.

    A training that goes on from a checkpoint records some steps again: where the steps of both
    lie, the points are read, and the later of each step counts.
    """
    if not known or known[-1].last < new.first:
        return [*known, new]
    cuts = [one.cut(new.first, new.last) for one in known]
    old = [one for _, inside, _ in cuts for one in inside]
    outside = [one for before, _, after in cuts for one in before + after]
    if not old:
        return sorted([*outside, new], key=lambda one: one.first)
    before, inside, after = new.cut(old[0].first, old[-1].last)
    if sum(len(one.piece) for one in old + inside) > _MOST_AGAIN:
        return []
    outside += before + after
    steps, values = _joined([one.read() for one in old + inside])
    order = np.argsort(steps, kind="stable")
    order = order[np.append(steps[order][1:] != steps[order][:-1], True)]
    steps, values = steps[order], values[order]
    read = _Outlined(outline_of(steps, values), _InMemory(steps, values))
    return sorted([*outside, read], key=lambda one: one.first)


def _of_part(part: Sealed, name: str) -> _Outlined | None:
    if part.own is None:
        return None
    piece = _InFile(part.own, part.rows[name])
    known = part.outlines.get(name)
    if known is not None:
        return _Outlined(known, piece)
    outline = _outline(*piece.read([slice(0, len(piece))]))
    return None if outline is None else _Outlined(outline, piece)


def _of_journal(journal: Replay, name: str) -> _Outlined | None:
    steps, values, *_ = journal.points(name)
    outline = _outline(steps, values)
    return None if outline is None else _Outlined(outline, _InMemory(steps, values))


def _outline(steps: NDArray[np.int64], values: NDArray[np.float64]) -> Outline | None:
    is_sorted = bool((steps[1:] > steps[:-1]).all())
    return outline_of(steps, values) if is_sorted else None

"""A long metric of which only what stands out is in memory: its points are read when asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.outline import Outline, join_outlines, outline_of
from bathyscope.runs.parquet_pages import STEP, VALUE
from bathyscope.runs.replay import Replay
from bathyscope.runs.room import empty
from bathyscope.runs.sealed import Sealed

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

    def __init__(self, part: Sealed, name: str) -> None:
        assert part.own is not None
        self._file = part.own
        self._rows = part.rows[name]

    nbytes = 0  # in memory

    def __len__(self) -> int:
        return self._rows.stop - self._rows.start

    def read(self, stretches: Sequence[slice]) -> StepsAndValues:
        """Give steps and values of some stretches of rows."""
        start = self._rows.start
        count = sum(one.stop - one.start for one in stretches)
        into = empty(count, np.int64), empty(count, np.float64)
        wanted = [slice(start + one.start, start + one.stop) for one in stretches]
        self._file.read_into([STEP, VALUE], wanted, into)
        return into


class _InMemory:
    """Points of a metric of a journal."""

    def __init__(self, steps: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        self._steps, self._values = steps, values
        self.nbytes = steps.nbytes + values.nbytes

    def __len__(self) -> int:
        return len(self._steps)

    def read(self, stretches: Sequence[slice]) -> StepsAndValues:
        """Give steps and values of some stretches of rows."""
        return read_stretches(self._steps, self._values, stretches)


Piece = _InFile | _InMemory


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
        None if points have to be sorted first, since steps were recorded again, or if DuckDB has
        to read them.
    """
    found: list[tuple[Outline, Piece]] = []
    for source in sources:
        if name not in source.names():
            continue
        one = _of_part(source, name) if isinstance(source, Sealed) else _of_journal(source, name)
        if one is None:
            return None
        found.append(one)
    found.sort(key=lambda one: one[0].steps[0, 0])
    if not found or any(a.steps[-1, 3] >= b.steps[0, 0] for (a, _), (b, _) in pairwise(found)):
        return None
    return LongSeries(name, join_outlines([one for one, _ in found]), [one for _, one in found])


def _of_part(part: Sealed, name: str) -> tuple[Outline, Piece] | None:
    if part.own is None:
        return None
    piece = _InFile(part, name)
    known = part.outlines.get(name)
    if known is not None:
        return known, piece
    outline = _outline(*piece.read([slice(0, len(piece))]))
    return None if outline is None else (outline, piece)


def _of_journal(journal: Replay, name: str) -> tuple[Outline, Piece] | None:
    steps, values, *_ = journal.points(name)
    outline = _outline(steps, values)
    return None if outline is None else (outline, _InMemory(steps, values))


def _outline(steps: NDArray[np.int64], values: NDArray[np.float64]) -> Outline | None:
    is_sorted = bool((steps[1:] > steps[:-1]).all())
    return outline_of(steps, values) if is_sorted else None

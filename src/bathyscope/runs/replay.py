"""Reads a journal, also while it is being written, and past damage."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Collection, Sequence
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs import frames
from bathyscope.runs.decoded import (
    Decoded,
    Stretches,
    follow_each_other,
    merge,
    stretches,
)
from bathyscope.runs.files import identity, is_amid_a_write
from bathyscope.runs.news import Labelled, in_recorded_order
from bathyscope.runs.points import NO_POINTS, Points, Rows, join
from bathyscope.runs.records import Found
from bathyscope.runs.summaries import Ends, ends_of

#: Read at once: what is decoded is smaller than what is read.
_BLOCK = 1 << 23
#: Pieces of so many values are merged with no others: there are few of them.
_LARGE = 1 << 17
#: Stretches of fewer points on average are copied one by one no more quickly than all at once.
_SHORT = 256


class Replay:
    """What a journal holds. `refresh` reads only what was appended since.

    Parameters
    ----------
    path : pathlib.Path
    block : int, optional
        Bytes read at once.
    """

    def __init__(self, path: Path, *, block: int | None = None) -> None:
        self.path = path
        self._block = block
        self._identity: tuple[int, ...] = ()
        self._forget()

    def _forget(self) -> None:
        self._read_to = 0
        self._records = 0
        self._numbers: dict[str, list[int]] = {}
        self._names: dict[int, str] = {}
        self._pieces: list[Decoded] = []
        self._faults: list[str] = []
        self._tail_fault: list[str] = []
        self._is_newer = False

    def refresh(self) -> None:
        """Read what is new.

        Raises
        ------
        FileNotFoundError
            If the journal is gone: it was sealed.
        """
        while (now := identity(self.path)) != self._identity:
            if self._read_to == 0 or not _has_grown(self._identity, now):
                self._forget()
            self._read(now[2])
            self._identity = now
            if not (self._tail_fault and is_amid_a_write(self.path, now[2])):
                return

    def _read(self, size: int) -> None:
        """Read on to where the file ended when it was looked at, block by block."""
        block = self._block or _BLOCK
        # One buffer for all blocks: memory that is asked for anew costs as much as reading.
        buffer = bytearray(min(block, size - self._read_to))
        with self.path.open("rb", buffering=0) as file:
            while True:
                before = self._read_to
                wanted = min(block, size - before)
                if wanted > len(buffer):
                    buffer = bytearray(wanted)
                file.seek(before)
                with memoryview(buffer)[:wanted] as view:
                    data = view[: _read_into(file, view)]
                    self._take(data)
                    count = len(data)
                    data.release()
                if self._is_newer or before + count >= size or not count:
                    return
                # A record, or damage, longer than a block.
                block = (self._block or _BLOCK) if self._read_to > before else 2 * block

    def _take(self, data: memoryview) -> None:
        at = 0
        if self._read_to == 0:
            self._faults = []
            at = self._check_header(data)
        if self._is_newer:
            return
        found = Found(data, base=self._read_to, records=self._records)
        done = found.scan(at)
        self._faults += found.damage
        self._define(found)
        self._collect(found)
        self._read_to += done
        left = len(data) - done
        self._tail_fault = [_tail(left)] if left else []

    def _check_header(self, data: memoryview) -> int:
        """Check the first bytes; give where the records begin."""
        size = frames.HEADER.size
        if len(data) < size:
            return 0
        magic, version, check = frames.HEADER.unpack_from(data)
        if magic != frames.MAGIC or check != zlib.crc32(data[: size - 4]):
            self._faults.append("its header is damaged; its records are read all the same")
            return size if bytes(data[size : size + 4]) == frames.SYNC else 0
        if version > frames.VERSION:
            self._is_newer = True
            self._faults.append(
                f"it has format version {version}, and this bathyscope reads up to "
                f"{frames.VERSION}; use a newer one"
            )
        return size

    def _define(self, found: Found) -> None:
        for number, name in found.names:
            known = self._names.setdefault(number, name)
            if known != name:
                self._faults.append(f"metric number {number} has two names; the second is ignored")
            elif number not in self._numbers.setdefault(name, []):
                self._numbers[name].append(number)

    def _collect(self, found: Found) -> None:
        self._records = found.count
        for piece in found.pieces:
            self._pieces.append(piece)
            # Pieces shrink by half at least, so that few are merged often and many seldom.
            while len(self._pieces) > 1 and _fit_together(*self._pieces[-2:]):
                self._pieces[-2:] = [merge(self._pieces[-2:])]

    def names(self) -> list[str]:
        """Names of the metrics that have points."""
        used = {number for piece in self._pieces for number in piece.present.tolist()}
        return [name for name, numbers in self._numbers.items() if not used.isdisjoint(numbers)]

    def points(self, name: str) -> Points:
        """Give the points of one metric, in recorded order."""
        numbers = self._numbers.get(name, [])
        pieces = [piece.of(number) for number in numbers for piece in self._pieces]
        found = join([piece for piece in pieces if len(piece.steps)])
        return found.take(_order(found.records)).copy()

    def points_of(self, names: Collection[str]) -> dict[str, Points]:
        """Give the points of some metrics, by name."""
        return {name: self.points(name) for name in self._numbers if name in names}

    def everything(self) -> tuple[list[str], NDArray[np.int64], Points]:
        """Give what `by_metric` gives, with all points as columns."""
        names, counts, rows = self.by_metric()
        return names, counts, rows.take(slice(0, int(counts.sum())))

    def by_metric(self) -> tuple[list[str], NDArray[np.int64], Rows]:
        """Give the metrics' names, how many points each has, and these, metric by metric.

        The metrics are sorted by their bytes, the points of each by step and order of logging.
        """
        names = sorted(self._numbers, key=str.encode)
        numbers = {
            number: rank for rank, name in enumerate(names) for number in self._numbers[name]
        }
        if not (numbers and self._pieces):
            return [], np.empty(0, np.int64), NO_POINTS
        pieces = self._pieces
        is_sorted = len(numbers) == len(names) and _are_sorted(pieces)
        if not is_sorted:
            pieces = [merge(pieces)]
        which, starts, sizes, ranks = _ranked(pieces, numbers)
        counts = np.zeros(len(names), np.int64)
        np.add.at(counts, ranks, sizes)
        if is_sorted:
            return names, counts, Stretches(pieces, which, starts, sizes)
        return names, counts, _by_step(pieces[0].take(stretches(starts, sizes)), counts)

    @property
    def count(self) -> int:
        """How many values records there are."""
        return self._records

    def since(self, record: int) -> Labelled:
        """Give the points of this record and of later ones, in recorded order."""
        pieces = [piece for piece in self._pieces if piece.last_record >= record]
        every = [np.repeat(piece.present, piece.sizes) for piece in pieces]
        numbers = np.concatenate([np.empty(0, np.uint32), *every])
        points = join([piece.take(slice(None)) for piece in pieces])
        is_new = (points.records >= record) & np.isin(numbers, list(self._names))
        metrics = [self._names[number] for number in numbers[is_new].tolist()]
        return in_recorded_order(np.array(metrics, dtype=object), points.take(is_new))

    def ends(self) -> Ends:
        """Give the first and the last point of each metric."""
        names, counts, points = self.everything()
        has_some = counts > 0
        used = [name for name, has in zip(names, has_some.tolist(), strict=True) if has]
        return ends_of(used, counts[has_some], points.steps, points.values)

    def faults(self) -> list[str]:
        """Say what is damaged."""
        return self._faults + self._tail_fault + self._nameless()

    def _nameless(self) -> list[str]:
        lost = sum(
            size
            for piece in self._pieces
            for number, size in zip(piece.present.tolist(), piece.sizes.tolist(), strict=True)
            if number not in self._names
        )
        return [f"{lost} values are of metrics whose names are damaged"] if lost else []


def _order(records: NDArray[np.int64]) -> NDArray[np.intp] | slice:
    if (records[1:] >= records[:-1]).all():
        return slice(None)
    return np.argsort(records, kind="stable")


def _read_into(file: FileIO, view: memoryview) -> int:
    """Read until a block is full or the file ends; give how many bytes were read."""
    count = 0
    while count < len(view) and (more := file.readinto(view[count:])):
        count += more
    return count


def _fit_together(one: Decoded, other: Decoded) -> bool:
    return len(one) < 2 * len(other) and len(one) < _LARGE


def _are_sorted(pieces: Sequence[Decoded]) -> bool:
    """Say whether long stretches of the pieces only have to be put one behind the other."""
    n_stretches, n_values = sum(len(piece.present) for piece in pieces), sum(map(len, pieces))
    return (
        n_stretches * _SHORT <= n_values
        and all(piece.is_in_step_order for piece in pieces)
        and all(a.moments.steps[-1] <= b.moments.steps[0] for a, b in itertools.pairwise(pieces))
        and follow_each_other(pieces)
    )


def _ranked(
    pieces: Sequence[Decoded], ranks: dict[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give piece, start, size and rank of the stretches whose metric has a rank, sorted by it."""
    which = np.repeat(np.arange(len(pieces)), [len(piece.present) for piece in pieces])
    starts = np.concatenate([piece.starts for piece in pieces])
    sizes = np.concatenate([piece.sizes for piece in pieces])
    found = _translate(np.concatenate([piece.present for piece in pieces]), ranks)
    order = np.argsort(found, kind="stable")
    order = order[found[order] >= 0]
    return which[order], starts[order], sizes[order], found[order]


def _by_step(points: Points, counts: NDArray[np.int64]) -> Points:
    """Sort the points of each metric by step, then by record; mostly they are."""
    is_first = np.zeros(len(points.steps) + 1, np.bool_)
    is_first[np.cumsum(counts)] = True
    before, after = points.steps[:-1], points.steps[1:]  # their difference may not fit 64 bits
    is_later = (after > before) | ((after == before) & (points.records[1:] >= points.records[:-1]))
    if (is_later | is_first[1:-1]).all():
        return points
    ranks = np.repeat(np.arange(len(counts)), counts)
    return points.take(np.lexsort((points.records, points.steps, ranks)))


def _translate(numbers: NDArray[np.uint32], ranks: dict[int, int]) -> NDArray[np.int64]:
    """Give the rank of each number, -1 where it has none."""
    known = np.array(sorted(ranks), np.uint32)
    rank_of = np.array([ranks[number] for number in known.tolist()], np.int64)
    place = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return np.where(known[place] == numbers, rank_of[place], -1)


def _has_grown(before: tuple[int, ...], now: tuple[int, ...]) -> bool:
    return bool(before) and before[:2] == now[:2] and now[2] > before[2]


def _tail(count: int) -> str:
    return f"its last {count} bytes are no whole record: still being written, or cut off"

"""Reads a journal, also while it is being written, and past damage."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs import journal
from bathyscope.runs.files import identity
from bathyscope.runs.points import Points, SortedPoints, join, merge

_MOST_PIECES = 8


class Replay:
    """What a journal holds. `refresh` reads only what was appended since.

    Parameters
    ----------
    path : pathlib.Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._identity: tuple[int, ...] = ()
        self._forget()

    def _forget(self) -> None:
        self._read_to = 0
        self._records = 0
        self._numbers: dict[str, list[int]] = {}
        self._names: dict[int, str] = {}
        self._pieces: list[SortedPoints] = []
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
        now = identity(self.path)
        if now == self._identity:
            return
        if self._read_to == 0 or not _has_grown(self._identity, now):
            self._forget()
        self._take(self._unread())
        self._identity = now

    def _unread(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            return file.read()

    def _take(self, data: bytes) -> None:
        at = self._check_header(data) if self._read_to == 0 else 0
        if self._is_newer:
            return
        found = _Found(data, base=self._read_to, records=self._records)
        done = found.scan(at)
        self._faults += found.damage
        self._define(found)
        self._collect(found)
        self._read_to += done
        left = len(data) - done
        self._tail_fault = [_tail(left)] if left else []

    def _check_header(self, data: bytes) -> int:
        """Check the first bytes; give where the records begin."""
        size = journal.HEADER.size
        if len(data) < size:
            return 0
        magic, version, check = journal.HEADER.unpack_from(data)
        if magic != journal.MAGIC or check != zlib.crc32(data[: size - 4]):
            self._faults.append("its header is damaged; its records are read all the same")
            return size if data[size : size + 4] == journal.SYNC else 0
        if version > journal.VERSION:
            self._is_newer = True
            self._faults.append(
                f"it has format version {version}, and this bathyscope reads up to "
                f"{journal.VERSION}; use a newer one"
            )
        return size

    def _define(self, found: _Found) -> None:
        for number, name in found.names:
            known = self._names.setdefault(number, name)
            if known != name:
                self._faults.append(f"metric number {number} has two names; the second is ignored")
            elif number not in self._numbers.setdefault(name, []):
                self._numbers[name].append(number)

    def _collect(self, found: _Found) -> None:
        for count, offsets in found.offsets.items():
            records = found.records[count]
            self._pieces.append(_unpack(found.data, count, offsets, records))
        self._records = found.count
        if len(self._pieces) > _MOST_PIECES:
            self._pieces = [merge(self._pieces)]

    def names(self) -> list[str]:
        """Names of the metrics that have points."""
        used = {int(number) for piece in self._pieces for number in np.unique(piece.numbers)}
        return [name for name, numbers in self._numbers.items() if used.intersection(numbers)]

    def points(self, name: str) -> Points:
        """Give the points of one metric, in recorded order."""
        numbers = self._numbers.get(name, [])
        pieces = [piece.of(number) for number in numbers for piece in self._pieces]
        found = join([piece for piece in pieces if len(piece.steps)])
        order = np.argsort(found.records, kind="stable")
        return found.take(order)

    def everything(self) -> tuple[NDArray[np.object_], Points]:
        """Give all points, and the metric's name of each."""
        names = self.names()
        pieces = [self.points(name) for name in names]
        counts = [len(piece.steps) for piece in pieces]
        return np.repeat(np.array(names, dtype=object), counts), join(pieces)

    def faults(self) -> list[str]:
        """Say what is damaged."""
        return self._faults + self._tail_fault + self._nameless()

    def _nameless(self) -> list[str]:
        lost = sum(
            int(np.isin(piece.numbers, list(self._names), invert=True).sum())
            for piece in self._pieces
        )
        return [f"{lost} values are of metrics whose names are damaged"] if lost else []


class _Found:
    """The good records in some bytes of a journal."""

    def __init__(self, data: bytes, *, base: int, records: int) -> None:
        self.data = data
        self.base = base
        self.count = records
        self.names: list[tuple[int, str]] = []
        self.offsets: dict[int, list[int]] = {}
        self.records: dict[int, list[int]] = {}
        self.damage: list[str] = []

    def scan(self, at: int) -> int:
        """Find the records from an offset on; give where the last good one ends."""
        while at < len(self.data):
            end = _record_end(self.data, at)
            if end is None:
                good = _next_good(self.data, at + 1)
                if good is None:
                    return at
                self._skip(at, good)
                at = good
                continue
            self._take(at, end)
            at = end
        return at

    def _skip(self, start: int, end: int) -> None:
        self.damage.append(
            f"bytes {self.base + start} to {self.base + end - 1} are damaged and were skipped"
        )

    def _take(self, at: int, end: int) -> None:
        kind = journal.RECORD.unpack_from(self.data, at)[3]
        start = at + journal.RECORD.size
        if kind == journal.VALUES and _holds_values(end - start):
            count = (end - start - journal.MOMENT_BYTES) // journal.VALUE_BYTES
            self.offsets.setdefault(count, []).append(start)
            self.records.setdefault(count, []).append(self.count)
            self.count += 1
        elif kind == journal.NAME and end - start > journal.NUMBER.size:
            (number,) = journal.NUMBER.unpack_from(self.data, start)
            self.names.append((number, self.data[start + journal.NUMBER.size : end].decode()))
        else:
            self.damage.append(
                f"the record at byte {self.base + at} is of unknown kind {kind} and was skipped"
            )


def _holds_values(length: int) -> bool:
    values = length - journal.MOMENT_BYTES
    return values > 0 and values % journal.VALUE_BYTES == 0


def _record_end(data: bytes, at: int) -> int | None:
    """Give where the record at an offset ends; None if no whole, good record is there."""
    start = at + journal.RECORD.size
    if start > len(data):
        return None
    sync, check, length, _ = journal.RECORD.unpack_from(data, at)
    end = start + length
    if sync != journal.SYNC or length > journal.LONGEST_PAYLOAD or end > len(data):
        return None
    return end if zlib.crc32(memoryview(data)[at + 8 : end]) == check else None


def _next_good(data: bytes, at: int) -> int | None:
    """Give the offset of the next good record."""
    for candidate in _syncs(data, at):
        if _record_end(data, candidate) is not None:
            return candidate
    return None


def _syncs(data: bytes, at: int) -> Iterator[int]:
    while (at := data.find(journal.SYNC, at)) >= 0:
        yield at
        at += 1


def _unpack(data: bytes, count: int, offsets: list[int], records: list[int]) -> SortedPoints:
    """Read all records that hold the same number of values, at once."""
    fields = [("step", "<i8"), ("time", "<i8"), ("values", "<f8", (count,))]
    shape = np.dtype([("numbers", "<u4", (count,)), *fields])
    where = np.asarray(offsets)[:, None] + np.arange(shape.itemsize)
    rows = np.frombuffer(data, np.uint8)[where].view(shape)[:, 0]
    points = Points(
        np.repeat(rows["step"].astype(np.int64), count),
        rows["values"].astype(np.float64).ravel(),
        np.repeat(rows["time"].astype(np.int64), count),
        np.repeat(np.asarray(records, np.int64), count),
    )
    return SortedPoints(rows["numbers"].astype(np.uint32).ravel(), points)


def _has_grown(before: tuple[int, ...], now: tuple[int, ...]) -> bool:
    return bool(before) and before[:2] == now[:2] and now[2] > before[2]


def _tail(count: int) -> str:
    return f"its last {count} bytes are no whole record: still being written, or cut off"

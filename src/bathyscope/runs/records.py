"""Finds the good records in the bytes of a journal, and what lies damaged between them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bathyscope import _native
from bathyscope.runs import frames
from bathyscope.runs.crc import crc32_of_rows
from bathyscope.runs.decoded import Decoded, Moments, sort_decoded

_FEWEST_AT_ONCE = 64
_MOST_AT_ONCE = 1 << 14
#: Longer records are checked one by one; shorter ones column by column, all at once.
_LONGEST_ROW = 64
#: So many records of one length are looked at one by one before more of them are expected.
_ALIKE = 4
_CHECKED_FROM = 8
_LENGTH_AT = 8
_KIND_AT = 12
_length = struct.Struct("<I").unpack_from

_compiled = _native.load("_records", interface=2)
SCAN: Any = None if _compiled is None else _compiled.scan

Buffer = bytes | memoryview
#: Where a record that holds no values begins, its kind, and the length of its payload.
_Other = tuple[int, int, int]


class Found:
    """The good records in some bytes of a journal.

    Parameters
    ----------
    data : bytes or memoryview
    base : int
        Where in the file they begin.
    records : int
        How many values records were found before.
    scan : compiled function, optional
    """

    def __init__(self, data: Buffer, *, base: int, records: int, scan: Any = SCAN) -> None:
        self.data = data
        self.base = base
        self.count = records
        self.names: list[tuple[int, str]] = []
        self.damage: list[str] = []
        self.pieces: list[Decoded] = []
        self._scan = scan

    def scan(self, at: int) -> int:
        """Find the records from an offset on; give where the last good one ends."""
        while True:
            at = self._take_good(at)
            if at >= len(self.data):
                return at
            self.data = bytes(self.data)  # a memoryview cannot be searched
            after = _next_good(self.data, at + 1)
            if after is None:
                return at
            self._skip(at, after)
            at = after

    def _take_good(self, at: int) -> int:
        # No bound method is kept: in a circle of references, all points would outlive their use.
        found = None if self._scan is None else self._scan(self.data, at)
        return self._take_in_python(at) if found is None else self._take_compiled(*found)

    def _take_compiled(
        self, end: int, records: int, arrays: Sequence[bytearray], others: Sequence[_Other]
    ) -> int:
        if records:
            present, sizes, places, values, steps, times_us = arrays
            moments = Moments(
                np.frombuffer(steps, np.int64),
                np.frombuffer(times_us, np.int64),
                np.arange(self.count, self.count + records),
            )
            self.pieces.append(
                Decoded(
                    np.frombuffer(present, np.uint32),
                    np.frombuffer(sizes, np.int64),
                    np.frombuffer(places, np.uint32),
                    np.frombuffer(values, np.float64),
                    moments,
                )
            )
        self.count += records
        for other in others:
            self._take_other(*other)
        return end

    def _take_in_python(self, at: int) -> int:
        stretch = _Stretch(self.data, at, self.count)
        self.pieces += stretch.pieces()
        self.count = stretch.count
        for other in stretch.others:
            self._take_other(*other)
        return stretch.end

    def _skip(self, start: int, end: int) -> None:
        self.damage.append(
            f"bytes {self.base + start} to {self.base + end - 1} are damaged and were skipped"
        )

    def _take_other(self, at: int, kind: int, length: int) -> None:
        start = at + frames.RECORD.size
        if kind == frames.NAME and length > frames.NUMBER.size:
            (number,) = frames.NUMBER.unpack_from(self.data, start)
            name = bytes(self.data[start + frames.NUMBER.size : start + length]).decode()
            self.names.append((number, name))
        else:
            self.damage.append(
                f"the record at byte {self.base + at} is of unknown kind {kind} and was skipped"
            )


class _Stretch:
    """The twin in Python of what is compiled: good records, one after the other.

    Parameters
    ----------
    data : bytes or memoryview
    at : int
        Where the first begins.
    records : int
        How many values records there were before.
    """

    def __init__(self, data: Buffer, at: int, records: int) -> None:
        self.data = data
        self.count = records
        self.others: list[_Other] = []
        self._bytes = np.frombuffer(data, np.uint8)
        self._offsets: dict[int, list[NDArray[np.int64]]] = {}
        self._records: dict[int, list[NDArray[np.int64]]] = {}
        self.end = self._follow(at)

    def _follow(self, at: int) -> int:
        """Take good records; give where the last one ends."""
        most = _FEWEST_AT_ONCE
        while at < len(self.data):
            edges = _walk(self.data, at, most)
            good = self._take(edges)
            at = int(edges[good])
            if 0 < good == len(edges) - 1:
                most = min(2 * most, _MOST_AT_ONCE)
            elif record_end(self.data, at) is None:
                return at
            else:
                most = _FEWEST_AT_ONCE
        return at

    def pieces(self) -> list[Decoded]:
        """Give the values, one piece per number of values in a record."""
        return [
            self._unpack(count, np.concatenate(offsets), np.concatenate(self._records[count]))
            for count, offsets in self._offsets.items()
        ]

    def _take(self, edges: NDArray[np.int64]) -> int:
        """Take the records between the edges up to the first bad one; give how many."""
        starts, ends = edges[:-1], edges[1:]
        good = self._count_good(starts, ends)
        starts, ends = starts[:good], ends[:good]
        kinds = self._rows(starts + _KIND_AT, 4).view("<u4")[:, 0]
        lengths = ends - starts - frames.RECORD.size
        holds = lengths - frames.MOMENT_BYTES
        is_values = (kinds == frames.VALUES) & (holds > 0) & (holds % frames.VALUE_BYTES == 0)
        self._take_values(starts[is_values], holds[is_values] // frames.VALUE_BYTES)
        for at, kind, length in zip(
            starts[~is_values].tolist(),
            kinds[~is_values],
            lengths[~is_values].tolist(),
            strict=True,
        ):
            self.others.append((at, int(kind), length))
        return good

    def _count_good(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> int:
        """Give how many records are good before the first that is not."""
        is_good = (self._rows(starts, 4) == np.frombuffer(frames.SYNC, np.uint8)).all(axis=1)
        lengths = ends - starts
        for length in np.unique(lengths).tolist():
            chosen = np.flatnonzero(lengths == length)
            is_good[chosen] &= self._are_whole(starts[chosen], length)
        return len(is_good) if is_good.all() else int(is_good.argmin())

    def _are_whole(self, starts: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
        """Say of records of one length whether their checksums are right."""
        said = self._rows(starts + 4, 4).view("<u4")[:, 0]
        if length <= _LONGEST_ROW:
            return crc32_of_rows(self._rows(starts + _CHECKED_FROM, length - _CHECKED_FROM)) == said
        view = memoryview(self.data)
        checks = [zlib.crc32(view[at + _CHECKED_FROM : at + length]) for at in starts.tolist()]
        return np.array(checks, np.uint32) == said

    def _rows(self, starts: NDArray[np.int64], length: int) -> NDArray[np.uint8]:
        """Give as many bytes from each start: shape (n_starts, length)."""
        if not len(starts):
            return np.empty((0, length), np.uint8)
        return sliding_window_view(self._bytes, length)[starts]

    def _take_values(self, starts: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        records = self.count + np.arange(len(starts))
        for count in np.unique(counts).tolist():
            chosen = counts == count
            self._offsets.setdefault(count, []).append(starts[chosen] + frames.RECORD.size)
            self._records.setdefault(count, []).append(records[chosen])
        self.count += len(starts)

    def _unpack(
        self, count: int, offsets: NDArray[np.int64], records: NDArray[np.int64]
    ) -> Decoded:
        """Read all records that hold the same number of values, at once."""
        fields = [("step", "<i8"), ("time", "<i8"), ("values", "<f8", (count,))]
        shape = np.dtype([("numbers", "<u4", (count,)), *fields])
        rows = self._rows(offsets, shape.itemsize).view(shape)[:, 0]
        moments = Moments(rows["step"].astype(np.int64), rows["time"].astype(np.int64), records)
        numbers, values = rows["numbers"], rows["values"]
        if (numbers == numbers[0]).all() and len(np.unique(numbers[0])) == count:
            return _sort_alike(numbers[0].astype(np.uint32), values, moments)
        places = np.repeat(np.arange(len(rows), dtype=np.uint32), count)
        return sort_decoded(
            numbers.astype(np.uint32).ravel(), places, values.astype(np.float64).ravel(), moments
        )


def _sort_alike(
    numbers: NDArray[np.uint32], values: NDArray[np.float64], moments: Moments
) -> Decoded:
    """Sort the values of records that all hold the same metrics: ``values`` has a row for each."""
    order = np.argsort(numbers)
    n_records, n_metrics = values.shape
    places = np.tile(np.arange(n_records, dtype=np.uint32), n_metrics)
    sizes = np.full(n_metrics, n_records, np.int64)
    by_metric = values.T[order].astype(np.float64).ravel()
    return Decoded(numbers[order], sizes, places, by_metric, moments)


def _walk(data: Buffer, at: int, most: int) -> NDArray[np.int64]:
    """Follow the lengths that records say they have; give where each begins, and the end.

    They are not checked: after the first bad record, the rest is chance.
    """
    edges, before, alike = [at], -1, 0
    last = len(data) - frames.RECORD.size
    while at <= last and len(edges) <= most:
        (length,) = _length(data, at + _LENGTH_AT)
        size = frames.RECORD.size + length
        at += size
        if at > len(data) or length > frames.LONGEST_PAYLOAD:
            break
        edges.append(at)
        alike = alike + 1 if size == before else 0
        before = size
        if alike == _ALIKE:
            more = _count_alike(data, at, size, most + 1 - len(edges))
            edges += range(at + size, at + more * size + 1, size)
            at, alike = edges[-1], 0
    return np.array(edges, np.int64)


def _count_alike(data: Buffer, at: int, size: int, most: int) -> int:
    """Give how many records of one size follow each other from an offset on, by their lengths."""
    most = min(most, (len(data) - at) // size)
    rows = np.frombuffer(data, np.uint8, most * size, at).reshape(most, size)
    lengths = np.ascontiguousarray(rows[:, _LENGTH_AT : _LENGTH_AT + 4]).view("<u4")[:, 0]
    is_other = lengths != size - frames.RECORD.size
    return int(is_other.argmax()) if is_other.any() else most


def record_end(data: Buffer, at: int) -> int | None:
    """Give where the record at an offset ends; None if no whole, good record is there."""
    start = at + frames.RECORD.size
    if start > len(data):
        return None
    sync, check, length, _ = frames.RECORD.unpack_from(data, at)
    end = start + length
    if sync != frames.SYNC or length > frames.LONGEST_PAYLOAD or end > len(data):
        return None
    return end if zlib.crc32(memoryview(data)[at + _CHECKED_FROM : end]) == check else None


def _next_good(data: bytes, at: int) -> int | None:
    """Give the offset of the next good record."""
    for candidate in _syncs(data, at):
        if record_end(data, candidate) is not None:
            return candidate
    return None


def _syncs(data: bytes, at: int) -> Iterator[int]:
    while (at := data.find(frames.SYNC, at)) >= 0:
        yield at
        at += 1

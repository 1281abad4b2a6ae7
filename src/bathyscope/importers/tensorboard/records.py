"""The framing of event files (TFRecord), block by block, with every checksum checked.

A record is its length (8 bytes, little-endian), the masked CRC32C of those bytes (4), the
payload, and the payload's masked CRC32C (4). A record whose payload is damaged is skipped; where
a length is damaged, the next place that holds a length with its checksum is looked for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _native
from bathyscope.importers.tensorboard.crc32c import Bytes, crc32c, masked, rows_of

#: Follows sound records; None where it was not compiled.
compiled: Any = _native.load("_events", interface=1)

_HEADER = 12
_FOOTER = 4
_FRAME = _HEADER + _FOOTER
_WORD = struct.Struct("<Q").unpack_from
_Truths = NDArray[np.bool_]
#: A file is read so many bytes at a time; only a longer record takes more.
BLOCK = 1 << 22
#: Heads followed at once: few behind damage, more and more while all goes well.
_FEWEST, _MOST = 64, 1 << 16
#: Once so many were followed, short records are looked for in windows of so many bytes.
_MANY, _WINDOW = 1024, 1 << 20
#: So many faults of a file are told one by one.
_MOST_FAULTS = 20


@dataclass(frozen=True, eq=False)
class Block:
    """Whole and undamaged records of a file, to be used before the next block but one is read.

    Parameters
    ----------
    buffer : array of shape (n_bytes,), uint8
    starts, lengths : array of shape (n_records,), int64
        Where the payloads lie in the buffer.
    place : int
        Where in the file the buffer begins.
    """

    buffer: Bytes
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    place: int

    def payload(self, index: int) -> bytes:
        """Give the bytes of one record."""
        start = int(self.starts[index])
        return self.buffer[start : start + int(self.lengths[index])].tobytes()

    def head(self, index: int) -> int:
        """Give where in the file a record begins."""
        return self.place + int(self.starts[index]) - _HEADER


class Faults:
    """What is wrong with one file, in words; many faults are counted.

    Parameters
    ----------
    name : str
        The file.
    told : iterable of str
        What is known already.
    """

    def __init__(self, name: str, told: Iterable[str] = ()) -> None:
        self.name = name
        self._told = list(told)
        self._more = 0

    def add(self, fault: str) -> None:
        """Add one."""
        if len(self._told) < _MOST_FAULTS:
            self._told.append(f"{self.name}: {fault}")
        else:
            self._more += 1

    def told(self) -> tuple[str, ...]:
        """Give all of them."""
        more = (f"{self.name}: {self._more} more faults",) if self._more else ()
        return (*self._told, *more)


def read_blocks(file: BufferedIOBase, size: int, faults: Faults) -> Iterator[Block]:
    """Read all records of a file that no longer grows.

    Parameters
    ----------
    file : binary file
    size : int
        Read so many bytes of it.
    faults : Faults
        Where damage is told.
    """
    reader = RecordReader(faults)
    yield from reader.read(file, size)
    if tail := reader.tail(size):
        faults.add(tail)


class RecordReader:
    """Reads the records of one file, again and again while it grows.

    Parameters
    ----------
    faults : Faults
        Where damage is told.

    Attributes
    ----------
    place : int
        Everything before this byte is done with.
    """

    def __init__(self, faults: Faults) -> None:
        self.place = 0
        self._scanner = _Scanner(faults)

    def read(self, file: BufferedIOBase, size: int, *, grows: bool = False) -> Iterator[Block]:
        """Read the records that came since the last call.

        Parameters
        ----------
        file : binary file
        size : int
            Read until this byte.
        grows : bool
            Wait for the rest of a record that goes on behind ``size``, as the last one of a
            file that is being written does. Otherwise records are looked for within it too.
        """
        scanner = self._scanner
        scanner.begin(size, grows=grows)
        if scanner.awaited > size:
            return
        self.place = scanner.resume(self.place)
        file.seek(self.place)
        # Two rooms in turn: a block may still be decoded while the next is read.
        room, other, held, got = bytearray(), bytearray(), 0, -1
        while got:
            wanted = max(BLOCK, _length(room) if held >= _HEADER else 0)
            wanted = min(wanted, size - self.place)
            if wanted > len(room):
                room = bytearray(room[:held]).ljust(wanted, b"\0")
            got = file.readinto(memoryview(room)[held:wanted]) if wanted > held else 0
            held += got
            block, used = scanner.scan(np.frombuffer(room, np.uint8, held), self.place)
            self.place, held = self.place + used, held - used
            if len(block.starts):
                yield block
            if scanner.awaited > size:
                break
            if not len(block.starts):
                room[:held] = room[used : used + held]
                continue
            enough = max(held, min(len(room), BLOCK))
            if not enough <= len(other) <= 2 * enough:  # a long record's room is not kept
                other = bytearray(enough)
            other[:held] = memoryview(room)[used : used + held]
            room, other = other, room

    def tail(self, size: int) -> str:
        """Say what stands at the end of the file and is no record yet; "" if nothing does."""
        return self._scanner.tail(self.place, size)

    def state(self) -> list[int]:
        """Give what `restore` needs to go on from here."""
        return [self.place, *self._scanner.state()]

    def restore(self, state: list[int]) -> None:
        """Go on where another reader of the same file stopped."""
        self.place = state[0]
        self._scanner.restore(state[1:])


def _length(data: bytearray) -> int:
    """Give the length of the record that data begin with: one that was found to fit the file."""
    return _WORD(data)[0] + _FRAME


class _Scanner:
    """Finds the records of a file in one buffer after the other."""

    def __init__(self, faults: Faults) -> None:
        self._size = 0
        self._grows = False
        self._faults = faults
        self._lost_at: int | None = None  # since this place no record was found
        self._is_cut = False  # because a record that goes on behind the file's end stands there
        #: The size the file must have for the record that is waited for.
        self.awaited = 0

    def begin(self, size: int, *, grows: bool) -> None:
        """Say how large the file is now."""
        self._size, self._grows = size, grows

    def resume(self, place: int) -> int:
        """Give where to go on: at a record that was cut by the end of the file, try again."""
        self.awaited = 0
        if self._lost_at is None or not self._is_cut:
            return place
        place, self._lost_at = self._lost_at, None
        return place

    def state(self) -> list[int]:
        """Give numbers that `restore` takes."""
        lost_at = -1 if self._lost_at is None else self._lost_at
        return [lost_at, int(self._is_cut), self.awaited]

    def restore(self, state: list[int]) -> None:
        """Take what `state` gave."""
        self._lost_at = None if state[0] < 0 else state[0]
        self._is_cut, self.awaited = bool(state[1]), state[2]

    def scan(self, buffer: Bytes, place: int) -> tuple[Block, int]:
        """Give the sound records of a buffer, and how many of its bytes are done with."""
        found: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        sound = _Sound()
        at, count = 0, _FEWEST
        while at <= len(buffer) - _HEADER:
            if self._lost_at is not None:
                resumed = self._search(buffer, at, place)
                if resumed is None:
                    at = len(buffer) - _HEADER + 1
                    break
                at, count = resumed, _FEWEST
            if compiled is not None:
                at, count = sound.follow(buffer, at), 2  # that one is damaged, or not all here
                if at > len(buffer) - _HEADER:
                    break
            heads, after = _follow(buffer, at, count)
            n_good = _count_sound(buffer, heads)
            behind = self._behind(buffer, heads[n_good - 1 : n_good], place)
            if behind and self._grows and n_good == len(heads):
                found.append(heads[:-1])
                self.awaited, at = self._size + behind, int(heads[-1])
                break
            if behind:
                n_good -= 1
            if n_good < len(heads):
                n_good, wrong = _step_back(buffer, heads, n_good)
                self._lost_at, at = place + wrong, wrong + 1
                self._is_cut = behind > 0
                found.append(heads[:n_good])
                continue
            if after > len(buffer):  # the last one goes on behind the buffer
                found.append(heads[:-1])
                at = int(heads[-1])
                break
            found.append(heads)
            at, count = after, min(2 * count, _MOST)
        block = self._sound_payloads(buffer, np.concatenate(found), place)
        return sound.joined(block), at

    def _search(self, buffer: Bytes, at: int, place: int) -> int | None:
        """Find where records go on, in windows that grow so that little is looked at in vain."""
        window = 1 << 12
        end = len(buffer) - _HEADER + 1
        while at < end:
            stop = min(at + window, end)
            found = _plausible_head(buffer, at, stop, self._size - place)
            if found is not None:
                self._tell_lost(place + found)
                return found
            at, window = stop, min(2 * window, BLOCK)
        return None

    def _tell_lost(self, until: int) -> None:
        self._faults.add(f"bytes {self._lost_at} to {until} hold no whole record; skipped")
        self._lost_at = None

    def _sound_payloads(self, buffer: Bytes, heads: NDArray[np.int64], place: int) -> Block:
        if not len(heads):
            return Block(buffer, heads, heads, place)
        starts, lengths = heads + _HEADER, _lengths(buffer, heads)
        is_sound = _match(buffer, starts, lengths)
        for head in (heads[~is_sound] + place).tolist():
            self._faults.add(f"the record at byte {head} does not match its checksum; skipped")
        return Block(buffer, starts[is_sound], lengths[is_sound], place)

    def _behind(self, buffer: Bytes, last: NDArray[np.int64], place: int) -> int:
        """Give by how many bytes a record reaches behind the end of the file."""
        if not len(last):
            return 0
        stop = place + int(last[0]) + _FRAME + int(_lengths(buffer, last)[0])
        return max(0, stop - self._size)

    def tail(self, place: int, size: int) -> str:
        """Say what stands at the end of the file and is no record."""
        if self._lost_at is not None:
            return f"bytes {self._lost_at} to {size} hold no whole record; skipped"
        if place < size:
            return f"the file ends within the record at byte {place}; not read"
        return ""


class _Sound:
    """Records that compiled code found to be sound."""

    def __init__(self) -> None:
        self._starts: list[NDArray[np.int64]] = []
        self._lengths: list[NDArray[np.int64]] = []

    def follow(self, buffer: Bytes, at: int) -> int:
        """Find records from a place on until one is not sound; give its place."""
        starts, lengths, after = compiled.follow(buffer, at)
        self._starts.append(np.frombuffer(starts, np.int64))
        self._lengths.append(np.frombuffer(lengths, np.int64))
        return after

    def joined(self, block: Block) -> Block:
        """Give these and those of a block, in order."""
        if not self._starts:
            return block
        starts = np.concatenate([*self._starts, block.starts])
        lengths = np.concatenate([*self._lengths, block.lengths])
        order = np.argsort(starts, kind="stable") if len(block.starts) else slice(None)
        return Block(block.buffer, starts[order], lengths[order], block.place)


def _follow(buffer: Bytes, place: int, count: int) -> tuple[NDArray[np.int64], int]:
    """Follow the lengths from record to record: their places, and that behind the last."""
    if count >= _MANY:
        heads, after = _follow_short(buffer[place : place + _WINDOW])
        if after > _WINDOW // 16:  # otherwise it was not worth the while
            return heads + place, after + place
    return _follow_any(buffer, place, count)


def _follow_any(buffer: Bytes, place: int, count: int) -> tuple[NDArray[np.int64], int]:
    """Follow the lengths one after the other."""
    heads: list[int] = []
    data, end = buffer.data, len(buffer) - _HEADER
    add, read = heads.append, _WORD
    for _ in range(count):
        if place > end:
            break
        add(place)
        place += read(data, place)[0] + _FRAME
    return np.array(heads, np.int64), place


def _follow_short(window: Bytes) -> tuple[NDArray[np.int64], int]:
    """Follow lengths below 4096 all at once: they end in six zeros, and lead to each other."""
    n_places = len(window) - _HEADER + 1
    is_zero = window == 0
    is_head = is_zero[2 : 2 + n_places].copy()
    for offset in range(3, 8):
        is_head &= is_zero[offset : offset + n_places]
    heads = np.flatnonzero(is_head)
    heads = heads[window[heads + 1] < 4096 >> 8]
    after = heads + _FRAME + window[heads] + (window[heads + 1].astype(np.int64) << 8)
    is_led_to = np.zeros(n_places + 1, bool)
    is_led_to[np.append(0, np.minimum(after, n_places))] = True
    is_led_to[n_places] = False
    chosen = is_led_to[heads]
    heads, after = heads[chosen], after[chosen]
    if not len(heads) or heads[0]:
        return heads[:0], 0
    breaks = np.flatnonzero(after[:-1] != heads[1:])
    last = int(breaks[0]) if len(breaks) else len(heads) - 1
    return heads[: last + 1], int(after[last])


def _count_sound(buffer: Bytes, heads: NDArray[np.int64]) -> int:
    """Count the heads until one's checksum is wrong."""
    is_sound = _match(buffer, heads, np.full(len(heads), 8))
    return int(np.argmin(is_sound)) if not is_sound.all() else len(heads)


def _step_back(buffer: Bytes, heads: NDArray[np.int64], n_good: int) -> tuple[int, int]:
    """Give up the record before a wrong head too, if it is damaged: its length may mislead."""
    before = heads[n_good - 1 : n_good]
    if len(before) and not _match(buffer, before + _HEADER, _lengths(buffer, before)).all():
        n_good -= 1
    return n_good, int(heads[n_good])


def _plausible_head(buffer: Bytes, first: int, stop: int, left: int) -> int | None:
    """Find the first place that holds a length that fits the file, with its checksum."""
    windows = np.lib.stride_tricks.sliding_window_view(buffer[first : stop + 7], 8)
    lengths = np.ascontiguousarray(windows).view("<u8")[:, 0]
    heads = np.arange(first, stop)
    heads = heads[lengths <= np.maximum(left - heads - _FRAME, 0).astype(np.uint64)]
    heads = heads[_match(buffer, heads, np.full(len(heads), 8))]
    return int(heads[0]) if len(heads) else None


def _match(buffer: Bytes, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> _Truths:
    """Say whether each piece is followed by its masked checksum."""
    if not len(starts):
        return np.zeros(0, bool)
    written = rows_of(buffer, starts + lengths, 4).view("<u4")[:, 0]
    return masked(crc32c(buffer, starts, lengths)) == written


def _lengths(buffer: Bytes, heads: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the lengths that stand at heads; beyond 63 bits none is true."""
    words = rows_of(buffer, heads, 8).view("<u8")[:, 0]
    return np.minimum(words, np.uint64(2**62)).astype(np.int64)

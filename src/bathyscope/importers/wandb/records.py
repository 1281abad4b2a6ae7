"""The log of records that W&B writes: LevelDB's format, with the checksum of zlib.

A file is a head of 7 bytes and then blocks of 32 KiB. A record lies in one block, or in several as
first, middle and last piece; each piece has a head of its own. What is damaged is told and
skipped, and reading goes on behind it.

References
----------
LevelDB, "Log format", https://github.com/google/leveldb/blob/main/doc/log_format.md
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from bathyscope._errors import DamagedFile
from bathyscope.importers.log import Faults

HEAD = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
_BLOCK = 1 << 15
_PIECE = struct.Struct("<IHB")
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


class _Piece(NamedTuple):
    kind: int
    start: int
    stop: int


def records(data: bytes, faults: Faults) -> Iterator[bytes]:
    """Give the records of a file.

    Raises
    ------
    DamagedFile
        If it does not begin as such a file.
    """
    if data[: len(HEAD)] != HEAD:
        raise DamagedFile(
            "it must begin with the bytes `:W&B`, 0xBEE1 and version 0; it begins with "
            f"{data[: len(HEAD)]!r}"
        )
    parts: list[bytes] = []
    for piece in _pieces(data, faults):
        if piece is None:  # damage: what it belonged to is not whole
            parts = []
            continue
        content = data[piece.start : piece.stop]
        if piece.kind in (_FULL, _FIRST) and parts:
            faults.add(f"a record that ends at byte {piece.start} lacks its last piece")
        if piece.kind == _FULL:
            parts = []
            yield content
        elif piece.kind == _FIRST:
            parts = [content]
        elif parts:
            parts.append(content)
            if piece.kind == _LAST:
                yield b"".join(parts)
                parts = []
    if parts:
        faults.add("the last record is not whole: it is being written, or was cut off")


def _pieces(data: bytes, faults: Faults) -> Iterator[_Piece | None]:
    """Give the good pieces; None in the place of damage."""
    place = len(HEAD)
    while place < len(data):
        left = _BLOCK - place % _BLOCK
        if left < _PIECE.size or not any(data[place : place + _PIECE.size]):
            place += left  # the rest of a block is filled with zeros
            continue
        piece = _piece(data, place)
        if piece is not None:
            yield piece
            place = piece.stop
            continue
        after = _after(data, place)
        if after >= len(data):
            faults.add(f"bytes {place} to {len(data)} are damaged, or cut off; left out")
        else:
            faults.add(f"bytes {place} to {after} are damaged; left out")
        yield None
        place = after


def _piece(data: bytes, place: int) -> _Piece | None:
    """Give the piece at a place; None if there is no good one."""
    start = place + _PIECE.size
    if start > len(data):
        return None
    check, length, kind = _PIECE.unpack_from(data, place)
    stop = start + length
    is_within = stop <= len(data) and place // _BLOCK == (stop - 1) // _BLOCK
    if not is_within or not _FULL <= kind <= _LAST:
        return None
    return _Piece(kind, start, stop) if zlib.crc32(data[start - 1 : stop]) == check else None


def _after(data: bytes, place: int) -> int:
    """Give where reading goes on behind damage: at the next piece, if its place can be told."""
    if place + _PIECE.size <= len(data):
        length = _PIECE.unpack_from(data, place)[1]
        after = place + _PIECE.size + length
        if after // _BLOCK == place // _BLOCK and _piece(data, after) is not None:
            return after
    return (place // _BLOCK + 1) * _BLOCK

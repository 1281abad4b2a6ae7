"""The wire format of protocol buffers, as far as event files use it.

Nothing is copied and nothing is trusted: a field is where it lies, and a field that would end
behind its message is an error.

References
----------
Google, "Encoding", https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_WIDTHS = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT = 10
_F32, _F64 = struct.Struct("<f"), struct.Struct("<d")


class Field(NamedTuple):
    """A field of a message: its number, how it is written, and where its value lies."""

    number: int
    kind: int
    start: int
    stop: int


def fields(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Field]:
    """Give the fields of a message.

    Parameters
    ----------
    data : bytes
    start, stop : int
        Where the message lies; by default all of the data.

    Raises
    ------
    ValueError
        If it is none.
    """
    place, end = start, len(data) if stop is None else stop
    while place < end:
        key, place = read_varint(data, place, end)
        kind = key & 7
        first = place
        if kind == BYTES:
            length, first = read_varint(data, place, end)
            place = first + length
        elif kind == VARINT:
            _, place = read_varint(data, place, end)
        elif kind in _WIDTHS:
            place += _WIDTHS[kind]
        else:
            raise ValueError(f"a field of unknown kind {kind} at byte {first}")
        if place > end:
            raise ValueError(f"a field at byte {first} that ends behind its message")
        yield Field(key >> 3, kind, first, place)


def read_varint(data: bytes, place: int, stop: int) -> tuple[int, int]:
    """Read an unsigned integer of up to 64 bits; give it and the place behind it."""
    number = 0
    for shift in range(0, 7 * _LONGEST_VARINT, 7):
        if place >= stop:
            break
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & (2**64 - 1), place
    raise ValueError(f"an integer at byte {place} that does not end")


def integer(data: bytes, field: Field) -> int:
    """Give a signed integer of 64 bits."""
    _expect(field, VARINT)
    number = read_varint(data, field.start, field.stop)[0]
    return number - 2**64 if number >= 2**63 else number


def float32(data: bytes, field: Field) -> float:
    """Give a floating-point number of 32 bits."""
    _expect(field, FIXED32)
    return _F32.unpack_from(data, field.start)[0]


def float64(data: bytes, field: Field) -> float:
    """Give a floating-point number of 64 bits."""
    _expect(field, FIXED64)
    return _F64.unpack_from(data, field.start)[0]


def content(data: bytes, field: Field) -> bytes:
    """Give the bytes of a message or of a text."""
    _expect(field, BYTES)
    return data[field.start : field.stop]


def text(data: bytes, field: Field) -> str:
    """Give a text; what is not UTF-8 is replaced."""
    return content(data, field).decode(errors="replace")


def numbers(data: bytes, field: Field, code: str) -> NDArray[np.generic]:
    """Give repeated numbers of fixed width, packed or single.

    Parameters
    ----------
    data : bytes
    field : Field
    code : {"<f4", "<f8"}
    """
    single = FIXED64 if code == "<f8" else FIXED32
    if field.kind != single:
        _expect(field, BYTES)
    if (field.stop - field.start) % np.dtype(code).itemsize:
        raise ValueError(f"packed numbers at byte {field.start} that are cut off")
    return np.frombuffer(data[field.start : field.stop], code)


def integers(data: bytes, field: Field) -> list[int]:
    """Give repeated integers, packed or single."""
    if field.kind == VARINT:
        return [integer(data, field)]
    _expect(field, BYTES)
    found: list[int] = []
    place = field.start
    while place < field.stop:
        number, place = read_varint(data, place, field.stop)
        found.append(number - 2**64 if number >= 2**63 else number)
    return found


def _expect(field: Field, kind: int) -> None:
    if field.kind != kind:
        raise ValueError(f"field {field.number} of kind {field.kind}, not {kind}")

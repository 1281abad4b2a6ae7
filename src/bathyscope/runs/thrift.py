"""The little of Thrift's compact protocol that the metadata of Parquet files is written in.

See https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

_TRUE, _FALSE, _BYTE, _INT16, _INT32, _INT64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(
    1, 13
)


class Field:
    """One value and the kind it has on the wire."""

    def __init__(self, kind: int, content: bytes) -> None:
        self.kind = kind
        self.content = content


def int32(number: int) -> Field:
    """Give a whole number of 32 bits, or one of an enumeration."""
    return Field(_INT32, varint(_zigzag(number)))


def int64(number: int) -> Field:
    """Give a whole number of 64 bits."""
    return Field(_INT64, varint(_zigzag(number)))


def binary(content: bytes) -> Field:
    """Give bytes, or text as its bytes."""
    return Field(_BINARY, varint(len(content)) + content)


def list_of(items: Sequence[Field]) -> Field:
    """Give a list of items of one kind, at least one."""
    kind, count = items[0].kind, len(items)
    head = bytes([count << 4 | kind]) if count < 15 else bytes([0xF0 | kind]) + varint(count)
    return Field(_LIST, head + b"".join(item.content for item in items))


def struct(fields: dict[int, Field]) -> Field:
    """Give a structure of fields by their numbers, which increase by less than 16."""
    content, before = b"", 0
    for number, field in fields.items():
        content += bytes([(number - before) << 4 | field.kind]) + field.content
        before = number
    return Field(_STRUCT, content + b"\0")


def varint(number: int) -> bytes:
    """Give a number of 0 or more, seven bits to a byte."""
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _zigzag(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def read_struct(data: bytes, at: int = 0) -> tuple[dict[int, Any], int]:
    """Read a structure: its fields by their numbers, and where it ends.

    Raises
    ------
    ValueError
        If there is none.
    """
    try:
        return _read_struct(data, at)
    except (IndexError, KeyError, RecursionError) as error:
        raise ValueError("its metadata is damaged") from error


def _read_struct(data: bytes, at: int) -> tuple[dict[int, Any], int]:
    fields: dict[int, Any] = {}
    number = 0
    while head := data[at]:
        at += 1
        if head >> 4:
            number += head >> 4
        else:
            number, at = _read_int(data, at)
        fields[number], at = _READERS[head & 0x0F](data, at)
    return fields, at + 1


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Read what `varint` gave, and where it ends."""
    number = shift = 0
    while (byte := data[at]) & 0x80:
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | byte << shift, at + 1


def _read_int(data: bytes, at: int) -> tuple[int, int]:
    number, at = read_varint(data, at)
    return number >> 1 ^ -(number & 1), at


def _read_binary(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = read_varint(data, at)
    if at + size > len(data):
        raise IndexError
    return data[at : at + size], at + size


def _read_list(data: bytes, at: int) -> tuple[list[Any], int]:
    head = data[at]
    count, at = (head >> 4, at + 1) if head >> 4 != 15 else read_varint(data, at + 1)
    if count > len(data):
        raise IndexError
    read = _READERS[head & 0x0F]
    items: list[Any] = []
    for _ in range(count):
        item, at = read(data, at)
        items.append(item)
    return items, at


_READERS: dict[int, Callable[[bytes, int], tuple[Any, int]]] = {
    _TRUE: lambda _, at: (True, at),
    _FALSE: lambda _, at: (False, at),
    _BYTE: lambda data, at: (data[at], at + 1),
    _INT16: _read_int,
    _INT32: _read_int,
    _INT64: _read_int,
    _DOUBLE: lambda data, at: (data[at : at + 8], at + 8),
    _BINARY: _read_binary,
    _LIST: _read_list,
    _SET: _read_list,
    _STRUCT: _read_struct,
}

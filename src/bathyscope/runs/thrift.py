"""The little of Thrift's compact protocol that the metadata of Parquet files is written in.

See https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

from collections.abc import Sequence

_INT32, _INT64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12


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

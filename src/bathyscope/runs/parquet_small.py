"""Writes small tables as Parquet: a snapshot writes some, and DuckDB takes 2 to 4 ms for each.

Each column is one page of plain values, without compression. The format is
https://parquet.apache.org/docs/file-format/, and DuckDB reads what is written here.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.thrift import Field, binary, int32, int64, list_of
from bathyscope.runs.thrift import struct as thrift_struct

#: Bytes of values up to which a table is small: larger ones are worth compressing.
MOST_BYTES = 1 << 16
_MAGIC = b"PAR1"
_BOOLEAN, _INT32, _INT64, _FLOAT, _DOUBLE, _BYTE_ARRAY = 0, 1, 2, 4, 5, 6
_PLAIN, _RLE = 0, 3  # encodings
_UNCOMPRESSED = 0
_DATA_PAGE = 0
_UTF8 = 0
#: By NumPy's kind and size: the type on the disk, and what its whole numbers are, if not its own.
_TYPES: dict[str, tuple[int, int | None]] = {
    "b1": (_BOOLEAN, None),
    "i1": (_INT32, 15),
    "i2": (_INT32, 16),
    "i4": (_INT32, None),
    "i8": (_INT64, None),
    "u1": (_INT32, 11),
    "u2": (_INT32, 12),
    "u4": (_INT32, 13),
    "u8": (_INT64, 14),
    "f2": (_FLOAT, None),
    "f4": (_FLOAT, None),
    "f8": (_DOUBLE, None),
    "O": (_BYTE_ARRAY, _UTF8),
}
_ON_DISK = {_INT32: "<i4", _FLOAT: "<f4"}


class _Column(NamedTuple):
    """A column as it stands in the file."""

    name: bytes
    kind: int
    meaning: int | None
    content: bytes


def encode_table(columns: Mapping[str, NDArray[Any]], texts: Mapping[str, str]) -> bytes | None:
    """Give the bytes of a file that holds a small table; None if it is not small.

    Parameters
    ----------
    columns : mapping of str to array, shape (n_rows,)
        As `tables.check_columns` gives them.
    texts : mapping of str to str
        What the file says beside them.
    """
    count = len(next(iter(columns.values())))
    if count * len(columns) * 4 > MOST_BYTES:
        return None
    encoded = [_column(name.encode(), column) for name, column in columns.items()]
    if sum(len(column.content) for column in encoded) > MOST_BYTES:
        return None
    pages = [_page(column, count) for column in encoded]
    starts = np.cumsum([len(_MAGIC), *map(len, pages)]).tolist()
    chunks = [_chunk(*each, count) for each in zip(encoded, starts, map(len, pages), strict=False)]
    footer = _footer(encoded, chunks, count, texts).content
    size = struct.pack("<I", len(footer))
    return b"".join([_MAGIC, *pages, footer, size, _MAGIC])


def write_table(path: Path, columns: Mapping[str, NDArray[Any]], texts: Mapping[str, str]) -> bool:
    """Write a table into a new file if it is small, and say whether it was."""
    data = encode_table(columns, texts)
    if data is not None:
        path.write_bytes(data)
    return data is not None


def _column(name: bytes, column: NDArray[Any]) -> _Column:
    kind, meaning = _TYPES[column.dtype.str.lstrip("<>=|")]
    if kind == _BYTE_ARRAY:
        texts = [text.encode() for text in column]
        content = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    elif kind == _BOOLEAN:
        content = np.packbits(column, bitorder="little").tobytes()
    else:
        stored = _ON_DISK.get(kind, column.dtype.newbyteorder("<"))
        content = column.astype(stored, casting="unsafe", copy=False).tobytes()
    return _Column(name, kind, meaning, content)


def _page(column: _Column, count: int) -> bytes:
    size = int32(len(column.content))
    head = {1: int32(count), 2: int32(_PLAIN), 3: int32(_RLE), 4: int32(_RLE)}
    header = thrift_struct({1: int32(_DATA_PAGE), 2: size, 3: size, 5: thrift_struct(head)})
    return header.content + column.content


def _chunk(column: _Column, start: int, size: int, count: int) -> Field:
    """Give what the footer says of a column's values."""
    said = {
        1: int32(column.kind),
        2: list_of([int32(_PLAIN)]),
        3: list_of([binary(column.name)]),
        4: int32(_UNCOMPRESSED),
        5: int64(count),
        6: int64(size),
        7: int64(size),
        9: int64(start),
    }
    return thrift_struct({2: int64(start), 3: thrift_struct(said)})


def _footer(
    columns: list[_Column], chunks: list[Field], count: int, texts: Mapping[str, str]
) -> Field:
    root = thrift_struct({4: binary(b"table"), 5: int32(len(columns))})
    size = int64(sum(len(column.content) for column in columns))
    group = thrift_struct({1: list_of(chunks), 2: size, 3: int64(count)})
    pairs = [
        thrift_struct({1: binary(key.encode()), 2: binary(text.encode())})
        for key, text in texts.items()
    ]
    return thrift_struct(
        {
            1: int32(2),
            2: list_of([root, *map(_schema, columns)]),
            3: int64(count),
            4: list_of([group]),
            5: list_of(pairs),
            6: binary(b"bathyscope tables"),
        }
    )


def _schema(column: _Column) -> Field:
    fields = {1: int32(column.kind), 3: int32(0), 4: binary(column.name)}  # 0: nothing is missing
    if column.meaning is not None:
        fields[6] = int32(column.meaning)
    return thrift_struct(fields)

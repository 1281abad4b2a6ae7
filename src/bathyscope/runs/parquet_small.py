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

from bathyscope.runs.parquet_format import (
    BOOLEAN,
    BYTE_ARRAY,
    DATA_PAGE,
    DOUBLE,
    FLOAT,
    INT32,
    INT64,
    MAGIC,
    PLAIN,
    UTF8,
    data_head,
    encode_footer,
    page_header,
    schema_of,
)
from bathyscope.runs.thrift import Field, binary, int32, int64, list_of
from bathyscope.runs.thrift import struct as thrift_struct

#: Bytes of values up to which a table is small: larger ones are worth compressing.
MOST_BYTES = 1 << 16
_UNCOMPRESSED = 0
#: By NumPy's kind and size: the type on the disk, and what its whole numbers are, if not its own.
_TYPES: dict[str, tuple[int, int | None]] = {
    "b1": (BOOLEAN, None),
    "i1": (INT32, 15),
    "i2": (INT32, 16),
    "i4": (INT32, None),
    "i8": (INT64, None),
    "u1": (INT32, 11),
    "u2": (INT32, 12),
    "u4": (INT32, 13),
    "u8": (INT64, 14),
    "f2": (FLOAT, None),
    "f4": (FLOAT, None),
    "f8": (DOUBLE, None),
    "O": (BYTE_ARRAY, UTF8),
}
_ON_DISK = {INT32: "<i4", FLOAT: "<f4"}


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
    starts = np.cumsum([len(MAGIC), *map(len, pages)]).tolist()
    chunks = [_chunk(*each, count) for each in zip(encoded, starts, map(len, pages), strict=False)]
    return b"".join([MAGIC, *pages, _footer(encoded, chunks, count, texts)])


def write_small(path: Path, columns: Mapping[str, NDArray[Any]], texts: Mapping[str, str]) -> bool:
    """Write a table into a new file if it is small, and say whether it was."""
    data = encode_table(columns, texts)
    if data is not None:
        path.write_bytes(data)
    return data is not None


def _column(name: bytes, column: NDArray[Any]) -> _Column:
    kind, meaning = _TYPES[column.dtype.str.lstrip("<>=|")]
    if kind == BYTE_ARRAY:
        texts = [text.encode() for text in column]
        content = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    elif kind == BOOLEAN:
        content = np.packbits(column, bitorder="little").tobytes()
    else:
        stored = _ON_DISK.get(kind, column.dtype.newbyteorder("<"))
        content = column.astype(stored, casting="unsafe", copy=False).tobytes()
    return _Column(name, kind, meaning, content)


def _page(column: _Column, count: int) -> bytes:
    size = len(column.content)
    return page_header(DATA_PAGE, size, size, data_head(count, PLAIN)) + column.content


def _chunk(column: _Column, start: int, size: int, count: int) -> Field:
    """Give what the footer says of a column's values."""
    said = {
        1: int32(column.kind),
        2: list_of([int32(PLAIN)]),
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
) -> bytes:
    size = int64(sum(len(column.content) for column in columns))
    return encode_footer(
        [schema_of(column.name, column.kind, column.meaning) for column in columns],
        [thrift_struct({1: list_of(chunks), 2: size, 3: int64(count)})],
        count,
        texts={key.encode(): text.encode() for key, text in texts.items()},
        written_by=b"bathyscope tables",
        root=b"table",
    )

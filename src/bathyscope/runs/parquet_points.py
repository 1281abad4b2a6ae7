"""Writes sorted points as Parquet, several times as fast as a general writer.

Steps, times and records are packed differences, values are split into their bytes, a name stands
once in each group of rows: nearly nothing is left for compression to do. The format is
https://parquet.apache.org/docs/file-format/, and DuckDB reads what is written here.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope import _native
from bathyscope.runs import outline_bytes, parquet
from bathyscope.runs.outline import Outline, outline_of
from bathyscope.runs.parquet_format import (
    BYTE_ARRAY,
    DATA_PAGE,
    DICTIONARY_PAGE,
    DOUBLE,
    INT64,
    MAGIC,
    PLAIN,
    RLE,
    UTF8,
    Field,
    data_head,
    encode_footer,
    page_header,
    schema_of,
)
from bathyscope.runs.points import Points, Rows
from bathyscope.runs.thrift import binary, int32, int64, list_of, varint
from bathyscope.runs.thrift import struct as thrift_struct

#: None where it was not compiled: then `parquet.write_pieces` is to be used.
COMPILED: Any = _native.load("_parquet", interface=3)

#: Whom the files name: `parquet_pages` reads what this wrote, and nothing else.
WRITTEN_BY = b"bathyscope"
#: Rows of which a reader that wants one metric has to read all or none.
_ROWS = 122_880
_DIFFERENCES, _DICTIONARY, _SPLIT = 5, 8, 9  # encodings
_SNAPPY = 1
_INT = struct.Struct("<q")
_COLUMNS = {
    "metric": BYTE_ARRAY,
    "step": INT64,
    "value": DOUBLE,
    "time_us": INT64,
    "record": INT64,
}


class _Column(NamedTuple):
    """A column of a group of rows, before it has a place in the file."""

    encoding: int
    content: bytes
    dictionary: bytes = b""
    dictionary_size: int = 0
    ends: tuple[bytes, bytes] | None = None  # the least and the greatest value


class _Chunk(NamedTuple):
    """What the footer says of a column of a group of rows."""

    field: Field
    size: int
    compressed_size: int


def write_points(path: Path, names: Sequence[str], counts: NDArray[np.int64], points: Rows) -> None:
    """Write points, metric by metric.

    Parameters
    ----------
    path : pathlib.Path
    names : sequence of str
        Sorted by their bytes.
    counts : array of int64, shape (n_names,)
        How many points each metric has.
    points : Rows
        Of all metrics, at least one.
    """
    ends = np.cumsum(counts)
    total = int(ends[-1])
    groups: list[Field] = []
    with path.open("wb") as file:
        file.write(MAGIC)
        for start in range(0, total, _ROWS):
            end = min(start + _ROWS, total)
            part = points.take(slice(start, end))
            first, last = np.searchsorted(ends, [start, end - 1], side="right").tolist()
            runs = np.diff(np.clip(ends[first : last + 1], start, end), prepend=start)
            columns = _columns(names[first : last + 1], runs.tolist(), part)
            groups.append(_write_group(file, columns, end - start))
        said = _write_outlines(file, _outlines(counts, points))
        file.write(_footer(total, groups, said))


def _outlines(counts: NDArray[np.int64], points: Rows) -> dict[int, Outline]:
    """Find what stands out of the long metrics, by their places among those with points."""
    sizes = counts[counts > 0]
    ends = np.cumsum(sizes)
    found: dict[int, Outline] = {}
    for place in np.flatnonzero(sizes >= outline_bytes.LEAST_POINTS).tolist():
        rows = slice(int(ends[place] - sizes[place]), int(ends[place]))
        steps, values, *_ = points.take(rows)
        if (steps[1:] > steps[:-1]).all():  # of several values at a step only one counts
            found[place] = outline_of(steps, values)
    return found


def _write_outlines(file: BinaryIO, outlines: dict[int, Outline]) -> dict[bytes, bytes]:
    """Write outlines, if there are any; give what the footer says of them."""
    if not outlines:
        return {}
    data = outline_bytes.outlines_to_bytes(outlines)
    start = file.tell()
    file.write(data)
    return {outline_bytes.KEY: f"{start} {len(data)}".encode()}


def _columns(names: Sequence[str], runs: Sequence[int], part: Points) -> list[_Column]:
    """Encode the columns, in the order of `_COLUMNS`."""
    return [
        _of_names(names, runs),
        _of_numbers(part.steps, has_ends=True),
        _Column(_SPLIT, COMPILED.split(np.ascontiguousarray(part.values))),
        _of_numbers(part.times_us),
        _of_numbers(part.records, has_ends=True),
    ]


def _of_names(names: Sequence[str], runs: Sequence[int]) -> _Column:
    """Give each name once, and how often each follows in turn."""
    encoded = [name.encode() for name in names]
    width = max(1, (len(names) - 1).bit_length())
    n_bytes = -(-width // 8)
    content = b"".join(
        varint(run << 1) + index.to_bytes(n_bytes, "little")
        for index, run in enumerate(runs)
        if run
    )
    return _Column(
        _DICTIONARY,
        bytes([width]) + content,
        dictionary=b"".join(struct.pack("<I", len(name)) + name for name in encoded),
        dictionary_size=len(encoded),
        ends=(encoded[0], encoded[-1]),
    )


def _of_numbers(numbers: NDArray[np.int64], *, has_ends: bool = False) -> _Column:
    packed = COMPILED.pack_differences(np.ascontiguousarray(numbers))
    ends = (_INT.pack(numbers.min()), _INT.pack(numbers.max())) if has_ends else None
    return _Column(_DIFFERENCES, packed, ends=ends)


def _write_group(file: BinaryIO, columns: Sequence[_Column], count: int) -> Field:
    """Write a group of rows; give what the footer says of it."""
    chunks = [
        _write_chunk(file, name, column, count)
        for name, column in zip(_COLUMNS, columns, strict=True)
    ]
    return thrift_struct(
        {
            1: list_of([chunk.field for chunk in chunks]),
            2: int64(sum(chunk.size for chunk in chunks)),
            3: int64(count),
            6: int64(sum(chunk.compressed_size for chunk in chunks)),
        }
    )


def _write_chunk(file: BinaryIO, name: str, column: _Column, count: int) -> _Chunk:
    start = file.tell()
    size = 0
    if column.dictionary:
        head = {1: int32(column.dictionary_size), 2: int32(PLAIN)}
        size += _write_page(file, DICTIONARY_PAGE, column.dictionary, {7: thrift_struct(head)})
    data_start = file.tell()
    size += _write_page(file, DATA_PAGE, column.content, data_head(count, column.encoding))
    compressed_size = file.tell() - start
    encodings = [column.encoding, RLE] + [PLAIN] * bool(column.dictionary)
    said = {
        1: int32(_COLUMNS[name]),
        2: list_of([int32(encoding) for encoding in encodings]),
        3: list_of([binary(name.encode())]),
        4: int32(_SNAPPY),
        5: int64(count),
        6: int64(size),
        7: int64(compressed_size),
        9: int64(data_start),
    }
    if column.dictionary:
        said[11] = int64(start)
    if column.ends:
        least, greatest = column.ends
        said[12] = thrift_struct({3: int64(0), 5: binary(greatest), 6: binary(least)})
    return _Chunk(thrift_struct({2: int64(start), 3: thrift_struct(said)}), size, compressed_size)


def _write_page(file: BinaryIO, kind: int, content: bytes, head: dict[int, Field]) -> int:
    """Write a page; give its size before compression, with its header."""
    compressed = COMPILED.compress(content)
    header = page_header(kind, len(content), len(compressed), head)
    file.write(header + compressed)
    return len(header) + len(content)


def _footer(count: int, groups: Sequence[Field], said: dict[bytes, bytes]) -> bytes:
    columns = [
        schema_of(name.encode(), kind, UTF8 if kind == BYTE_ARRAY else None)
        for name, kind in _COLUMNS.items()
    ]
    by_type = thrift_struct({1: thrift_struct({})})  # the order that least and greatest mean
    return encode_footer(
        columns,
        groups,
        count,
        texts={parquet.VERSION_KEY.encode(): str(parquet.VERSION).encode(), **said},
        written_by=WRITTEN_BY,
        root=b"points",
        orders=[by_type] * len(columns),
    )

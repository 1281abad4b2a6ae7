"""The words of Parquet's metadata that all writers here need: pages, columns, the end of a file.

See https://parquet.apache.org/docs/file-format/ and the numbers of fields in its parquet.thrift.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from bathyscope.runs.thrift import Field, binary, int32, int64, list_of
from bathyscope.runs.thrift import struct as thrift_struct

MAGIC = b"PAR1"
BOOLEAN, INT32, INT64, FLOAT, DOUBLE, BYTE_ARRAY = 0, 1, 2, 4, 5, 6  # types
PLAIN, RLE = 0, 3  # encodings
DATA_PAGE, DICTIONARY_PAGE = 0, 2
#: What bytes mean that are text.
UTF8 = 0
_VERSION = 2


def page_header(kind: int, size: int, compressed_size: int, head: Mapping[int, Field]) -> bytes:
    """Give what stands before a page of so many bytes; its own head, by its field."""
    fields = {1: int32(kind), 2: int32(size), 3: int32(compressed_size), **head}
    return thrift_struct(fields).content


def data_head(count: int, encoding: int) -> dict[int, Field]:
    """Give the head of a page of values of which none is missing."""
    head = {1: int32(count), 2: int32(encoding), 3: int32(RLE), 4: int32(RLE)}
    return {5: thrift_struct(head)}


def schema_of(name: bytes, kind: int, meaning: int | None = None) -> Field:
    """Describe a column of which no value is missing."""
    fields = {1: int32(kind), 3: int32(0), 4: binary(name)}
    if meaning is not None:
        fields[6] = int32(meaning)
    if meaning == UTF8:  # again, in the words of newer readers
        fields[10] = thrift_struct({1: thrift_struct({})})
    return thrift_struct(fields)


def encode_footer(
    columns: Sequence[Field],
    groups: Sequence[Field],
    count: int,
    *,
    texts: Mapping[bytes, bytes],
    written_by: bytes,
    root: bytes,
    orders: Sequence[Field] = (),
) -> bytes:
    """Give the end of a file, with its length and the mark.

    Parameters
    ----------
    columns : sequence of Field
        As `schema_of` gives them.
    groups : sequence of Field
        Of rows.
    count : int
        Of all rows.
    texts : mapping of bytes to bytes
        What the file says beside them.
    written_by, root : bytes
    orders : sequence of Field
        Of the least and the greatest values, for each column; empty where none are told.
    """
    top = thrift_struct({4: binary(root), 5: int32(len(columns))})
    pairs = [thrift_struct({1: binary(key), 2: binary(text)}) for key, text in texts.items()]
    fields = {
        1: int32(_VERSION),
        2: list_of([top, *columns]),
        3: int64(count),
        4: list_of(groups),
        5: list_of(pairs),
        6: binary(written_by),
    }
    if orders:
        fields[7] = list_of(orders)
    footer = thrift_struct(fields).content
    return footer + struct.pack("<I", len(footer)) + MAGIC

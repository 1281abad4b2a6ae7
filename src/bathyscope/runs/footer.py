"""What the end of a Parquet file says of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from bathyscope.runs.parquet_format import MAGIC
from bathyscope.runs.thrift import read_struct

_TAIL = 8
#: Read at once: most footers are shorter.
_GUESS = 1 << 14


class Footer(NamedTuple):
    """The metadata of a file, by the numbers of its fields in Parquet's own description.

    Parameters
    ----------
    groups : list of dict
        What is said of each group of rows.
    texts : dict of bytes to bytes
        Keys and values that whoever wrote it has added.
    written_by : bytes
    """

    groups: list[dict[int, Any]]
    texts: dict[bytes, bytes]
    written_by: bytes


def read_footer(path: Path) -> Footer:
    """Read the metadata of a Parquet file.

    Raises
    ------
    ValueError
        If it is none.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _GUESS))
        end = file.read()
        length = int.from_bytes(end[-_TAIL:-4], "little") + _TAIL
        if not end.endswith(MAGIC) or length > size:
            raise ValueError("it is no Parquet file")
        if length > len(end):
            file.seek(size - length)
            end = file.read()
    said, _ = read_struct(end[len(end) - length : -_TAIL])
    texts = {pair[1]: pair.get(2, b"") for pair in said.get(5, ())}
    return Footer(said.get(4, []), texts, said.get(6, b""))

"""The bytes of a journal.

::

    header   8s magic | u32 version | u32 crc32 of the 12 bytes before
    record   4s sync  | u32 crc32 of the rest | u32 length of payload | u32 kind | payload
    NAME     u32 number | the metric's name in UTF-8
    VALUES   u32 number of a metric ... | i64 step | i64 microseconds since 1970 | f64 value ...

All little-endian. The sync bytes never occur in UTF-8, so a reader finds the next record after
damage. A name is written twice, so that one damaged byte does not lose it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple
from zlib import crc32

MAGIC = b"BSJOURNL"
VERSION = 1
SYNC = b"\xff\xfeBS"
NAME = 1
VALUES = 2
HEADER = struct.Struct("<8sII")
RECORD = struct.Struct("<4sIII")
NUMBER = struct.Struct("<I")
MOMENT_BYTES = 16
VALUE_BYTES = 12
LONGEST_PAYLOAD = 1 << 24
MOST_VALUES = 1 << 20

_FRAME = struct.Struct("<II")


class Layout(NamedTuple):
    """What is the same in all records of one sequence of metrics."""

    fixed: bytes  # length, kind and numbers
    fixed_check: int
    pack: Callable[..., bytes]  # step, time, values
    pack_start: Callable[[bytes, int, bytes], bytes]  # sync, checksum, fixed

    def record(self, moved: bytes) -> bytes:
        """Give the whole record around the packed step, time and values."""
        return self.pack_start(SYNC, crc32(moved, self.fixed_check), self.fixed) + moved


def lay_out(numbers: list[int]) -> Layout:
    """Give the layout of records of the metrics that have these numbers."""
    count = len(numbers)
    frame = _FRAME.pack(MOMENT_BYTES + VALUE_BYTES * count, VALUES)
    fixed = frame + struct.pack(f"<{count}I", *numbers)
    return Layout(
        fixed,
        crc32(fixed),
        struct.Struct(f"<qq{count}d").pack,
        struct.Struct(f"<4sI{len(fixed)}s").pack,
    )


def header() -> bytes:
    """Give the first 16 bytes of a journal."""
    start = HEADER.pack(MAGIC, VERSION, 0)[:12]
    return start + NUMBER.pack(crc32(start))


def define(numbers: Mapping[str, int]) -> bytes:
    """Give the records that define the numbers of names."""
    records = (_frame(NAME, NUMBER.pack(k) + name.encode()) for name, k in numbers.items())
    return b"".join(record * 2 for record in records)


def _frame(kind: int, payload: bytes) -> bytes:
    body = _FRAME.pack(len(payload), kind) + payload
    return SYNC + NUMBER.pack(crc32(body)) + body

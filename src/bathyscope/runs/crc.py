"""CRC32 of many records of one length at once."""

from __future__ import annotations

import functools
import zlib

import numpy as np
from numpy.typing import NDArray


def crc32_of_rows(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Give what `zlib.crc32` gives for each row.

    Parameters
    ----------
    rows : array of shape (n_rows, length), uint8

    Returns
    -------
    array of shape (n_rows,), uint32
    """
    length = rows.shape[1]
    checks = np.full(len(rows), zlib.crc32(bytes(length)), np.uint32)
    for column, table in zip(rows.T, _tables(length), strict=True):
        checks ^= table[column]
    return checks


@functools.lru_cache(maxsize=32)
def _tables(length: int) -> NDArray[np.uint32]:
    """Give what each byte at each place changes in the CRC32 of zeros: shape (length, 256).

    A CRC32 is linear: what two bytes change together is what each changes alone, by XOR.
    """
    single = np.array([zlib.crc32(bytes([byte])) for byte in range(256)], np.uint32)
    last = single ^ single[0]
    tables = np.empty((length, 256), np.uint32)
    table = last
    for place in reversed(range(length)):
        tables[place] = table
        table = (table >> np.uint32(8)) ^ last[table & np.uint32(0xFF)]
    return tables

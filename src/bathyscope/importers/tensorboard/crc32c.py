"""CRC32C (Castagnoli) of many records at once, in NumPy.

Event files carry one for every record, and most records are some fifty bytes long: a compiled
checksum called once per record would mostly measure the call. A CRC is linear, so that what
every byte changes depends only on its distance from the end: one table look-up per byte place
does all records of a block together.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
Bytes = NDArray[np.uint8]

_POLYNOMIAL = 0x82F63B78
_ONES = np.uint32(0xFFFFFFFF)
#: Longer records are cut into rows of this many bytes, whose checks are then folded.
_ROW = 256
#: What so few zeros give is worked out once.
_SHORT = 4096
#: Rows worked on together, so that they stay in the processor's cache.
_FEW = 4096
_MOST_BYTES = 1 << 23


def masked(checks: Words) -> Words:
    """Mask checksums as TensorFlow's record files do."""
    return ((checks >> np.uint32(15)) | (checks << np.uint32(17))) + np.uint32(0xA282EAD8)


def crc32c(buffer: Bytes, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Words:
    """Give the CRC32C of pieces of a buffer.

    Parameters
    ----------
    buffer : array of shape (n_bytes,), uint8
    starts, lengths : array of shape (n_pieces,), int64
        Where each piece lies; all within the buffer.

    Returns
    -------
    array of shape (n_pieces,), uint32
    """
    checks = np.zeros(len(starts), np.uint32)
    alike = groups(lengths)
    distinct = np.array([lengths[where[0]] for where in alike], np.int64)
    for where, length, zeros in zip(alike, distinct.tolist(), _of_zeros(distinct), strict=True):
        if 0 < length <= _ROW:
            checks[where] = _of_rows(rows_of(buffer, starts[where], length))
        checks[where] ^= zeros
    if not len(distinct) or distinct[-1] <= _ROW:
        return checks
    n_rows = _n_rows(lengths)
    for count in np.unique(n_rows[lengths > _ROW]).tolist():
        where = np.flatnonzero((n_rows == count) & (lengths > _ROW))
        few = max(1, _MOST_BYTES // (count * _ROW))
        for first in range(0, len(where), few):
            part = where[first : first + few]
            checks[part] ^= _of_long(buffer, starts[part], lengths[part], count)
    return checks


def groups(keys: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """Give where each distinct key stands, smallest key first."""
    if len(keys) and (keys == keys[0]).all():
        return [np.arange(len(keys))]
    order = np.argsort(keys, kind="stable")
    ends = np.flatnonzero(np.diff(keys[order])) + 1
    return [part for part in np.split(order, ends) if len(part)]


def _n_rows(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give how many rows pieces are padded to: a power of two."""
    rows = np.maximum(-(-lengths // _ROW), 1)
    return np.int64(1) << np.ceil(np.log2(rows)).astype(np.int64)


def rows_of(buffer: Bytes, starts: NDArray[np.int64], length: int) -> Bytes:
    """Copy pieces of one length into the rows of a matrix."""
    return np.lib.stride_tricks.sliding_window_view(buffer, length)[starts]


def _of_rows(rows: Bytes) -> Words:
    """Give the linear part of the checksum of each row of at most `_ROW` bytes."""
    length = rows.shape[1]
    tables = _byte_tables()[_ROW - length :]
    checks = np.zeros(len(rows), np.uint32)
    for first in range(0, len(rows), _FEW):
        few = checks[first : first + _FEW]
        columns = rows[first : first + _FEW].T.astype(np.intp, order="C")
        change = np.empty_like(few)
        for column, table in zip(columns, tables, strict=True):
            table.take(column, out=change, mode="clip")
            few ^= change
    return checks


def _of_long(
    buffer: Bytes, starts: NDArray[np.int64], lengths: NDArray[np.int64], n_rows: int
) -> Words:
    """Give the linear part of the checksum of pieces longer than a row."""
    # Zeros before a piece change nothing in the linear part.
    padded = np.zeros((len(starts), n_rows * _ROW), np.uint8)
    for row, start, length in zip(padded, starts.tolist(), lengths.tolist(), strict=True):
        row[-length:] = buffer[start : start + length]
    checks = _of_rows(padded.reshape(-1, _ROW))
    level = _ROW.bit_length() - 1
    while len(checks) > len(starts):
        checks = _apply(_shift_tables(level), checks[0::2]) ^ checks[1::2]
        level += 1
    return checks


def _of_zeros(lengths: NDArray[np.int64]) -> Words:
    """Give the checksums of zeros: what the initial value leaves."""
    if not len(lengths) or lengths.max() >= _SHORT:
        return _shifted_ones(lengths)
    return _of_few_zeros()[lengths]


@functools.cache
def _of_few_zeros() -> Words:
    return _shifted_ones(np.arange(_SHORT))


def _shifted_ones(lengths: NDArray[np.int64]) -> Words:
    return _shift(np.full(len(lengths), _ONES), lengths) ^ _ONES


def _shift(checks: Words, lengths: NDArray[np.int64]) -> Words:
    """Give what checks become when so many zero bytes follow."""
    shifted = checks
    for level in range(int(lengths.max(initial=0)).bit_length()):
        is_set = (lengths >> level & 1).astype(bool)
        shifted = np.where(is_set, _apply(_shift_tables(level), shifted), shifted)
    return shifted


def _apply(tables: Words, checks: Words) -> Words:
    parts = checks[:, np.newaxis] >> np.arange(0, 32, 8, dtype=np.uint32) & np.uint32(0xFF)
    return np.bitwise_xor.reduce(tables[np.arange(4), parts], axis=1)


@functools.cache
def _single_table() -> Words:
    """Give what one byte changes if it is the last."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)


@functools.cache
def _byte_tables() -> Words:
    """Give what a byte changes at each place of a row: shape (_ROW, 256), last place last."""
    single = _single_table()
    tables = np.empty((_ROW, 256), np.uint32)
    tables[-1] = single
    for place in range(_ROW - 2, -1, -1):
        later = tables[place + 1]
        tables[place] = later >> np.uint32(8) ^ single[later & np.uint32(0xFF)]
    return tables


@functools.cache
def _shift_tables(level: int) -> Words:
    """Give what ``2**level`` zero bytes make of each byte of a check: shape (4, 256)."""
    if level:
        half = _shift_tables(level - 1)
        return np.stack([_apply(half, row) for row in half])
    single = _single_table()
    words = np.arange(256, dtype=np.uint32) << np.arange(0, 32, 8, dtype=np.uint32)[:, np.newaxis]
    return words >> np.uint32(8) ^ single[words & np.uint32(0xFF)]

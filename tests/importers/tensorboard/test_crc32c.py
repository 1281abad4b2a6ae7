"""Checksums of many records at once equal the bit-by-bit definition."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bathyscope.importers.tensorboard.crc32c import crc32c, masked


def test_check_value_of_the_standard() -> None:
    data = np.frombuffer(b"123456789", np.uint8)
    (check,) = crc32c(data, np.array([0]), np.array([9]))
    assert check == 0xE3069283  # RFC 3720, B.4 and the catalogue of CRCs


@pytest.mark.parametrize("scale", [1, 256, 3000])
def test_pieces_of_all_lengths(
    scale: int, rng: np.random.Generator, masked_crc: Callable[[bytes], int]
) -> None:
    data = rng.integers(0, 256, 20_000, dtype=np.uint8)
    edges = np.array([0, 1, 7, 8, 255, 256, 257, 511, 512, 513, 1024, 1025])
    lengths = np.concatenate([edges, rng.integers(0, scale + 1, 30)])
    starts = rng.integers(0, 20_000 - lengths)
    wanted = [
        masked_crc(data[start : start + length].tobytes())
        for start, length in zip(starts, lengths, strict=True)
    ]
    assert masked(crc32c(data, starts, lengths)).tolist() == wanted


def test_one_long_piece(rng: np.random.Generator, masked_crc: Callable[[bytes], int]) -> None:
    data = rng.integers(0, 256, 100_001, dtype=np.uint8)
    given = masked(crc32c(data, np.array([1]), np.array([100_000])))
    assert given.tolist() == [masked_crc(data[1:].tobytes())]

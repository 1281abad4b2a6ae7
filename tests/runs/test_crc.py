from __future__ import annotations

import zlib

import numpy as np
import pytest

from bathyscope.runs.crc import crc32_of_rows


@pytest.mark.parametrize("length", [1, 2, 24, 37, 512])
def test_the_checksums_of_rows_are_those_of_zlib(length):
    rows = np.random.default_rng(length).integers(0, 256, (200, length), dtype=np.uint8)
    rows[0], rows[1] = 0, 255
    np.testing.assert_array_equal(crc32_of_rows(rows), [zlib.crc32(row.tobytes()) for row in rows])


def test_no_rows_have_no_checksums():
    assert crc32_of_rows(np.empty((0, 24), np.uint8)).shape == (0,)

from __future__ import annotations

import numpy as np
import pytest

from bathyscope.figures.pooling import pooled, pooled_remark


def test_small_matrices_are_not_touched():
    values = np.eye(5)
    same, block = pooled(values, (5, 5), signed=False)
    assert same is values
    assert block == (1, 1)


def test_blocks_keep_their_largest_value():
    values = np.arange(36.0).reshape(6, 6)
    small, block = pooled(values, (3, 2), signed=False)
    assert block == (2, 3)
    expected = [[values[r : r + 2, c : c + 3].max() for c in (0, 3)] for r in (0, 2, 4)]
    assert small.tolist() == expected


def test_signed_blocks_keep_the_largest_magnitude_with_its_sign():
    small, _ = pooled(np.array([[1.0, -5.0], [2.0, 3.0]]), (1, 1), signed=True)
    assert small.tolist() == [[-5.0]]


def test_one_confusion_among_a_million_is_kept():
    values = np.zeros((1000, 1000))
    values[123, 877] = 1.0
    small, block = pooled(values, (400, 400), signed=False)
    assert small.sum() == 1.0
    assert small[123 // block[0], 877 // block[1]] == 1.0


def test_nan_yields_to_numbers_and_partial_blocks_are_kept():
    values = np.full((3, 3), np.nan)
    values[0, 0], values[2, 2] = -1.0, 7.0
    small, _ = pooled(values, (2, 2), signed=False)
    assert small[0, 0] == -1.0
    assert small[1, 1] == 7.0
    assert np.isnan(small[0, 1])


@pytest.mark.parametrize("kind", ["sequential", "signed"])
def test_pooling_is_said(kind):
    assert "1,000 × 1,000 cells" in pooled_remark((1000, 1000), (2, 2), kind)

"""Pictures that were only turned, mirrored and moved come back to where they were."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from bathyscope.views._aligning import Placed, aligned, starting_places


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_a_turned_mirrored_moved_copy_comes_back(dimensions, seed) -> None:
    rng = np.random.default_rng(seed)
    before = rng.normal(size=(50, dimensions)) * [3, 2, 1][:dimensions]
    turn = np.linalg.qr(rng.normal(size=(dimensions, dimensions)))[0]
    now = before @ turn + rng.normal(size=dimensions)
    ids = rng.permutation(50)
    found = aligned(now[ids], ids, Placed(np.arange(50), before))
    np.testing.assert_allclose(found, before[ids], atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_turn_is_scipys(seed) -> None:
    rng = np.random.default_rng(seed)
    before, now = rng.normal(size=(2, 30, 3))
    found = aligned(now, np.arange(30), Placed(np.arange(30), before))
    centred, target = now - now.mean(axis=0), before - before.mean(axis=0)
    turn, _ = orthogonal_procrustes(centred, target)
    np.testing.assert_allclose(found, centred @ turn + before.mean(axis=0), atol=1e-12)
    # Nothing is stretched, and no other turn comes nearer.
    np.testing.assert_allclose(np.linalg.norm(found[1:] - found[:-1], axis=1),
                               np.linalg.norm(now[1:] - now[:-1], axis=1))  # fmt: skip
    best = np.linalg.norm(found - before)
    for _ in range(20):
        other = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        assert np.linalg.norm(centred @ other + before.mean(axis=0) - before) >= best - 1e-9


def test_samples_are_matched_by_their_ids_and_new_ones_follow() -> None:
    before = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    now = np.array([[0.0, -5.0], [0.0, 0.0], [2.0, 0.0], [0.0, -1.0]])
    found = aligned(now, np.array([9, 0, 2, 1]), Placed(np.arange(3), before))
    np.testing.assert_allclose(found, [[5, 0], [0, 0], [0, 2], [1, 0]], atol=1e-12)
    alone = aligned(now, np.array([7, 8, 9, 10]), Placed(np.arange(3), before))
    np.testing.assert_array_equal(alone, now)


def test_what_was_there_begins_where_it_was() -> None:
    before = Placed(np.array([5, 3]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    found = starting_places(np.array([3, 4, 5]), before)
    np.testing.assert_array_equal(found[[0, 2]], [[3, 4], [1, 2]])
    np.testing.assert_allclose(found[1], [2, 3], atol=0.02)

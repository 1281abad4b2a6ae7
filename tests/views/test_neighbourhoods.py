"""Neighbours and how well pictures keep them equal what scikit-learn finds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from bathyscope.views._neighbourhoods import distances, kept, nearest, nearest_of_all


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("seed", range(5))
def test_nearest_are_exact(metric, seed) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(80, 7)) + 5
    known = NearestNeighbors(n_neighbors=11, metric=metric).fit(vectors)
    apart, rows = known.kneighbors(vectors)
    for row in range(0, 80, 9):
        found, far = nearest(vectors, row, count=10, metric=metric)
        assert found.tolist() == rows[row, 1:].tolist()
        np.testing.assert_allclose(far, apart[row, 1:], atol=1e-12)


def test_of_equal_distances_the_first_comes_first_and_none_is_its_own_neighbour() -> None:
    found, far = nearest(np.array([[0.0], [0.0], [1.0], [0.0]]), 1, count=9)
    assert found.tolist() == [0, 3, 2]
    assert far.tolist() == [0, 0, 1]


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("n", [1, 2, 5, 600])
def test_the_neighbours_of_all_are_those_of_each(metric, n) -> None:
    """Far from 0, where products of numbers tell nothing of small differences."""
    rng = np.random.default_rng(n)
    vectors = (rng.normal(size=(n, 6)) + 1000).astype(np.float32)
    vectors[n // 2] = 0
    rows, apart = nearest_of_all(vectors, count=8, metric=metric)
    assert rows.shape == apart.shape == (n, min(8, n - 1))
    for row in range(0, n, 7):
        found, far = nearest(vectors, row, count=8, metric=metric)
        np.testing.assert_array_equal(apart[row], far)
        assert np.array_equal(rows[row], found) or len(np.unique(far)) < len(far)
    with pytest.raises(ValueError, match="`count` must be at least 1"):
        nearest_of_all(vectors, count=0)


def test_small_angles_are_told_apart() -> None:
    angles = np.array([0.0, 1e-7, 2e-7])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(
        distances(vectors, vectors[0], "cosine"), angles**2 / 2, rtol=1e-6, atol=1e-30
    )


def test_zeros_have_no_direction() -> None:
    vectors = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert distances(vectors, vectors[1], "cosine").tolist() == [1, 0]
    assert distances(vectors, vectors[0], "cosine").tolist() == [1, 1]


@pytest.mark.parametrize(
    ("count", "row", "metric", "message"),
    [
        (0, 0, "euclidean", "`count` must be at least 1; got 0"),
        (1, 3, "euclidean", "`row` must lie in 0 .. 2; got 3"),
        (1, 0, "city", "`metric` must be one of 'euclidean', 'cosine'"),
    ],
)
def test_bad_input_is_refused(count, row, metric, message) -> None:
    with pytest.raises(ValueError, match=message):
        nearest(np.eye(3), row, count=count, metric=metric)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("near", [1, 5, 20])
def test_trustworthiness_and_continuity_equal_scikit_learns(seed, near) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(70, 9)) + 1000
    positions = vectors[:, :2] + rng.normal(size=(70, 2)) * 0.5
    found = kept(vectors, positions, n_neighbors=near, seed=0)
    assert found.trustworthiness == pytest.approx(
        trustworthiness(vectors, positions, n_neighbors=near), abs=1e-12
    )
    assert found.continuity == pytest.approx(
        trustworthiness(positions, vectors, n_neighbors=near), abs=1e-12
    )
    assert found.n_judged == 70


def test_a_picture_that_is_the_truth_is_perfect_and_a_torn_one_is_not_continuous() -> None:
    line = np.arange(40.0)[:, None]
    same = kept(line, line, n_neighbors=3, seed=0)
    assert (same.trustworthiness, same.continuity) == (1, 1)
    # A circle cut open and laid out: neighbours are true, but those at the cut are missing.
    angle = 2 * np.pi * np.arange(40) / 40
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 1e-6 * line
    torn = kept(circle, line, n_neighbors=4, seed=0)
    assert torn.trustworthiness > torn.continuity
    assert torn.trustworthiness > 0.97


def test_of_many_samples_some_are_judged() -> None:
    vectors = np.random.default_rng(0).normal(size=(2300, 3))
    found = kept(vectors, vectors[:, :2], n_neighbors=5, seed=4)
    chosen = np.sort(np.random.default_rng(4).choice(2300, 2000, replace=False))
    known = trustworthiness(vectors[chosen], vectors[chosen][:, :2], n_neighbors=5)
    assert found.n_judged == 2000
    assert found.trustworthiness == pytest.approx(known, abs=1e-12)

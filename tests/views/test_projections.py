"""Principal components of tables of many rows, which are found without the whole table at once."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from bathyscope.figures import Points
from bathyscope.figures.web.packing import pack
from bathyscope.views import feature_vectors
from bathyscope.views._projections import Pca


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_many_rows_of_few_features_equal_scikit_learns(offset: float) -> None:
    rng = np.random.default_rng(3)
    mixed = rng.normal(size=(70_000, 3)) * [3.0, 1.0, 0.2] @ rng.normal(size=(3, 3))
    vectors = (mixed + offset).astype(np.float32)
    known = PCA(3, svd_solver="full").fit(vectors.astype(np.float64))
    found = Pca.fit(vectors, 3)
    np.testing.assert_allclose(found.mean, known.mean_, rtol=1e-12)
    np.testing.assert_allclose(np.abs(found.directions @ known.components_.T), np.eye(3), atol=1e-8)
    np.testing.assert_allclose(found.shares(vectors), known.explained_variance_ratio_, rtol=1e-8)
    np.testing.assert_allclose(found.own_shares, known.explained_variance_ratio_, rtol=1e-8)
    places = (vectors.astype(np.float64) - known.mean_) @ found.directions.T
    np.testing.assert_allclose(found.transform(vectors), places, atol=1e-9 * np.abs(places).max())


@pytest.mark.parametrize("small", [1e-3, 1e-7, 0.0])
def test_directions_of_tiny_variance_are_exact_too(small: float) -> None:
    rng = np.random.default_rng(4)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    scores = rng.normal(size=(4000, 4)) * [1.0, small, small, 0.0]
    vectors = scores @ turn
    found = Pca.fit(vectors, 2)
    assert abs(found.directions[0] @ turn[0]) == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(2), atol=1e-9)
    if small:
        known = np.linalg.svd(vectors - vectors.mean(axis=0))[2][1]
        assert abs(found.directions[1] @ known) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("shape", [(50, 8), (8, 50), (300, 280), (290, 2100), (2300, 2200), (3, 2)])
def test_their_own_shares_are_those_of_the_vectors_they_were_found_from(
    shape: tuple[int, int],
) -> None:
    vectors = np.random.default_rng(6).normal(size=shape) * np.exp(-np.arange(shape[1]) / 4)
    found = Pca.fit(vectors, 2)
    np.testing.assert_allclose(found.own_shares, found.shares(vectors), rtol=1e-9)


def test_some_components_are_those_of_all() -> None:
    vectors = np.random.default_rng(5).normal(size=(500, 6)) * np.arange(6, 0, -1)
    every = Pca.fit(vectors, 4)
    some = every.only([3, 0])
    np.testing.assert_array_equal(some.transform(vectors), every.transform(vectors)[:, [3, 0]])
    np.testing.assert_allclose(some.shares(vectors), every.shares(vectors)[[3, 0]], rtol=1e-12)


def test_equal_vectors_have_no_variance() -> None:
    found = Pca.fit(np.full((2000, 3), 7.5), 2)
    assert np.isnan(found.own_shares).all()
    assert np.isnan(found.shares(np.full((2000, 3), 7.5))).all()
    np.testing.assert_array_equal(found.transform(np.full((3, 3), 7.5)), np.zeros((3, 2)))


@pytest.mark.parametrize("scale", [1.0, 3e38])
def test_maps_of_single_precision_are_drawn_in_it_where_it_holds_them(scale: float) -> None:
    vectors = (np.random.default_rng(7).uniform(-1, 1, size=(300, 40)) * scale).astype(np.float32)
    vectors[0] = scale  # far from the others: sqrt(40) times the largest entry
    view = feature_vectors(vectors)
    exact = view.projected.positions
    drawn = view.figure().panels[0].marks[0]
    assert isinstance(drawn, Points)
    kind = np.float32 if scale == 1 else np.float64
    np.testing.assert_array_equal(drawn.x, exact[:, 0].astype(kind))
    assert pack(drawn.x).stored == ("f4" if scale == 1 else "f8")
    doubles = feature_vectors(vectors.astype(np.float64) / 3).figure().panels[0].marks[0]
    assert isinstance(doubles, Points)
    assert pack(doubles.x).stored == "f8"

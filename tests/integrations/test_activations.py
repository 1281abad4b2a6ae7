from __future__ import annotations

import numpy as np
import pytest

from bathyscope.integrations.activations import activation_scalars, describe
from bathyscope.integrations.histograms import BINS, histogram_row, histogram_table, table_of_arrays
from bathyscope.models import Layer


def test_units_that_are_zero_for_every_sample_are_dead(rng):
    hidden = np.maximum(rng.normal(size=(20, 10)), 0).astype(np.float32)
    hidden[:, [2, 7]] = 0
    mean, std, zeros, nonfinite, dead = describe(hidden, unit_axis=-1)
    assert dead == pytest.approx(0.2)
    assert zeros == pytest.approx(np.sum(hidden == 0) / 200)
    assert (mean, std) == (pytest.approx(hidden.mean(), rel=1e-5), pytest.approx(hidden.std()))
    assert nonfinite == 0


@pytest.mark.parametrize(("framework", "axis"), [("torch", 1), ("keras (jax)", 3)])
def test_a_channel_of_a_feature_map_is_one_unit(framework, axis):
    maps = np.ones((4, 5, 5, 5), dtype=np.float32)
    np.moveaxis(maps, axis, 0)[3] = 0  # one channel of five
    maps[0] = 0
    found = activation_scalars({"conv": maps}, [Layer("conv", "Conv2d")], framework)
    assert found["activation_dead/conv"] == pytest.approx(0.2)
    assert found["activation_zeros/conv"] == pytest.approx(0.25 + 0.75 * 0.2)


def test_what_is_not_finite_is_counted():
    found = describe(np.array([[1.0, np.nan], [np.inf, 0.0]]), unit_axis=-1)
    assert np.isnan(found[0])
    assert found[3] == 2


def test_histograms_are_those_of_numpy(rng):
    arrays = {"a": rng.normal(size=(30, 7)), "b": np.full(5, 2.5), "c": np.array([np.nan, 1, 3])}
    table = table_of_arrays(arrays)
    for name, array in arrays.items():
        finite = array[np.isfinite(array)]
        counts, edges = np.histogram(finite, bins=BINS)
        rows = np.array(table["tensor"]) == name
        np.testing.assert_array_equal(table["count"][rows], counts[counts > 0])
        np.testing.assert_allclose(table["left"][rows], edges[:-1][counts > 0], atol=1e-12)
        np.testing.assert_allclose(table["right"][rows], edges[1:][counts > 0], atol=1e-12)


def test_empty_bins_are_left_out():
    table = histogram_table(["x"], histogram_row(np.array([0.0, 1.0]))[None])
    assert table["count"].tolist() == [1, 1]

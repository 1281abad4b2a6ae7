"""What is computed of many tensors side by side is what NumPy computes of each."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bathyscope.integrations.histograms import histogram_row

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.keras
keras_rows = pytest.importorskip("bathyscope.integrations.keras_rows")
from bathyscope.integrations import keras_histograms, keras_statistics  # noqa: E402

SHAPES = {
    "small and large": [(3, 4), (40, 50), (7,), (1,), (300,), (16, 16)],
    "one": [(5, 3)],
    "all small": [(2,), (257,), (256,), (2, 2, 2), (1,)],
}


@pytest.fixture(params=["", "in tables of 512"])
def tables(request, monkeypatch):
    """Also in several tables."""
    if request.param:
        monkeypatch.setattr(keras_rows, "MANY", 512)


def arrays_of(kind, rng):
    arrays = [rng.normal(1.0, 2.0, size=shape).astype("float32") for shape in SHAPES[kind]]
    arrays[0].flat[1] = 0.0
    arrays[-1].flat[0] = -3.0
    return arrays


def on_device(arrays):
    return [keras.ops.convert_to_tensor(array) for array in arrays]


def computed(function, *lists):
    found = keras_statistics.compiled(function)(*map(on_device, lists))
    parts = found if isinstance(found, tuple) else (found,)
    return [np.array(keras.ops.convert_to_numpy(part)) for part in parts]


def statistics_by_numpy(array):
    wide = array.astype(np.float64)
    nonfinite = np.count_nonzero(~np.isfinite(array))
    return [np.linalg.norm(wide), wide.mean(), wide.std(), (array == 0).mean(), nonfinite]


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("kind", SHAPES)
def test_statistics_are_those_of_numpy(rng, kind):
    arrays = arrays_of(kind, rng)
    (found,) = computed(lambda x: keras_statistics.statistics(x, "float32"), arrays)
    expected = np.array([statistics_by_numpy(array) for array in arrays])
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-6)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("kind", SHAPES)
def test_norms_of_differences_are_those_of_numpy(rng, kind):
    arrays, others = arrays_of(kind, rng), arrays_of(kind, rng)
    (found,) = computed(
        lambda x, y: keras_statistics.difference_norms(x, y, "float32"), arrays, others
    )
    expected = [np.linalg.norm(a - b) for a, b in zip(arrays, others, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=2e-6)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("kind", SHAPES)
def test_histograms_are_those_of_numpy(rng, kind):
    arrays = arrays_of(kind, rng)
    ends, counts = computed(lambda x: keras_histograms.histograms(x, "float32"), arrays)
    expected = np.array([histogram_row(array) for array in arrays])
    np.testing.assert_allclose(ends, expected[:, :2], rtol=1e-6)
    assert counts.sum(1).tolist() == [array.size for array in arrays]
    off = np.abs(counts - expected[:, 2:]).sum(1)
    assert off.max() <= 4  # on an edge, rounding may decide


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_with_its_tensor(rng, bad):
    arrays = arrays_of("small and large", rng)
    arrays[2][3] = bad
    (table,) = computed(lambda x: keras_statistics.statistics(x, "float32"), arrays)
    assert not np.isfinite(table[2, :3]).any()
    assert table[:, 4].tolist() == [0, 0, 1, 0, 0, 0]
    assert np.isfinite(np.delete(table, 2, axis=0)).all()
    ends, counts = computed(lambda x: keras_histograms.histograms(x, "float32"), arrays)
    assert counts.sum(1).tolist() == [12, 2000, 6, 1, 300, 256]
    kept = np.delete(arrays[2], 3)
    np.testing.assert_allclose(ends[2], [kept.min(), kept.max()])


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch counts by other means")
def test_an_empty_tensor_costs_the_others_nothing():
    arrays = [np.zeros((0, 3), "float32"), np.arange(4, dtype="float32"), np.ones(2, "float32")]
    (table,) = computed(lambda x: keras_statistics.statistics(x, "float32"), arrays)
    assert table.tolist()[0] == [0, 0, 0, 0, 0]
    np.testing.assert_allclose(table[1], statistics_by_numpy(arrays[1]), rtol=1e-6)
    _, counts = computed(lambda x: keras_histograms.histograms(x, "float32"), arrays)
    assert counts.sum(1).tolist() == [0, 4, 2]


def test_tables_are_bounded_and_large_tensors_are_not_copied():
    many, width = keras_rows.MANY, keras_rows.WIDTH
    sizes = [many // 2, 10, many // 2, many + 1, *[5] * 1000, many // 2, many // 2]
    groups = keras_rows.groups_of(sizes)
    assert sorted(itertools.chain(*groups)) == list(range(len(sizes)))
    assert [3] in groups
    for group in groups:
        assert len(group) == 1 or sum(-(-sizes[i] // width) * width for i in group) <= many
    assert len(groups) <= 5
    assert keras_rows.groups_of([401_408, 512, 5120, 10]) == [[0], [1, 2, 3]]

"""Moments and histograms, held against NumPy's own and exact sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bathyscope.runs import distribution
from bathyscope.runs.distribution import distribution_of

COMPILED = distribution.COMPILED


@pytest.fixture(
    params=[
        "python",
        pytest.param(
            "compiled", marks=pytest.mark.skipif(COMPILED is None, reason="was not compiled here")
        ),
    ]
)
def twin(request, monkeypatch):
    monkeypatch.setattr(distribution, "COMPILED", COMPILED if request.param == "compiled" else None)


def _check(values, found, *, bins):
    wide = np.asarray(values, np.float64).ravel()
    finite = wide[np.isfinite(wide)]
    assert found.size == wide.size
    assert found.finite == finite.size
    assert found.zeros == (wide == 0).sum()
    assert found.nans == np.isnan(wide).sum()
    assert found.positive_infs == (wide == np.inf).sum()
    assert found.negative_infs == (wide == -np.inf).sum()
    assert found.counts.sum() + found.below + found.above == finite.size
    assert len(found.edges) == bins + 1
    if not finite.size:
        assert math.isnan(found.low) and math.isnan(found.mean) and math.isnan(found.std)
        assert found.norm == 0
        return
    assert (found.low, found.high) == (finite.min(), finite.max())
    mean = math.fsum(finite) / finite.size
    scale = np.abs(finite).max()
    assert found.mean == pytest.approx(mean, abs=1e-14 * scale)
    variance = math.fsum((number - mean) ** 2 for number in finite) / finite.size
    assert found.std == pytest.approx(math.sqrt(variance), rel=1e-9, abs=1e-14 * scale)
    assert found.norm == pytest.approx(math.sqrt(math.fsum(finite * finite)), rel=1e-12)
    place = np.searchsorted(found.edges, finite, side="right") - 1
    inside = (finite >= found.edges[0]) & (finite <= found.edges[-1])
    expected = np.bincount(np.minimum(place[inside], bins - 1), minlength=bins)
    np.testing.assert_array_equal(found.counts, expected)


@pytest.mark.usefixtures("twin")
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.int64, bool])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 1023, 1024, 1025, 5000])
def test_numbers_of_any_type_are_counted_and_summed(rng, dtype, count):
    values = (rng.normal(size=count) * 50).astype(dtype)
    _check(values, distribution_of(values, bins=13), bins=13)


@pytest.mark.usefixtures("twin")
def test_the_bins_are_those_of_numpy(rng):
    values = rng.normal(size=20_000).astype(np.float32)
    found = distribution_of(values, bins=100)
    counts, edges = np.histogram(values.astype(np.float64), 100)
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_array_equal(found.edges, edges)


FLOATS = st.floats(width=32, min_value=-(2.0**60), max_value=2.0**60)
ODD = st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 1.0, 2.0**60])


@given(
    values=arrays.arrays(np.float32, st.integers(0, 40), elements=st.one_of(FLOATS, ODD)),
    bins=st.integers(1, 20),
)
@settings(deadline=None, max_examples=200)
@pytest.mark.parametrize("compiled", [False, True])
def test_any_numbers_are_told_apart(values, bins, compiled):
    if compiled and COMPILED is None:
        pytest.skip("was not compiled here")
    before = distribution.COMPILED
    distribution.COMPILED = COMPILED if compiled else None
    try:
        _check(values, distribution_of(values, bins=bins), bins=bins)
    finally:
        distribution.COMPILED = before


@pytest.mark.usefixtures("twin")
def test_digits_are_not_lost_far_from_zero(rng):
    values = 1e9 + rng.normal(size=100_000)
    found = distribution_of(values)
    assert found.std == pytest.approx(np.std(values - 1e9), rel=1e-6)
    assert found.mean == pytest.approx(1e9 + (values - 1e9).mean(), abs=1e-6)


@pytest.mark.usefixtures("twin")
def test_bins_may_be_given(rng):
    values = np.append(rng.normal(size=5000), [np.nan, np.inf, -np.inf])
    found = distribution_of(values, bins=10, span=(-1, 1.5))
    _check(values, found, bins=10)
    assert found.below == (values[:5000] < -1).sum()
    assert found.above == (values[:5000] > 1.5).sum()
    assert (found.edges[0], found.edges[-1]) == (-1, 1.5)


@pytest.mark.usefixtures("twin")
@pytest.mark.parametrize("value", [0.0, 3.0, -1e20, 1e-300])
def test_equal_numbers_lie_in_one_bin(value):
    found = distribution_of(np.full(100, value), bins=8)
    assert found.counts.max() == 100
    assert found.edges[0] < value < found.edges[-1]
    assert found.std == pytest.approx(0, abs=abs(value) * 1e-15)


@pytest.mark.usefixtures("twin")
@pytest.mark.parametrize("values", [[-1.7e308, 0, 1.7e308], [1e16, 1e16 + 2, 1e16 + 4]])
def test_very_wide_and_very_narrow_spans_lose_nothing(values):
    found = distribution_of(np.array(values), bins=64)
    assert found.counts.sum() == 3
    assert np.isfinite(found.edges).all()


@pytest.mark.usefixtures("twin")
def test_the_shape_and_the_layout_do_not_matter(rng):
    values = rng.normal(size=(40, 30)).astype(np.float32)
    expected = distribution_of(values.copy()).counts
    for same in (values.T, values[::-1], np.asfortranarray(values), values.astype(">f4")):
        np.testing.assert_array_equal(distribution_of(same).counts, expected)


def test_bfloat16_is_taken():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    found = distribution_of(np.array([1, 2, np.nan], ml_dtypes.bfloat16))
    assert (found.finite, found.nans, found.high) == (2, 1, 2.0)


@pytest.mark.parametrize("values", [np.array(["a"]), np.array([1j]), np.array([object()])])
def test_what_is_no_real_number_is_refused(values):
    with pytest.raises(TypeError, match="must be real numbers; got an array of"):
        distribution_of(values)


@pytest.mark.parametrize("bins", [0, -1, 1.5, True, 1 << 21])
def test_bins_must_be_some(bins):
    with pytest.raises(ValueError, match="`bins` must be a whole number"):
        distribution_of([1.0], bins=bins)


@pytest.mark.parametrize("span", [(1, 1), (2, 1), (0, math.inf), (math.nan, 1)])
def test_a_span_must_be_one(span):
    with pytest.raises(ValueError, match="the lower first"):
        distribution_of([1.0], span=span)


@pytest.mark.skipif(COMPILED is None, reason="was not compiled here")
def test_the_compiled_part_refuses_what_does_not_fit():
    numbers = np.zeros(3, np.float32)
    with pytest.raises(ValueError, match="whole numbers of kind"):
        COMPILED.measure(numbers, "d")
    with pytest.raises(ValueError, match="whole numbers of kind"):
        COMPILED.measure(numbers, "x")
    with pytest.raises(ValueError, match="one edge more"):
        COMPILED.count(numbers, "f", np.zeros(3), np.zeros(3, np.int64))


def test_a_table_of_it_says_all():
    columns = distribution_of(np.array([0.0, 1.0, np.nan], np.float32), bins=2).columns()
    assert columns["left"].tolist() == [0, 0.5]
    assert columns["right"].tolist() == [0.5, 1]
    assert columns["count"].tolist() == [1, 1]
    assert columns["nans"].tolist() == [1, 1]
    assert columns["mean"].tolist() == [0.5, 0.5]

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bathyscope.views._intervals import mean_interval, rank_correlation, student_95, wilson_interval


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 8, 29, 30, 101, 1000])
def test_the_quantile_is_that_of_scipy(degrees: int) -> None:
    assert student_95(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), abs=1e-6)


def test_no_degrees_of_freedom_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1; got 0"):
        student_95(0)


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    values = np.random.default_rng(0).normal(size=(7, 3))
    mean, low, high = mean_interval(values)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert np.allclose(mean, values.mean(axis=0))
    assert np.allclose([low, high], [expected.low, expected.high], atol=1e-6)
    assert np.isnan(mean_interval(values[:1])[1]).all()


def test_the_rank_correlation_is_that_of_scipy_with_ties() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 6, 40).astype(float)
    y = x + rng.normal(size=40) * 3
    y[[3, 8]] = np.nan, np.inf
    rho, low, high, n = rank_correlation(x, y)
    both = np.isfinite(y)
    assert rho == pytest.approx(stats.spearmanr(x[both], y[both]).statistic)
    assert n == 38 and low < rho < high


def test_the_interval_of_a_rank_correlation_covers_the_truth() -> None:
    rng = np.random.default_rng(2)
    # Of two normal variables of correlation r, Spearman's is 6 / pi * asin(r / 2).
    truth = 6 / np.pi * np.arcsin(0.6 / 2)
    covered = 0
    for _ in range(400):
        x = rng.normal(size=30)
        y = 0.6 * x + 0.8 * rng.normal(size=30)
        _, low, high, _ = rank_correlation(x, y)
        covered += low <= truth <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_too_few_pairs_and_constants_have_no_correlation() -> None:
    three, four = np.arange(3.0), np.arange(4.0)
    assert np.isnan(rank_correlation(three, three)[0])
    assert np.isnan(rank_correlation(four, np.ones(4))[0])
    assert rank_correlation(four, -four)[:3] == (-1, -1, -1)


def test_the_interval_of_a_share_is_that_of_scipy() -> None:
    low, high = wilson_interval([0, 3, 10], [10, 10, 10])
    for hits, one_low, one_high in zip([0, 3, 10], low, high, strict=True):
        expected = stats.binomtest(hits, 10).proportion_ci(0.95, method="wilson")
        assert (one_low, one_high) == pytest.approx((expected.low, expected.high))

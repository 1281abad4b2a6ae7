from __future__ import annotations

from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope.figures import decimate
from bathyscope.figures.decimate import extremes


@given(
    st.integers(1, 3000), st.integers(1, 50), st.sampled_from([97, 1000, 4000]),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
@settings(deadline=None, max_examples=100)
def test_each_column_keeps_its_extremes(n, n_columns, block, seed):
    rng = np.random.default_rng(seed)
    x, y = np.arange(n, dtype=float), rng.normal(size=n)
    with mock.patch.object(decimate, "_BLOCK", block):
        kept = extremes(x, y, n_columns=n_columns)
    assert (np.diff(kept) > 0).all()
    assert kept[0] == 0
    assert kept[-1] == n - 1
    assert len(kept) <= max(5 * n_columns, 5) + 5 * (n // block)
    column_of = np.minimum(np.arange(n) * n_columns // max(n - 1, 1), n_columns - 1)
    for column in range(n_columns):
        inside = column_of == column
        if inside.sum() and n > 5 * n_columns:
            mine = y[kept][np.isin(kept, np.flatnonzero(inside))]
            assert (mine.min(), mine.max()) == (y[inside].min(), y[inside].max())


def test_one_spike_among_ten_million_is_kept():
    y = np.zeros(10_000_000)
    y[7_654_321] = 1e9
    kept = extremes(np.arange(len(y), dtype=float), y, n_columns=1000)
    assert y[kept].max() == 1e9
    assert len(kept) <= 5000


def test_gaps_stay_gaps():
    y = np.ones(10_000)
    y[5000:5010] = np.nan
    y[9000] = np.inf
    kept = extremes(np.arange(10_000.0), y, n_columns=100)
    assert np.isnan(y[kept]).any()
    assert np.isinf(y[kept]).any()


def test_points_that_do_not_increase_are_taken_in_their_order():
    angle = np.linspace(0, 2 * np.pi, 10_000)
    kept = extremes(np.cos(angle), np.sin(angle), n_columns=100)
    assert abs(np.sin(angle[kept]).max() - 1) < 1e-6


def test_short_lines_are_kept_whole():
    assert len(extremes(np.arange(100.0), np.zeros(100), n_columns=20)) == 100


def test_columns_of_nothing_but_nan():
    kept = extremes(np.arange(1000.0), np.full(1000, np.nan), n_columns=10)
    assert len(kept) >= 10

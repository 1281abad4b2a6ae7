from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bathyscope.integrations.budget import (
    check_max_bytes,
    first_samples,
    largest_left_out,
    listing,
    samples_and_layers,
    size,
)

sizes = st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 1000), max_size=12)


@given(sizes, st.integers(1, 3000))
def test_what_is_kept_fits_and_nothing_is_forgotten(found, max_bytes):
    kept, left_out = largest_left_out(found, max_bytes)
    assert sum(found[name] for name in kept) <= max_bytes
    assert sorted(kept + left_out) == sorted(found)
    if left_out:  # nothing smaller is given up while something larger is kept
        smallest = min(found[name] for name in left_out)
        assert all(found[name] <= smallest for name in kept)


@given(sizes.filter(bool), st.integers(1, 100), st.integers(1, 100_000))
def test_samples_are_given_up_before_layers(found, n_samples, max_bytes):
    n_kept, kept, left_out = samples_and_layers(found, n_samples, max_bytes)
    assert 1 <= n_kept <= n_samples
    assert sum(found[name] for name in kept) * n_kept <= max_bytes or not kept
    if left_out:
        assert n_kept == min(n_samples, 8)


def test_a_budget_that_holds_all_keeps_all():
    assert samples_and_layers({"a": 10, "b": 20}, 100, 3000) == (100, ["a", "b"], [])
    assert samples_and_layers({"a": 10, "b": 20}, 100, 2999)[0] == 99
    assert first_samples(5, 10, 1) == 1


def test_words_for_a_person():
    assert listing(["a", "b"]) == "a, b"
    assert listing(list("abcdefg")) == "a, b, c, d, e and 2 more"
    assert size(64 * 2**20) == "64 MiB"
    assert size(1000) == "1000 bytes"
    assert size(3 * 2**30) == "3 GiB"


def test_a_budget_must_be_positive():
    with pytest.raises(ValueError, match="`max_bytes` must be at least 1; got 0"):
        check_max_bytes(0)

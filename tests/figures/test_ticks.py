from __future__ import annotations

import pytest

from bathyscope.figures.ticks import log_tick_labels, thinned, tick_labels


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0.0, 0.5, 1.0], ["0.0", "0.5", "1.0"]),
        ([0.0, 0.25, 0.5], ["0.00", "0.25", "0.50"]),
        ([-10.0, 0.0, 10.0], ["−10", "0", "10"]),
        ([0.0, 1000.0, 2000.0], ["0", "1,000", "2,000"]),
        ([0.0, 2e-5, 4e-5], ["0", "2×10⁻⁵", "4×10⁻⁵"]),
        ([0.0, 2e6, 4e6], ["0", "2×10⁶", "4×10⁶"]),
        ([0.001, 0.0012], ["0.0010", "0.0012"]),
        ([3.0], ["3"]),
        ([0.0], ["0"]),
        ([-0.0, 1.0], ["0", "1"]),
        ([], []),
    ],
)
def test_ticks_of_a_linear_axis(values, labels):
    assert tick_labels(values) == labels


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 5, 10], ["0", "5", "10"]),
        ([0, 20_000], ["0", "20,000"]),
        ([0, 200_000, 400_000], ["0", "200k", "400k"]),
        ([0, 500_000, 1_000_000], ["0", "0.5M", "1M"]),
    ],
)
def test_ticks_of_whole_numbers(values, labels):
    assert tick_labels(values, integers=True) == labels


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1e9, 1e9 + 0.01, 1e9 + 0.02], ["−0.01", "1,000,000,000.01", "+0.01"]),
        ([1.0, 1 + 1e-14, 1 + 2e-14], ["−1×10⁻¹⁴", "1.00000000000001", "+1×10⁻¹⁴"]),
        ([2**53 - 40, 2**53 - 20, 2**53], ["−20", "9,007,199,254,740,972", "+20"]),
        ([-1e9, -1e9 + 0.5], ["−0.5", "−999,999,999.5"]),
    ],
)
def test_ticks_that_differ_little_for_their_size_are_told_apart(values, labels):
    assert tick_labels(values) == labels


@pytest.mark.parametrize(
    ("values", "origin", "labels"),
    [
        ([0, 2, 4], 2**53 - 2, ["−2", "9,007,199,254,740,992", "+2"]),
        ([0, 1000, 2000], 2**63, ["−1,000", "9,223,372,036,854,776,808", "+1,000"]),
        ([0, 0.5, 1], 1e12, ["−0.5", "1,000,000,000,000.5", "+0.5"]),
        ([0, 1e284, 2e284], 1e300, ["−1×10²⁸⁴", "1e+300", "+1×10²⁸⁴"]),
    ],
)
def test_ticks_that_are_counted_from_an_origin_lose_no_digit(values, origin, labels):
    assert tick_labels(values, integers=True, origin=float(origin)) == labels


def test_whole_numbers_without_a_suffix_are_powers():
    assert tick_labels([6e15, 8e15], integers=True) == ["6×10¹⁵", "8×10¹⁵"]


def test_the_smallest_numbers_have_ticks():
    first, second = tick_labels([5e-323, 1e-322])
    assert first != second


def test_ticks_of_a_log_axis_are_all_plain_or_all_powers():
    assert log_tick_labels([0.01, 1, 100]) == ["0.01", "1", "100"]
    assert log_tick_labels([1e-8, 1, 2e3]) == ["10⁻⁸", "10⁰", "2×10³"]


@pytest.mark.parametrize(
    ("n", "most", "step"), [(10, 10, 1), (11, 10, 2), (30, 10, 5), (100, 12, 10), (1000, 24, 50)]
)
def test_categories_are_thinned_by_round_steps(n, most, step):
    shown = thinned(n, most)
    assert shown.step == step
    assert len(shown) <= most


def test_thinning_never_hides_everything():
    assert len(thinned(1000, 0)) == 1

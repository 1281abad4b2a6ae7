from __future__ import annotations

import numpy as np

from bathyscope.figures import Table
from bathyscope.figures.tabular import bar_shares, cell_texts


def test_numbers_are_written_by_their_format():
    table = Table({"a": [0.12345], "n": [12345], "p": [0.5]}, {"a": ".2f", "n": ",d", "p": ".0%"})
    assert [cell_texts(table, name, 9)[0] for name in "anp"] == ["0.12", "12,345", "50%"]


def test_numbers_without_a_format_have_four_digits_or_are_whole():
    table = Table({"a": [3.14159265], "n": [-1234567]})
    assert cell_texts(table, "a", 9) == ["3.142"]
    assert cell_texts(table, "n", 9) == ["−1,234,567"]


def test_what_is_not_finite_is_named():
    table = Table({"a": [np.nan, np.inf, -np.inf]}, {"a": ".2f"})
    assert cell_texts(table, "a", 9) == ["NaN", "∞", "−∞"]


def test_text_and_truth_pass():
    table = Table({"t": np.array(["x", "y"]), "b": np.array([True, False])})
    assert cell_texts(table, "t", 1) == ["x"]
    assert cell_texts(table, "b", 9) == ["True", "False"]


def test_bars_run_from_zero_to_the_largest():
    table = Table({"a": [0.0, 1.0, 4.0, -2.0, np.nan, np.inf]}, bars=("a",))
    assert bar_shares(table, "a").tolist() == [0, 0.25, 1, 0, 0, 0]
    assert bar_shares(Table({"a": [-1.0]}), "a").tolist() == [0]

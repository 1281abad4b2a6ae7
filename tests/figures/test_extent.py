from __future__ import annotations

import numpy as np
import pytest

from bathyscope.figures import Axis, Bars, ColorScale, Line, Matrix, Panel, Points
from bathyscope.figures.extent import (
    cell_edges,
    is_log,
    limits,
    off_scale,
    off_scale_remarks,
)


def panel(*marks, x=None, y=None) -> Panel:
    return Panel(marks, x or Axis("x"), y or Axis("y"))


def test_ends_hold_all_finite_values_with_room():
    x, y = limits(panel(Line([0, 10], [1, 3]), Points([5, np.nan], [7, np.inf])))
    assert (x.low, x.high) == pytest.approx((-0.4, 10.4))
    assert (y.low, y.high) == pytest.approx((1 - 0.24, 7.24))


def test_a_band_is_inside():
    _, y = limits(panel(Line([0, 1], [0, 0], low=[-5, -5], high=[5, 5])))
    assert y.low < -5 < 5 < y.high


def test_a_constant_stands_in_the_middle():
    _, y = limits(panel(Line([0, 1], [2e-3, 2e-3])))
    assert y.fractions(np.array([2e-3]))[0] == pytest.approx(0.5)
    _, zero = limits(panel(Line([0, 1], [0, 0])))
    assert zero.low < 0 < zero.high


def test_log_ends_are_positive_whatever_the_data():
    _, y = limits(panel(Line([0, 1, 2], [0, -3, 10]), y=Axis("y", scale="log")))
    assert 0 < y.low < 10 < y.high
    _, empty = limits(panel(Line([0], [0]), y=Axis("y", scale="log")))
    assert empty.empty
    assert 0 < empty.low < empty.high


def test_no_data_is_said():
    x, y = limits(panel(Line([], [])))
    assert x.empty
    assert y.empty


def test_domain_is_kept_exactly_where_data_stay_inside():
    _, y = limits(panel(Line([0, 1], [0.3, 0.6]), y=Axis("y", domain=(0, 1))))
    assert (y.low, y.high) == (0, 1)


def test_domain_gives_way_by_a_stroke_where_data_lie_on_its_end():
    _, y = limits(panel(Line([0, 1], [0.3, 1.0]), y=Axis("y", domain=(0, 1))))
    assert y.low == 0
    assert 1 < y.high < 1.05


def test_categories_have_half_a_place_at_both_ends_and_run_down():
    names = ("a", "b", "c")
    x, y = limits(
        panel(Bars([1, 2, 3], horizontal=True), y=Axis("class", scale="category", categories=names))
    )
    assert y.ends == (2.5, -0.5)
    assert x.low == 0


@pytest.mark.parametrize("rows", [None, [10, 20, 30], [30, 20, 10]])
def test_row_zero_of_a_matrix_is_at_the_top(rows):
    mark = Matrix(np.zeros((3, 2)), ColorScale(), y=rows)
    _, y = limits(panel(mark))
    first = 0 if rows is None else rows[0]
    bottom, top = y.ends
    assert abs(first - top) < abs(first - bottom)


def test_bars_stand_on_zero():
    _, y = limits(panel(Bars([5.0, 6.0], edges=[0, 1, 2])))
    assert y.low == 0
    assert y.high > 6


def test_log_bars_of_counts_have_a_floor_below_the_smallest():
    _, y = limits(panel(Bars([1.0, 100.0, 0.0], edges=[0, 1, 2, 3]), y=Axis("n", scale="log")))
    assert 0 < y.low < 1


def test_edges_lie_half_way_between_centres():
    assert cell_edges(np.array([0.0, 1.0, 3.0])).tolist() == [-0.5, 0.5, 2.0, 4.0]
    assert cell_edges(np.array([7.0])).tolist() == [6.5, 7.5]
    assert cell_edges(np.array([1.0, 100.0]), log=True) == pytest.approx([0.1, 10, 1000])


def test_cells_at_zero_make_a_log_axis_linear_and_it_is_said():
    steps = Matrix(np.zeros((1, 3)), ColorScale(), x=[0, 1, 10])
    at_zero = panel(steps, x=Axis("step", scale="log"))
    assert not is_log(at_zero, "x")
    assert "step: drawn linear" in " ".join(off_scale_remarks(at_zero))


def test_off_scale_points_are_found_by_kind():
    x = np.array([0.0, 1, 2, 3, 4, np.nan])
    y = np.array([1.0, np.nan, np.inf, -np.inf, 0.0, np.nan])
    found = off_scale(x, y, x_log=False, y_log=True)
    assert found.of("nan").tolist() == [1]
    assert found.of("+inf").tolist() == [2]
    assert found.of("-inf").tolist() == [3]
    assert found.of("nonpositive").tolist() == [4]
    assert off_scale(x, y, x_log=False, y_log=False).of("nonpositive").size == 0


def test_remarks_count_what_is_off_the_scale():
    marks = (Line([0, 1, 2], [np.nan, np.inf, 1]), Points([np.nan], [1]))
    words = " ".join(off_scale_remarks(panel(*marks)))
    assert "× 1 NaN" in words
    assert "▲ 1 +∞" in words
    assert "1 without a place on the x axis" in words


def test_points_on_a_line_are_not_counted_twice():
    x, y = [0, 1, 2], [1, np.nan, np.inf]
    (words,) = off_scale_remarks(panel(Points(x, y), Line(x, y)))
    assert words == "At the edge: × 1 NaN, ▲ 1 +∞."
    (apart,) = off_scale_remarks(panel(Points([0, 1], [1, np.nan]), Line(x, y)))
    assert "× 2 NaN" in apart


def test_good_data_need_no_remarks():
    assert off_scale_remarks(panel(Line([0, 1], [1, 2]))) == []

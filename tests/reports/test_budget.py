from __future__ import annotations

import numpy as np

from bathyscope.figures import Axis, ColorScale, Figure, Line, Matrix, Panel
from bathyscope.reports.budget import keep_steps, own_bytes


def test_bytes_of_a_figure_are_those_of_its_arrays() -> None:
    line = Line(x=np.zeros(10), y=np.zeros(10))
    matrix = Matrix(np.zeros((4, 5), dtype=np.float32), ColorScale())
    axes = {"x": Axis("x"), "y": Axis("y")}
    figure = Figure("both", (Panel((line,), **axes), Panel((matrix,), **axes)))
    assert own_bytes(figure) == 10 * 8 * 2 + 4 * 5 * 4


def test_what_two_figures_share_counts_once() -> None:
    def figure(offset: float) -> Figure:
        line = Line(x=np.arange(10.0), y=np.arange(10.0) + offset)
        return Figure("f", (Panel((line,), Axis("x"), Axis("y")),))

    assert own_bytes(figure(1.0), figure(2.0)) == 10 * 8
    assert own_bytes(figure(1.0), figure(1.0)) == 0


def test_all_steps_are_kept_where_they_fit() -> None:
    assert keep_steps((0, 3, 9), frame_bytes=10, budget=30) == (0, 3, 9)


def test_first_and_last_are_kept_whatever_the_budget() -> None:
    assert keep_steps(tuple(range(100)), frame_bytes=1000, budget=1) == (0, 99)


def test_the_others_are_spread_evenly() -> None:
    assert keep_steps(tuple(range(11)), frame_bytes=1, budget=6) == (0, 2, 4, 6, 8, 10)

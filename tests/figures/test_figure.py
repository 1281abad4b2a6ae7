from __future__ import annotations

import numpy as np
import pytest

from bathyscope.figures import Axis, ColorScale, Figure, Film, Line, Matrix, Note, Panel


def line_panel(coordinates: tuple[Axis, ...] = ()) -> Panel:
    return Panel((Line([1], [1]),), Axis("x"), Axis("y"), coordinates=coordinates)


def test_title_of_an_axis_holds_its_unit():
    assert Axis("time", "s").title == "time (s)"
    assert Axis("epoch").title == "epoch"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Axis(""), "must have a label"),
        (lambda: Axis("class", scale="category"), "'category' with 0 categories"),
        (lambda: Axis("x", categories=("a",)), "'linear' with 1 categories"),
        (lambda: Panel(()), "Use `Note`"),
        (lambda: Panel((Line([1], [1]),)), "`line` needs an x and a y axis"),
        (lambda: Panel((Line([1], [1]),), Axis("x")), "needs an x and a y axis"),
        (lambda: Panel((Line([1], [1]), Note("a")), Axis("x"), Axis("y")), "got line, note"),
        (lambda: Panel((Note("a"), Note("b"))), "panel of its own"),
        (lambda: line_panel(coordinates=(Axis("a"), Axis("b"))), "lines of as many points"),
        (lambda: Figure("empty", ()), "Use `Note`"),
        (lambda: Film((), ()), "at least one; got 0 steps and 0 figures"),
        (lambda: Film((1, 1), (Figure("a", (line_panel(),)),) * 2), r"must increase; got \(1, 1\)"),
    ],
)
def test_wrong_figures_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_cartesian_is_the_kind_of_the_marks():
    assert line_panel().cartesian
    assert not Panel((Note("a"),)).cartesian


def test_titled_changes_only_the_title():
    figure = Figure("old", (line_panel(),), note="n")
    other = figure.titled("new")
    assert (figure.title, other.title, other.note, other.panels) == ("old", "new", "n",
                                                                    figure.panels)  # fmt: skip


def test_last_of_a_film_is_the_figure_at_the_last_step():
    first, last = (Figure(name, (line_panel(),)) for name in "ab")
    assert Film((0, 7), (first, last)).last is last


def test_panels_may_hold_several_cartesian_marks():
    matrix = Matrix(np.eye(2), ColorScale())
    assert len(Panel((matrix, Line([0], [0])), Axis("x"), Axis("y")).marks) == 2

"""Parallel coordinates: ticks of each axis, and that every surface writes them."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes

from bathyscope.figures import Axis, Figure, Line, Panel, mpl, plotly
from bathyscope.figures.coordinates import ticks_of


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        (Axis("a", domain=(0.0, 4.0)), [(0, "0"), (0.25, "1"), (0.5, "2"), (0.75, "3"), (1, "4")]),
        (Axis("a", domain=(8.0, 128.0)), [(0.35, "50"), (0.76667, "100")]),
        (
            Axis("a", domain=(-1.0, 1.0)),
            [(0, "\u22121.0"), (0.25, "\u22120.5"), (0.5, "0.0"), (0.75, "0.5"), (1, "1.0")],
        ),
        (Axis("a", scale="log", domain=(1.0, 100.0)), [(0, "1"), (0.5, "10"), (1, "100")]),
        (Axis("a", scale="category", categories=("x", "y", "z")), [(0, "x"), (0.5, "y"), (1, "z")]),
        (Axis("a", scale="category", categories=("x",)), [(0, "x")]),
        (Axis("a"), []),
    ],
)
def test_ticks_stand_where_their_values_do(axis: Axis, expected: list[tuple[float, str]]) -> None:
    found = ticks_of(axis)
    assert [label for _, label in found] == [label for _, label in expected]
    np.testing.assert_allclose([place for place, _ in found], [place for place, _ in expected],
                               atol=1e-5)  # fmt: skip


@given(
    low=st.floats(-1e12, 1e12),
    span=st.floats(1e-6, 1e12),
    is_log=st.booleans(),
)
def test_ticks_are_few_and_within_the_axis(low: float, span: float, is_log: bool) -> None:
    if is_log:
        low, span = abs(low) + 1e-9, span * 30 + 1e-3
    high = low + span
    places = [p for p, _ in ticks_of(Axis("a", scale="log" if is_log else "linear",
                                          domain=(low, high)))]  # fmt: skip
    assert len(places) <= 6
    assert places == sorted(places)
    assert all(-1e-3 <= place <= 1 + 1e-3 for place in places)


def figure() -> Figure:
    axes = (
        Axis("rate", scale="log", domain=(1e-3, 1.0)),
        Axis("optimizer", scale="category", categories=("adam", "sgd")),
        Axis("result", domain=(0.0, 4.0)),
    )
    lines = tuple(Line([0, 1, 2], heights) for heights in ([0, 1, 0.5], [1, 0, np.nan]))
    names = tuple(axis.label for axis in axes)
    panel = Panel(
        lines, Axis("setting", scale="category", categories=names), Axis("height", domain=(0, 1)),
        coordinates=axes,
    )  # fmt: skip
    return Figure("Parallel", (panel,))


def test_matplotlib_writes_the_ticks_of_each_axis() -> None:
    ax = mpl.draw(figure(), plt.figure().add_subplot())
    assert isinstance(ax, Axes)
    written = {text.get_text() for text in ax.texts}
    plt.close("all")
    assert {"0.001", "0.01", "0.1", "1", "adam", "sgd", "0", "2", "4"} <= written
    assert ax.get_yticks().size == 0


def test_plotly_writes_the_ticks_of_each_axis() -> None:
    pytest.importorskip("plotly")
    written = {note.text for note in plotly.draw(figure()).layout.annotations}
    assert {"0.001", "0.01", "adam", "sgd", "4"} <= written

"""Numbers near the end of doubles, and steps near the end of whole numbers in doubles."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure as MplFigure

from bathyscope.figures import Axis, Bars, ColorScale, Figure, Line, Matrix, Panel, Points, mpl

HUGE = 1.7e308


def drawn(mark, *, x: Axis | None = None, y: Axis | None = None):
    """Draw a mark, ticks and all; warnings are errors."""
    picture = MplFigure()
    ax = mpl.draw(
        Figure("", (Panel((mark,), x or Axis("step", integers=True), y or Axis("loss")),)),
        ax=picture.add_subplot(),
    )
    picture.savefig(io.BytesIO(), format="png")
    return ax


def note(ax) -> str:
    return " ".join(text.get_text().replace("\n", " ") for text in ax.texts)


@pytest.mark.parametrize("mark", [Line, Points])
@pytest.mark.parametrize(
    ("values", "count"), [([-HUGE, 0, HUGE, 7e307], 2), ([HUGE], 1), ([HUGE, HUGE], 2)]
)
def test_the_largest_numbers_stand_at_the_end_of_the_axis(mark, values, count):
    ax = drawn(mark(np.arange(len(values)), values))
    data = ax.lines[0].get_ydata() if mark is Line else ax.collections[0].get_offsets()[:, 1]
    low, high = ax.get_ylim()
    assert ((low < data) & (data < high)).all() and np.isfinite(high - low)
    assert np.abs(data).max() == 8e307
    assert f"Drawn at the end of an axis: {count} not within ±8×10³⁰⁷." in note(ax)


def test_of_the_largest_and_the_least_numbers_the_powers_are_named():
    ax = drawn(Line([0, 1, 2], [5e-324, 1, HUGE]), y=Axis("loss", scale="log"))
    assert "Drawn at the end of an axis: 2 not within 10⁻³⁰⁷ and 8×10³⁰⁷." in note(ax)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert "10⁰" in labels and len(labels) > 3


@pytest.mark.parametrize(
    ("mark", "axes"),
    [
        (Bars([HUGE, -HUGE]), {"x": Axis("class", scale="category", categories=("a", "b"))}),
        (Bars([1, 2], edges=[-HUGE, 0, HUGE]), {"x": Axis("value")}),
        (Line([0, 1], [0, 0], low=[-HUGE, -1], high=[HUGE, 1]), {}),
        (Line([-HUGE, HUGE], [0, 1]), {"x": Axis("value")}),
        (Line(np.arange(30_000), np.linspace(-1, 1, 30_000) * HUGE), {}),
        (Points(np.arange(200_001), np.linspace(-1, 1, 200_001) * HUGE), {}),
    ],
)
def test_marks_that_reach_the_end_of_numbers_are_drawn(mark, axes):
    assert "Drawn at the end of an axis: " in note(drawn(mark, **axes))


@pytest.mark.parametrize("kind", ["signed", "sequential"])
def test_cells_beyond_a_scale_have_the_colour_of_its_end(kind):
    values = np.array([[HUGE, -HUGE], [0.0, np.nan]])
    ax = drawn(Matrix(values, ColorScale.fit(values, kind=kind)))
    assert ax.images[0].get_array().filled(7).tolist() == [[8e307, -8e307], [0, 7]]


@pytest.mark.parametrize("first", [2**53 - 9, 2**53 - 1_000_000, 2**40])
def test_steps_near_the_end_of_whole_numbers_keep_their_distances(first):
    ax = drawn(Line(first + np.arange(10.0), np.arange(10.0)))
    pixels = ax.transData.transform(ax.lines[0].get_xydata())[:, 0]
    assert np.ptp(pixels) > 100 and np.allclose(np.diff(pixels), np.diff(pixels)[0], atol=0.01)
    labels = [label.get_text() for label in ax.get_xticklabels()]
    places = ax.transData.transform([(tick, 0) for tick in ax.get_xticks()])[:, 0]
    middle = len(labels) // 2
    base = int(labels[middle].replace(",", ""))
    per_step = np.diff(pixels)[0]
    for label, place in zip(labels, places, strict=True):
        away = 0 if label == labels[middle] else int(label.replace("−", "-"))
        assert place == pytest.approx(pixels[0] + (base + away - first) * per_step, abs=0.01)


def test_values_that_differ_in_their_last_digits_are_told_apart():
    ax = drawn(Line(np.arange(3.0), [1.0, np.nextafter(1.0, 2), np.nextafter(1.0, 0)]))
    heights = ax.transData.transform(ax.lines[0].get_xydata())[:, 1]
    assert heights[1] - heights[0] == pytest.approx(2 * (heights[0] - heights[2]))

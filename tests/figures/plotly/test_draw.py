from __future__ import annotations

import itertools
import json

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from bathyscope.figures import Axis, Figure, Line, Panel
from bathyscope.figures.color import SURFACES
from bathyscope.figures.plotly import draw
from bathyscope.figures.plotly.text import literal


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_sample_makes_a_figure_that_survives_json(sample, theme):
    figure = draw(sample, theme=theme)
    assert isinstance(figure, go.Figure)
    again = plotly.io.from_json(figure.to_json())
    assert json.loads(again.to_json()) == json.loads(figure.to_json())
    assert figure.layout.paper_bgcolor == SURFACES["page"][theme == "dark"]


def test_sizes_are_sensible(sample):
    layout = draw(sample).layout
    assert 200 < layout.width < 1700
    assert 40 < layout.height < 2300


def areas(figure) -> list[tuple[float, float, float, float]]:
    """Domains of all pairs of axes, of all tables and of all scenes."""
    found = []
    axes = figure.layout.to_plotly_json()
    for name, x in axes.items():
        if name.startswith("scene"):
            x0, x1 = x["domain"]["x"]
            y0, y1 = x["domain"]["y"]
            found.append((x0, y0, x1, y1))
        if name.startswith("xaxis") and "domain" in x:
            y = axes[f"yaxis{name.removeprefix('xaxis')}"]
            found.append((x["domain"][0], y["domain"][0], x["domain"][1], y["domain"][1]))
    return found


def test_panels_do_not_overlap_and_stay_inside(sample):
    found = areas(draw(sample))
    assert len(found) == len(sample.panels)
    for area in found:
        assert 0 <= area[0] < area[2] <= 1
        assert 0 <= area[1] < area[3] <= 1
    for a, b in itertools.combinations(found, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_traces_use_axes_that_are_there(sample):
    figure = draw(sample)
    for trace in figure.data:
        if trace.type == "scatter3d":
            assert figure.layout[trace.scene].domain.x
        elif trace.type != "table":
            assert figure.layout[trace.xaxis.replace("x", "xaxis")].domain
            assert figure.layout[trace.yaxis.replace("y", "yaxis")].domain


def test_colour_bars_stand_right_of_their_panel():
    rng = np.random.default_rng(0)
    from bathyscope.figures import ColorScale, Matrix

    panels = tuple(
        Panel((Matrix(rng.random((4, 4)), ColorScale("sequential", 0, n + 1)),), Axis("x"),
              Axis("y"))
        for n in range(2)
    )  # fmt: skip
    figure = draw(Figure("", panels, columns=2))
    left, right = sorted(areas(figure))
    bars = [
        axis["colorbar"]["x"]
        for name, axis in figure.layout.to_plotly_json().items()
        if name.startswith("coloraxis")
    ]
    assert left[2] < min(bars) < right[0] < right[2] < max(bars) <= 1


def test_legends_of_panels_are_apart():
    lines = tuple(Line([0, 1], [0, i], label=name, tone=i) for i, name in enumerate("ab"))
    panel = Panel(lines, Axis("x"), Axis("y"))
    figure = draw(Figure("", (panel, panel), columns=2))
    legends = [(trace.legend, trace.legendgroup) for trace in figure.data]
    assert len({legend for legend, _ in legends}) == 2
    assert len({group for _, group in legends}) == 4
    left, right = sorted(areas(figure))
    places = sorted(figure.layout[name].x for name in {legend for legend, _ in legends})
    assert places[0] < left[2]
    assert places[1] >= right[0] - 0.02


def test_legends_stand_above_or_beside_the_data(sample):
    figure = draw(sample)
    found = areas(figure)
    for name, legend in figure.layout.to_plotly_json().items():
        if name.startswith("legend"):
            inside = [
                a for a in found if a[0] <= legend["x"] <= a[2] and a[1] < legend["y"] <= a[3]
            ]
            assert not inside or legend["orientation"] == "h"
            if legend["orientation"] == "v":
                assert not inside


def test_titles_and_notes_are_written(sample_figure):
    texts = [a.text for a in draw(sample_figure("panels_mixed")).layout.annotations]
    for words in ("One sample, all we know", "All panels follow one selection.", "scores", "loss"):
        assert words in texts


def test_axis_titles_hold_their_units(sample_figure):
    texts = [a.text for a in draw(sample_figure("line_loss_curves")).layout.annotations]
    assert {"epoch", "cross-entropy (nats)"} <= set(texts)


@pytest.mark.parametrize(
    ("given", "shown"),
    [("a < b & c", "a &lt; b &amp; c"), ("$x$", "&#36;x&#36;"), ("a\nb", "a<br>b"), ("é", "é")],
)
def test_tags_and_formulas_are_literal(given, shown):
    assert literal(given) == shown


def test_special_characters_never_reach_the_page_raw(sample_figure):
    figure = draw(sample_figure("panels_special_characters"))
    texts = [a.text for a in figure.layout.annotations] + [t.name for t in figure.data]
    assert not any("$" in text or "<b>bold" in text for text in texts)


def test_columns_take_their_widths(sample_figure):
    small, large = sorted(areas(draw(sample_figure("panels_widths"))))
    assert large[2] - large[0] > 2 * (small[2] - small[0])


def test_whole_numbers_have_whole_ticks(sample_figure):
    axis = draw(sample_figure("line_few_points")).layout.xaxis
    assert axis.dtick == 1


def test_many_categories_are_thinned(sample_figure):
    layout = draw(sample_figure("matrix_thousand_classes")).layout
    assert 5 < len(layout.yaxis.tickvals) < 60
    assert layout.yaxis.ticktext[1] == f"n{layout.yaxis.tickvals[1]:08d}"


def test_nothing_is_fetched(sample_figure):
    for name in ("tiles_predictions", "points_million", "panels_mixed"):
        assert "http" not in draw(sample_figure(name)).to_json()


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("values", [[1.7e308], [-1.7e308, 0.0, 1.7e308], [5e-324, 1e-323]])
def test_the_largest_and_the_least_numbers_are_within_the_axis(values, scale):
    axes = {"x": Axis("step", integers=True), "y": Axis("loss", scale=scale)}
    figure = draw(Figure("", (Panel((Line(np.arange(len(values)), values),), **axes),)))
    low, high = (10.0**end if scale == "log" else end for end in figure.layout.yaxis.range)
    drawn = np.array(figure.data[0].y, dtype=float)
    drawn = drawn[np.isfinite(drawn)]
    low = low * 1.002 if low < 0 else low
    assert len(drawn) and low / 1.001 <= drawn.min() and drawn.max() / 1.001 <= high
    notes = " ".join(note.text.replace("<br>", " ") for note in figure.layout.annotations)
    assert ("Drawn at the end of an axis" in notes) == (abs(values[-1]) > 1 or scale == "log")

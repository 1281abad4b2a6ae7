"""What Plotly's traces hold is what the marks hold."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from bathyscope.figures import MARKS, Axis, Bars, Figure, Ids, Line, Panel
from bathyscope.figures.color import categorical_color, tone_color
from bathyscope.figures.extent import cell_edges
from bathyscope.figures.plotly import draw
from bathyscope.figures.plotly.panel import DRAWERS
from bathyscope.figures.raster import tile_pixels


def mark_of(figure: Figure, index: int = 0):
    return figure.panels[0].marks[index]


def of_type(figure, kind: str, **properties):
    return [
        trace
        for trace in draw(figure).data
        if trace.type == kind and all(getattr(trace, k) == v for k, v in properties.items())
    ]


def words(figure) -> str:
    return " ".join(a.text for a in draw(figure).layout.annotations).replace("<br>", " ")


def picture(source: str) -> np.ndarray:
    content = base64.b64decode(source.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)))


def test_every_mark_has_a_drawer():
    assert set(DRAWERS) == set(MARKS)


# --- lines ---------------------------------------------------------------------------------


def test_lines_hold_their_points_dash_and_colour(sample_figure):
    figure = sample_figure("line_dashes")
    traces = of_type(figure, "scatter")
    for trace, mark in zip(traces, figure.panels[0].marks, strict=True):
        assert np.array_equal(trace.x, mark.x)
        assert np.array_equal(trace.y, mark.y)
        assert trace.line.color == tone_color(mark.tone)
    assert len({trace.line.dash for trace in traces}) == 3
    assert traces[3].opacity < traces[0].opacity


def test_ids_of_points_are_custom_data(sample_figure):
    figure = sample_figure("line_loss_curves")
    mark = mark_of(figure, 1)
    trace = next(t for t in of_type(figure, "scatter") if t.name == "training")
    assert list(trace.customdata) == mark.ids.values.tolist()
    assert trace.meta == {"ids": "step"}


def test_the_id_of_a_whole_line_is_meta(sample_figure):
    trace = next(t for t in of_type(sample_figure("line_diverged"), "scatter"))
    assert trace.meta == {"ids": "run", "id": "a"}
    assert trace.customdata is None


def test_a_band_goes_around_each_stretch_of_values():
    low = np.array([0.0, 1, np.nan, 3, 4])
    line = Line(np.arange(5), low + 0.5, low=low, high=low + 1, band_label="range")
    band, *_ = of_type(Figure("", (Panel((line,), Axis("x"), Axis("y")),)), "scatter")
    assert band.fill == "toself"
    assert list(band.x) == [0, 1, 1, 0, None, 3, 4, 4, 3, None]
    assert list(band.y) == [1, 2, 1, 0, None, 4, 5, 4, 3, None]


def test_what_diverged_is_marked_at_the_edge(sample_figure):
    figure = sample_figure("line_diverged")
    mark = mark_of(figure)
    (nan,) = of_type(figure, "scatter", name="NaN")
    assert np.array_equal(nan.x, mark.x[np.isnan(mark.y)])
    (high,) = of_type(figure, "scatter", name="+∞")
    assert np.array_equal(high.x, mark.x[mark.y == np.inf])
    assert high.y[0] > np.nanmax(mark.y[np.isfinite(mark.y)]) * 0.5
    assert "× 8 NaN" in words(figure)


def test_log_axes_have_a_range_in_powers(sample_figure):
    axis = draw(sample_figure("line_log_with_zeros")).layout.yaxis
    assert axis.type == "log"
    assert axis.range[0] < axis.range[1] < 1


def test_a_million_points_keep_their_spike_and_say_that_they_are_fewer(sample_figure):
    figure = sample_figure("line_million")
    (trace,) = of_type(figure, "scatter")
    assert len(trace.x) <= 10_000
    assert trace.y.max() == mark_of(figure).y.max()
    assert "1,000,000 points" in words(figure)


def test_ids_follow_their_points_when_a_line_is_decimated():
    n = 100_000
    y = np.zeros(n)
    y[77_777] = 1.0
    line = Line(np.arange(n), y, ids=Ids("step", np.arange(n) * 3))
    (trace,) = of_type(Figure("", (Panel((line,), Axis("x"), Axis("y")),)), "scatter")
    assert trace.customdata[int(np.argmax(trace.y))] == 77_777 * 3


@pytest.mark.parametrize(("name", "said"), [("line_empty", "no data"),
                                            ("line_only_nan", "no finite values")])  # fmt: skip
def test_nothing_to_draw_is_said(sample_figure, name, said):
    assert said in words(sample_figure(name))


# --- points --------------------------------------------------------------------------------


def test_points_are_one_trace_per_class_with_ids_and_text(sample_figure):
    figure = sample_figure("points_classes")
    mark = mark_of(figure)
    traces = of_type(figure, "scatter")
    assert [trace.name for trace in traces] == list(mark.color.names)
    for code, trace in enumerate(traces):
        members = np.flatnonzero(mark.color.codes == code)
        assert np.array_equal(trace.x, mark.x[members])
        assert np.array_equal(trace.y, mark.y[members])
        assert list(trace.customdata) == members.tolist()
        assert trace.text[0] == mark.text[members[0]]
        assert trace.marker.color == tone_color(code)


def test_numbers_of_points_have_a_colour_axis(sample_figure):
    figure = sample_figure("points_numbers")
    (trace,) = of_type(figure, "scatter")
    mark = mark_of(figure)
    assert np.array_equal(trace.marker.color, mark.color.values)
    axis = draw(figure).layout[trace.marker.coloraxis]
    assert (axis.cmin, axis.cmax) == (mark.color.scale.low, mark.color.scale.high)
    assert "mean area (µm²)" in words(figure)


def test_a_million_points_are_a_picture_with_a_legend(sample_figure):
    figure = draw(sample_figure("points_million"))
    assert len(figure.layout.images) == 1
    assert picture(figure.layout.images[0].source).shape[2] == 4
    shown = [trace.name for trace in figure.data if trace.showlegend]
    assert shown == ["north", "east", "south", "west"]
    assert len(figure.to_json()) < 2_000_000


# --- matrices ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["matrix_ten_classes", "matrix_weights", "matrix_hundred_classes"])
def test_heatmaps_hold_the_matrix_and_row_zero_is_at_the_top(sample_figure, name):
    figure = sample_figure(name)
    (trace,) = of_type(figure, "heatmap")
    assert np.array_equal(trace.z, mark_of(figure).values)
    assert (trace.x0, trace.dx, trace.y0, trace.dy) == (0, 1, 0, 1)
    bottom, top = draw(figure).layout.yaxis.range
    assert bottom > top


def test_the_colours_are_those_of_the_scale(sample_figure):
    figure = sample_figure("matrix_weights")
    scale = mark_of(figure).color
    (trace,) = of_type(figure, "heatmap")
    axis = draw(figure).layout[trace.coloraxis]
    for share, color in axis.colorscale:
        expected = scale.rgb([scale.low + share * (scale.high - scale.low)])[0]
        parts = [int(part) for part in color[4:-1].split(",")]
        assert np.abs(np.array(parts) - expected.astype(int)).max() <= 1


def test_samples_of_a_cell_are_its_custom_data(sample_figure):
    figure = sample_figure("matrix_ten_classes")
    mark = mark_of(figure)
    (trace,) = of_type(figure, "heatmap")
    for sample_id, element in zip(mark.ids.values, mark.ids.elements, strict=True):
        row, column = divmod(int(element), 10)
        assert sample_id in trace.customdata[row][column]
    assert trace.hovertext[3][7] == "true class: 7<br>predicted class: 3"


def test_cells_are_written_where_they_can_be_read(sample_figure):
    (small,) = of_type(sample_figure("matrix_ten_classes"), "heatmap")
    cells = mark_of(sample_figure("matrix_ten_classes")).cells
    assert [list(row) for row in small.text] == cells.tolist()
    (large,) = of_type(sample_figure("matrix_hundred_classes"), "heatmap")
    assert large.text is None


def test_uneven_steps_have_cells_of_their_own_width(sample_figure):
    figure = sample_figure("matrix_layers_steps")
    (trace,) = of_type(figure, "heatmap")
    assert np.allclose(trace.x, cell_edges(mark_of(figure).x))


def test_nan_is_a_gap_on_grey_and_infinities_are_at_the_ends(sample_figure):
    figure = sample_figure("matrix_with_nan")
    mark = mark_of(figure)
    (trace,) = of_type(figure, "heatmap")
    assert np.isnan(trace.z[1, 2])
    assert (trace.z[3, 4], trace.z[4, 5]) == (mark.color.high, mark.color.low)
    assert draw(figure).layout.shapes[0].fillcolor == "#808080"


def test_a_thousand_classes_are_pooled_and_small(sample_figure):
    figure = sample_figure("matrix_thousand_classes")
    (trace,) = of_type(figure, "heatmap")
    assert trace.z.max() == mark_of(figure).values.max()
    assert trace.z.shape[0] < 1000
    assert trace.dy == -(-1000 // trace.z.shape[0])
    assert "1,000 × 1,000 cells" in words(figure)
    assert len(draw(figure).to_json()) < 4_000_000


# --- bars and sound ------------------------------------------------------------------------


def test_bars_have_their_heights_tones_and_names(sample_figure):
    figure = sample_figure("bars_scores")
    mark = mark_of(figure)
    (trace,) = of_type(figure, "bar")
    assert np.array_equal(trace.y, mark.heights)
    assert list(trace.marker.color) == [tone_color(tone) for tone in mark.tones]
    assert list(trace.text) == list(mark.text)
    assert list(trace.customdata) == list(range(10))
    assert list(trace.hovertext) == list("0123456789")


def test_histograms_fill_their_bins(sample_figure):
    figure = sample_figure("bars_histogram")
    mark = mark_of(figure)
    (trace,) = of_type(figure, "bar")
    assert np.allclose(trace.x - trace.width / 2, mark.edges[:-1])
    assert np.allclose(trace.x + trace.width / 2, mark.edges[1:])


def test_a_part_is_drawn_whole_over_what_it_is_a_part_of():
    edges = np.array([0.0, 1.0, 2.0])
    whole = Bars(np.array([5.0, 3.0]), edges, label="all", tone="accent")
    for is_part, seen in ((True, 1.0), (False, 0.6)):
        part = Bars(np.array([1.0, 3.0]), edges, label="wrong", tone="bad", part=is_part)
        figure = Figure("Losses", (Panel((whole, part), Axis("loss"), Axis("samples")),))
        assert [trace.opacity for trace in of_type(figure, "bar")] == [seen] * 2


def test_horizontal_bars_run_down_from_the_first_category(sample_figure):
    figure = sample_figure("bars_horizontal")
    (trace,) = of_type(figure, "bar", orientation="h")
    assert np.array_equal(trace.x, mark_of(figure).heights)
    assert draw(figure).layout.yaxis.range[0] > draw(figure).layout.yaxis.range[1]


def test_bars_that_cannot_be_drawn_are_named_and_counted(sample_figure):
    figure = sample_figure("bars_hard")
    (trace,) = of_type(figure, "bar")
    assert np.array_equal(np.isnan(trace.y), [False, True, False, True, False])
    assert {"nan", "inf"} <= set(words(figure).split())
    assert "2 of 5 heights are not finite" in words(figure)


def test_the_spectrogram_lies_below_on_the_same_time_axis(sample_figure):
    figure = sample_figure("wave_spectrogram")
    mark = mark_of(figure)
    drawn = draw(figure)
    (sound,), (heat,) = of_type(figure, "scatter"), of_type(figure, "heatmap")
    assert np.array_equal(heat.z, mark.spectrogram)
    assert heat.xaxis == sound.xaxis
    above, below = drawn.layout.yaxis, drawn.layout["yaxis" + heat.yaxis[1:]]
    assert below.domain[1] < above.domain[0]
    assert (heat.y[0], heat.y[-1]) == (0, 4000)


# --- tiles ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tiles_weights", "tiles_heat", "tiles_many", "tiles_one"])
def test_each_tile_shows_its_image(sample_figure, name):
    figure = sample_figure(name)
    mark = mark_of(figure)
    drawn = draw(figure)
    pixels = picture(drawn.layout.images[0].source)
    (hover,) = [t for t in drawn.data if t.mode == "markers" and t.marker.symbol == "square"]
    scale = pixels.shape[1] / drawn.layout.images[0].sizex
    expected = tile_pixels(mark)
    assert len(hover.x) == len(mark.images)
    for x, y, image in zip(hover.x, hover.y, expected, strict=True):
        center = image[image.shape[0] // 2, image.shape[1] // 2]
        found = pixels[round(y * scale) + 1, round(x * scale) + 1]
        assert found[3] == 255
        assert np.array_equal(found[:3], center)


def test_tiles_carry_ids_and_captions(sample_figure):
    figure = sample_figure("tiles_predictions")
    mark = mark_of(figure)
    hover = next(t for t in draw(figure).data if t.customdata is not None)
    assert list(hover.customdata) == mark.ids.values.tolist()
    assert hover.text[8] == mark.captions[8].replace("\n", "<br>")


def test_verdicts_have_frames_and_signs(sample_figure):
    figure = sample_figure("tiles_predictions")
    mark = mark_of(figure)
    for verdict, sign, tone in (("right", "✓", "good"), ("wrong", "✗", "bad")):
        n = mark.verdicts.count(verdict)
        (frames,) = of_type(figure, "scatter", name=verdict)
        assert list(frames.x).count(None) == n
        assert frames.line.color == tone_color(tone)
        signs = [t for t in draw(figure).data if t.text is not None and sign in list(t.text)]
        assert len(signs[0].text) == n


def test_boxes_lie_where_the_corners_say(sample_figure):
    figure = sample_figure("tiles_boxes")
    mark = mark_of(figure)
    drawn = draw(figure)
    rectangles = [shape for shape in drawn.layout.shapes if shape.type == "rect"]
    corners = mark.overlays[0].corners
    scale = (rectangles[0].x1 - rectangles[0].x0) / (corners[0, 2] - corners[0, 0])
    for shape, given in zip(rectangles, corners, strict=True):
        assert shape.x1 - shape.x0 == pytest.approx((given[2] - given[0]) * scale)
        assert shape.y1 - shape.y0 == pytest.approx((given[3] - given[1]) * scale)
    assert rectangles[0].x0 == pytest.approx(corners[0, 0] * scale)


# --- tokens, graphs, tables, notes ---------------------------------------------------------


def test_pieces_stand_on_the_colour_of_their_weight(sample_figure):
    figure = sample_figure("tokens_weighted")
    mark = mark_of(figure)
    for trace, pieces, weights, sample_id in zip(
        of_type(figure, "bar"), mark.texts, mark.weights, (11, 12), strict=True
    ):
        colors = mark.color.rgb(weights).astype(int)
        expected = [f"rgb({r},{g},{b})" for r, g, b in colors]
        assert list(trace.marker.color) == expected
        assert len(trace.x) == len(pieces)
        assert set(trace.customdata) == {sample_id}


def test_pieces_of_a_line_do_not_overlap(sample_figure):
    for name in ("tokens_weighted", "tokens_hard"):
        for trace in of_type(sample_figure(name), "bar"):
            ends = np.array(trace.base) + np.array(trace.x)
            same = np.array(trace.y)[:-1] == np.array(trace.y)[1:]
            assert (ends[:-1][same] <= np.array(trace.base)[1:][same] + 1e-6).all()


def test_graphs_have_a_box_per_node_and_an_arrow_per_edge(sample_figure):
    for name in ("graph_residual", "graph_chain", "graph_branches"):
        figure = sample_figure(name)
        mark = mark_of(figure)
        drawn = draw(figure)
        nodes = next(t for t in drawn.data if t.mode == "markers+text")
        heads = next(t for t in drawn.data if t.marker.symbol == "arrow")
        assert len(nodes.x) == len(drawn.layout.shapes) == len(mark.labels)
        assert len(heads.x) == len(mark.edges)
        assert list(nodes.customdata) == mark.ids.values.tolist()


def test_arrows_point_along_their_last_stretch(sample_figure):
    heads = next(t for t in draw(sample_figure("graph_mlp")).data if t.marker.symbol == "arrow")
    assert {angle % 360 for angle in heads.marker.angle} == {180.0}


def test_tables_hold_every_cell_and_bars_are_shares(sample_figure):
    figure = sample_figure("table_report")
    mark = mark_of(figure)
    (trace,) = of_type(figure, "table")
    columns = dict(zip(trace.header["values"], trace.cells["values"], strict=True))
    assert list(columns["<b>precision</b>"]) == [f"{v:.3f}" for v in mark.columns["precision"]]
    bars = trace.cells["values"][3]
    best = int(np.argmax(mark.columns["F1"]))
    assert bars[best] == "█" * 7
    assert max(len(bar) for bar in bars) == 7
    assert list(trace.customdata) == list(range(10))


def test_long_tables_scroll_and_say_so(sample_figure):
    (trace,) = of_type(sample_figure("table_long"), "table")
    assert len(trace.cells["values"][0]) == 1000
    assert "1,000 rows: scroll" in words(sample_figure("table_long"))
    assert "No rows." in words(sample_figure("table_empty"))


def test_notes_are_written_whole_with_a_sign(sample_figure):
    figure = sample_figure("notes")
    for panel in figure.panels:
        assert panel.marks[0].text in words(figure)


# --- points in space -----------------------------------------------------------------------


def test_points_in_space_are_a_scene_of_their_own_with_ids(sample_figure):
    figure = sample_figure("points3d_classes")
    mark = mark_of(figure)
    page = draw(figure)
    traces = of_type(figure, "scatter3d")
    assert [trace.name for trace in traces] == list(mark.color.names)
    for code, trace in enumerate(traces):
        member = mark.color.codes == code
        for side in "xyz":
            assert np.array_equal(trace[side], getattr(mark, side)[member])
        assert list(trace.customdata) == mark.ids.values[member].tolist()
        assert trace.scene == "scene"
        assert trace.marker.color == categorical_color(code)
    assert page.layout.scene.xaxis.title.text == mark.axes[0]
    assert page.layout.scene.aspectmode == "data"
    assert page.layout.xaxis.domain is None


def test_two_scenes_stand_beside_each_other(sample_figure):
    page = draw(sample_figure("points3d_two_panels"))
    assert page.layout.scene.domain.x[1] <= page.layout.scene2.domain.x[0]
    assert [trace.scene for trace in page.data] == ["scene", "scene2"]
    assert "z is 0 throughout." in words(sample_figure("points3d_two_panels"))


def test_points_without_a_place_in_space_are_counted(sample_figure):
    figure = sample_figure("points3d_numbers")
    (trace,) = of_type(figure, "scatter3d")
    mark = mark_of(figure)
    assert np.array_equal(trace.x, mark.x[np.isfinite(mark.x)])
    assert trace.marker.coloraxis == "coloraxis10"
    assert "6 without a finite place left out." in words(figure)
    assert "No finite values." in words(sample_figure("points3d_only_nan"))

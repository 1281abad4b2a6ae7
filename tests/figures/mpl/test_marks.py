"""What matplotlib's artists hold is what the marks hold."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import to_hex, to_rgba
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from bathyscope.figures import MARKS, Axis, Bars, Figure, Line, Panel
from bathyscope.figures.color import categorical_color, tone_color
from bathyscope.figures.extent import cell_edges
from bathyscope.figures.mpl.panel import DRAWERS
from bathyscope.figures.turning import turning


def mark_of(figure: Figure, index: int = 0):
    return figure.panels[0].marks[index]


def line_figure(*lines: Line, **y) -> Figure:
    return Figure("", (Panel(lines, Axis("x"), Axis("y", **y)),))


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def signs(ax, kind: str):
    return next(line for line in ax.lines if line.get_gid() == f"off-scale {kind}")


def test_every_mark_has_a_drawer():
    assert set(DRAWERS) == set(MARKS)


# --- lines ---------------------------------------------------------------------------------


def test_lines_hold_their_points(drawn, sample_figure):
    figure = sample_figure("line_dashes")
    (ax,) = drawn(figure)
    for line, mark in zip(ax.lines, figure.panels[0].marks, strict=True):
        assert np.array_equal(line.get_xdata(), mark.x)
        assert np.array_equal(line.get_ydata(), mark.y)
        assert to_hex(line.get_color()) == tone_color(mark.tone)
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--", "--", "-"]


def test_a_band_lies_between_low_and_high(drawn):
    x = np.arange(4.0)
    (ax,) = drawn(line_figure(Line(x, x, low=x - 1, high=x + 2, band_label="range")))
    corners = ax.collections[0].get_paths()[0].vertices
    for at in range(4):
        heights = corners[corners[:, 0] == at, 1]
        assert (heights.min(), heights.max()) == (at - 1, at + 2)


def test_faint_lines_are_paler_and_below(drawn, sample_figure):
    (ax,) = drawn(sample_figure("line_loss_curves"))
    raw, smooth = ax.lines[:2]
    assert raw.get_alpha() < smooth.get_alpha()
    assert raw.get_zorder() < smooth.get_zorder()


def test_what_diverged_is_marked_at_the_edge(drawn, sample_figure):
    mark = mark_of(sample_figure("line_diverged"))
    (ax,) = drawn(sample_figure("line_diverged"))
    for kind, bad in (("nan", np.isnan(mark.y)), ("+inf", mark.y == np.inf)):
        found = signs(ax, kind)
        assert np.array_equal(found.get_xdata(), mark.x[bad])
        assert found.get_transform() == ax.get_xaxis_transform()
    assert signs(ax, "+inf").get_ydata()[0] > 0.9
    assert signs(ax, "nan").get_ydata()[0] < 0.1
    assert np.isnan(ax.lines[0].get_ydata()[np.isnan(mark.y)]).all()


def test_zeros_on_a_log_axis_are_marked_and_counted(drawn, sample_figure):
    mark = mark_of(sample_figure("line_log_with_zeros"))
    (ax,) = drawn(sample_figure("line_log_with_zeros"))
    assert ax.get_yscale() == "log"
    assert np.array_equal(signs(ax, "nonpositive").get_xdata(), mark.x[mark.y <= 0])
    assert any("8 ≤ 0" in words for words in texts(ax))


def test_a_million_points_keep_their_spike_and_say_that_they_are_fewer(drawn, sample_figure):
    mark = mark_of(sample_figure("line_million"))
    (ax,) = drawn(sample_figure("line_million"))
    y = ax.lines[0].get_ydata()
    assert len(y) <= 10_000
    assert (y.max(), y.min()) == (mark.y.max(), mark.y.min())
    assert any("1,000,000 points" in words for words in texts(ax))


def test_a_single_point_is_a_dot(drawn, sample_figure):
    (ax,) = drawn(sample_figure("line_single_point"))
    assert ax.lines[0].get_marker() == "o"
    low, high = ax.get_ylim()
    assert low < 0.93 < high


@pytest.mark.parametrize(("name", "words"), [("line_empty", "no data"),
                                             ("line_only_nan", "no finite values")])  # fmt: skip
def test_nothing_to_draw_is_said(drawn, sample_figure, name, words):
    (ax,) = drawn(sample_figure(name))
    assert words in texts(ax)


def test_lines_beyond_the_tenth_are_dashed(drawn, sample_figure):
    (ax,) = drawn(sample_figure("line_many_labels"))
    curves = [line for line in ax.lines if line.get_gid() is None]
    assert [line.get_linestyle() for line in curves] == ["-"] * 10 + ["--"] * 4


def test_marks_of_one_label_share_a_legend_entry(drawn):
    lines = [Line([0, 1], [0, i], label=label, tone=i) for i, label in enumerate("aab")]
    (ax,) = drawn(line_figure(*lines))
    assert [entry.get_text() for entry in ax.get_legend().get_texts()] == ["a", "b"]


def test_a_legend_that_repeats_the_axis_is_left_out(drawn):
    figure = Figure("", (Panel((Line([0, 1], [0, 1], label="loss"),), Axis("x"), Axis("loss")),))
    (ax,) = drawn(figure)
    assert ax.get_legend() is None


# --- points --------------------------------------------------------------------------------


def test_points_hold_their_places_and_colours(drawn, sample_figure):
    mark = mark_of(sample_figure("points_classes"))
    (ax,) = drawn(sample_figure("points_classes"))
    found = next(c for c in ax.collections if isinstance(c, PathCollection))
    assert np.array_equal(found.get_offsets(), np.stack([mark.x, mark.y], axis=1))
    expected = [to_rgba(categorical_color(code))[:3] for code in mark.color.codes]
    assert np.allclose(found.get_facecolors()[:, :3], expected)


def test_numbers_of_points_take_the_colours_of_their_scale(drawn, sample_figure):
    mark = mark_of(sample_figure("points_numbers"))
    (ax,) = drawn(sample_figure("points_numbers"))
    found = ax.collections[0]
    assert np.array_equal(found.get_array(), mark.color.values)
    found.update_scalarmappable()
    ours = mark.color.scale.rgb(mark.color.values) / 255
    assert np.abs(found.get_facecolors()[:, :3] - ours).max() < 0.03


def test_a_million_points_are_a_density(drawn, sample_figure):
    (ax,) = drawn(sample_figure("points_million"))
    assert not ax.collections
    assert ax.images[0].get_array().shape[2] == 4
    assert any("drawn as their density" in words for words in texts(ax))


# --- matrices ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["matrix_ten_classes", "matrix_weights", "matrix_hundred_classes"])
def test_images_hold_the_matrix_and_row_zero_is_at_the_top(drawn, sample_figure, name):
    mark = mark_of(sample_figure(name))
    (ax,) = drawn(sample_figure(name))
    image = ax.images[0]
    assert np.array_equal(image.get_array(), mark.values)
    n_rows, n_columns = mark.values.shape
    assert image.get_extent() == [-0.5, n_columns - 0.5, n_rows - 0.5, -0.5]
    bottom, top = ax.get_ylim()
    assert top < bottom


def test_matrix_colours_are_those_of_the_scale(drawn, sample_figure):
    mark = mark_of(sample_figure("matrix_weights"))
    (ax,) = drawn(sample_figure("matrix_weights"))
    image = ax.images[0]
    values = np.array([mark.color.low, 0.0, mark.color.high])
    drawn_rgb = np.rint(image.cmap(image.norm(values))[:, :3] * 255)
    assert np.array_equal(drawn_rgb, mark.color.rgb(values))


def test_nan_is_masked_and_infinities_are_at_the_ends(drawn, sample_figure):
    mark = mark_of(sample_figure("matrix_with_nan"))
    (ax,) = drawn(sample_figure("matrix_with_nan"))
    shown = ax.images[0].get_array()
    assert np.array_equal(np.ma.getmaskarray(shown), np.isnan(mark.values))
    assert shown[3, 4] == mark.color.high
    assert shown[4, 5] == mark.color.low
    assert to_hex(ax.images[0].cmap.get_bad()) == "#808080"


def test_cells_are_written_where_they_can_be_read(drawn, sample_figure):
    mark = mark_of(sample_figure("matrix_ten_classes"))
    (ax,) = drawn(sample_figure("matrix_ten_classes"))
    cells = [text for text in ax.texts if text.get_ha() == "center"]
    assert [text.get_text() for text in cells] == [str(cell) for cell in mark.cells.ravel()]
    (large,) = drawn(sample_figure("matrix_hundred_classes"))
    assert not [text for text in large.texts if text.get_ha() == "center"]


def test_uneven_steps_have_cells_of_their_own_width(drawn, sample_figure):
    mark = mark_of(sample_figure("matrix_layers_steps"))
    (ax,) = drawn(sample_figure("matrix_layers_steps"))
    mesh = next(c for c in ax.collections if isinstance(c, QuadMesh))
    assert np.array_equal(mesh.get_array().reshape(mark.values.shape), mark.values)
    assert np.allclose(mesh.get_coordinates()[0, :, 0], cell_edges(mark.x))


def test_a_thousand_classes_are_pooled_by_their_maximum(drawn, sample_figure):
    mark = mark_of(sample_figure("matrix_thousand_classes"))
    (ax,) = drawn(sample_figure("matrix_thousand_classes"))
    shown = np.asarray(ax.images[0].get_array())
    block = -(-1000 // shown.shape[0])
    assert block > 1
    expected = mark.values[: 1000 // block * block, : 1000 // block * block]
    n = 1000 // block
    expected = expected.reshape(n, block, n, block).max(axis=(1, 3))
    assert np.array_equal(shown[:n, :n], expected)
    assert any("1,000 × 1,000 cells" in words for words in texts(ax))


def test_ticks_of_many_classes_are_thinned(drawn, sample_figure):
    (ax,) = drawn(sample_figure("matrix_thousand_classes"))
    assert 5 <= len(ax.get_yticks()) <= 60
    assert ax.get_yticklabels()[1].get_text() == f"n{int(ax.get_yticks()[1]):08d}"


def test_the_colour_bar_has_its_label_and_unit(drawn, sample_figure):
    (ax,) = drawn(sample_figure("matrix_with_nan"))
    assert [child.get_ylabel() for child in ax.child_axes] == ["score (logit)"]


# --- bars ----------------------------------------------------------------------------------


def test_bars_have_their_heights_and_tones(drawn, sample_figure):
    mark = mark_of(sample_figure("bars_scores"))
    (ax,) = drawn(sample_figure("bars_scores"))
    assert np.allclose([bar.get_height() for bar in ax.patches], mark.heights)
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [
        tone_color(tone) for tone in mark.tones
    ]
    assert texts(ax)[:10] == list(mark.text)


def test_horizontal_bars_run_down_from_the_first_category(drawn, sample_figure):
    mark = mark_of(sample_figure("bars_horizontal"))
    (ax,) = drawn(sample_figure("bars_horizontal"))
    assert np.allclose([bar.get_width() for bar in ax.patches], mark.heights)
    bottom, top = ax.get_ylim()
    assert bottom > top


def test_histograms_fill_their_bins(drawn, sample_figure):
    mark = mark_of(sample_figure("bars_histogram"))
    (ax,) = drawn(sample_figure("bars_histogram"))
    left = np.array([bar.get_x() for bar in ax.patches])
    width = np.array([bar.get_width() for bar in ax.patches])
    assert np.allclose(left, mark.edges[:-1])
    assert np.allclose(left + width, mark.edges[1:])


def test_a_part_is_drawn_whole_over_what_it_is_a_part_of(drawn):
    edges = np.array([0.0, 1.0, 2.0])
    whole = Bars(np.array([5.0, 3.0]), edges, label="all", tone="accent")
    for is_part, seen in ((True, 1.0), (False, 0.6)):
        part = Bars(np.array([1.0, 3.0]), edges, label="wrong", tone="bad", part=is_part)
        (ax,) = drawn(Figure("Losses", (Panel((whole, part), Axis("loss"), Axis("samples")),)))
        assert [patch.get_alpha() for patch in ax.patches] == [seen] * 4


def test_log_bars_end_at_their_heights(drawn, sample_figure):
    mark = mark_of(sample_figure("bars_two_histograms"))
    (ax,) = drawn(sample_figure("bars_two_histograms"))
    tops = np.array([bar.get_y() + bar.get_height() for bar in ax.patches[: len(mark.heights)]])
    assert np.allclose(tops[mark.heights > 0], mark.heights[mark.heights > 0])


def test_bars_that_cannot_be_drawn_are_counted(drawn, sample_figure):
    (ax,) = drawn(sample_figure("bars_hard"))
    assert [bar.get_height() for bar in ax.patches] == [1, 0, -2, 0, 0]
    assert any("2 of 5 heights are not finite" in words for words in texts(ax))


# --- sound ---------------------------------------------------------------------------------


def test_waves_hold_their_samples_in_seconds(drawn, sample_figure):
    mark = mark_of(sample_figure("wave_plain"))
    (ax,) = drawn(sample_figure("wave_plain"))
    assert np.allclose(ax.lines[0].get_ydata(), mark.samples)
    assert ax.lines[0].get_xdata()[-1] == pytest.approx((len(mark.samples) - 1) / 8000)


def test_the_spectrogram_lies_below_on_the_same_time_axis(drawn, sample_figure):
    mark = mark_of(sample_figure("wave_spectrogram"))
    (ax,) = drawn(sample_figure("wave_spectrogram"))
    below = next(child for child in ax.child_axes if child.images)
    assert np.array_equal(below.images[0].get_array(), mark.spectrogram)
    assert below.images[0].get_extent() == pytest.approx([0, 1.5, 0, 4000])
    assert below.get_xlim() == ax.get_xlim()
    assert below.get_position().y1 <= ax.get_position().y0
    assert below.get_xlabel() == "time (s)"


# --- tiles ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tiles_predictions", "tiles_weights", "tiles_many",
                                  "tiles_photographs", "tiles_one"])  # fmt: skip
def test_each_tile_holds_its_image_undistorted(drawn, sample_figure, name):
    mark = mark_of(sample_figure(name))
    (ax,) = drawn(sample_figure(name))
    assert len(ax.images) == len(mark.images)
    for image, values in zip(ax.images, mark.images, strict=True):
        assert np.array_equal(image.get_array(), values)
    left, right, bottom, top = ax.images[0].get_extent()
    box = ax.get_window_extent()
    scale = [
        box.width / abs(np.diff(ax.get_xlim())[0]),
        box.height / abs(np.diff(ax.get_ylim())[0]),
    ]
    shape = (bottom - top) * scale[1], (right - left) * scale[0]
    assert shape[0] / shape[1] == pytest.approx(
        mark.images.shape[1] / mark.images.shape[2], rel=0.02
    )


def test_tiles_of_one_mark_share_their_scale(drawn, sample_figure):
    mark = mark_of(sample_figure("tiles_weights"))
    (ax,) = drawn(sample_figure("tiles_weights"))
    for image in ax.images:
        assert (image.norm.vmin, image.norm.vmax) == (mark.color.low, mark.color.high)


def test_verdicts_have_a_frame_and_a_sign(drawn, sample_figure):
    mark = mark_of(sample_figure("tiles_predictions"))
    (ax,) = drawn(sample_figure("tiles_predictions"))
    for verdict, sign, tone in (("right", "✓", "good"), ("wrong", "✗", "bad")):
        n = mark.verdicts.count(verdict)
        frames = [p for p in ax.patches if p.get_gid() == f"verdict {verdict}"]
        assert len(frames) == texts(ax).count(sign) == n > 0
        assert {to_hex(frame.get_edgecolor()) for frame in frames} == {tone_color(tone)}


def test_captions_are_written_line_by_line(drawn, sample_figure):
    mark = mark_of(sample_figure("tiles_predictions"))
    (ax,) = drawn(sample_figure("tiles_predictions"))
    written = " ".join(texts(ax))
    assert mark.captions[0].split("(")[1] in written
    assert sum("true:" in words for words in texts(ax)) == mark.verdicts.count("wrong")


def test_heat_lies_over_its_image_and_fades_at_zero(drawn, sample_figure):
    mark = mark_of(sample_figure("tiles_heat"))
    heat = mark.overlays[0]
    (ax,) = drawn(sample_figure("tiles_heat"))
    images, layers = ax.images[: len(mark.images)], ax.images[len(mark.images) :]
    for image, layer, values in zip(images, layers, heat.values, strict=True):
        assert layer.get_extent() == image.get_extent()
        assert np.array_equal(layer.get_array(), values)
        opacity = heat.opacity * np.abs(values) / heat.color.high
        assert np.allclose(layer.get_alpha(), opacity, atol=1e-6)


def test_boxes_lie_where_the_corners_say(drawn, sample_figure):
    mark = mark_of(sample_figure("tiles_boxes"))
    boxes = mark.overlays[0]
    (ax,) = drawn(sample_figure("tiles_boxes"))
    found = [p for p in ax.patches if isinstance(p, Rectangle) and p.get_gid() is None]
    assert len(found) == len(boxes.tile)
    for patch, tile, corners in zip(found, boxes.tile, boxes.corners, strict=True):
        left, right, _, top = ax.images[tile].get_extent()
        scale = (right - left) / mark.images.shape[2]
        expected = (left + corners[0] * scale, top + corners[1] * scale)
        assert patch.get_xy() == pytest.approx(expected)
        assert patch.get_width() == pytest.approx((corners[2] - corners[0]) * scale)
    assert set(boxes.labels) <= set(texts(ax))


# --- tokens, graphs, tables, notes ---------------------------------------------------------


def test_pieces_stand_on_the_colour_of_their_weight_in_reading_order(drawn, sample_figure):
    mark = mark_of(sample_figure("tokens_weighted"))
    (ax,) = drawn(sample_figure("tokens_weighted"))
    n = sum(len(text) for text in mark.texts)
    assert len(ax.patches) == n
    weights = np.concatenate(mark.weights)
    grounds = np.array([patch.get_facecolor()[:3] for patch in ax.patches])
    assert np.allclose(grounds, mark.color.rgb(weights) / 255)
    starts = [(round(p.get_y(), 3), p.get_x()) for p in ax.patches]
    assert starts == sorted(starts)


def test_pieces_of_a_line_do_not_overlap(drawn, sample_figure):
    for name in ("tokens_weighted", "tokens_hard"):
        (ax,) = drawn(sample_figure(name))
        for before, after in zip(ax.patches[:-1], ax.patches[1:], strict=True):
            if before.get_y() == after.get_y():
                assert before.get_x() + before.get_width() <= after.get_x() + 1e-6
        assert all(p.get_x() + p.get_width() <= ax.get_xlim()[1] + 1e-6 for p in ax.patches)


def test_graphs_have_a_box_per_node_and_an_arrow_per_edge(drawn, sample_figure):
    for name in ("graph_residual", "graph_chain", "graph_branches"):
        mark = mark_of(sample_figure(name))
        (ax,) = drawn(sample_figure(name))
        boxes = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
        arrows = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
        assert (len(boxes), len(arrows)) == (len(mark.labels), len(mark.edges))
        heads = [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]
        assert len(heads) == len(mark.labels)


def test_tables_write_every_cell_and_bars_are_shares(drawn, sample_figure):
    mark = mark_of(sample_figure("table_report"))
    (ax,) = drawn(sample_figure("table_report"))
    written = texts(ax)
    for name, spec in mark.formats.items():
        assert all(format(v, spec) in written for v in mark.columns[name].tolist())
    widths = np.array([p.get_width() for p in ax.patches])
    f1 = mark.columns["F1"]
    assert np.allclose(widths[1:20:2] / widths[0], f1 / f1.max())


def test_long_tables_say_how_many_rows_are_left_out(drawn, sample_figure):
    (ax,) = drawn(sample_figure("table_long"))
    assert "… and 960 more rows" in texts(ax)
    (empty,) = drawn(sample_figure("table_empty"))
    assert "no rows" in texts(empty)


def test_notes_are_written_whole_with_a_sign(drawn, sample_figure):
    figure = sample_figure("notes")
    for ax, panel in zip(drawn(figure), figure.panels, strict=True):
        sign, *lines = texts(ax)
        assert " ".join(lines) == panel.marks[0].text
        assert sign in ("i", "!", "✗")


# --- points in space -----------------------------------------------------------------------


def test_points_in_space_are_drawn_from_far_to_near_with_their_colours(drawn, sample_figure):
    figure = sample_figure("points3d_classes")
    mark = mark_of(figure)
    (ax,) = drawn(figure)
    (found,) = [c for c in ax.collections if isinstance(c, PathCollection)]
    at = np.stack([mark.x, mark.y, mark.z], axis=1)
    depth = at @ turning()[2]
    order = np.argsort(depth, kind="stable")
    colors = [to_rgba(categorical_color(code))[:3] for code in mark.color.codes[order]]
    np.testing.assert_allclose(found.get_facecolors()[:, :3], colors)
    assert (np.diff(found.get_sizes()) >= 0).all()
    assert (np.diff(found.get_facecolors()[:, 3]) >= 0).all()
    # On the picture, points lie as they do seen from the eye: inches are a scaled rotation.
    seen = (at @ turning()[:2].T)[order] * [1, -1]
    inches = np.asarray(found.get_offsets())
    scale = np.ptp(inches, axis=0) / np.ptp(seen, axis=0)
    np.testing.assert_allclose(scale[0], scale[1])
    np.testing.assert_allclose(inches - inches.mean(0), (seen - seen.mean(0)) * scale, atol=1e-9)
    assert set(texts(ax)) >= {mark.axes[0], mark.axes[2]}


def test_points_without_a_place_in_space_are_counted(drawn, sample_figure):
    (ax,) = drawn(sample_figure("points3d_numbers"))
    (found,) = [c for c in ax.collections if isinstance(c, PathCollection)]
    mark = mark_of(sample_figure("points3d_numbers"))
    lost = int(np.isnan(mark.x).sum())
    assert lost and len(found.get_offsets()) == len(mark.x) - lost
    assert any(f"{lost} without a finite place" in words for words in texts(ax))
    assert "no finite values" in texts(drawn(sample_figure("points3d_only_nan"))[0])


def test_an_axis_without_length_is_said(drawn, sample_figure):
    _, disc = drawn(sample_figure("points3d_two_panels"))
    assert any("z is 0 throughout." in words for words in texts(disc))

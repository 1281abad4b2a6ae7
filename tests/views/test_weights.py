from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import minmax_scale

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Bars, Matrix, Tiles
from bathyscope.models import Parameter
from bathyscope.views._arrange import to_blocks, to_kernels, to_sheet
from bathyscope.views.weights import Weights


def _kernel(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).normal(size=shape)


def examples() -> dict[str, views.View]:
    broken = _kernel(30, 40)
    broken[3, 4:9], broken[10] = np.nan, np.inf
    return {
        "matrix": views.weights(_kernel(20, 30), axes=("in", "out")),
        "unit scale": views.weights(_kernel(20, 30), axes=("in", "out"), scale="unit"),
        "large": views.weights(_kernel(1100, 700).astype(np.float32), scale="raw"),
        "convolution": views.weights(_kernel(3, 3, 2, 8), axes=("height", "width", "in", "out")),
        "sound convolution": views.weights(_kernel(5, 12, 8), axes=("time", "in", "out")),
        "volume convolution": views.weights(
            _kernel(2, 3, 3, 2, 4), axes=("depth", "height", "width", "in", "out")
        ),
        "images": views.weights(_kernel(64, 9), axes=("in", "out"), image_shape=(8, 8)),
        "vector": views.weights(_kernel(16)),
        "number": views.weights(np.float64(2.0)),
        "not finite": views.weights(broken),
        "several": views.weights({"a": _kernel(4, 5), "偏置": _kernel(6), "c": _kernel(2, 3, 4)}),
    }


def mark_of(view: views.View) -> Any:
    return view.figure().panels[0].marks[0]


@pytest.mark.parametrize(
    ("axes", "order"),
    [(("in", "out"), (0, 1)), (("out", "in"), (1, 0))],
)
def test_rows_are_output_units_however_stored(
    axes: tuple[str, ...], order: tuple[int, int]
) -> None:
    values = _kernel(5, 3)
    mark = mark_of(views.weights(values.transpose(order), axes=axes))
    assert isinstance(mark, Matrix)
    assert np.array_equal(mark.values, values.T)


def test_without_axes_nothing_is_reordered() -> None:
    values = _kernel(5, 3)
    panel = views.weights(values).figure().panels[0]
    assert np.array_equal(panel.marks[0].values, values)
    assert (panel.x.label, panel.y.label) == ("axis 1", "axis 0")


def test_more_dimensions_without_axes_are_flattened_and_it_is_said() -> None:
    values = _kernel(3, 2, 4, 5)
    panel = views.weights(values).figure().panels[0]
    assert np.array_equal(panel.marks[0].values, values.reshape(3, 40))
    assert panel.x.label == "axes 1 to 3, flattened"


def test_attention_kernels_keep_their_heads_apart() -> None:
    values = _kernel(6, 2, 3)
    sheet = to_sheet(values, ("in", "heads", "out"))
    assert sheet.rows == "head · output unit"
    assert np.array_equal(sheet.values[1 * 3 + 2], values[:, 1, 2])
    back = to_sheet(values, ("heads", "in", "out"))
    assert back.columns == "head · input"
    assert np.array_equal(back.values[2], values[:, :, 2].ravel())


@pytest.mark.parametrize(
    "axes",
    [("height", "width", "in", "out"), ("out", "in", "height", "width")],
)
def test_each_tile_is_one_kernel(axes: tuple[str, ...]) -> None:
    sizes = {"height": 3, "width": 5, "in": 2, "out": 4}
    values = _kernel(*(sizes[axis] for axis in axes))
    mark = mark_of(views.weights(values, axes=axes))
    assert isinstance(mark, Tiles)
    canonical = values.transpose([axes.index(a) for a in ("out", "in", "height", "width")])
    assert np.array_equal(mark.images, canonical.reshape(8, 3, 5))
    assert mark.captions[3] == "unit 1\ninput 1"


def test_depthwise_kernels_give_one_tile_per_channel() -> None:
    values = _kernel(3, 3, 5, 2)
    kernels = to_kernels(values, ("height", "width", "group", "out"))
    assert kernels.images.shape == (10, 1, 3, 3)
    assert np.array_equal(kernels.images[2 * 2 + 1, 0], values[:, :, 2, 1])


def test_a_convolution_of_single_points_is_a_matrix() -> None:
    values = _kernel(1, 1, 6, 4)
    mark = mark_of(views.weights(values, axes=("height", "width", "in", "out")))
    assert isinstance(mark, Matrix)
    assert np.array_equal(mark.values, values[0, 0].T)


def test_one_dimensional_kernels_show_inputs_by_positions() -> None:
    values = _kernel(5, 7, 4)
    mark = mark_of(views.weights(values, axes=("time", "in", "out")))
    assert mark.images.shape == (4, 7, 5)
    assert np.array_equal(mark.images[2], values[:, :, 2].T)


def test_volumes_give_a_slice_per_input_and_depth() -> None:
    values = _kernel(2, 3, 4, 5, 6)
    mark = mark_of(views.weights(values, axes=("depth", "height", "width", "in", "out"), tiles=60))
    assert mark.images.shape == (60, 3, 4)
    assert np.array_equal(mark.images[1 * 10 + 3 * 2 + 1], values[1, :, :, 3, 1])


def test_units_of_a_first_layer_are_images() -> None:
    values = _kernel(12, 5)
    mark = mark_of(views.weights(values, axes=("in", "out"), image_shape=(3, 4)))
    assert np.array_equal(mark.images[2], values[:, 2].reshape(3, 4))


@pytest.mark.parametrize("channels_last", [True, False])
def test_units_that_see_colours_give_an_image_per_channel(channels_last: bool) -> None:
    pixels = _kernel(5, 4, 6, 3)
    stored = pixels if channels_last else pixels.transpose(0, 3, 1, 2)
    shape = (4, 6, 3) if channels_last else (3, 4, 6)
    view = views.weights(stored.reshape(5, -1), axes=("out", "in"), image_shape=shape)
    assert np.array_equal(mark_of(view).images[1 * 3 + 2], pixels[1, :, :, 2])
    assert mark_of(view).captions[5] == "unit 1\nblue"


def test_a_wrong_image_shape_is_an_error() -> None:
    view = views.weights(_kernel(784, 5), axes=("in", "out"), image_shape=(28, 29))
    with pytest.raises(ValueError, match=r"784 entries.*got \(28, 29\), 812"):
        view.figure()


def test_the_axis_of_the_inputs_must_be_known_when_both_fit() -> None:
    with pytest.raises(ValueError, match="which axis"):
        views.weights(_kernel(16, 16), image_shape=(4, 4)).figure()


def test_tiles_of_a_plain_matrix_need_an_image_shape() -> None:
    with pytest.raises(ValueError, match="needs a convolution over more"):
        views.weights(_kernel(16, 16), layout="tiles").figure()


def test_chosen_units_and_what_is_left_out() -> None:
    values = _kernel(8, 4, 3, 3)
    axes = ("out", "in", "height", "width")
    panel = views.weights(values, axes=axes, units=[6, 1]).figure().panels[0]
    assert np.array_equal(panel.marks[0].images[:4], values[6])
    assert "Shown: 2 of 8 output units" in panel.note
    few = views.weights(values, axes=axes, tiles=9).figure().panels[0]
    assert few.marks[0].images.shape == (9, 3, 3)
    assert "3 of 8 output units, 3 of 4 images of each" in few.note
    with pytest.raises(ValueError, match="units 0 to 7"):
        views.weights(values, axes=axes, units=[8]).figure()


def test_unit_scale_is_that_of_scikit_learn() -> None:
    values = _kernel(7, 9)
    panel = views.weights(values, scale="unit").figure().panels[0]
    expected = minmax_scale(values.reshape(-1, 1)).reshape(7, 9)
    assert np.allclose(panel.marks[0].values, expected, rtol=0, atol=1e-15)
    assert (panel.marks[0].color.low, panel.marks[0].color.high) == (0, 1)
    assert f"0 stands for {values.min():.4g}" in panel.note


def test_unit_scale_of_equal_values_is_zero_and_said() -> None:
    panel = views.weights(np.full((3, 3), 7.0), scale="unit").figure().panels[0]
    assert not panel.marks[0].values.any()
    assert "All values are equal" in panel.note


def test_raw_scale_spans_the_values() -> None:
    values = _kernel(7, 9)
    color = mark_of(views.weights(values, scale="raw")).color
    assert (color.kind, color.low, color.high) == ("sequential", values.min(), values.max())


def test_signed_scale_is_centred_and_an_outlier_does_not_bleach_it() -> None:
    values = _kernel(100, 100)
    values[0, 0] = 1000.0
    panel = views.weights(values).figure().panels[0]
    color = panel.marks[0].color
    assert (color.kind, color.low) == ("signed", -color.high)
    assert color.high == np.percentile(np.abs(values), 99.5)
    beyond = int((np.abs(values) > color.high).sum())
    assert f"{beyond} values of 10,000 (smallest" in panel.note
    assert "largest 1e+03" in panel.note


def test_a_given_range_makes_pictures_comparable() -> None:
    color = mark_of(views.weights(_kernel(3, 3), color_range=5.0)).color
    assert (color.low, color.high) == (-5, 5)


def test_large_matrices_keep_their_extremes_and_say_so() -> None:
    values = _kernel(1000, 600).astype(np.float32)
    values[777, 123] = -50.0
    panel = views.weights(values, cells=100).figure().panels[0]
    shown = panel.marks[0].values
    assert shown.shape == (100, 100)
    assert shown[77, 20] == -50.0
    assert "Each cell stands for 10 × 6 weights" in panel.note
    assert panel.marks[0].x[0] == 2.5 and panel.marks[0].y[0] == 4.5


def test_blocks_agree_with_a_plain_loop() -> None:
    values = _kernel(11, 7)
    blocks = to_blocks(values, at_most=4)
    assert blocks.size == (3, 2)
    for row in range(4):
        for column in range(4):
            block = values[3 * row : 3 * row + 3, 2 * column : 2 * column + 2].ravel()
            assert blocks.values[row, column] == block[np.abs(block).argmax()]


def test_a_narrow_sheet_may_be_longer() -> None:
    values = _kernel(10, 512)
    assert to_blocks(values, at_most=256).size == (1, 1)
    assert to_blocks(values.T, at_most=256).size == (1, 1)
    assert to_blocks(_kernel(10, 3000), at_most=256).size == (1, 3)
    assert to_blocks(_kernel(300, 600), at_most=256).size == (2, 3)


def test_blocks_keep_nan_only_where_nothing_else_is() -> None:
    values = np.full((4, 4), np.nan)
    values[0, 0] = 2.0
    values[3, 3] = -np.inf
    blocks = to_blocks(values, at_most=2).values
    assert blocks[0, 0] == 2.0 and np.isneginf(blocks[1, 1]) and np.isnan(blocks[0, 1])


def test_values_that_are_not_finite_are_counted() -> None:
    values = _kernel(5, 5)
    values[0, :2], values[1, 0] = np.nan, np.inf
    note = views.weights(values).figure().panels[0].note
    assert "2 NaN and 1 infinite of 25 values" in note


def test_vectors_and_numbers_are_bars() -> None:
    values = _kernel(6)
    mark = mark_of(views.weights(values))
    assert isinstance(mark, Bars)
    assert np.array_equal(mark.heights, values)
    assert mark.edges[0] == -0.5
    assert mark_of(views.weights(3.0)).heights.tolist() == [3.0]


def test_columns_name_every_weight() -> None:
    values = _kernel(2, 3)
    columns = views.weights({"a": values, "b": values[0]}).columns()
    assert columns["parameter"].tolist() == ["a"] * 6 + ["b"] * 3
    assert columns["axis_0"].tolist() == [0, 0, 0, 1, 1, 1, 0, 1, 2]
    assert columns["axis_1"].tolist() == [0, 1, 2, 0, 1, 2, -1, -1, -1]
    assert np.array_equal(columns["value"], [*values.ravel(), *values[0]])


def test_integers_and_half_precision_are_numbers() -> None:
    assert mark_of(views.weights(np.arange(4).reshape(2, 2))).values.tolist() == [[0, 1], [2, 3]]
    assert mark_of(views.weights(np.ones((2, 2), np.float16))).values.dtype == np.float16


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (np.zeros((0, 3)), ValueError, "must not be empty"),
        ({}, ValueError, "at least one array"),
        (np.ones((2, 2), complex), TypeError, "real numbers"),
        ([["a"]], TypeError, "real numbers"),
    ],
)
def test_bad_arrays_are_errors(values: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        views.weights(values)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "log"}, "`scale` must be one of 'signed', 'raw', 'unit'; got 'log'"),
        ({"layout": "rows"}, "`layout` must be one of"),
        ({"tiles": 0}, "`tiles` must be at least 1"),
        ({"color_range": -1.0}, "`color_range` must be positive"),
        ({"axes": ("in",)}, "must name each of the 2 dimensions"),
    ],
)
def test_bad_options_are_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        views.weights(_kernel(2, 2), **options)


def test_a_model_shows_its_own_weights(keras_model: Any) -> None:
    view = Weights.from_model(keras_model, "first")
    kernel = np.asarray(keras_model.get_layer("first").kernel)
    assert np.array_equal(mark_of(view).images, kernel[:, :, 0].transpose(2, 0, 1))
    whole = Weights.from_model(keras_model)
    assert [item.name for item in whole.parameters] == [
        "first/kernel", "second/kernel", "scores/kernel",
    ]  # fmt: skip


def test_torch_weights_show_the_same_way(torch_model: Any) -> None:
    view = Weights.from_model(torch_model, "0", layout="tiles")
    stored = torch_model[0].weight.detach().numpy()
    assert np.array_equal(mark_of(view).images, stored.reshape(12, 8, 8))
    assert "assuming that its 64 inputs are an image of 8 × 8" in view.figure().panels[0].note


def test_only_a_first_layer_is_taken_for_images(torch_model: Any) -> None:
    with pytest.raises(ValueError, match="needs a convolution over more"):
        Weights.from_model(torch_model, "3", layout="tiles").figure()


def test_wrong_names_offer_the_right_ones(torch_model: Any, keras_model: Any) -> None:
    with pytest.raises(bs.UnknownName, match="first"):
        Weights.from_model(keras_model, "frist")
    with pytest.raises(bs.UnknownName, match="`0`"):
        Weights.from_model(torch_model, "hidden")


def test_a_model_without_weights_says_so() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(bs.NotRecorded, match="must have weights to show"):
        Weights.from_model(torch.nn.ReLU())


def test_a_run_gives_back_what_was_trained(recorded: Any) -> None:
    run, network = recorded.run, recorded.network
    last = Weights.from_run(run, "hidden")
    assert np.array_equal(mark_of(last).values, network.parameters["hidden/kernel"].T)
    assert "step 108" in last.figure().title


def test_change_is_after_minus_before(recorded: Any) -> None:
    run = recorded.run
    change = Weights.from_run(run, "output", step=-1, minus=0)
    before = run.arrays("parameters", step=0)["output/kernel"]
    after = recorded.network.parameters["output/kernel"]
    assert np.array_equal(mark_of(change).values, (after - before).T)
    assert mark_of(change).color.label == "change of the weight"
    assert "step 108 minus step 0" in change.figure().title


def test_a_change_needs_both_steps_and_one_shape(run_writer: Any) -> None:
    writer = run_writer("grown")
    writer.log_arrays("parameters", {"w": _kernel(2, 2), "v": _kernel(2, 2)}, step=1)
    writer.log_arrays("parameters", {"w": _kernel(3, 2), "u": _kernel(2, 2)}, step=2)
    run = bs.open(writer.path)
    with pytest.raises(ValueError, match=r"one shape on both sides.*\(2, 2\) and \(3, 2\)"):
        Weights.from_run(run, "w", minus=1)
    with pytest.raises(bs.NotRecorded, match="u must be recorded on both sides"):
        Weights.from_run(run, "u", minus=1)
    with pytest.raises(bs.UnknownName, match="`u`"):
        Weights.from_run(run, "v")
    with pytest.raises(bs.NotRecorded, match="7"):
        Weights.from_run(run, "w", step=7)


def test_units_of_a_run_have_the_shape_of_its_inputs(recorded: Any) -> None:
    view = Weights.from_run(recorded.run, "hidden", layout="tiles")
    expected = recorded.network.parameters["hidden/kernel"].T.reshape(-1, 8, 8)
    assert np.array_equal(mark_of(view).images, expected)
    assert "of the shape of the recorded inputs" in view.figure().panels[0].note


def test_offers_show_units_and_every_weight_at_every_step(recorded_run: Any) -> None:
    offers = list(Weights.offers(recorded_run))
    assert [offer.title for offer in offers] == [
        "What each unit of hidden looks at", "Weights of hidden/kernel", "Weights of output/kernel",
        "How the weights changed in training",
    ]  # fmt: skip
    *films, change = offers
    assert change.options["minus"] == recorded_run.array_steps("parameters")[0]
    for offer in films:
        assert offer.steps == recorded_run.array_steps("parameters")
        first = Weights.from_run(recorded_run, step=offer.steps[0], **offer.options).figure()
        last = Weights.from_run(recorded_run, step=offer.steps[-1], **offer.options).figure()
        assert first.panels[0].marks[0].color == last.panels[0].marks[0].color


def test_many_weights_are_offered_by_size(run_writer: Any, rng: np.random.Generator) -> None:
    writer = run_writer("many")
    arrays = {f"layer{i:02d}.weight": rng.normal(size=(i + 1, 3)) for i in range(12)}
    writer.log_arrays("parameters", arrays, step=1)
    run = bs.open(writer.path)
    titles = [offer.title for offer in Weights.offers(run)]
    assert len(titles) == 8
    assert titles[0] == "Weights of layer04.weight"
    assert titles[-1].endswith("(4 smaller ones are left out)")
    whole = Weights.from_run(run)
    assert len(whole.parameters) == 9
    assert "layer00.weight, layer01.weight, layer02.weight" in whole.note


def test_features_with_names_are_not_taken_for_images(run_writer: Any, digits: Any) -> None:
    writer = run_writer("table")
    about = Parameter("dense/kernel", "dense", (64, 3), "float64", "weight", ("in", "out"))
    layer = {"name": "dense", "kind": "Dense", "parameters": [vars(about)]}
    writer.log_event("model", framework="x", name="y", layers=[layer])
    writer.log_arrays("parameters", {"dense/kernel": _kernel(64, 3)}, step=0)
    assert len(list(Weights.offers(bs.open(writer.path)))) == 2
    shown = {"sample": np.arange(2), "age": np.array([30, 40])}
    writer.log_table("shown/test", shown, step=0)
    assert [o.title for o in Weights.offers(bs.open(writer.path))] == ["Weights of dense/kernel"]


def test_a_run_without_parameters_says_so(run_writer: Any) -> None:
    run = bs.open(run_writer("empty").path)
    assert not list(Weights.offers(run))
    with pytest.raises(bs.NotRecorded, match="must hold parameters"):
        Weights.from_run(run)


def test_marks_carry_the_parameter(recorded_run: Any) -> None:
    ids = mark_of(Weights.from_run(recorded_run, "hidden")).ids
    assert (ids.kind, ids.values.tolist()) == ("parameter", ["hidden/kernel"])


def test_two_runs_are_subtracted(recorded_run: Any, slower_run: Any) -> None:
    view = bs.compare([recorded_run, slower_run]).weights("hidden/kernel")
    first, second = (
        run.arrays("parameters")["hidden/kernel"] for run in (recorded_run, slower_run)
    )
    assert np.allclose(view.parameters[0].values, second - first)
    figure = view.figure()
    assert "digits-mlp-slow (step " in figure.title
    assert figure.panels[0].marks[0].color.kind == "signed"
    offers = list(views.Weights.compares([recorded_run, slower_run]))
    assert [offer.title for offer in offers] == ["Difference of the weights"]
    assert list(views.Weights.compares([recorded_run])) == []
    with pytest.raises(ValueError, match="two runs to be subtracted; got 1"):
        bs.compare([recorded_run]).weights()

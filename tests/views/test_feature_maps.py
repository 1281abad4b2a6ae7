"""Feature maps: the right numbers in the right places, whatever the layer and the framework."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from bathyscope import NotRecorded, UnknownName, models
from bathyscope.figures import Bars, Matrix, Tiles
from bathyscope.figures.still import still
from bathyscope.runs import Run
from bathyscope.views import View, feature_maps
from bathyscope.views._channels import channels_of, unify
from bathyscope.views.feature_maps import FeatureMaps


def examples() -> dict[str, View]:
    rng = np.random.default_rng(0)
    images = rng.random((2, 28, 28))
    return {
        "maps": feature_maps(np.maximum(rng.normal(size=(2, 14, 14, 40)), 0), inputs=images),
        "signed": feature_maps(rng.normal(size=(1, 6, 7, 7)), channels="first"),
        "bars": feature_maps(rng.random((2, 10)), inputs=images, captions=["true 1", "true 2"]),
        "strip": feature_maps(rng.normal(size=(2, 512)), inputs=images, layer="hidden"),
        "sequence": feature_maps(rng.normal(size=(1, 20, 48)), inputs=["一 long text " * 9]),
        "nan": feature_maps(np.where(np.eye(9) > 0, np.nan, 1.0)[None, :, :, None]),
    }


def tiles_of(view: FeatureMaps, panel: int = 0) -> Tiles:
    mark = view.figure().panels[panel].marks[0]
    assert isinstance(mark, Tiles)
    return mark


def test_both_orders_of_channels_give_the_same_picture(rng: np.random.Generator) -> None:
    maps = rng.random((2, 5, 6, 4))
    last = feature_maps(maps, channels="last", sort="given")
    first = feature_maps(np.moveaxis(maps, 3, 1), channels="first", sort="given")
    for view in (last, first):
        np.testing.assert_array_equal(view.output.values, np.moveaxis(maps, 3, 1))
        for channel in range(4):
            np.testing.assert_array_equal(tiles_of(view, 1).images[channel], maps[1, :, :, channel])


def test_the_most_active_channels_are_drawn_and_said(rng: np.random.Generator) -> None:
    strength = rng.permutation(40) + 1.0
    maps = np.ones((2, 3, 3, 40)) * strength * np.where(np.arange(40) % 2, 1, -1)
    view = feature_maps(maps, limit=5)
    assert view.units.tolist() == np.argsort(-strength)[:5].tolist()
    drawn = still(view.figure()).panels[0].marks[0]
    assert drawn.captions == tuple(str(unit) for unit in view.units)
    assert "5 of 40 channels: the most active" in view.figure().panels[0].note
    given = feature_maps(maps, limit=5, sort="given")
    assert given.units.tolist() == [0, 1, 2, 3, 4]
    assert "The first 5 of 40 channels." in given.figure().panels[0].note


def test_a_reader_may_go_through_the_channels_in_every_order(rng: np.random.Generator) -> None:
    maps = rng.random((2, 5, 5, 12)) * (rng.permutation(12) + 1)
    maps[..., 7] = 0
    view = feature_maps(maps, limit=4)
    for row in range(2):
        mark = tiles_of(view, row)
        browse = mark.browse
        assert browse is not None and browse.together and browse.first == 4
        channels = {name: [int(mark.captions[i]) for i in o] for name, o in browse.orders.items()}
        assert channels["by channel"] == list(range(12))
        activity = maps.mean(axis=(0, 1, 2))
        assert channels["most active"] == np.argsort(-activity, kind="stable").tolist()
        assert channels["least active"][0] == channels["most active"][-1] == 7
        spread = maps.std(axis=(0, 1, 2))
        assert channels["largest variance"] == np.argsort(-spread, kind="stable").tolist()
        (gives,) = browse.facets
        assert [mark.captions[i] for i in np.flatnonzero(gives.codes)] == ["7"]
        np.testing.assert_allclose(
            browse.numbers["mean magnitude"], activity[[int(c) for c in mark.captions]]
        )
        for image, channel in zip(mark.images, mark.captions, strict=True):
            np.testing.assert_array_equal(image, maps[row, :, :, int(channel)])
    assert next(iter(tiles_of(feature_maps(maps, sort="given")).browse.orders)) == "by channel"


def test_large_maps_hold_no_more_than_there_is_room_for(rng: np.random.Generator) -> None:
    view = feature_maps(rng.random((4, 64, 64, 100)), limit=4)
    mark = tiles_of(view)
    assert 4 <= len(mark.images) < 100 and mark.browse.total == 100
    assert 4 * mark.images.size * 4 <= 1 << 19


def test_one_scale_for_all_maps_unless_stretched(rng: np.random.Generator) -> None:
    maps = rng.random((2, 4, 4, 2)) * np.array([1.0, 100.0])
    shared = feature_maps(maps, sort="given")
    scales = [tiles_of(shared, row).color for row in range(2)]
    assert scales[0] is not None and scales[1] is not None
    assert scales[0].high == maps.max()
    # The one colour bar stands above the first row.
    assert scales[0].label == "activation"
    assert scales[1] == replace(scales[0], label="")
    stretched = feature_maps(maps, sort="given", normalize=True)
    for row in range(2):
        np.testing.assert_allclose(tiles_of(stretched, row).images.max(axis=(1, 2)), 1.0)
    np.testing.assert_array_equal(stretched.columns()["value"], shared.columns()["value"])


def test_negative_outputs_get_a_scale_about_zero(rng: np.random.Generator) -> None:
    color = tiles_of(feature_maps(rng.normal(size=(1, 4, 4, 3)))).color
    assert color is not None and color.kind == "signed"


def test_dead_channels_and_bad_numbers_are_counted() -> None:
    maps = np.ones((2, 3, 3, 4))
    maps[..., 1] = 0
    maps[0, 0, 0, 2] = np.nan
    note = feature_maps(maps).figure().note
    assert "Zero in all samples: 1 of 4 channels." in note
    assert "1 NaN of 72 values" in note


def test_vectors_are_bars_or_a_strip() -> None:
    short = feature_maps(np.arange(10.0)[None]).figure().panels[0].marks[0]
    assert isinstance(short, Bars)
    np.testing.assert_array_equal(short.heights, np.arange(10.0))
    long = feature_maps(np.arange(100.0)[None]).figure().panels[0].marks[0]
    assert isinstance(long, Matrix)
    np.testing.assert_array_equal(long.values, np.arange(100.0)[None])


def test_vectors_of_several_samples_are_rows_of_one_matrix(rng: np.random.Generator) -> None:
    outputs, images = rng.normal(size=(3, 40)), rng.random((3, 28, 28))
    view = feature_maps(outputs, inputs=images, sample=[7, 9, 4], captions=["a", "b", "c"])
    inputs, rows = view.figure().panels
    assert isinstance(inputs.marks[0], Tiles)
    assert inputs.marks[0].captions == ("sample 7\na", "sample 9\nb", "sample 4\nc")
    matrix = rows.marks[0]
    assert isinstance(matrix, Matrix) and rows.y is not None
    np.testing.assert_array_equal(matrix.values, outputs)
    assert rows.y.categories == ("7", "9", "4")
    assert matrix.ids is not None and matrix.ids.kind == "sample"
    np.testing.assert_array_equal(matrix.ids.values.reshape(3, 40)[:, 0], [7, 9, 4])
    short = feature_maps(np.array([[1.0, 2.5], [-3.0, 0.125]])).figure().panels[0].marks[0]
    assert isinstance(short, Matrix) and short.cells is not None
    assert short.cells.tolist() == [["1", "2.5"], ["-3", "0.12"]]


def test_sequences_are_time_by_feature(rng: np.random.Generator) -> None:
    outputs = rng.random((1, 7, 5))
    view = feature_maps(outputs)
    panel = view.figure().panels[0]
    mark = panel.marks[0]
    assert isinstance(mark, Matrix)
    assert panel.x is not None and panel.y is not None
    assert (panel.x.label, panel.y.label) == ("position", "feature")
    np.testing.assert_array_equal(mark.values, outputs[0].T)
    turned = feature_maps(outputs.swapaxes(1, 2), channels="first")
    np.testing.assert_array_equal(turned.output.values, outputs)


def test_long_sequences_are_averaged_and_said(rng: np.random.Generator) -> None:
    outputs = rng.random((1, 600, 4))
    view = feature_maps(outputs)
    mark = view.figure().panels[0].marks[0]
    assert isinstance(mark, Matrix) and mark.x is not None
    assert mark.values.shape == (4, 200)
    np.testing.assert_allclose(mark.values[:, 0], outputs[0, :3].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(mark.x[:2], [1.0, 4.0])
    assert "Averaged over 3 positions × 1 feature." in view.figure().note


def test_large_maps_are_averaged_and_said() -> None:
    maps = np.kron(np.arange(4.0).reshape(2, 2), np.ones((64, 64)))[None, :, :, None]
    view = feature_maps(maps)
    assert tiles_of(view).images.shape == (1, 64, 64)
    assert "averaged over 2 × 2 pixels" in view.figure().note
    np.testing.assert_allclose(tiles_of(view).images.mean(), maps.mean())


def test_volumes_show_a_slice(rng: np.random.Generator) -> None:
    volumes = rng.random((1, 5, 6, 7, 2))
    found = unify(volumes, "last")
    np.testing.assert_array_equal(found.values, np.moveaxis(volumes[:, 2], 3, 1))
    assert "slice 2 of 5" in found.note


def test_frameworks_keep_channels_where_they_keep_them() -> None:
    assert channels_of("keras (jax)", "Conv2D", ndim=4) == "last"
    assert channels_of("keras (torch)", "Conv2D", ndim=4) == "last"
    assert channels_of("torch", "ReLU", ndim=4) == "first"
    assert channels_of("torch", "Conv1d", ndim=3) == "first"
    assert channels_of("torch", "MaxPool1d", ndim=3) == "first"
    assert channels_of("torch", "TransformerEncoderLayer", ndim=3) == "last"


def test_columns_name_sample_channel_row_and_column(rng: np.random.Generator) -> None:
    maps = rng.random((2, 3, 4, 5))
    columns = feature_maps(maps, limit=2, sample=[7, 9]).columns()
    assert len(columns["value"]) == 2 * 2 * 3 * 4
    for index in rng.integers(0, 48, 10):
        row = 0 if columns["sample"][index] == 7 else 1
        at = [columns[name][index] for name in ("row", "column", "channel")]
        assert columns["value"][index] == maps[row, at[0], at[1], at[2]]


@pytest.mark.parametrize(
    ("outputs", "options", "message"),
    [
        (np.zeros((0, 3, 3, 2)), {}, "at least one sample"),
        (np.zeros((1,) * 6), {}, "up to five dimensions"),
        (np.array(["a"]), {}, "must be numbers"),
        (np.zeros((1, 2, 2, 1)), {"channels": "middle"}, "`channels` must be one of"),
        (np.zeros((1, 2, 2, 1)), {"sort": "size"}, "`sort` must be one of"),
        (np.zeros((1, 2, 2, 1)), {"limit": 0}, "`limit` must be at least 1"),
        (np.zeros((1, 2, 2, 1)), {"inputs": ["a", "b"]}, "`inputs` must hold 1 samples"),
        (np.zeros((1, 2, 2, 1)), {"judge": np.zeros((2, 2, 2, 1))}, "`judge` must hold outputs"),
        (np.zeros((1, 2, 2, 1)), {"captions": ["a", "b"]}, "`captions` must name 1 samples"),
    ],
)
def test_bad_input_is_refused(outputs, options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        feature_maps(outputs, **options)


def test_keras_maps_equal_keras_own(keras_model, digits) -> None:
    import keras

    x = digits.x_test[:9].reshape(-1, 8, 8, 1).astype(np.float32)
    view = FeatureMaps.from_model(models.adapt(keras_model), "first", x, sample=[4, 2])
    part = keras.Model(keras_model.input, keras_model.get_layer("first").output)
    own = np.asarray(part.predict(x[[4, 2]], verbose=0))
    np.testing.assert_allclose(view.output.values, np.moveaxis(own, 3, 1), rtol=1e-5, atol=1e-6)
    tiles = tiles_of(view)
    np.testing.assert_array_equal(tiles.images[0], x[4, :, :, 0])
    with pytest.raises(UnknownName, match="Did you mean"):
        FeatureMaps.from_model(models.adapt(keras_model), "frist", x)
    with pytest.raises(UnknownName, match="sample `99`"):
        FeatureMaps.from_model(models.adapt(keras_model), "first", x, sample=99)


def test_torch_maps_equal_torchs_own(digits) -> None:
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU())
    x = digits.x_test[:3].reshape(-1, 1, 8, 8).astype(np.float32)
    view = FeatureMaps.from_model(models.adapt(model), "1", x)
    with torch.no_grad():
        own = model(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(view.output.values, own, rtol=1e-5)
    np.testing.assert_array_equal(tiles_of(view).images[0], x[0, 0])


def test_a_layer_used_twice_shows_the_use_asked_for(digits) -> None:
    import torch

    class Twice(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.twin = torch.nn.Linear(4, 4, bias=False)
            torch.nn.init.eye_(self.twin.weight)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.twin(self.twin(x) * 2)

    model, x = models.adapt(Twice()), np.ones((1, 4), dtype=np.float32)
    last = FeatureMaps.from_model(model, "twin", x)
    first = FeatureMaps.from_model(model, "twin", x, call=0)
    assert (first.output.values == 1).all() and (last.output.values == 2).all()
    assert "`twin` is used 2 times; use 1 is shown." in last.figure().note
    with pytest.raises(ValueError, match="`call` must name one of the 2 uses"):
        FeatureMaps.from_model(model, "twin", x, call=2)


@pytest.fixture
def maps_run(run_writer, tmp_path, keras_model, digits) -> Run:
    """Maps of a Keras layer at two steps; the most active channel changes between them."""
    writer = run_writer("maps")
    model = models.adapt(keras_model)
    writer.log_event("model", framework=model.framework, layers=[asdict(x) for x in model.layers()])
    images = digits.x_test[:6].reshape(-1, 8, 8)
    writer.log_arrays("inputs/probe", {"sample": np.arange(6), "inputs": images}, step=0)
    for step in (0, 5):
        maps = np.ones((3, 8, 8, 4)) * np.roll(np.arange(4.0), step)
        layers = {"second": maps, "first": maps + 1, "flat": maps.reshape(3, -1)}
        writer.log_arrays("feature_maps/probe", layers, step=step)
    return Run(tmp_path / "maps")


def test_from_run_keeps_the_same_channels_at_every_step(maps_run: Run) -> None:
    views = [FeatureMaps.from_run(maps_run, "first", step=step, limit=2) for step in (0, 5)]
    assert views[0].units.tolist() == views[1].units.tolist()
    last = np.roll(np.arange(4.0), 5)
    assert views[0].units.tolist() == np.argsort(-last)[:2].tolist()
    # Fewer maps than inputs are kept: those of the first samples.
    assert views[0].sample.tolist() == [0, 1, 2]
    assert views[0].shown is not None and len(views[0].shown) == 3


def test_offers_name_layers_in_the_models_order_without_plain_ones(maps_run: Run) -> None:
    offers = list(FeatureMaps.offers(maps_run))
    assert [offer.options["layer"] for offer in offers] == ["first", "second"]
    assert offers[0].steps == (0, 5)


@pytest.mark.parametrize("columns", [1, 2])
def test_the_class_scores_are_not_offered_twice(run_writer, tmp_path, rng, columns: int) -> None:
    writer = run_writer("scores")
    scores = rng.random((6, 2))
    output, hidden = scores[:3, -columns:], rng.random((3, columns))
    writer.log_arrays("feature_maps/probe", {"hidden": hidden, "output": output}, step=0)
    writer.log_arrays("scores/probe", {"sample": np.arange(6), "scores": scores}, step=0)
    offers = list(FeatureMaps.offers(Run(tmp_path / "scores")))
    assert [offer.options["layer"] for offer in offers] == ["hidden"]


def test_a_step_with_other_samples_than_the_last_is_judged_by_itself(run_writer, tmp_path) -> None:
    writer = run_writer("shrinking")
    maps = np.ones((4, 2, 2, 3)) * np.array([1.0, 3.0, 2.0])
    writer.log_arrays("feature_maps/probe", {"conv": maps}, step=0)
    writer.log_arrays("feature_maps/probe", {"conv": maps[:1, ..., ::-1]}, step=1)
    view = FeatureMaps.from_run(Run(tmp_path / "shrinking"), "conv", step=0, limit=1)
    assert view.units.tolist() == [1]


def test_an_empty_record_is_named(run_writer, tmp_path) -> None:
    run_writer("empty").log_arrays("feature_maps/probe", {"conv": np.zeros((0, 2, 2, 3))}, step=0)
    with pytest.raises(NotRecorded, match="must hold `conv` with at least one sample"):
        FeatureMaps.from_run(Run(tmp_path / "empty"), "conv")


def test_of_deep_networks_an_even_choice_is_offered_and_said(run_writer, tmp_path) -> None:
    writer = run_writer("deep")
    layers = {f"layer{k:03d}": np.ones((1, 3), dtype=np.float32) for k in range(100)}
    writer.log_arrays("feature_maps/probe", layers, step=0)
    offers = list(FeatureMaps.offers(Run(tmp_path / "deep")))
    names = [offer.options["layer"] for offer in offers]
    assert names == [f"layer{9 * k:03d}" for k in range(12)]
    assert all("12 of 100 layers are shown" in offer.title for offer in offers)


def test_from_run_shows_layers_of_a_real_run(recorded, digits) -> None:
    view = FeatureMaps.from_run(recorded.run, "hidden", sample=[3])
    hidden = recorded.network.forward(digits.x_test[[3]])[0]
    np.testing.assert_allclose(view.output.values, hidden)
    tiles = tiles_of(view)
    np.testing.assert_allclose(tiles.images[0].ravel(), digits.x_test[3], rtol=1e-6)
    with pytest.raises(UnknownName, match="recorded layer `hiden`"):
        FeatureMaps.from_run(recorded.run, "hiden")
    for offer in FeatureMaps.offers(recorded.run):
        FeatureMaps.from_run(recorded.run, step=offer.steps[0], **offer.options).figure()

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import minmax_scale

import bathyscope as bs
from bathyscope import views
from bathyscope.views.biases import Biases, histogram


def _vector(size: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(7).normal(size=size)


def examples() -> dict[str, views.View]:
    return {
        "two layers": views.biases({"hidden/bias": _vector(512), "output/bias": _vector(10)}),
        "unit scale": views.biases(_vector(64), scale="unit"),
        "all zero": views.biases({"fresh": np.zeros(8)}),
        "one unit": views.biases({"偏置": [0.5]}),
        "not finite": views.biases({"broken": [np.nan, 1.0, 2.0, np.inf], "gone": [np.nan]}),
    }


def bars_of(view: views.View, panel: int = 0) -> Any:
    return view.figure().panels[panel].marks[0]


def test_heights_agree_with_a_plain_count() -> None:
    values = _vector(200)
    bars = bars_of(views.biases(values, bins=7))
    width = (values.max() - values.min()) / 7
    place = np.minimum(((values - values.min()) / width).astype(int), 6)
    assert bars.heights.tolist() == [(place == i).sum() for i in range(7)]
    assert np.allclose(bars.edges, values.min() + width * np.arange(8))


def test_unit_scale_is_that_of_scikit_learn() -> None:
    values = _vector(100)
    panel = views.biases(values, scale="unit", bins=10).figure().panels[0]
    expected, _ = np.histogram(minmax_scale(values), bins=10, range=(0, 1))
    assert panel.marks[0].heights.tolist() == expected.tolist()
    assert (panel.marks[0].edges[0], panel.marks[0].edges[-1]) == (0, 1)
    assert panel.x.label == "bias, normalised to [0, 1]"
    assert f"0 stands for {values.min():.4g}" in panel.note


def test_every_unit_is_counted_once() -> None:
    for size in (1, 2, 10, 5000):
        assert bars_of(views.biases(_vector(size))).heights.sum() == size


def test_equal_values_get_one_bin_around_them_with_room_on_both_sides() -> None:
    counts, edges = histogram(np.full(9, 0.25), None)
    assert counts.tolist() == [0, 0, 9, 0, 0] and edges[2] < 0.25 < edges[3]
    panel = views.biases(np.zeros(4), scale="unit").figure().panels[0]
    assert "All values are equal" in panel.note
    assert panel.marks[0].edges[2] < 0 < panel.marks[0].edges[3]


def test_an_outlier_does_not_make_thousands_of_bins() -> None:
    values = np.concatenate([_vector(1000) * 1e-3, [1e6]])
    assert len(bars_of(views.biases(values)).heights) <= 60


def test_values_that_are_not_finite_are_counted() -> None:
    panel = views.biases([np.nan, 1.0, 2.0, -np.inf]).figure().panels[0]
    assert panel.marks[0].heights.sum() == 2
    assert "1 NaN and 1 infinite of 4 values" in panel.note
    nothing = views.biases([np.nan]).figure().panels[0]
    assert "No value is finite." in nothing.note


def test_mean_and_spread_are_told() -> None:
    values = _vector(30)
    note = views.biases(values).figure().panels[0].note
    assert f"mean {values.mean():.3g}, std {values.std():.3g}" in note


def test_a_model_shows_its_biases(keras_model: Any) -> None:
    view = Biases.from_model(keras_model)
    assert [item.name for item in view.parameters] == ["first/bias", "second/bias", "scores/bias"]
    one = Biases.from_model(keras_model, "scores", bins=2)
    assert (
        one.columns()["value"].tolist() == np.asarray(keras_model.get_layer("scores").bias).tolist()
    )


def test_a_run_shows_the_biases_of_a_step(recorded: Any) -> None:
    last = Biases.from_run(recorded.run)
    expected = [recorded.network.parameters[f"{name}/bias"] for name in ("hidden", "output")]
    assert np.array_equal(last.columns()["value"], np.concatenate(expected))
    first = Biases.from_run(recorded.run, step=0)
    assert not first.columns()["value"].any()
    assert "step 0" in first.figure().title
    assert [o.steps for o in Biases.offers(recorded.run)] == [
        recorded.run.array_steps("parameters")
    ]


def test_many_layers_are_cut_and_named(run_writer: Any) -> None:
    writer = run_writer("many")
    arrays = {f"layer{i:02d}.bias": _vector(4) for i in range(15)}
    writer.log_arrays("parameters", arrays, step=0)
    view = Biases.from_run(bs.open(writer.path))
    assert len(view.figure().panels) == 12
    assert "first 12 of 15" in view.note and "layer12.bias" in view.note


def test_no_bias_is_said(run_writer: Any) -> None:
    writer = run_writer("none")
    writer.log_arrays("parameters", {"w": np.ones((2, 2))}, step=0)
    run = bs.open(writer.path)
    assert not list(Biases.offers(run))
    with pytest.raises(bs.NotRecorded, match="must have biases"):
        Biases.from_run(run)
    with pytest.raises(bs.UnknownName, match="`w`"):
        Biases.from_run(run, "v")


def test_bad_options_are_errors() -> None:
    with pytest.raises(ValueError, match="`scale` must be one of 'raw', 'unit'"):
        views.biases([1.0], scale="signed")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="`bins` must be at least 1"):
        views.biases([1.0], bins=0)
    with pytest.raises(ValueError, match="must not be empty"):
        views.biases([])


def test_bars_carry_the_parameter() -> None:
    ids = bars_of(views.biases({"a": [1.0, 2.0]})).ids
    assert (ids.kind, ids.values.tolist()) == ("parameter", ["a"])

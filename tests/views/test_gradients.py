from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Bars, Line, Matrix
from bathyscope.models import Loss
from bathyscope.views import _curves, _long_gradients
from bathyscope.views._gradient_series import GradientSeries
from bathyscope.views.gradients import Gradients, binned


def _norms(size: int, scale: float = 1.0) -> np.ndarray[Any, Any]:
    return scale * np.exp(0.3 * np.random.default_rng(2).normal(size=size))


def examples() -> dict[str, views.View]:
    deep = {f"block{i:03d}/attention/query/kernel": _norms(900, 0.9**i) for i in range(40)}
    return {
        "curves": views.gradients({"hidden/kernel": _norms(50), "输出": _norms(50, 0.1)}),
        "heat": views.gradients({"a": _norms(50), "b": _norms(50, 0.1)}, layout="heat"),
        "deep": views.gradients(deep),
        "deep curves": views.gradients(deep, layout="curves"),
        "one batch": views.gradients({"a": 0.5, "b": 1e-6}, kind="ratio"),
        "broken": views.gradients({"a": [1, np.nan, np.inf, 0], "b": [0, 0, 0, 0]}, layout="heat"),
        "broken curves": views.gradients({"a": [1, np.nan, np.inf, 0], "b": [0, 0, 0, 0]}),
    }


def mark_of(view: views.View, index: int = 0) -> Any:
    return view.figure().panels[0].marks[index]


def test_curves_are_the_norms_of_each_step() -> None:
    view = views.gradients({"a": [3.0, 2.0], "b": [1.0, 4.0]}, steps=[10, 20])
    panel = view.figure().panels[0]
    assert all(isinstance(mark, Line) for mark in panel.marks)
    assert panel.marks[1].x.tolist() == [10, 20] and panel.marks[1].y.tolist() == [1, 4]
    assert panel.y.scale == "log" and panel.x.label == "step"
    assert (panel.marks[0].ids.kind, panel.marks[0].ids.values.tolist()) == ("parameter", ["a"])


def test_a_heat_map_shows_logarithms() -> None:
    view = views.gradients({"a": [1.0, 10.0], "b": [0.1, 100.0]}, layout="heat")
    panel = view.figure().panels[0]
    assert isinstance(panel.marks[0], Matrix)
    assert np.allclose(panel.marks[0].values, [[0, 1], [-1, 2]])
    assert panel.y.categories == ("a", "b")
    assert panel.marks[0].color.label == "log₁₀ of the gradient norm"
    assert panel.marks[0].ids.values.tolist() == ["a", "a", "b", "b"]


def test_many_parameters_are_a_heat_map_by_themselves() -> None:
    few = {f"p{i}": _norms(5) for i in range(10)}
    assert isinstance(mark_of(views.gradients(few)), Line)
    assert isinstance(mark_of(views.gradients({**few, "p10": _norms(5)})), Matrix)


def test_many_curves_are_grey_but_for_the_extremes() -> None:
    view = views.gradients({f"p{i:02d}": _norms(20, 2.0**i) for i in range(30)}, layout="curves")
    panel = view.figure().panels[0]
    colored = {mark.label for mark in panel.marks if mark.tone != "muted"}
    assert colored == {f"p{i:02d}" for i in (0, 1, 2, 3, 4, 25, 26, 27, 28, 29)}
    assert len(panel.marks) == 30 and "the other 20 in grey" in panel.note


def test_a_spike_survives_the_binning() -> None:
    values = np.ones(10_000)
    values[7_777] = 1e6
    series = (GradientSeries("a", np.arange(10_000), values),)
    grid, columns, size = binned(series, 400)
    assert grid.shape == (1, 400) and size == 25
    assert grid[0, 7_777 // 25] == 1e6 and (grid[0] == 1).sum() == 399
    assert columns[0] == 12.0
    note = views.gradients({"a": values}, layout="heat").figure().panels[0].note
    assert "largest of up to 25 steps" in note


def test_binning_agrees_with_a_plain_loop(rng: np.random.Generator) -> None:
    at = [np.sort(rng.choice(1000, size=n, replace=False)) for n in (700, 300)]
    series = [GradientSeries(str(i), a, rng.random(len(a))) for i, a in enumerate(at)]
    grid, _, size = binned(series, 50)
    steps = np.unique(np.concatenate(at))
    for row, item in enumerate(series):
        for column in range(grid.shape[1]):
            inside = np.isin(item.at, steps[column * size : (column + 1) * size])
            expected = item.values[inside].max() if inside.any() else np.nan
            assert np.array_equal(grid[row, column], expected, equal_nan=True)


def test_what_is_not_finite_wins_its_cell_and_is_counted() -> None:
    at = np.arange(4)
    series = (GradientSeries("a", at, np.array([1.0, np.nan, 2.0, np.inf])),)
    grid, _, _ = binned(series, 2)
    assert np.isnan(grid[0, 0]) and np.isposinf(grid[0, 1])
    note = views.gradients({"a": series[0].values}, layout="heat").figure().panels[0].note
    assert "2 values of 4 not finite, in 1 parameter, first a" in note


def test_steps_that_parameters_share_are_kept_once_and_others_are_joined(run_writer: Any) -> None:
    with run_writer("shared") as writer:
        for name, steps in (
            ("a/kernel", range(1, 5)),
            ("a/bias", range(1, 5)),
            ("b/kernel", (2, 4)),
        ):
            at, later = np.array(steps), np.array([2, 3, 4])
            writer.log_scalar_columns({f"gradient_norm/{name}": (at, at + float(len(name)))})
            writer.log_scalar_columns({f"weight_norm/{name}": (later, np.full(3, 2.0))})
    run = bs.open(writer.path)
    series = {item.name: item for item in Gradients.from_run(run).series}
    assert series["a/kernel"].at is series["a/bias"].at
    layers = {item.name: item for item in Gradients.from_run(run, by="layer").series}
    assert layers["a"].values.tolist() == [math.hypot(k + 8, k + 6) for k in (1, 2, 3, 4)]
    ratios = {item.name: item for item in Gradients.from_run(run, kind="ratio").series}
    assert ratios["b/kernel"].at.tolist() == [2, 4]
    assert ratios["b/kernel"].values.tolist() == [5.0, 6.0]
    grid, columns, _ = binned(tuple(series.values()), 400)
    assert columns.tolist() == [1, 2, 3, 4]
    rows = dict(zip(series, grid.tolist(), strict=True))
    assert rows["a/kernel"] == [9, 10, 11, 12] and np.isnan(rows["b/kernel"]).sum() == 2


def test_zeros_are_counted_where_they_cannot_be_drawn() -> None:
    panel = views.gradients({"a": [0.0, 0.0, 1.0]}).figure().panels[0]
    assert panel.marks[0].x.tolist() == [3]
    assert "2 values exactly 0" in panel.note


def test_a_run_shows_the_gradients_of_its_steps(recorded_run: Any) -> None:
    view = Gradients.from_run(recorded_run)
    assert [item.name for item in view.series] == [
        "hidden/kernel", "hidden/bias", "output/kernel", "output/bias",
    ]  # fmt: skip
    assert np.array_equal(
        view.series[2].values, recorded_run.scalars("gradient_norm/output/kernel").values
    )


def test_a_layer_is_the_norm_of_all_its_parameters(recorded_run: Any) -> None:
    view = Gradients.from_run(recorded_run, by="layer")
    kernel, bias = (
        recorded_run.scalars(f"gradient_norm/hidden/{part}").values for part in ("kernel", "bias")
    )
    assert [item.name for item in view.series] == ["hidden", "output"]
    assert np.allclose(view.series[0].values, np.hypot(kernel, bias), rtol=1e-14)
    assert mark_of(view).ids.kind == "layer"


def test_ratios_divide_step_by_step(recorded_run: Any) -> None:
    weight = recorded_run.scalars("weight_norm/hidden/kernel").values
    for kind, above in (("ratio", "gradient_norm"), ("update_ratio", "update_norm")):
        view = Gradients.from_run(recorded_run, kind=kind)
        expected = recorded_run.scalars(f"{above}/hidden/kernel").values / weight
        assert np.allclose(view.series[0].values, expected, rtol=1e-14)


def test_fresh_biases_have_no_ratio_and_it_is_counted(recorded_run: Any) -> None:
    view = Gradients.from_run(recorded_run, kind="ratio")
    assert np.isposinf(view.series[1].values[0])
    assert "2 values of 432 not finite, in 2 parameters" in view.figure().panels[0].note


def test_epochs_average_their_steps(recorded_run: Any) -> None:
    view = Gradients.from_run(recorded_run, per="epoch")
    values = recorded_run.scalars("gradient_norm/output/bias").values
    assert view.series[3].at.tolist() == [1, 2, 3, 4, 5, 6]
    assert np.allclose(view.series[3].values, values.reshape(6, 18).mean(axis=1), rtol=1e-12)
    assert "Mean over the steps of each epoch." in view.figure().note


def test_epochs_average_what_is_finite_and_say_so(recorded_run: Any) -> None:
    view = Gradients.from_run(recorded_run, per="epoch", kind="ratio")
    assert np.isfinite(view.series[1].values).all()
    assert "without 2 values that are not finite" in view.figure().note


def test_one_batch_agrees_with_gradients_by_hand(digits: Any) -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(torch.nn.Linear(64, 10)).double()
    x, y = digits.x_train[:32], digits.y_train[:32]
    scores = x @ model[0].weight.detach().numpy().T + model[0].bias.detach().numpy()
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    by_score = powers / powers.sum(axis=1, keepdims=True)
    by_score[np.arange(32), y] -= 1
    by_score /= 32
    view = Gradients.from_model(model, x, Loss(y, "cross_entropy_logits"))
    bars = mark_of(view)
    assert isinstance(bars, Bars)
    expected = [np.linalg.norm(by_score.T @ x), np.linalg.norm(by_score.sum(axis=0))]
    assert np.allclose(bars.heights, expected, rtol=1e-9)
    joined = Gradients.from_model(model, x, Loss(y, "cross_entropy_logits"), by="layer")
    assert np.allclose(mark_of(joined).heights, np.hypot(*expected), rtol=1e-9)
    ratio = Gradients.from_model(model, x, Loss(y, "cross_entropy_logits"), kind="ratio")
    weight = np.linalg.norm(model[0].weight.detach().numpy())
    assert mark_of(ratio).heights[0] == pytest.approx(expected[0] / weight, rel=1e-9)


def test_only_trainable_parameters_are_differentiated_by(torch_model: Any, digits: Any) -> None:
    target = Loss(digits.y_train[:8], "cross_entropy_logits")
    view = Gradients.from_model(torch_model, digits.x_train[:8].astype(np.float32), target)
    names = [name for name, p in torch_model.named_parameters() if p.requires_grad]
    assert [item.name for item in view.series] == names


def test_a_keras_model_gives_bars_too(keras_model: Any, digits: Any) -> None:
    x = digits.x_train[:4].reshape(-1, 8, 8, 1).astype(np.float32)
    view = Gradients.from_model(keras_model, x, Loss(digits.y_train[:4]), by="layer")
    assert [item.name for item in view.series] == ["first", "second", "scores"]
    assert (mark_of(view).heights > 0).all()


def test_a_frozen_model_says_so() -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(2, 2).requires_grad_(requires_grad=False)
    with pytest.raises(bs.NotRecorded, match="must have a trainable parameter"):
        Gradients.from_model(model, np.ones((1, 2), np.float32), Loss(np.array([0])))


def test_offers_can_all_be_made(recorded_run: Any) -> None:
    offers = list(Gradients.offers(recorded_run))
    assert [offer.title for offer in offers] == [
        "Gradients per epoch", "Gradients per step, by layer", "Size of the updates, by layer",
    ]  # fmt: skip
    for offer in offers:
        assert Gradients.from_run(recorded_run, **offer.options).figure().panels


def test_columns_name_every_value(recorded_run: Any) -> None:
    columns = Gradients.from_run(recorded_run, per="epoch", by="layer").columns()
    assert list(columns) == ["layer", "epoch", "norm"]
    assert {len(values) for values in columns.values()} == {12}


def test_what_was_not_recorded_is_said(run_writer: Any) -> None:
    writer = run_writer("sparse")
    writer.log_scalars({"gradient_norm/w": 1.0}, step=1)
    run = bs.open(writer.path)
    with pytest.raises(bs.NotRecorded, match="`update_norm/<parameter>` and `weight_norm"):
        Gradients.from_run(run, kind="update_ratio")
    with pytest.raises(bs.NotRecorded, match="Choose `per='step'`"):
        Gradients.from_run(run, per="epoch")
    assert [o.title for o in Gradients.offers(run)] == ["Gradients per step, by layer"]


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ({}, {}, "at least one parameter"),
        ({"a": []}, {}, "a norm, or a list of norms"),
        ({"a": np.ones((2, 2))}, {}, r"got shape \(2, 2\)"),
        ({"a": [-1.0]}, {}, "not negative; got -1"),
        ({"a": [1.0, 2.0]}, {"steps": [1]}, "one value for each of the 1 steps; got 2"),
        ({"a": [1.0, 2.0]}, {"steps": [2, 1]}, "`steps` must increase"),
        ({"a": [1.0]}, {"kind": "size"}, "`kind` must be one of"),
        ({"a": [1.0]}, {"layout": "bars"}, "`layout` must be one of"),
    ],
)
def test_bad_values_are_errors(values: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        views.gradients(values, **options)


def _long_run(run_writer: Any) -> Any:
    """A run of layers of many steps: spikes, zeros, NaN, and a layer that was frozen at first."""
    rng = np.random.default_rng(4)
    steps = np.cumsum(rng.integers(1, 4, 6000))
    columns: dict[str, Any] = {"epoch": (steps[99::100], np.arange(1.0, 61))}
    for layer in range(12):
        at = steps[700 * (layer == 7) :]
        for part in ("kernel", "bias"):
            norms = rng.lognormal(size=len(at)) * 2.0**layer
            norms[rng.integers(0, len(at), 3)] = 0, np.nan, 1e6
            if layer == 3:
                norms[2000:2002] = np.inf, np.nan
            name = f"block{layer:02d}/{part}"
            columns[f"gradient_norm/{name}"] = at, norms
            columns[f"weight_norm/{name}"] = at, 1 + rng.random(len(at))
            columns[f"gradient_std/{name}"] = at, norms
            columns[f"gradient_nonfinite/{name}"] = at, np.floor(rng.random(len(at)) * 1.001)
    with run_writer("long") as writer:
        writer.log_scalar_columns(columns)
    return bs.open(writer.path)


@pytest.mark.parametrize("by", ["parameter", "layer"])
@pytest.mark.parametrize("kind", ["norm", "ratio"])
def test_long_series_draw_what_they_draw_with_every_value(
    run_writer: Any, kind: Any, by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _long_run(run_writer)
    whole = Gradients.from_run(run, kind=kind, by=by)
    epochs = Gradients.from_run(run, kind=kind, by=by, per="epoch")
    monkeypatch.setattr(_curves, "MOST_HELD", 10_000)
    monkeypatch.setattr(_long_gradients, "COLUMNS", 0)
    monkeypatch.setattr(_long_gradients, "LEAST_COLUMNS", 50)
    long = Gradients.from_run(run, kind=kind, by=by)
    assert all(len(item.values) <= 5 * 50 for item in long.series)
    (expected,), (found,) = whole.figure().panels, long.figure().panels
    assert found.note == expected.note and "Each cell shows the largest of up to" in found.note
    assert np.array_equal(found.marks[0].values, expected.marks[0].values, equal_nan=True)
    assert np.array_equal(found.marks[0].x, expected.marks[0].x)
    for name, column in whole.columns().items():
        assert np.array_equal(long.columns()[name], column, equal_nan=name in ("norm", "ratio"))
    again = Gradients.from_run(run, kind=kind, by=by, per="epoch")
    assert all(
        np.array_equal(one.values, other.values, equal_nan=True)
        for one, other in zip(again.series, epochs.series, strict=True)
    )


def test_long_curves_hold_the_extremes_and_keep_their_colours(
    run_writer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _long_run(run_writer)
    whole = Gradients.from_run(run, layout="curves").figure().panels[0]
    monkeypatch.setattr(_curves, "MOST_HELD", 10_000)
    long = Gradients.from_run(run, layout="curves").figure().panels[0]
    for mark, every in zip(long.marks, whole.marks, strict=True):
        assert (mark.label, mark.tone) == (every.label, every.tone)
        finite, held = every.y[np.isfinite(every.y)], mark.y[np.isfinite(mark.y)]
        assert (held.min(), held.max()) == (finite.min(), finite.max())
        assert np.isin(mark.x, every.x).all() and (mark.x[0], mark.x[-1]) == (
            every.x[0],
            every.x[-1],
        )
        assert len(mark.x) < len(every.x)
    assert long.note.startswith(whole.note)
    assert "6,000 values each; held are those that stand out" in long.note


@pytest.mark.parametrize("kind", ["gradient_std", "gradient_nonfinite"])
def test_long_series_of_health_say_the_same_as_with_every_value(
    run_writer: Any, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _long_run(run_writer)
    whole = views.TrainingHealth.from_run(run, kind=kind).figure().panels[0]
    offered = [offer.title for offer in views.TrainingHealth.offers(run)]
    assert "Gradients that are not finite" in offered
    monkeypatch.setattr(_curves, "MOST_HELD", 10_000)
    monkeypatch.setattr(_curves, "FEW", 1000)
    long = views.TrainingHealth.from_run(run, kind=kind).figure().panels[0]
    assert long.note == whole.note
    assert np.array_equal(long.marks[0].values, whole.marks[0].values, equal_nan=True)
    assert [offer.title for offer in views.TrainingHealth.offers(run)] == offered

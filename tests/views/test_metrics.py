from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Line, Points
from bathyscope.views._epochs import epoch_numbers, epochs_at
from bathyscope.views._metric_series import split_name
from bathyscope.views._smoothing import smoothed
from bathyscope.views.metrics import Metrics
from bathyscope.views.system_metrics import SystemMetrics


def _decay(size: int) -> np.ndarray[Any, Any]:
    return np.exp(-np.arange(size) / 20) + 0.05 * np.random.default_rng(1).normal(size=size)


def examples() -> dict[str, views.View]:
    diverged = _decay(80)
    diverged[60:] = np.nan
    diverged[59] = np.inf
    both = {"loss": _decay(30), "val_loss": _decay(30) + 0.1, "accuracy": 1 - _decay(30)}
    return {
        "training and validation": views.metrics(both),
        "scatter": views.metrics(both, style="scatter"),
        "both": views.metrics(both, style="both"),
        "smoothed": views.metrics({"loss": _decay(500)}, smoothing=0.9),
        "logarithmic": views.metrics({"loss": _decay(200)}, log=True),
        "one point": views.metrics({"损失": [0.5]}),
        "diverged": views.metrics({"loss": diverged}),
        "several runs": views.metrics({f"seed {i}": {"loss": _decay(9) * i} for i in range(12)}),
        "many": views.metrics({f"metric/{i}": [1.0, 2.0] for i in range(30)}),
    }


def panels_of(view: views.View) -> dict[str, Any]:
    return {panel.y.label: panel for panel in view.figure().panels}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("loss", ("loss", "training")),
        ("val_loss", ("loss", "validation")),
        ("test/acc", ("acc", "test")),
        ("train_loss", ("loss", "training")),
        ("Loss/Train", ("Loss", "training")),
        ("eval_f1", ("f1", "evaluation")),
        ("value", ("value", "training")),
        ("test", ("test", "training")),
        ("learning_rate", ("learning_rate", "training")),
        ("validation_0/mlogloss", ("mlogloss", "validation")),
        ("valid_1/l2", ("l2", "validation")),
        ("val_0_loss", ("0_loss", "validation")),
    ],
)
def test_names_are_taken_apart(name: str, expected: tuple[str, str]) -> None:
    assert split_name(name) == expected


def test_training_and_validation_share_a_panel_and_differ_twice() -> None:
    panels = panels_of(views.metrics({"loss": [2, 1], "acc": [0, 1], "val_loss": [3, 2]}))
    assert set(panels) == {"loss", "acc"}
    training, validation = panels["loss"].marks
    assert (training.label, validation.label) == ("loss", "val_loss")
    assert training.tone != validation.tone and training.dash != validation.dash
    assert validation.y.tolist() == [3, 2]


def test_metrics_of_one_panel_never_share_a_colour() -> None:
    names = ["loss", "train_loss", "val_loss", "valid_0/loss", "eval_loss", "test_loss"]
    (panel,) = views.metrics({name: [1.0, 2.0] for name in names}).figure().panels
    tones = {mark.label: mark.tone for mark in panel.marks}
    assert set(tones) == set(names)
    assert len(set(tones.values())) == len(names)
    assert (tones["loss"], tones["val_loss"], tones["test_loss"]) == (0, 1, 2)


def test_plain_lists_are_epochs_from_one() -> None:
    panel = panels_of(views.metrics({"loss": [2.0, 1.0]}))["loss"]
    assert panel.x.label == "epoch" and panel.marks[0].x.tolist() == [1, 2]


def test_steps_are_sorted_and_kept() -> None:
    panel = panels_of(views.metrics({"loss": ([30, 10, 20], [3.0, 1.0, 2.0])}))["loss"]
    assert panel.x.label == "step"
    assert panel.marks[0].x.tolist() == [10, 20, 30] and panel.marks[0].y.tolist() == [1, 2, 3]
    assert panel.marks[0].ids.kind == "step"
    assert panel.marks[0].ids.values.tolist() == [10, 20, 30]


def test_a_keras_history_is_recognised_by_its_form() -> None:
    history = SimpleNamespace(history={"loss": [2.0, 1.0], "val_loss": [3.0, 2.5]}, epoch=[4, 5])
    panel = panels_of(views.metrics(history))["loss"]
    assert panel.x.label == "epoch" and panel.marks[1].x.tolist() == [5, 6]


def test_the_history_of_a_real_keras_training(digits: Any) -> None:
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(digits.x_train[:96], digits.y_train[:96], epochs=2, verbose=0)
    columns = views.metrics(history).columns()
    losses = columns["value"][columns["metric"] == "loss"]
    assert losses.tolist() == history.history["loss"]
    assert columns["epoch"][:2].tolist() == [1, 2]


def test_a_data_frame_is_a_mapping() -> None:
    frame = pd.DataFrame({"epoch": [3, 4], "loss": [2.0, 1.0]})
    assert panels_of(views.metrics(frame))["loss"].marks[0].x.tolist() == [3, 4]


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.9, 0.99, 0.999999])
@pytest.mark.parametrize("size", [1, 64, 65, 300, 128 * 64 + 5])
def test_smoothing_is_the_adjusted_average_of_pandas(weight: float, size: int) -> None:
    values = _decay(size)
    expected = pd.Series(values).ewm(alpha=1 - weight, adjust=True).mean()
    assert np.allclose(smoothed(values, weight), expected, rtol=1e-10)


def test_smoothing_leaves_gaps_where_they_are() -> None:
    values = np.array([1.0, np.nan, 3.0, np.inf, 5.0])
    expected = pd.Series([1.0, 3.0, 5.0]).ewm(alpha=0.5, adjust=True).mean()
    result = smoothed(values, 0.5)
    assert np.allclose(result[[0, 2, 4]], expected)
    assert np.isnan(result[1]) and np.isposinf(result[3])


def test_smoothing_never_hides_the_raw_values() -> None:
    values = _decay(50)
    raw, smooth = panels_of(views.metrics({"loss": values}, smoothing=0.8))["loss"].marks
    assert raw.faint and np.array_equal(raw.y, values)
    assert not smooth.faint and np.array_equal(smooth.y, smoothed(values, 0.8))
    view = views.metrics({"loss": values}, smoothing=0.8)
    assert "weight 0.8" in view.figure().note
    assert np.array_equal(view.columns()["smoothed"], smoothed(values, 0.8))


@pytest.mark.parametrize(
    ("style", "kinds"), [("curve", [Line]), ("scatter", [Points]), ("both", [Points, Line])]
)
def test_styles_draw_the_same_numbers(style: Any, kinds: list[type]) -> None:
    values = _decay(80)
    marks = panels_of(views.metrics({"loss": values}, style=style))["loss"].marks
    assert [type(mark) for mark in marks] == kinds
    assert all(np.array_equal(mark.y, values) for mark in marks)


def test_a_logarithmic_axis_counts_what_it_cannot_show() -> None:
    panel = panels_of(views.metrics({"elbo": [-1.0, 0.0, np.nan, 2.0]}, log=True))["elbo"]
    assert panel.y.scale == "log"
    assert panel.marks[0].x.tolist() == [3, 4]
    assert "2 values at or below 0" in panel.note


def test_values_that_are_not_finite_are_drawn_and_counted() -> None:
    panel = panels_of(views.metrics({"loss": ([5, 6, 7], [1.0, np.nan, np.inf])}))["loss"]
    assert np.isnan(panel.marks[0].y[1]) and np.isposinf(panel.marks[0].y[2])
    assert "loss: not finite: 1 NaN and 1 infinite of 3 values, the first at step 6" in panel.note


def test_a_run_shows_what_was_logged(recorded_run: Any) -> None:
    view = Metrics.from_run(recorded_run)
    assert set(panels_of(view)) == {"loss", "accuracy"}
    columns = view.columns()
    assert set(columns["metric"]) == {"loss", "val_loss", "val_accuracy"}
    losses = columns["metric"] == "loss"
    assert np.array_equal(columns["value"][losses], recorded_run.scalars("loss").values)
    assert columns["epoch"][losses][17] == 1.0 and columns["epoch"][losses][-1] == 6.0


def test_epochs_are_interpolated_between_their_ends() -> None:
    steps = np.array([0, 5, 10, 15, 20, 30])
    epochs = epochs_at(steps, np.array([10, 20]), np.array([1.0, 2.0]))
    assert epochs is not None
    assert epochs.tolist() == [0, 0.5, 1, 1.5, 2, 3]
    assert epoch_numbers(epochs).tolist() == [1, 1, 1, 2, 2, 3]
    assert epochs_at(steps, np.array([0]), np.array([0.0])) is None


def test_time_counts_from_the_first_value_of_the_run(recorded_run: Any) -> None:
    panel = panels_of(Metrics.from_run(recorded_run, ["loss", "val_loss"], x="time"))["loss"]
    loss, validation = panel.marks
    assert panel.x.title == "time since the run's first value (s)"
    assert loss.x[0] == 0 and loss.x[-1] == pytest.approx(0.25 * 107)
    assert validation.x[0] == pytest.approx(0.25 * 17)


def test_several_runs_lie_over_each_other(recorded_run: Any, slower_run: Any) -> None:
    view = Metrics.from_run(recorded_run, "val_accuracy", compare=[slower_run])
    fast, slow = panels_of(view)["accuracy"].marks
    assert (fast.label, slow.label) == ("digits-mlp", "digits-mlp-slow")
    assert fast.tone != slow.tone
    assert (fast.ids.kind, fast.ids.values.tolist()) == ("run", ["digits-mlp"])
    assert fast.y[-1] > slow.y[-1]
    assert view.figure().title == "Accuracy of 2 runs"
    both = Metrics.from_runs([recorded_run, slower_run], ["val_loss", "loss"])
    assert both.figure().title == "Loss of 2 runs: training, validation"


def test_runs_of_one_name_are_told_apart(recorded_run: Any) -> None:
    view = Metrics.from_runs([recorded_run, recorded_run], "val_loss")
    assert [series.run for series in view.series] == ["digits-mlp", "digits-mlp (2)"]


def test_runs_without_the_metric_are_named(recorded_run: Any, run_writer: Any) -> None:
    writer = run_writer("other")
    writer.log_scalars({"score": 1.0}, step=1)
    view = Metrics.from_runs([recorded_run, bs.open(writer.path)], "loss")
    assert "Without these metrics: other." in view.figure().note


def test_offers_begin_with_the_loss(recorded_run: Any) -> None:
    offers = list(Metrics.offers(recorded_run))
    assert [offer.title for offer in offers] == ["Loss: training, validation", "Accuracy"]
    for offer in offers:
        assert Metrics.from_run(recorded_run, **offer.options).figure().panels


def test_many_metrics_are_offered_together_at_the_end(run_writer: Any) -> None:
    writer = run_writer("many")
    writer.log_scalars({f"m{i}": float(i) for i in range(20)}, step=1)
    run = bs.open(writer.path)
    offers = list(Metrics.offers(run))
    assert len(offers) == 13 and offers[-1].title == "8 more metrics"
    shown = [name for offer in offers for name in offer.options["names"]]
    assert sorted(shown) == sorted(f"m{i}" for i in range(20))


def test_of_a_great_many_metrics_those_are_offered_that_are_drawn(run_writer: Any) -> None:
    writer = run_writer("many")
    writer.log_scalars({f"m{i:03d}": float(i) for i in range(200)}, step=1)
    run = bs.open(writer.path)
    last = list(Metrics.offers(run))[-1]
    assert last.title == "24 of 188 more metrics"
    figure = Metrics.from_run(run, **last.options).figure()
    assert len(figure.panels) == 24 and "Not shown" not in figure.note


def test_more_panels_than_can_be_seen_are_named() -> None:
    figure = views.metrics({f"m{i}": [1.0] for i in range(30)}).figure()
    assert len(figure.panels) == 24 and "Not shown: m24, m25, m26, m27 and 2 more" in figure.note


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({}, ValueError, "at least one metric"),
        ({"loss": []}, ValueError, "`loss` must be a list of at least one number"),
        ({"loss": ([1, 2], [1.0])}, ValueError, "as many steps as values; got 2 and 1"),
        ({"loss": [[1.0]]}, ValueError, "`loss` must be a list"),
        ({"loss": [1.0, 2.0], "epoch": [1.0]}, ValueError, "one value for each of the 2 values"),
        ([1.0, 2.0], TypeError, "must be a mapping"),
    ],
)
def test_bad_values_are_errors(values: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        views.metrics(values)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"smoothing": 1.0}, r"`smoothing` must lie in \[0, 1\); got 1.0"),
        ({"style": "bars"}, "`style` must be one of"),
        ({"x": "day"}, "`x` must be one of"),
    ],
)
def test_bad_options_are_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        views.metrics({"loss": [1.0]}, **options)


def test_what_was_not_recorded_is_said(recorded_run: Any, run_writer: Any) -> None:
    with pytest.raises(bs.UnknownName, match="val_loss"):
        Metrics.from_run(recorded_run, "valloss")
    with pytest.raises(bs.NotRecorded, match="must hold metrics"):
        Metrics.from_run(bs.open(run_writer("empty").path))
    with pytest.raises(bs.NotRecorded, match="Choose `x='step'`"):
        views.metrics({"loss": ([1], [1.0])}, x="epoch")
    with pytest.raises(ValueError, match="at least one run"):
        Metrics.from_runs([])
    with pytest.raises(ValueError, match="at least one metric; got none"):
        Metrics.from_run(recorded_run, [])


@pytest.mark.parametrize(
    ("longest", "unit"),
    [(119, "s"), (120, "min"), (2 * 3600 - 1, "min"), (2 * 3600, "h"), (2 * 86400, "d")],
)
def test_every_axis_of_time_has_the_unit_that_the_page_gives_it(
    run_writer: Any, longest: int, unit: str
) -> None:
    writer = run_writer()
    for step, time in enumerate((1e9, 1e9 + longest)):
        writer.log_scalars({"loss": 1.0, "system/cpu_percent": 9.0}, step=step, time=time)
    run = bs.open(writer.path)
    for view in (Metrics.from_run(run, "loss", x="time"), SystemMetrics.from_run(run, x="time")):
        axis = view.figure().panels[0].x
        assert axis is not None and axis.title.endswith(f"({unit})")

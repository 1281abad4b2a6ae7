"""Class scores: what is summed, what is marked, and scores of every kind."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax

from bathyscope import NotRecorded, UnknownName, models
from bathyscope.figures import Bars, Panel, Table, Tiles, Tokens
from bathyscope.figures.sizing import fitting_columns
from bathyscope.runs import Run
from bathyscope.views import View, class_scores
from bathyscope.views._scores import class_scores_from
from bathyscope.views.class_scores import ClassScores


def examples() -> dict[str, View]:
    rng = np.random.default_rng(0)
    few = rng.dirichlet(np.ones(10) * 0.3, 4)
    many = rng.dirichlet(np.ones(1000) * 0.01, 2)
    names = [f"quite a long class name {k}" for k in range(1000)]
    return {
        "images": class_scores(few, y_true=[1, 2, 3, 4], inputs=rng.random((4, 28, 28))),
        "thousand": class_scores(
            many, y_true=[3, 4], classes=names, inputs=rng.random((2, 32, 32, 3))
        ),
        "text": class_scores(
            [[0.2, 0.8]], y_true=["好"], classes=["坏", "好"], inputs=["一部好电影"]
        ),
        "values": class_scores([0.3, 0.7], y_true=1, inputs={"age": [34], "sum": [1200.5]}),
        "alone": class_scores([0.1, 0.2, 0.7]),
    }


def bars_of(panel: Panel) -> Bars:
    mark = panel.marks[0]
    assert isinstance(mark, Bars)
    return mark


def categories(panel: Panel) -> tuple[str, ...]:
    assert panel.y is not None
    return panel.y.categories


def test_prediction_and_truth_are_marked() -> None:
    view = class_scores([[0.1, 0.6, 0.3], [0.8, 0.1, 0.1]], y_true=[2, 0])
    wrong, right = (bars_of(panel) for panel in view.figure().panels)
    assert wrong.tones == ("muted", "bad", "good")
    assert wrong.text == ("10.0%", "60.0% predicted", "30.0% true")
    assert right.tones == ("good", "muted", "muted")
    assert right.text == ("80.0% right", "10.0%", "10.0%")


def test_without_a_truth_only_the_prediction_is_marked() -> None:
    bars = bars_of(class_scores([0.1, 0.9]).figure().panels[0])
    assert bars.tones == ("muted", "accent")


def test_the_rest_of_many_classes_is_summed_and_said(rng: np.random.Generator) -> None:
    scores = rng.dirichlet(np.ones(1000))
    lowest = int(scores.argmin())
    view = class_scores(scores, y_true=lowest, top=5)
    figure = view.figure()
    bars, names = bars_of(figure.panels[0]), categories(figure.panels[0])
    highest = np.sort(scores)[::-1][:5]
    np.testing.assert_allclose(bars.heights[:5], highest)
    assert names[5] == str(lowest) and bars.heights[5] == scores[lowest]
    assert names[6] == "994 others"
    assert bars.heights[6] == pytest.approx(1 - highest.sum() - scores[lowest])
    assert "The 5 highest of 1,000 scores, and the true class; the rest is summed." in figure.note


def test_independent_scores_are_never_summed(rng: np.random.Generator) -> None:
    view = class_scores(rng.random(50), top=3)
    names = categories(view.figure().panels[0])
    assert len(names) == 3
    assert "each class is judged by itself" in view.figure().note
    assert "the others are left out" in view.figure().note


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_logits_become_probabilities(rng: np.random.Generator, scale: float) -> None:
    logits = rng.normal(size=(20, 5)) * scale
    found = class_scores_from(logits)
    np.testing.assert_allclose(found.values, softmax(logits, axis=1), atol=1e-12)
    assert "softmax" in found.note
    single = class_scores_from(logits[:, :1], kind="logits")
    np.testing.assert_allclose(single.values[:, 1], expit(logits[:, 0]), atol=1e-12)


def test_losses_are_cross_entropies(rng: np.random.Generator) -> None:
    logits, true = rng.normal(size=(20, 5)), rng.integers(0, 5, 20)
    found = class_scores_from(logits)
    known = -log_softmax(logits, axis=1)[np.arange(20), true]
    np.testing.assert_allclose(found.losses(true), known)
    assert np.isnan(found.losses(np.full(20, -1))).all()
    one_hot, scores = np.eye(5)[true], expit(logits)
    binary = -(one_hot * np.log(scores) + (1 - one_hot) * np.log(1 - scores)).mean(axis=1)
    np.testing.assert_allclose(class_scores_from(scores, kind="independent").losses(true), binary)


def test_one_column_is_the_second_of_two_classes() -> None:
    np.testing.assert_allclose(class_scores_from([0.2, 0.9]).values, [[0.8, 0.2], [0.1, 0.9]])


@pytest.mark.parametrize(
    ("scores", "kind", "message"),
    [
        ([[np.nan, 1.0]], "auto", "must be finite; 1 of 1 samples"),
        ([[2.0, 1.0]], "probabilities", r"must lie in \[0, 1\]; got 1 .. 2"),
        (np.zeros((2, 3, 4)), "auto", r"shape \(n_samples, n_classes\)"),
        (np.zeros((0, 3)), "auto", r"got \(0, 3\)"),
        (["a"], "auto", "must be numbers"),
        ([[1.0]], "odds", "`kind` must be one of"),
    ],
)
def test_bad_scores_are_refused(scores, kind: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        class_scores(scores, kind=kind)


def test_bad_companions_are_refused() -> None:
    with pytest.raises(ValueError, match="`classes` must name each of the 2 columns"):
        class_scores([0.1, 0.9], classes=["a"])
    with pytest.raises(ValueError, match=r"`y_true` must lie in 0 \.\. 1"):
        class_scores([0.1, 0.9], classes=["a", "b"], y_true=2)
    with pytest.raises(ValueError, match="`inputs` must hold 1 samples"):
        class_scores([0.1, 0.9], inputs=["a", "b"])
    with pytest.raises(ValueError, match="`top` must be at least 1"):
        class_scores([0.1, 0.9], top=0)


def test_inputs_stand_beside_their_scores() -> None:
    marks = {
        name: view.figure().panels[0].marks[0]
        for name, view in examples().items()
        if name in ("images", "text", "values")
    }
    assert isinstance(marks["images"], Tiles)
    assert isinstance(marks["text"], Tokens)
    assert isinstance(marks["values"], Table)
    assert marks["values"].columns["value"].tolist() == ["34", "1200"]


def test_columns_hold_every_score() -> None:
    columns = class_scores([[0.1, 0.9], [0.7, 0.3]], y_true=[0, 0], sample=["u", "v"]).columns()
    assert columns["sample"].tolist() == ["u", "u", "v", "v"]
    assert columns["score"].tolist() == [0.1, 0.9, 0.7, 0.3]
    assert columns["is_true"].tolist() == [True, False, True, False]


def test_from_run(recorded, digits) -> None:
    view = ClassScores.from_run(recorded.run, sample=[5, 3])
    known = recorded.network.forward(digits.x_test[[5, 3]])[1]
    np.testing.assert_allclose(view.scores.values, known)
    assert view.true.tolist() == digits.y_test[[5, 3]].tolist()
    assert view.classes[0] == "digit 0"
    # Only probe inputs are recorded, under another split.
    assert view.shown is None
    with pytest.raises(UnknownName, match="sample `999`"):
        ClassScores.from_run(recorded.run, sample=999)
    with pytest.raises(NotRecorded, match="scores/train"):
        ClassScores.from_run(recorded.run, split="train")


def test_the_worst_samples_are_those_of_the_last_step(
    recorded, digits, run_writer, tmp_path
) -> None:
    known = recorded.network.forward(digits.x_test)[1]
    losses = -np.log(known[np.arange(len(known)), digits.y_test])
    worst = np.argsort(-losses)[:4].tolist()
    for step in (0, -1):
        view = ClassScores.from_run(recorded.run, step=step, sort="loss")
        assert view.sample.tolist() == worst
    assert "The 4 of 597 samples with the highest loss at the last step." in view.figure().note
    (offer,) = ClassScores.offers(recorded.run)
    assert ClassScores.from_run(recorded.run, **offer.options).sample.tolist() == worst
    with pytest.raises(ValueError, match="`sort` must be one of"):
        ClassScores.from_run(recorded.run, sort="best")

    run_writer("scores").log_arrays("scores/probe", {"scores": np.eye(2)}, step=0)
    alone = Run(tmp_path / "scores")
    with pytest.raises(NotRecorded, match="predictions/probe"):
        ClassScores.from_run(alone, sort="loss")
    (offer,) = ClassScores.offers(alone)
    assert ClassScores.from_run(alone, **offer.options).true.tolist() == [-1, -1]


def test_recorded_logits_are_read_as_such(run_writer, tmp_path) -> None:
    writer = run_writer("logits")
    # In [0, 1] and not summing to one: only the event says that these are logits.
    writer.log_event("scores", split="test", scores="logits")
    writer.log_arrays("scores/test", {"scores": np.array([[0.5, 0.25]])}, step=1)
    view = ClassScores.from_run(Run(tmp_path / "logits"))
    np.testing.assert_allclose(view.scores.values, softmax([[0.5, 0.25]], axis=1))


def test_a_diverged_run_says_so(run_writer, tmp_path) -> None:
    writer = run_writer("nan")
    writer.log_arrays("scores/test", {"scores": np.full((2, 3), np.nan)}, step=1)
    with pytest.raises(NotRecorded, match="must be finite"):
        ClassScores.from_run(Run(tmp_path / "nan"))


def test_from_model(torch_model, digits) -> None:
    import torch

    x = digits.x_test.astype(np.float32)
    view = ClassScores.from_model(models.adapt(torch_model), x, digits.y_test, sample=[7, 2])
    with torch.no_grad():
        own = torch.softmax(torch_model.eval()(torch.from_numpy(x[[7, 2]])), 1).numpy()
    np.testing.assert_allclose(view.scores.values, own, rtol=1e-5)
    assert view.sample.tolist() == [7, 2]
    assert "softmax" in view.figure().note


def test_two_samples_stand_beside_each_other_where_they_are_narrow(
    rng: np.random.Generator,
) -> None:
    scores = rng.dirichlet(np.ones(10), 4)
    pairs = class_scores(scores, inputs=rng.random((4, 8, 8))).figure()
    assert (pairs.columns, pairs.widths, len(pairs.panels)) == (4, (1, 2, 1, 2), 8)
    short, long = ([word] * 4 for word in ("a short text", "a long text " * 20))
    assert class_scores(scores, inputs=short).figure().columns == 4
    assert class_scores(scores, inputs=long).figure().widths == (1, 2)
    assert class_scores(scores, inputs={"age": [1, 2, 3, 4]}).figure().columns == 2
    assert class_scores(scores[:1], inputs=rng.random((1, 8, 8))).figure().columns == 2


def test_where_two_samples_do_not_fit_a_row_holds_one_and_its_scores() -> None:
    figure = examples()["images"].figure()
    pair = figure.columns // 2
    assert fitting_columns(figure, lambda *_: 1.0, most=4.0) == 4
    assert fitting_columns(figure, lambda *_: 1.0, most=3.0) == pair
    assert fitting_columns(figure, lambda *_: 1.0, most=1.0) == 1

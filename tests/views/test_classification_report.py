"""The classification report: scikit-learn's numbers, SciPy's intervals, undefined values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from bathyscope import models
from bathyscope.figures import Line, Points, Table
from bathyscope.views import View, classification_report
from bathyscope.views._intervals import wilson_interval
from bathyscope.views.classification_report import ClassificationReport


def examples() -> dict[str, View]:
    rng = np.random.default_rng(0)
    true = rng.integers(0, 10, 400)
    predicted = np.where(rng.random(400) < 0.8, true, rng.integers(0, 10, 400))
    many = rng.integers(0, 200, 2000)
    return {
        "ten": classification_report(true, predicted),
        "worst first": classification_report(true, predicted, sort="f1"),
        "undefined": classification_report(
            ["a", "a"], ["a", "b"], classes=["a", "b", "一个很长的类别名称"]
        ),
        "many": classification_report(many, np.where(rng.random(2000) < 0.5, many, 0)),
        "one sample": classification_report([0], [0]),
    }


pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=50)


@given(pairs)
@settings(deadline=None)
def test_equals_scikit_learn(both: list[tuple[int, int]]) -> None:
    true, predicted = (np.array(column) for column in zip(*both, strict=True))
    view = classification_report(true, predicted, classes="abcde")
    known = metrics.precision_recall_fscore_support(
        true, predicted, labels=range(5), zero_division=np.nan
    )
    for ours, theirs in zip(
        (view.precision, view.recall, view.f1, view.support), known, strict=True
    ):
        np.testing.assert_allclose(ours, theirs)


@given(pairs)
@settings(deadline=None)
def test_averages_equal_scikit_learns(both: list[tuple[int, int]]) -> None:
    true, predicted = (np.array(column) for column in zip(*both, strict=True))
    view = classification_report(true, predicted, classes="abcde")
    known = metrics.classification_report(
        true, predicted, labels=range(5), zero_division=np.nan, output_dict=True
    )
    assert view.accuracy == pytest.approx(metrics.accuracy_score(true, predicted))
    for ours, theirs in (
        (view.macro(), known["macro avg"]),
        (view.weighted(), known["weighted avg"]),
    ):
        for name, key in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            if np.isnan(ours[name]):
                # No class that occurs has a defined value. scikit-learn then gives the mean over
                # classes that do not occur.
                assert np.isnan(getattr(view, name)[view.support > 0]).all()
            else:
                np.testing.assert_allclose(ours[name], theirs[key])


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_equal_scipys(counts: tuple[int, int]) -> None:
    successes, n = counts
    known = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    low, high = wilson_interval(successes, n)
    np.testing.assert_allclose([low, high], [known.low, known.high], atol=1e-12)


def test_interval_of_nothing_is_nan() -> None:
    assert np.isnan(wilson_interval([0, 1], [0, 2])[0]).tolist() == [True, False]


def test_undefined_values_are_nan_and_said() -> None:
    view = classification_report(["a", "a"], ["a", "b"], classes=["a", "b", "c"])
    assert np.isnan(view.recall).tolist() == [False, True, True]
    assert np.isnan(view.precision).tolist() == [False, False, True]
    note = view.figure().note
    assert "No sample is of class b, c: recall is undefined (NaN)." in note
    assert "Never predicted: c: precision is undefined (NaN)." in note
    assert "Averages leave undefined values out." in note


def test_table_ends_with_accuracy_and_averages(rng: np.random.Generator) -> None:
    true, predicted = rng.integers(0, 3, (2, 90))
    view = classification_report(true, predicted)
    table = view.figure().panels[0].marks[0]
    assert isinstance(table, Table)
    assert table.columns["class"].tolist()[3:] == ["accuracy", "macro average", "weighted average"]
    # Of single labels, precision, recall and F1 over all samples are all the accuracy.
    known = metrics.precision_recall_fscore_support(true, predicted, average="micro")[:3]
    row = [table.columns[name][3] for name in ("precision", "recall", "F1")]
    np.testing.assert_allclose(row, known)
    assert table.columns["support"].tolist()[3:] == [90, 90, 90]


def test_interval_panel_draws_what_columns_say(rng: np.random.Generator) -> None:
    true, predicted = rng.integers(0, 3, (2, 90))
    view = classification_report(true, predicted)
    panel = view.figure().panels[1]
    columns = view.columns()
    points = [mark for mark in panel.marks if isinstance(mark, Points)]
    lines = [mark for mark in panel.marks if isinstance(mark, Line)]
    assert [mark.label for mark in points] == ["precision", "recall"]
    for k, name in enumerate(("precision", "recall")):
        np.testing.assert_allclose(points[k].x, columns[name])
        ends = np.array([line.x for line in lines if line.label == name])
        np.testing.assert_allclose(ends[:, 0], columns[f"{name}_low"])
        np.testing.assert_allclose(ends[:, 1], columns[f"{name}_high"])
    assert panel.x is not None and panel.x.domain is not None
    assert panel.x.domain[0] <= min(line.x.min() for line in lines)


def test_of_many_classes_the_worst_are_shown() -> None:
    true = np.repeat(np.arange(100), 10)
    predicted = true.copy()
    predicted[10 * 42 : 10 * 42 + 9] = 7
    view = classification_report(true, predicted, limit=5)
    table = view.figure().panels[0].marks[0]
    assert isinstance(table, Table)
    assert "42" in table.columns["class"].tolist()[:5]
    assert "The 5 of 100 classes with the lowest F1 are shown." in view.figure().note
    assert len(view.columns()["class"]) == 100
    first = classification_report(true, predicted, limit=5, sort="f1").figure().panels[0].marks[0]
    assert isinstance(first, Table)
    assert first.columns["class"][0] == "42"


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="one entry per sample"):
        classification_report([0, 1], [0])
    with pytest.raises(ValueError, match="`limit` must be at least 1"):
        classification_report([0], [0], limit=0)
    with pytest.raises(ValueError, match="`sort` must be one of"):
        classification_report([0], [0], sort="recall")


def test_from_run_and_from_model(recorded, digits, torch_model) -> None:
    view = ClassificationReport.from_run(recorded.run, step=-1)
    predicted = recorded.network.forward(digits.x_test)[1].argmax(axis=1)
    assert view.accuracy == metrics.accuracy_score(digits.y_test, predicted)
    for offer in ClassificationReport.offers(recorded.run):
        ClassificationReport.from_run(recorded.run, step=offer.steps[0], **offer.options).figure()

    import torch

    x = digits.x_test[:50].astype(np.float32)
    made = ClassificationReport.from_model(models.adapt(torch_model), x, digits.y_test[:50])
    with torch.no_grad():
        own = torch_model.eval()(torch.from_numpy(x)).argmax(1).numpy()
    assert made.accuracy == metrics.accuracy_score(digits.y_test[:50], own)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Note
from bathyscope.views._ranked_class import curve_of, measures_of
from bathyscope.views.roc_curves import RocCurves


def scored(n: int, n_classes: int, seed: int = 0, strength: float = 2.0) -> Any:
    """Labels, and scores that know something of them; some scores are equal."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, n_classes, n)
    logits = rng.normal(size=(n, n_classes))
    logits[np.arange(n), true] += strength
    values = np.exp(np.round(logits, 1))
    return true, values / values.sum(axis=1, keepdims=True)


def examples() -> dict[str, views.View]:
    true, scores = scored(600, 2, strength=1.0)
    return {
        "two classes": views.roc_curves(true, scores[:, 1], classes=["healthy", "ill"]),
        "twelve classes": views.roc_curves(*scored(800, 12)),
        "one sample": views.roc_curves([1], [0.7]),
    }


def test_curves_and_areas_are_those_of_scikit_learn() -> None:
    true, scores = scored(500, 5)
    view = views.roc_curves(true, scores)
    for code, ranking in enumerate(view.rankings):
        x, y, at = roc_curve(true == code, scores[:, code], drop_intermediate=False)
        assert np.allclose(ranking.curve.false_alarm_rate, x[1:]) and np.allclose(
            ranking.curve.recall, y[1:]
        )
        assert np.array_equal(ranking.curve.threshold, at[1:])
        assert ranking.area() == pytest.approx(roc_auc_score(true == code, scores[:, code]))
    macro = roc_auc_score(true, scores, multi_class="ovr")
    assert f"Mean area of 5 classes: {macro:.4f}" in view.figure().note


def test_the_drawn_curve_is_the_whole_curve() -> None:
    true, scores = scored(300, 2)
    _, curve = views.roc_curves(true, scores[:, 1]).figure().panels[0].marks
    area = np.sum(np.diff(curve.x) * (curve.y[1:] + curve.y[:-1]) / 2)
    assert area == pytest.approx(roc_auc_score(true, scores[:, 1]))
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)


def test_the_interval_is_that_of_delong_by_all_pairs() -> None:
    true, scores = scored(120, 2, strength=0.7)
    score, is_class = scores[:, 1], true == 1
    above, below = score[is_class], score[~is_class]
    wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
    spread = np.sqrt(
        wins.mean(axis=1).var(ddof=1) / len(above) + wins.mean(axis=0).var(ddof=1) / len(below)
    )
    found = measures_of(curve_of(score, is_class))
    low, high = found["low"], found["high"]
    assert low == pytest.approx(wins.mean() - 1.959964 * spread, abs=1e-6)
    assert high == pytest.approx(min(wins.mean() + 1.959964 * spread, 1.0), abs=1e-6)


def test_the_classes_of_the_smallest_area_are_drawn() -> None:
    view = examples()["twelve classes"]
    labels = [mark.label for mark in view.figure().panels[0].marks[1:]]
    worst = sorted(view.rankings, key=lambda ranking: ranking.area())[:10]
    assert labels == [ranking.label for ranking in worst]
    table = view.figure().panels[1].marks[0].columns
    assert len(table["class"]) == 12 and table["class"][0] == worst[0].label
    assert (table["from"] < table["area"]).all() and (table["area"] < table["to"]).all()
    assert "The 10 classes with the smallest area" in view.figure().note


def test_a_class_without_samples_has_no_curve() -> None:
    true, scores = scored(60, 3)
    true[true == 2] = 0
    view = views.roc_curves(true, scores, classes=["a", "b", "c"])
    assert np.isnan(view.rankings[2].area())
    assert "no samples: c." in view.figure().note
    assert isinstance(examples()["one sample"].figure().panels[0].marks[0], Note)


def test_a_recorded_run(recorded_run: Any) -> None:
    view = bs.open(recorded_run.path).roc_curves()
    arrays = recorded_run.arrays("scores/test")
    true = recorded_run.table("predictions/test")["true"]
    expected = roc_auc_score(true, arrays["scores"], multi_class="ovr")
    assert np.mean([r.area() for r in view.rankings]) == pytest.approx(expected)
    assert view.rankings[3].label == "digit 3"


def test_a_curve_of_tensorboard_has_its_counts(run_writer: Any) -> None:
    writer = run_writer()
    writer.log_table("pr_curves/cat", tensorboard_curve(), step=9)
    run = bs.open(writer.path)
    assert [(o.title, o.steps) for o in RocCurves.offers(run)] == [("ROC curve of cat", (4, 9))]
    (ranking,) = run.roc_curves(curve="cat", step=9).rankings
    curve = ranking.curve
    assert curve.recall.tolist() == [0, 0.5, 1] and curve.false_alarm_rate[-1] == 1
    assert "at its thresholds only" in run.roc_curves(curve="cat").figure().note


def tensorboard_curve() -> dict[str, Any]:
    """Curves of two steps, as they are imported: at thresholds 0, 0.5 and 1."""
    return {
        "step": [4, 4, 4, 9, 9, 9],
        "threshold": [0.0, 0.5, 1.0] * 2,
        "true_positives": [4.0, 1.0, 0.0, 4.0, 2.0, 0.0],
        "false_positives": [6.0, 3.0, 0.0, 6.0, 2.0, 0.0],
        "true_negatives": [0.0, 3.0, 6.0, 0.0, 4.0, 6.0],
        "false_negatives": [0.0, 3.0, 4.0, 0.0, 2.0, 4.0],
        "precision": [0.4, 0.25, 1.0, 0.4, 0.5, 1.0],
        "recall": [1.0, 0.25, 0.0, 1.0, 0.5, 0.0],
    }


def test_scores_without_classes_cannot_be_judged(run_writer: Any) -> None:
    writer = run_writer()
    writer.log_arrays("scores/test", {"sample": np.arange(2), "scores": np.eye(2)}, step=1)
    run = bs.open(writer.path)
    assert list(RocCurves.offers(run)) == []
    with pytest.raises(bs.NotRecorded, match="must hold the true classes of its test samples"):
        run.roc_curves()

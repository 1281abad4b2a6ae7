from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from bathyscope import views


def _scored(n: int, n_classes: int) -> Any:
    rng = np.random.default_rng(3)
    true = rng.integers(0, n_classes, n)
    logits = rng.normal(size=(n, n_classes))
    logits[np.arange(n), true] += 1.5
    values = np.exp(np.round(logits, 1))
    return true, values / values.sum(axis=1, keepdims=True)


def examples() -> dict[str, views.View]:
    true, scores = _scored(400, 2)
    return {
        "two classes": views.thresholds(true, scores[:, 1], classes=["healthy", "ill"]),
        "ten classes": views.thresholds(*_scored(3000, 10)),
        "one sample": views.thresholds([1], [0.7]),
    }


def test_measures_are_those_of_scikit_learn() -> None:
    true, scores = _scored(200, 2)
    view = views.thresholds(true, scores[:, 1])
    for index in range(0, len(view.threshold), 17):
        predicted = (scores[:, 1] >= view.threshold[index]).astype(int)
        assert view.measures["precision"][index] == pytest.approx(precision_score(true, predicted))
        assert view.measures["recall"][index] == pytest.approx(recall_score(true, predicted))
        assert view.measures["F1"][index] == pytest.approx(f1_score(true, predicted))


def test_of_many_classes_the_unsure_are_not_answered() -> None:
    true, scores = _scored(500, 6)
    view = views.thresholds(true, scores)
    sure, right = scores.max(axis=1), scores.argmax(axis=1) == true
    for index in range(0, len(view.threshold), 31):
        kept = sure >= view.threshold[index]
        assert view.measures["answered"][index] == pytest.approx(kept.mean())
        assert view.measures["accuracy"][index] == pytest.approx(right[kept].mean())
    assert f"{right.mean():.2%} are right" in view.figure().note


def test_the_best_f1_is_told_with_a_warning() -> None:
    true, scores = _scored(200, 2)
    view = views.thresholds(true, scores[:, 1])
    best = view.measures["F1"].max()
    assert f"F1 is highest, {best:.3f}" in view.figure().note
    assert "choose a threshold on other samples" in view.figure().note


def test_many_thresholds_are_thinned_and_told() -> None:
    figure = examples()["ten classes"].figure()
    assert len(figure.panels[0].marks[0].x) <= 1000
    assert "thresholds are drawn." in figure.note

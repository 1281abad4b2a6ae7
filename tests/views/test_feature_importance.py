from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

import bathyscope as bs
from bathyscope import views


def _forest() -> tuple[list[str], Any]:
    data = load_breast_cancer()
    forest = RandomForestClassifier(20, random_state=0).fit(data.data, data.target)
    return list(data.feature_names), forest.feature_importances_


def examples() -> dict[str, views.View]:
    features, worth = _forest()
    return {
        "a forest": views.feature_importance(features, worth),
        "two measures": views.feature_importance(
            ["a feature with a rather long name, indeed", "b", "c", "损失"],
            {"gain": [30.5, 2.0, 0.0, 1.0], "split": [3, 40, 0, 1]},
        ),
        "not finite": views.feature_importance(["a", "b"], [np.nan, -1.0]),
    }


def test_the_features_worth_most_are_drawn() -> None:
    features, worth = _forest()
    panel = examples()["a forest"].figure().panels[0]
    best = np.argsort(-worth)[:20]
    assert panel.y.categories == tuple(features[i] for i in best)
    assert np.array_equal(panel.marks[0].heights, worth[best])
    assert "The 20 of 30 features" in examples()["a forest"].figure().note


def test_each_measure_has_its_own_order() -> None:
    gain, split = examples()["two measures"].figure().panels
    assert gain.y.categories[0].startswith("a feature") and split.y.categories[0] == "b"
    assert gain.note == "Never used: c."


def test_a_recorded_table(run_writer: Any) -> None:
    writer = run_writer()
    table = {"feature": ["x", "y"], "gain": [1.0, 2.0], "note": ["p", "q"]}
    writer.log_table("feature_importance", table, step=50)
    run = bs.open(writer.path)
    assert run.feature_importance().columns()["gain"].tolist() == [1, 2]
    assert list(run.feature_importance().measures) == ["gain"]
    with pytest.raises(bs.NotRecorded, match=r"run\.xgboost"):
        bs.open(run_writer("other").path).feature_importance()


def test_one_number_per_feature() -> None:
    with pytest.raises(ValueError, match=r"one number per feature \(2\)"):
        views.feature_importance(["a", "b"], [1.0])

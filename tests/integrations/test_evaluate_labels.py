from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

import bathyscope as bs


def test_numbers_give_the_confusion_matrix_of_sklearn(recording, rng):
    y, predicted = rng.integers(0, 4, 60), rng.integers(0, 4, 60)
    found = recording.evaluate_labels(predicted, y, step=7, inputs=rng.random((60, 3)))
    assert found.accuracy == accuracy_score(y, predicted)
    recording.finish()
    run = bs.open(recording.path)
    assert run.scalars("test_accuracy").values.tolist() == [found.accuracy]
    assert run.scalar_names() == ("test_accuracy",)
    counts = run.confusion_matrix(split="test").counts
    np.testing.assert_array_equal(counts, confusion_matrix(y, predicted))
    f1 = run.classification_report(split="test").columns()["f1"][:4]
    np.testing.assert_allclose(f1, f1_score(y, predicted, average=None))


@pytest.mark.parametrize("make", [list, np.array, pd.Series])
def test_names_are_classes(recording, reopen, make):
    y, predicted = ["dog", "猫", "dog", "bee"], ["dog", "dog", "dog", "bee"]
    recording.evaluate_labels(make(predicted), make(y), show=["a", "b", "c", "d"])
    run = reopen(recording)
    assert run.events("classes")[0]["names"] == ["bee", "dog", "猫"]
    assert run.table("predictions/test")["true"].tolist() == [1, 2, 1, 0]
    assert run.table("predictions/test")["predicted"].tolist() == [1, 1, 1, 0]
    assert run.table("shown/test")["text"].tolist() == ["a", "b", "c", "d"]


def test_every_view_that_is_offered_can_be_drawn(recording, rng):
    y, predicted = rng.integers(0, 3, 40), rng.integers(0, 3, 40)
    for step in (1, 2):
        recording.evaluate_labels(predicted, y, step=step, show=[f"text {i}" for i in range(40)])
        predicted = np.where(rng.random(40) < 0.5, y, predicted)
    recording.finish()
    run = bs.open(recording.path)
    drawn = set()
    for name, view in bs.views.registry().items():
        for offer in view.offers(run):
            getattr(run, name)(**offer.options).figure()
            drawn.add(name)
    assert {"confusion_matrix", "predictions", "classification_report", "forgetting"} <= drawn
    assert not drawn & {"calibration", "roc_curves", "class_scores"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"predicted": [0, 1]}, "one class for each sample; got 2 and 3"),
        ({"predicted": [[0.1, 0.9]] * 3}, "Scores of classes go to `evaluate_scores`"),
        ({"predicted": [0, 1, -1]}, r"class numbers from 0; got -1 \(1 of 3"),
        ({"y": [0, 1, 0.5]}, r"class numbers from 0; got 0.5"),
        ({"y": [0, 1, float("nan")]}, r"class numbers from 0; got nan"),
        ({"y": None}, "`y` must hold a class for each sample; got None"),
        ({"y": []}, "at least one sample"),
        ({"y": ["a", "b", "a"]}, "both hold class numbers, or both names"),
        ({"classes": ["a", "b"]}, "from 0 to 1, as many as `classes` names; got 2"),
        ({"inputs": np.zeros((2, 2))}, "one sample for each of the 3 predictions; got 2"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(
    recording, reopen, changed, message
):
    with pytest.raises(ValueError, match=message):
        recording.evaluate_labels(**{"predicted": [0, 1, 2], "y": [0, 1, 1], **changed})
    assert reopen(recording).table_names() == ()


def test_a_name_that_is_no_class_is_refused(recording):
    with pytest.raises(ValueError, match=r"names that `classes` gives; got 'cow' \(1 of 2"):
        recording.evaluate_labels(["cat", "cow"], ["cat", "cat"], classes=["cat", "dog"])

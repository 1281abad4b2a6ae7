from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
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


def test_each_set_of_samples_has_class_names_of_its_own(recording, rng):
    recording.evaluate_labels(["red", "blue"], ["red", "red"], split="colour")
    scores = rng.dirichlet(np.ones(3), size=4)
    recording.evaluate_scores(scores, [0, 1, 2, 0], split="shape", classes=["disc", "ring", "bar"])
    recording.evaluate_scores(scores, [0, 1, 2, 0], split="unnamed")
    recording.finish()
    run = bs.open(recording.path)
    assert run.confusion_matrix(split="colour").classes == ("blue", "red")
    assert run.confusion_matrix(split="shape").classes == ("disc", "ring", "bar")
    assert run.roc_curves(split="shape").rankings[0].label == "disc"
    assert run.confusion_matrix(split="unnamed").classes == ("disc", "ring", "bar")


@pytest.mark.parametrize("goes_on_later", [False, True])
def test_a_name_that_comes_later_leaves_the_numbers_of_earlier_steps_true(tmp_path, goes_on_later):
    recording = bs.record("run", runs_dir=tmp_path)
    recording.evaluate_labels(["cat", "dog"], ["cat", "cat"], step=1)
    if goes_on_later:
        recording.finish()
        recording = bs.record("run", runs_dir=tmp_path, resume=True)
    recording.evaluate_labels(["bee", "dog"], ["bee", "bee"], step=2)
    recording.finish()
    run = bs.open(recording.path)
    pairs = [run.confusion_matrix(split="test", step=step).to_frame() for step in (1, 2)]
    told = [{(r.true, r.predicted): r.count for r in p.itertuples()} for p in pairs]
    assert told[0]["cat", "cat"] == told[0]["cat", "dog"] == 1
    assert told[1]["bee", "bee"] == told[1]["bee", "dog"] == 1


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


@pytest.mark.parametrize(
    "make",
    [
        lambda told: pd.Series(told, dtype="category"),
        lambda told: pd.Series(told, dtype="string"),
        lambda told: pd.DataFrame({"class": told}),
        lambda told: pl.Series(told, dtype=pl.Categorical),
        lambda told: pl.DataFrame({"class": told}),
    ],
)
def test_columns_of_data_frames_hold_the_classes_that_lists_hold(recording, make):
    names = ["dog", "cat", "dog", "ant"]
    found = recording.evaluate_labels(make(names), names, split="test", step=1)
    assert found.predicted.tolist() == [2, 1, 2, 0] and found.accuracy == 1.0


@pytest.mark.parametrize(
    "numbers",
    [
        pd.Series([2, 0, 1], dtype=object),
        pd.Series([2, 0, 1], dtype="Int64"),
        pd.Series([2, 0, 1], dtype="category"),
        pd.DataFrame({"class": [2, 0, 1]}),
        pl.Series([2, 0, 1]),
    ],
)
def test_numbers_are_numbers_whatever_holds_them(recording, numbers):
    found = recording.evaluate_labels(numbers, [2, 0, 1], split="test", step=1)
    assert found.predicted.tolist() == found.true.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (pd.Series(["a", None, "b"]), "`y` must hold a class for each sample; 1 of 3 have none"),
        (pd.Series(["a", pd.NA, pd.NA], dtype="string"), "2 of 3 have none"),
        (pl.Series(["a", None, "b"]), "1 of 3 have none"),
        (pd.Series([1, pd.NA, 0], dtype="Int64"), "must hold class numbers from 0; got nan"),
        (pl.Series([1, None, 0]), "must hold class numbers from 0; got nan"),
    ],
)
def test_a_sample_without_a_class_is_refused(recording, given, message):
    predicted = ["a", "a", "b"] if "have none" in message else [1, 1, 0]
    with pytest.raises(ValueError, match=message):
        recording.evaluate_labels(predicted, given, split="test", step=1)

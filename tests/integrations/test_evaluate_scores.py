from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss


@pytest.fixture
def judged(rng):
    scores = rng.dirichlet(np.ones(3), size=20)
    return scores, rng.integers(0, 3, 20)


def test_what_is_recorded_is_what_was_said(recording, reopen, judged):
    scores, y = judged
    x = np.arange(40.0).reshape(20, 2)
    found = recording.evaluate_scores(scores, y, inputs=x, step=3, classes=["a", "b", "c"])
    assert found.loss == pytest.approx(log_loss(y, scores))
    assert found.accuracy == accuracy_score(y, scores.argmax(1))
    run = reopen(recording)
    np.testing.assert_array_equal(run.arrays("inputs/test", step=3)["inputs"], x)
    np.testing.assert_array_equal(run.arrays("scores/test")["scores"], scores)
    np.testing.assert_array_equal(run.table("predictions/test")["predicted"], scores.argmax(1))
    assert run.scalars("test_loss").values.tolist() == [found.loss]
    assert run.events("classes")[0]["names"] == ["a", "b", "c"]
    assert run.events("model") == []


@pytest.mark.parametrize("make", [list, np.array, pd.Series])
def test_classes_can_be_told_by_name(recording, reopen, judged, make, make_mlp, rng):
    scores, y = judged
    classes = ["猫", "dog", "bee"]
    names = make([classes[number] for number in y])
    found = recording.evaluate_scores(scores, names, classes=classes)
    np.testing.assert_array_equal(found.true, y)
    x = rng.normal(size=(20, 6)).astype(np.float32)
    np.testing.assert_array_equal(recording.evaluate(make_mlp(), x, names, classes=classes).true, y)
    with pytest.raises(ValueError, match=r"names that `classes` gives; got 'bee'"):
        recording.evaluate_scores(scores, names, classes=["猫", "dog", "fly"])
    with pytest.raises(ValueError, match=r"the order that the scores have: `classes="):
        recording.evaluate_scores(scores, names)


def test_texts_alone_can_be_shown(recording, reopen, judged):
    texts = [f"question {index}" for index in range(20)]
    recording.evaluate_scores(*judged, show=texts, split="asked")
    run = reopen(recording)
    assert run.table("shown/asked")["text"].tolist() == texts
    assert "inputs/asked" not in run.array_groups()


def test_single_numbers_and_logits_are_said_to_be_such(recording, rng):
    y = rng.integers(0, 2, 30)
    margin = rng.normal(size=30)
    found = recording.evaluate_scores(margin, y, kind="logits")
    assert found.loss == pytest.approx(log_loss(y, 1 / (1 + np.exp(-margin))))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": np.zeros((3, 2))}, "one sample for each of the 20 predictions; got 3"),
        ({"y": [0, 1]}, "one label per sample; got 20 samples and 2 labels"),
        ({"y": None}, "`y` must hold the true classes; got None"),
        ({"classes": ["a"]}, "must name the 3 classes"),
        ({"show": ["a"]}, "one entry for each of the 20 samples"),
        ({"kind": "votes"}, "`scores` must be one of auto"),
        ({"max_bytes": 0}, "`max_bytes` must be at least 1"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(
    recording, reopen, judged, changed, message
):
    scores, y = judged
    with pytest.raises(ValueError, match=message):
        recording.evaluate_scores(**{"scores": scores, "y": y, **changed})
    assert reopen(recording).table_names() == ()

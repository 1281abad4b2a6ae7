from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

from bathyscope.integrations.classification import (
    has_several_labels,
    independent_scores,
    labels_from,
    predict,
    scores_from_output,
)


@pytest.fixture
def logits(rng):
    return rng.normal(size=(50, 4)).astype(np.float32) * 3


@pytest.fixture
def true(rng):
    return rng.integers(0, 4, 50)


def test_logits_and_their_probabilities_give_the_same_predictions(logits, true):
    raw = predict(scores_from_output(logits), true)
    probable = predict(scores_from_output(softmax(logits.astype(np.float64), axis=1)), true)
    np.testing.assert_array_equal(raw.predicted, probable.predicted)
    np.testing.assert_allclose(raw.confidence, probable.confidence, rtol=1e-6)
    np.testing.assert_allclose(raw.loss, probable.loss, rtol=1e-5)


def test_losses_are_those_of_scipy_and_scikit_learn(logits, true):
    predictions = predict(scores_from_output(logits), true)
    expected = -log_softmax(logits.astype(np.float64), axis=1)[np.arange(50), true]
    np.testing.assert_allclose(predictions.loss, expected, rtol=1e-6)
    probabilities = softmax(logits.astype(np.float64), axis=1)
    assert predictions.mean_loss == pytest.approx(log_loss(true, probabilities), rel=1e-6)
    assert predictions.accuracy == accuracy_score(true, probabilities.argmax(1))


def test_confusion_counts_are_those_of_scikit_learn(logits, true):
    predictions = predict(scores_from_output(logits), true)
    counts = np.zeros((4, 4), dtype=int)
    np.add.at(counts, (predictions.true, predictions.predicted), 1)
    np.testing.assert_array_equal(counts, confusion_matrix(true, logits.argmax(1)))


@pytest.mark.parametrize("shape", [(30, 1), (30,)])
def test_one_number_per_sample_is_the_second_of_two_classes(rng, shape):
    z = rng.normal(size=30) * 4
    true = rng.integers(0, 2, 30)
    raw = scores_from_output(z.reshape(shape))
    probable = scores_from_output(expit(z).reshape(shape))
    assert (raw.kind, probable.kind) == ("logits", "probabilities")
    assert raw.values.shape == probable.values.shape == (30, 2)
    expected = np.logaddexp(0, -np.where(true == 1, z, -z))
    np.testing.assert_allclose(predict(raw, true).loss, expected, rtol=1e-6)
    np.testing.assert_allclose(predict(probable, true).loss, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(predict(probable, true).predicted, (z > 0).astype(int))


def test_independent_sigmoids_are_told_from_probabilities(rng):
    values = rng.random((20, 3))
    scores = scores_from_output(values)
    assert scores.kind == "independent"
    true = rng.integers(0, 3, 20)
    one_hot = np.eye(3)[true]
    expected = -(one_hot * np.log(values) + (1 - one_hot) * np.log(1 - values)).mean(1)
    found = predict(scores, true)
    np.testing.assert_allclose(found.loss, expected, rtol=1e-9)
    np.testing.assert_allclose(found.confidence, values.max(1))


def test_the_caller_may_say_what_the_scores_are():
    values = np.array([[0.2, 0.8], [0.7, 0.3]])
    assert scores_from_output(values).kind == "probabilities"
    said = scores_from_output(values, kind="logits")
    assert said.kind == "logits"
    assert not said.detected
    with pytest.raises(ValueError, match="must be one of auto"):
        scores_from_output(values, kind="odds")


def test_probabilities_of_zero_give_a_large_finite_loss():
    found = predict(scores_from_output(np.array([[1.0, 0.0]])), np.array([1]))
    assert found.loss[0] == pytest.approx(-np.log(1e-7))


def test_a_class_ruled_out_has_no_probability():
    scores = scores_from_output(np.array([[-np.inf, 0.0, np.log(3.0)]]))
    found = predict(scores, np.array([1]))
    np.testing.assert_allclose(found.confidence, [0.75])
    np.testing.assert_allclose(found.loss, [np.log(4.0)])
    assert predict(scores, np.array([0])).loss[0] == np.inf


def test_half_precision_probabilities_are_probabilities(rng):
    values = softmax(rng.normal(size=(40, 1000)), axis=1).astype(np.float16)
    assert scores_from_output(values).kind == "probabilities"


def test_scores_of_several_labels_are_each_a_probability(logits):
    found = independent_scores(logits)
    assert found.kind == "independent"
    np.testing.assert_allclose(found.values, expit(logits.astype(np.float64)), rtol=1e-6)
    certain = independent_scores(np.array([[-1e4, 1e4]]))
    np.testing.assert_array_equal(certain.values, [[0, 1]])
    given = independent_scores(np.array([[0.2, 0.8]]))  # which would be those of two classes
    assert (given.kind, given.values.tolist()) == ("independent", [[0.2, 0.8]])


@pytest.mark.parametrize(
    ("y", "several"),
    [
        ([[1, 0], [1, 1]], True),
        ([[0.0, 0.0], [0.0, 1.0]], True),
        ([[1, 0], [0, 1]], False),
        ([[0.5, 0.5], [0.0, 1.0]], False),
        ([[1], [0]], False),
        ([1, 0], False),
    ],
)
def test_several_labels_are_told_from_one(y, several):
    assert has_several_labels(np.array(y)) is several


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (np.zeros((3, 4, 5)), r"\(n_samples, n_classes\); got \(3, 4, 5\).*evaluate_labels"),
        (np.zeros((0, 4)), "at least one sample"),
        (np.zeros((3, 0)), r"got \(3, 0\)"),
        (np.array([[np.nan, 1], [0, 1]]), "must not be NaN or infinite; they are for 1 of 2"),
        (np.array([[np.inf, 1], [0, 1]]), "must not be NaN or infinite; they are for 1 of 2"),
        (np.array([["a", "b"]]), "real numbers"),
    ],
)
def test_outputs_of_no_classifier_are_refused(output, words):
    with pytest.raises(ValueError, match=words):
        scores_from_output(output)


@pytest.mark.parametrize(
    "y",
    [
        [2, 0, 1],
        np.array([2.0, 0.0, 1.0], dtype=np.float32),
        np.array([[2], [0], [1]], dtype=np.uint8),
        np.eye(3, dtype=np.float32)[[2, 0, 1]],
        np.eye(3, dtype=bool)[[2, 0, 1]],
    ],
)
def test_labels_in_every_form_become_indices(y):
    found = labels_from(np.asarray(y), n_samples=3, n_classes=3)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, [2, 0, 1])


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([0, 1], "one label per sample; got 3 samples and 2 labels"),
        (1, "got 3 samples and a single value"),
        ([0, 1, 3], r"from 0 to 2.*got 3 \(1 of 3"),
        ([0, -1, 1], "got -1"),
        ([0.0, 0.5, 1.0], "whole class numbers; got 0.5"),
        ([0.0, np.nan, 1.0], "must not hold NaN; got 1"),
        (["a", "b", "c"], r"the order that the scores have: `classes="),
        (np.eye(4)[:3], "got 4 columns for 3 classes"),
        (np.ones((3, 3)), r"exactly one 1 per row.*3 of 3 rows.*evaluate_scores\(scores\[:, 0\]"),
        (np.full((3, 3), 1 / 3), "exactly one 1 per row"),
        (np.zeros((3, 3, 3)), r"must have shape \(n_samples,\)"),
        (None, "must hold the true classes"),
    ],
)
def test_wrong_labels_are_named(y, words):
    labels = None if y is None else np.asarray(y)
    with pytest.raises(ValueError, match=words):
        labels_from(labels, n_samples=3, n_classes=3)

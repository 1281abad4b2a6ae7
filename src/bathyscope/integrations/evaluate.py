"""Run a model on labelled samples, and record what it says about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope import models
from bathyscope.integrations.budget import check_max_bytes, first_samples
from bathyscope.integrations.classification import (
    Predictions,
    ScoreKind,
    Scores,
    labels_from,
    numbers_of_names,
    predict,
    scores_from_output,
)
from bathyscope.integrations.layers import last_vector_layer
from bathyscope.integrations.regression import (
    RegressionEvaluation,
    is_regression,
    judge_values,
    record_values,
)
from bathyscope.integrations.samples import Samples, note_samples, record_inputs
from bathyscope.integrations.session import Session, check_classes
from bathyscope.integrations.steps import check_step
from bathyscope.models.protocol import Forward, Model

_LOSSES: dict[ScoreKind, str] = {
    "probabilities": "cross entropy of the probabilities, clipped at 1e-7",
    "logits": "cross entropy of the logits",
    "independent": "mean binary cross entropy over the classes, clipped at 1e-7",
}


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What an evaluation found.

    Parameters
    ----------
    split : str
    step : int
    loss : float
        Mean cross entropy, without the model's penalties.
    accuracy : float
    scores_are : {"probabilities", "logits", "independent"}
    true, predicted : array of int64, shape (n_samples,)
    scores : array, shape (n_samples, n_classes)
    """

    split: str
    step: int
    loss: float
    accuracy: float
    scores_are: ScoreKind
    true: NDArray[np.int64] = field(repr=False)
    predicted: NDArray[np.int64] = field(repr=False)
    scores: NDArray[Any] = field(repr=False)

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.true)


def evaluate(
    session: Session,
    model: Any,
    samples: Samples,
    *,
    split: str,
    step: int | None,
    classes: Sequence[str] | None,
    batch_size: int,
    features: str | bool,
    scores: str,
    targets: Sequence[str] | None,
    output: int | None,
    max_bytes: int,
) -> Evaluation | RegressionEvaluation:
    """Evaluate and record; see `Recording.evaluate`."""
    check_max_bytes(max_bytes)
    class_names = check_classes(classes)
    at = session.steps.last if step is None else check_step(step)
    samples = replace(samples, labels=numbers_of_names(samples.labels, class_names))

    adapted = models.adapt(model)
    layer = _feature_layer(adapted, samples.inputs, features)
    forward = models.forward_in_batches(
        adapted, samples.inputs, batch_size=batch_size, capture=(layer,) if layer else ()
    )
    chosen = choose_output(forward, output)
    if is_regression(chosen, samples.labels, kind=scores, classes=class_names, targets=targets):
        judged = judge_values(chosen, samples.labels, split=split, step=at, targets=targets)
    else:
        found = scores_from_output(chosen, kind=scores)
        judged = judge(found, samples.labels, split=split, step=at, classes=class_names)
    guard = session.guard
    with guard("description of the model"):
        session.say(names.MODEL_EVENT, **models.describe(adapted))
    with guard("inputs"):
        record_inputs(session, samples, split=split, step=at, max_bytes=max_bytes)
    if isinstance(judged, RegressionEvaluation):
        record_values(session, judged, max_bytes=max_bytes)
    else:
        record_judged(session, judged, classes=class_names, max_bytes=max_bytes)
    if layer:
        with guard("features"):
            _record_features(session, layer, forward, split=split, step=at, max_bytes=max_bytes)
    return judged if isinstance(judged, RegressionEvaluation) else judged.evaluation


@dataclass(frozen=True, eq=False)
class Judged:
    """Scores that were held against the truth."""

    scores: Scores
    predictions: Predictions
    evaluation: Evaluation


def judge(
    scores: Scores,
    labels: NDArray[Any] | None,
    *,
    split: str,
    step: int,
    classes: Sequence[str] | None,
) -> Judged:
    """Hold scores against the truth; wrong arguments raise here."""
    check_class_count(classes, scores)
    n_samples, n_classes = scores.values.shape
    true = labels_from(labels, n_samples=n_samples, n_classes=n_classes)
    found = predict(scores, true)
    evaluation = Evaluation(
        split,
        step,
        found.mean_loss,
        found.accuracy,
        scores.kind,
        true,
        found.predicted,
        scores.values,
    )
    return Judged(scores, found, evaluation)


def record_judged(
    session: Session, judged: Judged, *, classes: Sequence[str] | None, max_bytes: int
) -> None:
    """Record class names, predictions, loss, accuracy and scores."""
    guard, result = session.guard, judged.evaluation
    split, step = result.split, result.step
    with guard("class names"):
        session.classes(classes, split=split)
    with guard("predictions"):
        record_predictions(session, judged.predictions, split=split, step=step)
        session.writer.log_scalars(
            {f"{split}_loss": result.loss, f"{split}_accuracy": result.accuracy}, step=step
        )
    with guard("scores"):
        record_scores(session, judged.scores, split=split, step=step, max_bytes=max_bytes)


def choose_output(forward: Forward, output: int | None) -> NDArray[Any]:
    """Take the one output of a model, or the one asked for."""
    count = len(forward.outputs)
    if output is None and count > 1:
        shapes = ", ".join(str(array.shape) for array in forward.outputs)
        raise ValueError(
            f"`output` must say which output to evaluate; the model has {count}, "
            f"of shapes {shapes}."
        )
    index = output or 0
    if not 0 <= index < count:
        raise ValueError(f"`output` must be from 0 to {count - 1}; got {index}.")
    return forward.outputs[index]


def check_class_count(class_names: Sequence[str] | None, scores: Scores) -> None:
    """Check that there is one name for each score."""
    n_classes = scores.values.shape[1]
    if class_names is not None and len(class_names) != n_classes:
        raise ValueError(
            f"`classes` must name the {n_classes} classes the model's output has; "
            f"got {len(class_names)} names."
        )


def record_scores(
    session: Session, scores: Scores, *, split: str, step: int, max_bytes: int
) -> None:
    """Record the scores of each sample, and what they are."""
    values = scores.values
    n_kept = first_samples(len(values), values[0].nbytes, max_bytes)
    session.writer.log_arrays(
        names.SCORES + split,
        {names.SAMPLE: np.arange(n_kept), "scores": values[:n_kept]},
        step=step,
    )
    note_samples(session, f"Scores of {split}", n_kept, len(values), max_bytes=max_bytes)
    session.say(
        names.SCORES_EVENT,
        split=split,
        scores=scores.kind,
        detected=scores.detected,
        loss=_LOSSES[scores.kind],
    )


def record_predictions(
    session: Session, predictions: Predictions, *, split: str, step: int
) -> None:
    """Record the predicted class of each sample."""
    columns = {
        names.SAMPLE: np.arange(len(predictions.true)),
        "true": predictions.true,
        "predicted": predictions.predicted,
        "confidence": predictions.confidence,
        "loss": predictions.loss,
    }
    session.writer.log_table(names.PREDICTIONS + split, columns, step=step)


def _feature_layer(model: Model, inputs: Any, features: str | bool) -> str | None:
    if isinstance(features, str):
        return models.find_layer(model, features).name
    return last_vector_layer(model, inputs) if features else None


def _record_features(
    session: Session, layer: str, forward: Forward, *, split: str, step: int, max_bytes: int
) -> None:
    vectors = forward.captured[layer][-1]
    vectors = vectors.reshape(len(vectors), -1)
    n_kept = first_samples(len(vectors), max(vectors[0].nbytes, 1), max_bytes)
    session.writer.log_arrays(
        names.FEATURES + split,
        {names.SAMPLE: np.arange(n_kept), layer: vectors[:n_kept]},
        step=step,
    )
    what = f"Features of {split} at {layer}"
    note_samples(session, what, n_kept, len(vectors), max_bytes=max_bytes)

"""From the outputs of a classifier to predictions: the numbers, without any framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope.views._scores import SUM_TOLERANCE, class_scores_from

#: What the numbers of an output are.
#:
#: ``probabilities``: each row sums to 1. ``logits``: raw scores, made probabilities by softmax.
#: ``independent``: each number is a probability of its own, as several sigmoid units give.
ScoreKind = Literal["probabilities", "logits", "independent"]
KINDS: tuple[ScoreKind, ...] = ("probabilities", "logits", "independent")


@dataclass(frozen=True, eq=False)
class Scores:
    """One number per sample and class.

    Parameters
    ----------
    values : array, shape (n_samples, n_classes)
    kind : {"probabilities", "logits", "independent"}
    detected : bool
        Whether the kind was read off the values, rather than said by the caller.
    """

    values: NDArray[Any]
    kind: ScoreKind
    detected: bool = True


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a classifier said about each sample.

    Parameters
    ----------
    true, predicted : array of int64, shape (n_samples,)
    confidence : array of float64, shape (n_samples,)
        Probability given to the predicted class.
    loss : array of float64, shape (n_samples,)
        Cross entropy.
    """

    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    loss: NDArray[np.float64]

    @property
    def mean_loss(self) -> float:
        """Mean cross entropy."""
        return float(self.loss.mean())

    @property
    def accuracy(self) -> float:
        """Share of samples whose predicted class is the true one."""
        return float(np.mean(self.predicted == self.true))


def scores_from_output(output: NDArray[Any], *, kind: str = "auto") -> Scores:
    """Read a model's output as one number per sample and class.

    Parameters
    ----------
    output : array, shape (n_samples, n_classes), (n_samples, 1) or (n_samples,)
        A single number per sample is the score of the second of two classes.
    kind : {"auto", "probabilities", "logits", "independent"}
        ``auto`` reads it off the values: probabilities lie in [0, 1] and each row sums to 1.

    Raises
    ------
    ValueError
        If the output is empty, holds NaN or infinity, or has no such shape. Minus infinity is the
        logit of a class that is ruled out.
    """
    if kind not in ("auto", *KINDS):
        raise ValueError(f"`scores` must be one of auto, {', '.join(KINDS)}; got {kind!r}.")
    values = output[:, None] if output.ndim == 1 else output
    _check_output(values)
    single = values.shape[1] == 1
    found = _detect(values, single=single) if kind == "auto" else kind
    if single:
        values, found = _two_classes(values, found)
    return Scores(values, found, detected=kind == "auto")  # pyright: ignore[reportArgumentType]


def numbers_of_names(y: NDArray[Any] | None, classes: Sequence[str] | None) -> NDArray[Any] | None:
    """Give the numbers of classes that are told by name; other labels stay as they are.

    Raises
    ------
    ValueError
        If a name is not one of the classes.
    """
    if y is None or classes is None or y.dtype.kind != "U":
        return y
    place = {name: index for index, name in enumerate(classes)}
    unknown = [name for name in y.reshape(-1).tolist() if name not in place]
    if unknown:
        raise ValueError(
            f"`y` must hold names that `classes` gives; got {unknown[0]!r} "
            f"({len(unknown)} of {y.size} are others)."
        )
    return np.array([place[name] for name in y.reshape(-1).tolist()]).reshape(y.shape)


def labels_from(y: NDArray[Any] | None, *, n_samples: int, n_classes: int) -> NDArray[np.int64]:
    """Turn labels, as integers or one-hot rows, into class indices.

    Parameters
    ----------
    y : array, shape (n_samples,), (n_samples, 1) or (n_samples, n_classes)

    Raises
    ------
    ValueError
        If lengths differ, or a label is not a class.
    """
    if y is None:
        raise ValueError("`y` must hold the true classes; got None.")
    if y.ndim == 0 or len(y) != n_samples:
        given = "a single value" if y.ndim == 0 else f"{len(y)}"
        raise ValueError(
            f"`y` must have one label per sample; got {n_samples} samples and {given} labels."
        )
    if y.dtype.kind not in "biuf":
        raise ValueError(
            f"`y` must hold class numbers or one-hot rows; got values of type {y.dtype}. "
            "Of names, say the order that the scores have: `classes=[...]`."
        )
    if y.dtype.kind == "f" and np.isnan(y).any():
        raise ValueError(f"`y` must not hold NaN; got {int(np.isnan(y).sum())} of them.")
    if y.ndim == 2 and y.shape[1] > 1:
        return _from_one_hot(y, n_classes)
    if y.ndim > 2 or (y.ndim == 2 and y.shape[1] != 1):
        raise ValueError(
            f"`y` must have shape (n_samples,) or (n_samples, {n_classes}); got {y.shape}."
        )
    return _from_indices(y.reshape(-1), n_classes)


def has_several_labels(y: NDArray[Any] | None) -> bool:
    """Say whether samples have any number of labels each: rows of 0 and 1, not all with one 1."""
    if y is None or y.ndim != 2 or y.shape[1] < 2 or not np.isin(y, (0, 1)).all():
        return False
    return bool((y.sum(axis=1) != 1).any())


def independent_scores(output: NDArray[Any]) -> Scores:
    """Read a model's output as a probability for each label, that of the others left aside.

    Parameters
    ----------
    output : array, shape (n_samples, n_labels)
        Probabilities, or logits, to which the sigmoid is applied.
    """
    scores = scores_from_output(output)
    if scores.kind != "logits":
        return Scores(scores.values, "independent", detected=True)
    logits = scores.values.astype(np.float64)
    probabilities = np.exp(-np.logaddexp(0, -logits))  # of large numbers too without a warning
    return Scores(probabilities.astype(np.float32), "independent", detected=True)


def predict(scores: Scores, true: NDArray[np.int64]) -> Predictions:
    """Predict the class of the highest score; losses are cross entropies.

    Parameters
    ----------
    scores : Scores
    true : array of int64, shape (n_samples,)
    """
    values = scores.values.astype(np.float64)
    if scores.kind == "probabilities":
        values = values / values.sum(axis=1, keepdims=True)
    predicted = values.argmax(axis=1).astype(np.int64)
    known = class_scores_from(values, kind=scores.kind)
    confidence = known.values[np.arange(len(true)), predicted]
    return Predictions(true, predicted, confidence, known.losses(true))


def _check_output(values: NDArray[Any]) -> None:
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(
            "A classifier's output must have shape (n_samples, n_classes); "
            f"got {values.shape}. Choose another output, or evaluate a part of the model. Classes "
            "of pixels or words go to `run.evaluate_labels(predicted.ravel(), true.ravel())`."
        )
    if len(values) == 0:
        raise ValueError("There must be at least one sample; got none.")
    if values.dtype.kind == "c" or not np.issubdtype(values.dtype, np.number):
        raise ValueError(f"A classifier's output must be real numbers; got {values.dtype}.")
    bad = int((~np.isfinite(values.max(axis=1))).sum())
    if bad:
        raise ValueError(
            "The model's outputs must not be NaN or infinite; they are for "
            f"{bad} of {len(values)} samples. Its weights, or its inputs, hold NaN or overflow."
        )


def _detect(values: NDArray[Any], *, single: bool) -> str:
    if values.min() < 0 or values.max() > 1 + SUM_TOLERANCE:
        return "logits"
    if single:
        return "probabilities"
    sums = values.sum(axis=1, dtype=np.float64)
    return "probabilities" if np.allclose(sums, 1, rtol=0, atol=SUM_TOLERANCE) else "independent"


def _two_classes(values: NDArray[Any], kind: str) -> tuple[NDArray[Any], str]:
    """Give the first of two classes the rest: 1 - p, or the logit 0."""
    if kind == "logits":
        return np.hstack([np.zeros_like(values), values]), "logits"
    return np.hstack([1 - values, values]), "probabilities"


def _from_one_hot(y: NDArray[Any], n_classes: int) -> NDArray[np.int64]:
    if y.shape[1] != n_classes:
        raise ValueError(
            f"`y` must have one column per class when it is one-hot; got {y.shape[1]} columns "
            f"for {n_classes} classes."
        )
    bad = ~(np.isin(y, (0, 1)).all(axis=1) & (y.sum(axis=1) == 1))
    if bad.any():
        raise ValueError(
            "`y` must hold exactly one 1 per row when it is one-hot; "
            f"{int(bad.sum())} of {len(y)} rows do not, the first is row {int(bad.argmax())}. "
            "Where a sample may have several labels, record each label by itself: "
            "`run.evaluate_scores(scores[:, 0], y[:, 0], split='label 0')`."
        )
    return y.argmax(axis=1).astype(np.int64)


def _from_indices(y: NDArray[Any], n_classes: int) -> NDArray[np.int64]:
    labels = y.astype(np.int64)
    if y.dtype.kind == "f" and not np.array_equal(labels, y):
        first = y[labels != y][0]
        raise ValueError(
            f"`y` must hold whole class numbers; got {first}. Of a regression say "
            "`scores='values'`."
        )
    outside = labels[(labels < 0) | (labels >= n_classes)]
    if len(outside):
        raise ValueError(
            f"`y` must hold classes from 0 to {n_classes - 1}, as many as the model's output "
            f"has; got {int(outside[0])} ({len(outside)} of {len(labels)} labels are outside)."
        )
    return labels

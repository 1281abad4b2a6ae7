"""What a classifier made of samples: scores, predicted and true classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bathyscope.models.batches import forward_in_batches
from bathyscope.models.protocol import Model
from bathyscope.views._inputs import as_batch
from bathyscope.views._labels import Codes, encode_labels
from bathyscope.views._scores import ScoreKind, Scores, class_scores_from


@dataclass(frozen=True, eq=False)
class Classified:
    """Samples that a model has classified.

    Parameters
    ----------
    scores : Scores
        Of shape (n_samples, n_classes).
    predicted : array of int64, shape (n_samples,)
    true : array of int64, shape (n_samples,)
        -1 where unknown.
    classes : tuple of str
    """

    scores: Scores
    predicted: Codes
    true: Codes
    classes: tuple[str, ...]


def classify(
    model: Model,
    x: Any,
    y: ArrayLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
    kind: ScoreKind = "auto",
    batch_size: int = 256,
) -> Classified:
    """Run a classifier over samples; its first output holds the scores."""
    inputs = as_batch(x)
    outputs = forward_in_batches(model, inputs, batch_size=batch_size).outputs[0]
    if outputs.ndim > 2:
        raise ValueError(
            "The model's first output must be class scores, shape (n_samples, n_classes); "
            f"got {outputs.shape}."
        )
    scores = class_scores_from(outputs, kind=kind)
    labels, true = score_classes(scores, classes, y)
    return Classified(scores, scores.values.argmax(axis=1), true, labels)


def score_classes(
    scores: Scores, classes: Sequence[Any] | None, true: ArrayLike | None
) -> tuple[tuple[str, ...], Codes]:
    """Name the columns of scores, and give true labels as indices of them, -1 if unknown."""
    count, n_classes = scores.values.shape
    named = list(range(n_classes)) if classes is None else list(classes)
    if len(named) != n_classes:
        raise ValueError(
            f"`classes` must name each of the {n_classes} columns of scores; got {len(named)}."
        )
    if true is None:
        return tuple(str(item) for item in named), np.full(count, -1)
    codes, labels = encode_labels({"y_true": true}, named)
    if len(codes["y_true"]) != count:
        raise ValueError(
            f"`y_true` must have one label per sample ({count}); got {len(codes['y_true'])}."
        )
    return labels, codes["y_true"]

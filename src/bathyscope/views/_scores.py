"""Raw outputs of a classifier as class scores from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.views._words import check_choice

ScoreKind = Literal["auto", "probabilities", "logits", "independent"]
_KINDS = ("auto", "probabilities", "logits", "independent")
#: Rows of float16 probabilities of a thousand classes miss 1 by about this much.
SUM_TOLERANCE = 5e-3
#: Probabilities are at least this much before their logarithm is taken.
_CLIP = 1e-7


@dataclass(frozen=True, eq=False)
class Scores:
    """Class scores from 0 to 1.

    Parameters
    ----------
    values : array of float64, shape (n_samples, n_classes)
    log_values : array of float64, shape (n_samples, n_classes), optional
        Logarithms of the scores, where they are known better than by taking them.
    exclusive : bool
        Whether they are probabilities of classes that exclude each other, and sum to one.
    note : str
        What was done to the model's outputs.
    """

    values: NDArray[np.float64]
    log_values: NDArray[np.float64] | None = None
    exclusive: bool = True
    note: str = ""

    def take(self, rows: NDArray[np.integer[Any]]) -> Scores:
        """Give the scores of some of the samples."""
        logs = None if self.log_values is None else self.log_values[rows]
        return Scores(self.values[rows], logs, self.exclusive, self.note)

    def losses(self, true: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the cross entropy of each sample; NaN where ``true`` is -1."""
        if self.exclusive:
            at = (np.arange(len(true)), np.maximum(true, 0))
            logs = _log(self.values[at]) if self.log_values is None else self.log_values[at]
            loss = -logs
        else:
            chosen = np.arange(self.values.shape[1]) == true[:, None]
            loss = -_log(np.where(chosen, self.values, 1 - self.values)).mean(axis=1)
        return np.where(true >= 0, loss, np.nan)


def _log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take logarithms of probabilities, kept away from 0 before, as Keras does."""
    return np.log(np.clip(values, _CLIP, 1.0))


def class_scores_from(outputs: ArrayLike | Scores, *, kind: ScoreKind = "auto") -> Scores:
    """Turn outputs into class scores.

    Parameters
    ----------
    outputs : array, shape (n_samples, n_classes), (n_samples, 1) or (n_samples,)
        One column stands for the second of two classes.
    kind : {"auto", "probabilities", "logits", "independent"}
        ``auto``: logits if any lies outside [0, 1]; else probabilities if each row sums to one,
        else independent (one sigmoid per class).

    Raises
    ------
    ValueError
        If an output is not finite, or the shape or range is another.
    """
    if isinstance(outputs, Scores):
        return outputs
    check_choice("kind", kind, _KINDS)
    array = _checked(outputs)
    inside = bool(((array >= 0) & (array <= 1 + SUM_TOLERANCE)).all())
    if kind in ("probabilities", "independent"):
        _check_range(array, kind)
    if array.shape[1] == 1:
        return _two_classes(array, logits=kind == "logits" or (kind == "auto" and not inside))
    sums_to_one = bool((np.abs(array.sum(axis=1) - 1) <= SUM_TOLERANCE).all())
    if kind == "probabilities" or (kind == "auto" and inside and sums_to_one):
        return Scores(array)
    if kind == "independent" or (kind == "auto" and inside):
        note = "Scores do not sum to one: each class is judged by itself."
        return Scores(array, exclusive=False, note=note)
    return _softmax(array)


def _softmax(logits: NDArray[np.float64]) -> Scores:
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return Scores(np.exp(logs), logs, note="Scores are logits; softmax was applied.")


def _checked(outputs: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(outputs)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"Scores must be numbers; got dtype {array.dtype}.")
    array = array.astype(np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not array.size:
        raise ValueError(f"Scores must have shape (n_samples, n_classes); got {np.shape(outputs)}.")
    bad = np.flatnonzero(~np.isfinite(array.max(axis=1)))  # minus infinity: a class ruled out
    if bad.size:
        raise ValueError(
            f"Scores must be finite; {bad.size} of {len(array)} samples have NaN or infinite "
            f"scores, the first is {bad[0]}. The model has diverged, or its inputs are not finite."
        )
    return array


def _check_range(array: NDArray[np.float64], kind: str) -> None:
    if array.min() < -SUM_TOLERANCE or array.max() > 1 + SUM_TOLERANCE:
        raise ValueError(
            f"Scores of kind {kind!r} must lie in [0, 1]; got {array.min():.4g} .. "
            f"{array.max():.4g}. Use kind 'logits' for raw scores."
        )


def _two_classes(array: NDArray[np.float64], *, logits: bool) -> Scores:
    if not logits:
        return Scores(np.hstack([1 - array, array]))
    logs = np.hstack([-np.logaddexp(0.0, array), -np.logaddexp(0.0, -array)])
    note = "Scores are logits; the sigmoid was applied."
    return Scores(np.exp(logs), logs, note=note)

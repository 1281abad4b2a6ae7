"""Raw outputs of a classifier as class scores: probabilities, or logits turned into them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

ScoreKind = Literal["auto", "probabilities", "logits"]
_SUM_TOLERANCE = 1e-2


def probabilities(
    scores: ArrayLike, *, kind: ScoreKind = "auto"
) -> tuple[NDArray[np.float64], str]:
    """Give class probabilities, and say what was done to the scores.

    Parameters
    ----------
    scores : array, shape (n_samples, n_classes), (n_samples, 1) or (n_samples,)
        One column stands for the second of two classes.
    kind : {"auto", "probabilities", "logits"}
        ``auto``: probabilities if all lie in [0, 1] and rows sum to one, else logits.

    Returns
    -------
    probabilities : array of float64, shape (n_samples, n_classes)
    note : str

    Raises
    ------
    ValueError
        If a score is not finite, or the shape is another.
    """
    array = np.asarray(scores)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"`scores` must be numbers; got dtype {array.dtype}.")
    array = array.astype(np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not array.size:
        raise ValueError(
            f"`scores` must have shape (n_samples, n_classes); got {np.shape(scores)}."
        )
    bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if bad.size:
        raise ValueError(
            f"`scores` must be finite; {bad.size} of {len(array)} samples have NaN or infinite "
            f"scores, the first is {bad[0]}. The model has diverged, or its inputs are not finite."
        )
    return _two_classes(array, kind) if array.shape[1] == 1 else _many_classes(array, kind)


def _two_classes(array: NDArray[Any], kind: ScoreKind) -> tuple[NDArray[np.float64], str]:
    inside = bool(((array >= 0) & (array <= 1)).all())
    if kind == "probabilities" or (kind == "auto" and inside):
        _check_inside(inside, array)
        return np.hstack([1 - array, array]), ""
    second = np.exp(-np.logaddexp(0.0, -array))
    first = np.exp(-np.logaddexp(0.0, array))
    return np.hstack([first, second]), "Scores are logits; the sigmoid was applied."


def _many_classes(array: NDArray[Any], kind: ScoreKind) -> tuple[NDArray[np.float64], str]:
    inside = bool(((array >= 0) & (array <= 1)).all())
    sums = bool((np.abs(array.sum(axis=1) - 1) <= _SUM_TOLERANCE).all())
    if kind == "probabilities" or (kind == "auto" and inside and sums):
        _check_inside(inside, array)
        return array, ""
    shifted = np.exp(array - array.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True), "Scores are logits; softmax was applied."


def _check_inside(inside: bool, array: NDArray[Any]) -> None:
    if not inside:
        raise ValueError(
            f"Probabilities must lie in [0, 1]; got {array.min():.4g} .. {array.max():.4g}. "
            "Use `kind='logits'` for raw scores."
        )


def cross_entropy(probability: NDArray[np.float64], true: NDArray[np.int64]) -> NDArray[np.float64]:
    """Loss of each sample: minus the logarithm of its true class's probability."""
    taken = probability[np.arange(len(true)), true]
    return -np.log(np.maximum(taken, np.finfo(np.float64).tiny))

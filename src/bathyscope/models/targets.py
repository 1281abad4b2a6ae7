"""What a target means, as plain arrays; adapters do the rest with their own operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.models.protocol import Loss, Score

#: Probabilities are kept this far from 0 in logarithms, as Keras does.
EPSILON = 1e-7


def chosen_output(target: Score | Loss, outputs: Sequence[Any]) -> Any:
    """Take the output a target is about."""
    if not 0 <= target.output < len(outputs):
        raise ValueError(
            f"`output` must be the number of one of the model's {len(outputs)} outputs, "
            f"counted from 0; got {target.output}."
        )
    return outputs[target.output]


def score_positions(score: Score, shape: Sequence[int]) -> NDArray[np.int64]:
    """Find the entries a score adds up.

    Parameters
    ----------
    score : Score
    shape : sequence of int
        Of the output: (n_samples, ..., n_classes), or (n_samples,) for a single score each.

    Returns
    -------
    array of int64, shape (n_entries,)
        Positions in the flattened output.
    """
    rows = tuple(shape) if len(shape) > 1 else (*shape, 1)
    n_classes = rows[-1]
    index = np.asarray(score.index)
    if index.dtype.kind not in "iu" or index.shape not in {(), (rows[0],)}:
        raise ValueError(
            f"`index` must be a class index, or one for each of the {rows[0]} samples; "
            f"got {index.dtype} of shape {index.shape}."
        )
    if index.size and not (index.min() >= 0 and index.max() < n_classes):
        raise ValueError(
            f"`index` must be in 0..{n_classes - 1}: the output has {n_classes} entries in its "
            f"last axis; got {index.min()}..{index.max()}."
        )
    column = index.reshape(index.shape + (1,) * (len(rows) - 1 - index.ndim))
    starts = np.arange(int(np.prod(rows[:-1])), dtype=np.int64) * n_classes
    return (starts.reshape(rows[:-1]) + column.astype(np.int64)).reshape(-1)


def expected_values(loss: Loss, shape: Sequence[int]) -> NDArray[np.float64]:
    """Give what a loss compares an output with, in the output's own shape.

    Class indices become one-hot rows; an output with one entry per sample is binary.
    """
    true = np.asarray(loss.true)
    if true.shape == tuple(shape) and (loss.kind == "mse" or len(shape) > 1):
        return true.astype(np.float64)
    if true.size == np.prod(shape) and true.shape in {tuple(shape), tuple(shape)[:-1]}:
        return true.reshape(tuple(shape)).astype(np.float64)
    if loss.kind == "mse":
        raise ValueError(f"`true` must have the output's shape {tuple(shape)}; got {true.shape}.")
    if true.shape != tuple(shape)[:-1] or true.dtype.kind not in "iu":
        raise ValueError(
            f"`true` must be class indices of shape {tuple(shape)[:-1]} or rows of shape "
            f"{tuple(shape)}; got {true.dtype} of shape {true.shape}."
        )
    return _one_hot(true, shape[-1])


def _one_hot(true: NDArray[Any], n_classes: int) -> NDArray[np.float64]:
    if true.size and not (true.min() >= 0 and true.max() < n_classes):
        raise ValueError(
            f"`true` must be class indices in 0..{n_classes - 1}; got {true.min()}..{true.max()}."
        )
    return np.eye(n_classes)[true]


def is_binary(shape: Sequence[int]) -> bool:
    """Whether an output has a single entry per sample: the chance of class 1."""
    return len(shape) == 1 or shape[-1] == 1


def require_scalar(shape: Sequence[int]) -> None:
    """A target given as a function must return one number."""
    if int(np.prod(tuple(shape))) != 1:
        raise ValueError(
            f"`target` must return one number; it returned shape {tuple(shape)}. Sum or average it."
        )

"""Statistics of tensors in the operations of Keras, so that every back end can compile them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras

#: Typed loosely: each back end has tensors of its own.
ops: Any = keras.ops


def statistics(value: Any, dtype: str) -> Any:
    """Compute what `_names.STATISTICS` names: norm, mean, std, share of zeros, non-finite values.

    Norm, mean and standard deviation are over all values, so they are not finite where one value
    is not.

    Returns
    -------
    tensor, shape (5,)
    """
    values = ops.cast(ops.convert_to_tensor(value, sparse=False), dtype)
    count = max(math.prod(values.shape), 1)
    mean = ops.sum(values) / count
    std = ops.sqrt(ops.sum(ops.square(values - mean)) / count)
    # Counted in whole numbers: a float of single precision counts to 2**24 only.
    zeros = ops.cast(ops.sum(ops.cast(ops.equal(values, 0), "int32")), dtype) / count
    infinite = ops.logical_not(ops.isfinite(values))
    nonfinite = ops.cast(ops.sum(ops.cast(infinite, "int32")), dtype)
    return ops.stack([_norm(values), mean, std, zeros, nonfinite])


def difference_norm(value: Any, other: Any, dtype: str) -> Any:
    """Compute the Euclidean norm of a difference."""
    return _norm(ops.cast(value, dtype) - ops.cast(other, dtype))


def precision() -> str:
    """Name the type statistics are computed in."""
    return "float64" if keras.config.floatx() == "float64" else "float32"


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function of tensors by the back end's own means."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return jax.jit(function)
    if backend == "tensorflow":
        import tensorflow

        return tensorflow.function(function)
    if backend == "torch":
        import torch

        return torch.no_grad()(function)
    return function


def have_arrived(tensors: Sequence[Any]) -> bool:
    """Whether reading tensors waits for nothing, so far as the back end can say."""
    return all(tensor.is_ready() for tensor in tensors if hasattr(tensor, "is_ready"))


def _norm(values: Any) -> Any:
    return ops.sqrt(ops.sum(ops.square(values)))

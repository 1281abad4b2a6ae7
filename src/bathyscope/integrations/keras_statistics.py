"""Statistics of tensors in the operations of Keras, so that every back end can compile them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from bathyscope.integrations.keras_rows import Rows, over_rows

#: Typed loosely: each back end has tensors of its own.
ops: Any = keras.ops


def statistics(tensors: Sequence[Any], dtype: str) -> Any:
    """Compute what `_names.STATISTICS` names: norm, mean, std, share of zeros, non-finite values.

    Norm, mean and standard deviation are over all values, so they are not finite where one value
    is not.

    Returns
    -------
    tensor, shape (n_tensors, 5)
    """
    if runs_as_written():
        from bathyscope.integrations import torch_statistics

        return ops.cast(torch_statistics.statistics(without_gradient(tensors)), dtype)
    return over_rows(_statistics, dtype, tensors)[0]


def difference_norms(tensors: Sequence[Any], others: Sequence[Any], dtype: str) -> Any:
    """Compute the Euclidean norms of differences.

    Returns
    -------
    tensor, shape (n_tensors,)
    """
    if runs_as_written():
        from bathyscope.integrations import torch_statistics

        differences = [one - other for one, other in zip(tensors, others, strict=True)]
        return ops.cast(torch_statistics.norms(differences), dtype)
    return over_rows(_difference_norms, dtype, tensors, others)[0]


def _statistics(rows: Rows) -> tuple[Any]:
    values, dtype = rows.values, rows.values.dtype
    counts = np.maximum(rows.sizes, 1).astype(keras.backend.standardize_dtype(dtype))
    mean = rows.total(values) / counts
    deviations = rows.where_filled(values - rows.each(mean), 0)
    std = ops.sqrt(rows.total(ops.square(deviations)) / counts)
    # Counted in whole numbers: a float of single precision counts to 2**24 only.
    zeros = rows.total(ops.cast(ops.equal(values, 0), "int32")) - rows.padding.astype("int32")
    nonfinite = rows.total(ops.cast(ops.logical_not(ops.isfinite(values)), "int32"))
    norm = ops.sqrt(rows.total(ops.square(values)))
    shares = ops.cast(zeros, dtype) / counts
    return (ops.stack([norm, mean, std, shares, ops.cast(nonfinite, dtype)], axis=1),)


def _difference_norms(rows: Rows, others: Rows) -> tuple[Any]:
    return (ops.sqrt(rows.total(ops.square(rows.values - others.values))),)


def precision() -> str:
    """Name the type statistics are computed in."""
    return "float64" if keras.config.floatx() == "float64" else "float32"


def runs_as_written() -> bool:
    """Whether PyTorch computes, and does not compile what it is told."""
    if keras.backend.backend() != "torch":
        return False
    import torch

    return not torch.compiler.is_compiling()


def without_gradient(tensors: Sequence[Any]) -> list[Any]:
    """Give tensors of PyTorch that it does not differentiate by."""
    return [tensor.detach() for tensor in tensors]


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

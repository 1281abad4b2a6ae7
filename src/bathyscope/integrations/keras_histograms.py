"""Histograms of tensors in the operations of Keras, so that every back end can compile them."""

from __future__ import annotations

from typing import Any

import keras

from bathyscope.integrations.histograms import BINS

#: Typed loosely: each back end has tensors of its own.
ops: Any = keras.ops


def histogram(value: Any, dtype: str) -> tuple[Any, Any]:
    """Count the finite numbers of a tensor in bins of equal width, as `histogram_row` does.

    Returns
    -------
    ends : tensor, shape (2,)
        Of the first and of the last bin: the lowest and the highest finite number, or a half
        below and above it where they are equal.
    counts : tensor of int32, shape (BINS,)
    """
    values = ops.reshape(ops.cast(ops.convert_to_tensor(value, sparse=False), dtype), (-1,))
    if _runs_as_written():
        return _in_torch(values)
    exists = ops.isfinite(values)
    infinity = ops.full_like(values, float("inf"))
    low = ops.min(ops.where(exists, values, infinity))
    high = ops.max(ops.where(exists, values, -infinity))
    # Without any finite number, nothing is counted, whatever the ends.
    is_any = ops.isfinite(low)
    low, high = (ops.where(is_any, end, ops.zeros_like(end)) for end in (low, high))
    half = ops.where(ops.equal(low, high), ops.full_like(low, 0.5), ops.zeros_like(low))
    low, high = low - half, high + half
    places = ops.floor((values - low) / (high - low) * BINS)
    places = ops.clip(ops.where(exists, places, ops.zeros_like(places)), 0, BINS - 1)
    # What is not finite adds nothing, to whichever bin.
    counts = ops.segment_sum(
        ops.cast(exists, "int32"), ops.cast(places, "int32"), num_segments=BINS
    )
    return ops.stack([low, high]), counts


def _runs_as_written() -> bool:
    """Whether PyTorch computes, and does not compile what it is told."""
    if keras.backend.backend() != "torch":
        return False
    import torch

    return not torch.compiler.is_compiling()


def _in_torch(values: Any) -> tuple[Any, Any]:
    """Count by PyTorch's own means: several times as fast as operation by operation."""
    from bathyscope.integrations.torch_histograms import histograms

    row = histograms([values.detach()])[0]
    return row[:2].to(values.dtype), row[2:].int()


def no_histogram(dtype: str) -> tuple[Any, Any]:
    """Give what stands for the histogram of a tensor that is not there."""
    return ops.zeros((2,), dtype=dtype), ops.zeros((BINS,), dtype="int32")

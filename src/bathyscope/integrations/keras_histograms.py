"""Histograms of tensors in the operations of Keras, so that every back end can compile them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from bathyscope.integrations.histograms import BINS
from bathyscope.integrations.keras_rows import Rows, over_rows
from bathyscope.integrations.keras_statistics import runs_as_written, without_gradient

#: Typed loosely: each back end has tensors of its own.
ops: Any = keras.ops


def histograms(tensors: Sequence[Any], dtype: str) -> tuple[Any, Any]:
    """Count the finite numbers of each tensor in bins of equal width, as `histogram_row` does.

    Returns
    -------
    ends : tensor, shape (n_tensors, 2)
        Of the first and of the last bin: the lowest and the highest finite number, or a half
        below and above it where they are equal.
    counts : tensor of int32, shape (n_tensors, BINS)
    """
    if runs_as_written():
        return _in_torch(tensors, dtype)
    return over_rows(_histograms, dtype, tensors)  # pyright: ignore[reportReturnType]


def _histograms(rows: Rows) -> tuple[Any, Any]:
    values = rows.values
    exists = rows.where_filled(ops.isfinite(values), False)
    low, high = _range(rows, exists)
    places = ops.floor((values - rows.each(low)) / rows.each(high - low) * BINS)
    places = ops.clip(ops.where(exists, places, ops.zeros_like(places)), 0, BINS - 1)
    # What is not finite adds nothing, to whichever bin.
    counts = ops.segment_sum(
        ops.reshape(ops.cast(exists, "int32"), (-1,)),
        ops.reshape(ops.cast(places, "int32") + BINS * rows.owner[:, None], (-1,)),
        num_segments=BINS * len(rows.sizes),
    )
    return ops.stack([low, high], axis=1), ops.reshape(counts, (-1, BINS))


def _range(rows: Rows, exists: Any) -> tuple[Any, Any]:
    """Give the ends of the bins of each tensor."""
    infinity = ops.full_like(rows.values, float("inf"))
    low = -rows.highest(ops.where(exists, -rows.values, -infinity))
    high = rows.highest(ops.where(exists, rows.values, -infinity))
    # Without any finite number, nothing is counted, whatever the ends.
    is_any = ops.isfinite(low)
    low, high = (ops.where(is_any, end, ops.zeros_like(end)) for end in (low, high))
    half = ops.where(ops.equal(low, high), ops.full_like(low, 0.5), ops.zeros_like(low))
    return low - half, high + half


def _in_torch(tensors: Sequence[Any], dtype: str) -> tuple[Any, Any]:
    """Count by PyTorch's own means: several times as fast as operation by operation."""
    from bathyscope.integrations import torch_histograms

    rows = torch_histograms.histograms(without_gradient(tensors))
    return ops.cast(rows[:, :2], dtype), ops.cast(rows[:, 2:], "int32")

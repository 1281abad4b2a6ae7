"""Run a model over more samples than one batch should hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.models.protocol import Batch, Forward, Model


def forward(
    model: Model, inputs: Batch, *, capture: Sequence[str] = (), batch_size: int = 256
) -> Forward:
    """Give outputs and captured layers for all samples, computed batch by batch."""
    count = n_samples(inputs)
    parts = [
        model.forward(rows(inputs, slice(start, start + batch_size)), capture=tuple(capture))
        for start in range(0, count, batch_size)
    ]
    if len(parts) == 1:
        return parts[0]
    outputs = _concatenate([part.outputs for part in parts])
    captured = {
        name: _concatenate([part.captured[name] for part in parts]) for name in parts[0].captured
    }
    return Forward(outputs, captured)


def _concatenate(parts: Sequence[tuple[NDArray[Any], ...]]) -> tuple[NDArray[Any], ...]:
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def n_samples(inputs: Batch) -> int:
    """Count the samples of a batch.

    Raises
    ------
    ValueError
        If it is empty, or its arrays disagree.
    """
    lengths = {len(array) for array in _arrays(inputs)}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(
            "`inputs` must hold at least one sample, and as many in each array; "
            f"got lengths {sorted(lengths) or 'of no array'}."
        )
    return lengths.pop()


def rows(inputs: Batch, at: slice | NDArray[np.int64]) -> Batch:
    """Take some samples of a batch."""
    if isinstance(inputs, np.ndarray):
        return inputs[at]
    if isinstance(inputs, Mapping):
        return {name: np.asarray(array)[at] for name, array in inputs.items()}
    return [np.asarray(array)[at] for array in inputs]


def as_batch(inputs: Any) -> Batch:
    """Take anything array-like as a batch; sequences and mappings of arrays stay apart."""
    if isinstance(inputs, (Mapping, np.ndarray)):
        return inputs
    several = isinstance(inputs, (list, tuple)) and all(hasattr(i, "shape") for i in inputs)
    if several and inputs and all(np.ndim(item) > 0 for item in inputs):
        return list(inputs)
    return np.asarray(inputs)


def first_array(inputs: Batch) -> NDArray[Any]:
    """Give the input that looks most like a picture, for showing."""
    return max(_arrays(inputs), key=np.ndim)


def _arrays(inputs: Batch) -> list[NDArray[Any]]:
    if isinstance(inputs, np.ndarray):
        return [inputs]
    values = inputs.values() if isinstance(inputs, Mapping) else inputs
    return [np.asarray(array) for array in values]

"""Run a large set of samples through a model, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.models.protocol import Batch, Forward, Model


def forward_in_batches(
    model: Model, inputs: Batch, *, batch_size: int = 256, capture: Sequence[str] = ()
) -> Forward:
    """Run samples through a model in batches, and join what it gives.

    Parameters
    ----------
    model : Model
    inputs : array of shape (n_samples, ...), sequence or mapping of them
    batch_size : int
        The most samples to run at once.
    capture : sequence of str
        Names of layers whose outputs are wanted.

    Returns
    -------
    Forward
        As from one pass over all samples.
    """
    if batch_size < 1:
        raise ValueError(f"`batch_size` must be at least 1; got {batch_size}.")
    n_samples = count_samples(inputs)
    starts = range(0, max(n_samples, 1), batch_size)
    parts = [
        model.forward(take(inputs, slice(start, start + batch_size)), capture=capture)
        for start in starts
    ]
    if len(parts) == 1:
        return parts[0]
    return Forward(
        outputs=_join([part.outputs for part in parts]),
        captured={name: _join([part.captured[name] for part in parts]) for name in capture},
    )


def count_samples(inputs: Batch) -> int:
    """Count the samples of a batch; all its arrays must have equally many."""
    lengths = {name: (*array.shape, 0)[0] for name, array in named_arrays(inputs).items()}
    if len(set(lengths.values())) != 1 or not all(a.ndim for a in named_arrays(inputs).values()):
        given = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(
            "`inputs` must be one or more arrays with equally many samples "
            f"(their first dimension); got {given or 'no array'}."
        )
    return next(iter(lengths.values()))


def take(inputs: Batch, rows: slice | NDArray[Any]) -> Batch:
    """Take some samples of a batch."""
    return map_arrays(inputs, lambda array: np.asarray(array)[rows])


def named_arrays(inputs: Batch) -> dict[str, NDArray[Any]]:
    """Name the arrays of a batch: by their keys, or ``inputs[0]``, ``inputs[1]``."""
    if isinstance(inputs, Mapping):
        return {str(name): np.asarray(array) for name, array in inputs.items()}
    if isinstance(inputs, (list, tuple)):
        return {f"inputs[{i}]": np.asarray(array) for i, array in enumerate(inputs)}
    return {"inputs": np.asarray(inputs)}


def map_arrays(inputs: Batch, function: Callable[[Any], Any]) -> Any:
    """Apply a function to each array of a batch, keeping its structure."""
    if isinstance(inputs, Mapping):
        return {name: function(array) for name, array in inputs.items()}
    if isinstance(inputs, (list, tuple)):
        return [function(array) for array in inputs]
    return function(inputs)


def _join(parts: Sequence[tuple[NDArray[Any], ...]]) -> tuple[NDArray[Any], ...]:
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))

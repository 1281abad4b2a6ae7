"""What a caller hands over as a model's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.models.batches import count_samples, named_arrays
from bathyscope.models.protocol import Batch


def as_batch(inputs: Any) -> Batch:
    """Take anything array-like as a batch; lists and mappings of arrays stay apart.

    Raises
    ------
    ValueError
        If there is no sample, or not equally many in each array.
    """
    batch = _convert(inputs)
    if np.ndim(first_array(batch)) == 0 or count_samples(batch) == 0:
        raise ValueError("A model's inputs must hold at least one sample; got none.")
    return batch


def _convert(inputs: Any) -> Batch:
    if isinstance(inputs, Mapping):
        return {str(name): np.asarray(array) for name, array in inputs.items()}
    several = isinstance(inputs, (list, tuple)) and all(np.ndim(item) > 0 for item in inputs)
    if several and inputs and all(hasattr(item, "shape") for item in inputs):
        return [np.asarray(array) for array in inputs]
    return np.asarray(inputs)


def first_array(inputs: Batch) -> NDArray[Any]:
    """Give the input that looks most like a picture, for showing."""
    return max(named_arrays(inputs).values(), key=np.ndim)

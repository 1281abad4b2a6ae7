"""Turn a batch into what a Keras model is called with."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from bathyscope._errors import unknown_name
from bathyscope.models.protocol import Batch


class CallInputs:
    """The tensors a model is called with, and how they are put together.

    Parameters
    ----------
    model : keras.Model
    inputs : Batch
    """

    def __init__(self, model: Any, inputs: Batch) -> None:
        self._structure, arrays, specs = _arranged(model, inputs)
        self._as_arguments = specs[:1] == [None] and _takes_arguments(model, len(arrays))
        self.tensors = [
            _tensor(model, array, spec) for array, spec in zip(arrays, specs, strict=True)
        ]

    def floating(self) -> list[int]:
        """Numbers of the inputs that can be differentiated by."""
        return [i for i, tensor in enumerate(self.tensors) if is_floating(tensor)]

    def arguments(self, tensors: list[Any]) -> tuple[Any, ...]:
        """Put tensors together as the model takes them."""
        if self._as_arguments:
            return tuple(tensors)
        return (keras.tree.pack_sequence_as(self._structure, tensors),)


def _takes_arguments(model: Any, count: int) -> bool:
    """Whether `call` takes its arrays one by one, as ``call(query, value)``, not as one list."""
    empty = inspect.Parameter.empty
    parameters = inspect.signature(model.call).parameters.values()
    required = [p for p in parameters if p.default is empty and p.kind == p.POSITIONAL_OR_KEYWORD]
    return count > 1 and len(required) == count


def is_floating(tensor: Any) -> bool:
    """Whether a tensor or a variable holds floating-point numbers."""
    return "float" in keras.backend.standardize_dtype(tensor.dtype)


def _arranged(model: Any, inputs: Batch) -> tuple[Any, list[Any], list[Any]]:
    """Give the structure of the call, its arrays in order, and what the model says of each."""
    specs = list(getattr(model, "inputs", None) or ())
    if not specs:
        structure = _unwrapped(inputs)
        arrays = keras.tree.flatten(structure)
        return structure, arrays, [None] * len(arrays)
    structure = model.input if hasattr(model, "operations") else specs[0]
    arrays = _ordered(structure, specs, inputs)
    for spec, array in zip(specs, arrays, strict=True):
        _check_shape(spec, np.shape(array))
    return structure, arrays, specs


def _unwrapped(inputs: Batch) -> Any:
    if isinstance(inputs, Mapping):
        return dict(inputs)
    if isinstance(inputs, (list, tuple)):
        return inputs[0] if len(inputs) == 1 else list(inputs)
    return inputs


def _ordered(structure: Any, specs: list[Any], inputs: Batch) -> list[Any]:
    """Sort the arrays as the model's inputs are sorted."""
    names = [spec.name for spec in specs]
    if isinstance(inputs, Mapping):
        keys = keras.tree.flatten(_keys(structure)) if isinstance(structure, dict) else names
        for name in inputs:
            if name not in keys:
                raise unknown_name("input", str(name), keys)
        given = [inputs[key] for key in keys if key in inputs]
    elif isinstance(inputs, (list, tuple)):
        given = list(inputs)
    else:
        given = [inputs]
    if len(given) != len(specs):
        listing = ", ".join(f"`{name}`" for name in names)
        raise ValueError(
            f"`inputs` must be {len(specs)} arrays, for the inputs {listing}; got {len(given)}."
            if len(specs) > 1
            else f"`inputs` must be one array, for the input {listing}; got {len(given)}."
        )
    return given


def _keys(structure: dict[str, Any]) -> dict[str, str]:
    return {key: key for key in structure}


def _check_shape(spec: Any, given: tuple[int, ...]) -> None:
    expected = tuple(spec.shape)
    # Keras itself adds or drops a last axis of length 1.
    shape = given
    if len(shape) == len(expected) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    elif len(shape) == len(expected) - 1 and expected[-1] == 1:
        shape = (*shape, 1)
    fits = len(shape) == len(expected) and all(
        wanted in (None, length) for wanted, length in zip(expected, shape, strict=True)
    )
    if not fits:
        words = ", ".join("n_samples" if i == 0 else str(n) for i, n in enumerate(expected))
        raise ValueError(f"Input `{spec.name}` must have shape ({words}); got {given}.")


def _tensor(model: Any, array: Any, spec: Any) -> Any:
    array = np.asarray(array)
    if spec is not None:
        dtype = spec.dtype
    else:
        dtype = model.variable_dtype if array.dtype.kind == "f" else None
    return keras.ops.convert_to_tensor(array, dtype=dtype)

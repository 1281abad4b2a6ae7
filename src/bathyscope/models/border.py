"""What every adapter does where its framework meets NumPy: check, flatten, explain failures."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import BathyscopeError, Unanswered
from bathyscope.models.batches import named_arrays
from bathyscope.models.lookup import find_parameter
from bathyscope.models.protocol import Batch, Layer, Parameter


def tensors_in(structure: Any, is_tensor: Callable[[Any], bool]) -> list[Any]:
    """List the tensors of nested tuples, lists and mappings, in their own order."""
    if is_tensor(structure):
        return [structure]
    if isinstance(structure, Mapping):
        structure = list(structure.values())
    if isinstance(structure, (list, tuple)):
        return [tensor for part in structure for tensor in tensors_in(part, is_tensor)]
    return []


def replace_first_tensor(structure: Any, replacement: Any, is_tensor: Callable[[Any], bool]) -> Any:
    """Give the same structure with another first tensor."""
    if is_tensor(structure):
        return replacement
    if isinstance(structure, Mapping):
        copy = dict(structure)
        for key, part in structure.items():
            if tensors_in(part, is_tensor):
                copy[key] = replace_first_tensor(part, replacement, is_tensor)
                break
        return _like(structure, copy)
    parts = list(structure)
    for index, part in enumerate(parts):
        if tensors_in(part, is_tensor):
            parts[index] = replace_first_tensor(part, replacement, is_tensor)
            break
    return _like(structure, parts)


def _like(original: Any, content: Any) -> Any:
    """Make a container of the original's class."""
    kind = type(original)
    if hasattr(original, "_fields"):  # a named tuple takes its fields one by one
        return kind(*content)
    return kind(content)


@contextmanager
def explained_failure(model: str, inputs: Batch) -> Generator[None]:
    """Say which inputs a model failed on, when it fails in its own code."""
    try:
        yield
    except BathyscopeError:
        raise
    except (ValueError, TypeError, RuntimeError, IndexError) as error:
        given = ", ".join(
            f"{name} {array.dtype}{list(array.shape)}"
            for name, array in named_arrays(inputs).items()
        )
        raise ValueError(
            f"`inputs` must be what `{model}` takes; it failed on {given}: {_first_words(error)}"
        ) from error


def _first_words(error: Exception) -> str:
    """Give the first line that says something, without the colours Keras writes it in."""
    text = re.sub(r"\x1b\[\d*m", "", str(error))
    lines = [line.strip() for line in text.splitlines()]
    telling = [line for line in lines if line and not line.startswith("Exception encountered")]
    return telling[0] if telling else type(error).__name__


def require_floating(inputs: Batch, *, others_wanted: bool) -> None:
    """Refuse to differentiate by integers, where nothing else was asked for."""
    kinds = {name: array.dtype for name, array in named_arrays(inputs).items()}
    if others_wanted or not all(dtype.kind in "iub" for dtype in kinds.values()):
        return
    given = ", ".join(f"{name} is {dtype}" for name, dtype in kinds.items())
    raise ValueError(
        f"`inputs` must hold floating-point numbers to be differentiated by; {given}. "
        "Convert them to float32, or, for indices, ask for the gradient by the output of the "
        "embedding: `layers=[...]`."
    )


def checked_values(
    layers: Sequence[Layer], values: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Check names and shapes of new parameters, before any is set."""
    checked: dict[str, NDArray[Any]] = {}
    for name, value in values.items():
        parameter = find_parameter(layers, name)
        array = np.asarray(value)
        if array.shape != parameter.shape:
            raise ValueError(
                f"`{name}` must have shape {parameter.shape}; got an array of shape {array.shape}."
            )
        original = parameter.same_as
        if original in checked and not np.array_equal(checked[original], array, equal_nan=True):
            raise ValueError(
                f"`{name}` is the same array as `{original}`: "
                "both must get the same values, or only one of them a value."
            )
        checked[name] = array
    return checked


def require_differentiable(parameter: Parameter) -> None:
    """Refuse to differentiate by running statistics and counters."""
    if parameter.role == "state":
        raise ValueError(
            f"`{parameter.name}` must be trained by gradients to be differentiated by; it is "
            "state, such as a running mean or a counter."
        )


def require_floating_output(layer: str, dtype: Any, *, is_floating: bool) -> None:
    """Refuse to differentiate by what is not a number on a scale."""
    if not is_floating:
        raise ValueError(
            f"Layer `{layer}` must give floating-point numbers to be differentiated by; "
            f"it gives {dtype}."
        )


def require_called(layer: str, n_calls: int) -> None:
    """Refuse to make up the output of a layer that took no part."""
    if n_calls == 0:
        raise Unanswered(
            f"Layer `{layer}` was not called when the model ran on these inputs, so it has no "
            "output: the model does not use it, or uses its parameters without calling it."
        )


def weights_by_call(
    seen: Mapping[str, Sequence[NDArray[Any]]],
) -> dict[str, NDArray[Any]]:
    """Name attention weights by layer and call: ``name``, then ``name#2`` and so on.

    Weights without an axis of heads get one of length 1.
    """
    return {
        name if number == 1 else f"{name}#{number}": weights[:, None]
        if weights.ndim == 3
        else weights
        for name, calls in seen.items()
        for number, weights in enumerate(calls, start=1)
    }

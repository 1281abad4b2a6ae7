"""Call a module with NumPy arrays, and watch what its submodules return."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from bathyscope.models.adapters._torch.arrays import is_tensor, tensor_from
from bathyscope.models.batches import map_arrays
from bathyscope.models.border import explained_failure, replace_first_tensor, tensors_in
from bathyscope.models.protocol import Batch

#: Called with the layer's name and its first output tensor; returns what to use instead.
OnOutput = Callable[[str, torch.Tensor], torch.Tensor]


def tensors_for(model: torch.nn.Module, inputs: Batch) -> Any:
    """Copy a batch to tensors that suit the model's device and precision."""
    like = next((p for p in model.parameters() if p.is_floating_point()), None)
    if like is None:
        like = next(iter((*model.parameters(), *model.buffers())), None)
    return map_arrays(inputs, lambda array: tensor_from(array, like=like))


def run(model: torch.nn.Module, tensors: Any, inputs: Batch) -> Any:
    """Call the model; `inputs` are the arrays the tensors were made from, to name in an error."""
    args, kwargs = _arguments(tensors)
    _check_arguments(model, args, kwargs)
    with explained_failure(type(model).__name__, inputs):
        return model(*args, **kwargs)


@contextmanager
def intercepted(modules: Mapping[str, torch.nn.Module], on_output: OnOutput) -> Generator[None]:
    """Pass every output of the modules through a function while the block runs."""
    with ExitStack() as stack:
        for name, module in modules.items():
            handle = module.register_forward_hook(_hook(name, on_output))
            stack.callback(handle.remove)
        yield


def _hook(name: str, on_output: OnOutput) -> Callable[..., Any]:
    def hook(module: torch.nn.Module, args: Any, output: Any) -> Any:
        del module, args
        tensors = tensors_in(output, is_tensor)
        if not tensors:
            return None
        return replace_first_tensor(output, on_output(name, tensors[0]), is_tensor)

    return hook


def _arguments(tensors: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(tensors, Mapping):
        return (), dict(tensors)
    if isinstance(tensors, (list, tuple)):
        return tuple(tensors), {}
    return (tensors,), {}


def _check_arguments(model: torch.nn.Module, args: Any, kwargs: Any) -> None:
    signature = inspect.signature(model.forward)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        given = f"named {', '.join(kwargs)}" if kwargs else f"{len(args)}"
        raise ValueError(
            f"`inputs` must match `{type(model).__name__}.forward{signature}`; "
            f"got arrays: {given} ({error})."
        ) from error

"""The tree of a module's submodules, and the tensors each owns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from bathyscope.models.conventions import torch as conventions
from bathyscope.models.protocol import Layer, Parameter


@dataclass
class Tree:
    """Layers with the objects behind their names.

    Parameters
    ----------
    layers : list of Layer
    modules : dict
        Module by layer name.
    tensors : dict
        Parameter or buffer by its name in the state dictionary.
    name_by_id : dict
        First name of each tensor, by its `id`.
    """

    layers: list[Layer] = field(default_factory=list)
    modules: dict[str, torch.nn.Module] = field(default_factory=dict)
    tensors: dict[str, torch.Tensor] = field(default_factory=dict)
    name_by_id: dict[int, str] = field(default_factory=dict)


def tree_of(model: torch.nn.Module) -> Tree:
    """Walk a module. The module itself is listed only if it owns tensors, or has no parts.

    A submodule or tensor held under several names is listed under each, as in the state
    dictionary.
    """
    tree = Tree()
    for path, module in model.named_modules(remove_duplicate=False):
        owns_tensors = bool(list(own_tensors(module)))
        if path or owns_tensors or not list(module.children()):
            _add(tree, path, module, _inputs(model, path))
    return tree


def _inputs(model: torch.nn.Module, path: str) -> tuple[str, ...] | None:
    """Name the module before this one in a `Sequential`; elsewhere only a run could tell."""
    parent_path, _, own_name = path.rpartition(".")
    parent = model.get_submodule(parent_path)
    if not path or type(parent).forward is not torch.nn.Sequential.forward:
        return None
    siblings = list(parent._modules)
    place = siblings.index(own_name)
    before = f"{parent_path}.{siblings[place - 1]}" if parent_path else siblings[place - 1]
    return (before,) if place else ()


def _add(tree: Tree, path: str, module: torch.nn.Module, inputs: tuple[str, ...] | None) -> None:
    name = path or type(module).__name__
    parameters = tuple(_parameters(tree, path, module))
    tree.modules[name] = module
    tree.layers.append(
        Layer(
            name=name,
            kind=type(module).__name__,
            parent=path.rpartition(".")[0],
            parameters=parameters,
            trainable=not parameters or any(parameter.trainable for parameter in parameters),
            inputs=inputs,
        )
    )


def _parameters(tree: Tree, path: str, module: torch.nn.Module) -> Iterator[Parameter]:
    kind = type(module).__name__
    for own_name, tensor, is_buffer in own_tensors(module):
        name = f"{path}.{own_name}" if path else own_name
        _require_initialised(name, tensor)
        first_name = tree.name_by_id.setdefault(id(tensor), name)
        tree.tensors[name] = tensor
        shape = tuple(tensor.shape)
        yield Parameter(
            name=name,
            layer=path or kind,
            shape=shape,
            dtype=str(tensor.dtype).removeprefix("torch."),
            role=conventions.role(kind, own_name, shape, is_buffer=is_buffer),
            axes=conventions.axes(kind, own_name, shape, layer=path),
            trainable=tensor.requires_grad,
            same_as="" if first_name == name else first_name,
        )


def own_tensors(module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor, bool]]:
    """Yield name, tensor and whether it is a buffer, of what a module itself saves."""
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield name, parameter, False
    for name, buffer in module._buffers.items():
        if buffer is not None and name not in module._non_persistent_buffers_set:
            yield name, buffer, True


def _require_initialised(name: str, tensor: torch.Tensor) -> None:
    if isinstance(tensor, (UninitializedParameter, UninitializedBuffer)):
        raise ValueError(
            f"`{name}` is not initialised: a lazy module gets its shapes from its first batch. "
            "Call the model once on a batch before looking inside."
        )

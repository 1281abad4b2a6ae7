"""PyTorch modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bathyscope._errors import Unanswered, UnknownName
from bathyscope.models.adapters._torch.arrays import array_from, is_tensor, tensor_from
from bathyscope.models.adapters._torch.attention import watched_attention
from bathyscope.models.adapters._torch.calls import intercepted, run, tensors_for
from bathyscope.models.adapters._torch.scalars import scalar
from bathyscope.models.adapters._torch.state import evaluating, requiring_gradients
from bathyscope.models.adapters._torch.tree import Tree, tree_of
from bathyscope.models.batches import map_arrays
from bathyscope.models.border import (
    checked_values,
    require_called,
    require_differentiable,
    require_floating,
    require_floating_output,
    tensors_in,
    weights_by_call,
)
from bathyscope.models.lookup import find_layer, find_parameter
from bathyscope.models.protocol import Batch, Forward, Gradients, Layer, Target


def adapt(obj: Any) -> TorchModel | None:
    """Answer for a module; compiled and parallel wrappers are taken off."""
    if not isinstance(obj, torch.nn.Module):
        return None
    return TorchModel(_unwrapped(obj))


class TorchModel:
    """A PyTorch module that answers the five questions.

    Layers are modules, by their names in `named_modules`. What is called as a function
    (`torch.relu(x)`, ``x + y``) has no name and cannot be captured. A batch that is a mapping
    is passed by keyword. Every pass leaves mode, buffers, gradients and random numbers as they
    were. Arrays of bfloat16 and of 8-bit floats come back as float32, which holds them exactly.

    Parameters
    ----------
    model : torch.nn.Module
        On any device.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        self._model = model

    @property
    def framework(self) -> str:
        """``"torch"``."""
        return "torch"

    @property
    def name(self) -> str:
        """The module's class."""
        return type(self._model).__name__

    def layers(self) -> tuple[Layer, ...]:
        """All layers, parents before children. See `Model.layers`."""
        return tuple(tree_of(self._model).layers)

    def parameters(self, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """Read parameters. See `Model.parameters`."""
        tree = tree_of(self._model)
        wanted = tree.tensors if names is None else names
        for name in wanted:
            find_parameter(tree.layers, name)
        return {name: array_from(tree.tensors[name]) for name in wanted}

    def set_parameters(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Set parameters bit for bit. See `Model.set_parameters`."""
        tree = tree_of(self._model)
        checked = checked_values(tree.layers, values)
        with torch.no_grad():
            for name, value in checked.items():
                tree.tensors[name].copy_(tensor_from(value, like=tree.tensors[name]))

    def forward(self, inputs: Batch, *, capture: Sequence[str] = ()) -> Forward:
        """Run a batch and capture layers. See `Model.forward`."""
        modules = self._modules(capture)
        seen: dict[str, list[torch.Tensor]] = {name: [] for name in modules}

        def keep(name: str, tensor: torch.Tensor) -> torch.Tensor:
            # A copy, for the next operation may write over the tensor.
            seen[name].append(tensor.clone())
            return tensor

        with evaluating(self._model), torch.no_grad(), intercepted(modules, keep):
            outputs = run(self._model, tensors_for(self._model, inputs), inputs)
        for name, tensors in seen.items():
            require_called(name, len(tensors))
        return Forward(
            outputs=tuple(array_from(tensor) for tensor in tensors_in(outputs, is_tensor)),
            captured={name: tuple(map(array_from, tensors)) for name, tensors in seen.items()},
        )

    def gradients(
        self,
        inputs: Batch,
        target: Target,
        *,
        inputs_too: bool = True,
        layers: Sequence[str] = (),
        parameters: Sequence[str] = (),
    ) -> Gradients:
        """Differentiate a target. See `Model.gradients`."""
        if inputs_too:
            require_floating(inputs, others_wanted=bool(layers or parameters))
        modules = self._modules(layers)
        wanted = self._trained_tensors(parameters)
        tensors = tensors_for(self._model, inputs)
        flat = tensors_in(tensors, is_tensor)
        by_inputs = [t.requires_grad_() for t in flat if inputs_too and t.is_floating_point()]
        seen: dict[str, list[torch.Tensor]] = {name: [] for name in modules}
        with (
            evaluating(self._model),
            torch.enable_grad(),
            requiring_gradients(wanted.values()),
            torch.backends.cudnn.flags(enabled=False),  # its recurrent layers need training mode
            intercepted(modules, _branching(seen)),
        ):
            outputs = run(self._model, map_arrays(tensors, torch.clone), inputs)
            value = scalar(target, outputs)
            for name, calls in seen.items():
                require_called(name, len(calls))
            by_layers = [tensor for calls in seen.values() for tensor in calls]
            found = _derivatives(value, [*by_inputs, *wanted.values(), *by_layers])
        rest = iter(found)
        by_id = {id(tensor): next(rest) for tensor in by_inputs}
        return Gradients(
            value=float(value.detach()),
            inputs=tuple(by_id.get(id(t), _zeros(t)) for t in flat) if inputs_too else (),
            parameters={name: next(rest) for name in wanted},
            layers={name: tuple(next(rest) for _ in calls) for name, calls in seen.items()},
        )

    def attention(
        self, inputs: Batch, *, layers: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Attention weights by layer. See `Model.attention`."""
        tree = tree_of(self._model)
        for name in layers or ():
            self._find(tree, name)
        with evaluating(self._model), torch.no_grad(), watched_attention(tree.modules) as seen:
            run(self._model, tensors_for(self._model, inputs), inputs)
        found = {name: [array_from(w) for w in calls] for name, calls in seen.items() if calls}
        _require_attention(self.name, found, layers)
        wanted = found if layers is None else layers
        return weights_by_call({name: found[name] for name in wanted})

    def _find(self, tree: Tree, name: str) -> torch.nn.Module:
        try:
            find_layer(tree.layers, name)
        except UnknownName as error:
            raise UnknownName(
                f"{error} Only modules have names: what is called as a function, such as "
                "`torch.relu`, cannot be captured unless it is made a module (`torch.nn.ReLU`)."
            ) from error
        return tree.modules[name]

    def _modules(self, names: Sequence[str]) -> dict[str, torch.nn.Module]:
        tree = tree_of(self._model)
        return {name: self._find(tree, name) for name in names}

    def _trained_tensors(self, names: Sequence[str]) -> dict[str, torch.Tensor]:
        tree = tree_of(self._model)
        for name in names:
            require_differentiable(find_parameter(tree.layers, name))
        return {name: tree.tensors[name] for name in names}


def _unwrapped(model: torch.nn.Module) -> torch.nn.Module:
    parallel = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
    while True:
        inner = getattr(model, "_orig_mod", None)
        if inner is None and isinstance(model, parallel):
            inner = model.module
        if not isinstance(inner, torch.nn.Module):
            return model
        model = inner


def _branching(seen: dict[str, list[torch.Tensor]]) -> Any:
    """Keep each output as a node of its own in the graph.

    A layer may return its very input, and the next operation may write over the output:
    both would mix up whose derivative is asked for.
    """

    def keep(name: str, tensor: torch.Tensor) -> torch.Tensor:
        require_floating_output(name, tensor.dtype, is_floating=tensor.is_floating_point())
        node = tensor.clone() if tensor.requires_grad else tensor.clone().requires_grad_()
        seen[name].append(node)
        return node.clone()

    return keep


def _derivatives(value: torch.Tensor, by: list[torch.Tensor]) -> list[NDArray[Any]]:
    if not by:
        return []
    if not value.requires_grad:
        raise Unanswered(
            "The target cannot be differentiated: it does not depend on what was asked for, or "
            "the model computes under `torch.no_grad`, with `detach` or with `argmax`."
        )
    found = torch.autograd.grad(value, by, allow_unused=True, materialize_grads=True)
    return [array_from(gradient) for gradient in found]


def _zeros(tensor: torch.Tensor) -> NDArray[Any]:
    return np.zeros(tuple(tensor.shape), np.float32)


def _require_attention(model: str, found: Mapping[str, Any], layers: Sequence[str] | None) -> None:
    known = ", ".join(f"`{name}`" for name in found) or "none"
    for name in layers or ():
        if name not in found:
            raise Unanswered(
                f"Layer `{name}` showed no attention weights. Layers that did: {known}."
            )
    if not found:
        raise Unanswered(
            f"`{model}` showed no attention weights: it called neither "
            "`torch.nn.MultiheadAttention` nor `scaled_dot_product_attention`, and none of its "
            "attention modules returned weights of shape (n_samples, n_heads, n_queries, n_keys)."
        )

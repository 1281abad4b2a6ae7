"""Whose parameters an optimizer of PyTorch trains, and what names they have."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from bathyscope import models
from bathyscope.models.adapters._torch.tree import Tree, tree_of

#: What says only how a step is computed, or is said by the optimizer's name.
_HOW = (
    "foreach", "fused", "capturable", "differentiable", "maximize", "initial_lr",
    "decoupled_weight_decay",
)  # fmt: skip

#: What PyTorch puts around the `step` of every optimizer: it calls the hooks.
_AROUND_STEP: Any = torch.optim.Optimizer.profile_hook_step(lambda: None).__code__


def named_parameters(model: Any) -> dict[str, Any]:
    """Parameters by their first names, as the adapter of `models` gives them."""
    if not isinstance(model, torch.nn.Module):
        raise TypeError(
            f"`model` must be a torch.nn.Module; got {type(model).__name__}. "
            "For a Keras model use `keras`."
        )
    tree = tree_of_module(model)
    return {name: tree.tensors[name] for name in tree.name_by_id.values()}


def tree_of_module(model: torch.nn.Module) -> Tree:
    """Give names and tensors as the adapter of `models` does, which looks into wrappers."""
    return tree_of(models.adapt(model)._model)  # pyright: ignore


def check_optimizers(given: Any, known: Mapping[int, str]) -> tuple[Any, ...]:
    """Give the optimizers a caller named, each of which must train parameters that are known."""
    if given is None:
        return ()
    optimizers = tuple(map(unwrapped, given if isinstance(given, Sequence) else (given,)))
    for optimizer in optimizers:
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise TypeError(
                "`optimizer` must be a torch.optim.Optimizer, or a sequence of them; "
                f"got {type(optimizer).__name__}."
            )
        if not holds_any(optimizer, known):
            raise ValueError(
                "`optimizer` must train parameters of `model`; it holds none of them. "
                "Was it made for another model, or before the model's parameters were replaced?"
            )
    return optimizers


def settings_of(optimizers: Sequence[Any]) -> dict[str, Any]:
    """Give the name and the numbers of the one optimizer, such as ``lr``; of several nothing.

    A list has one number for each group of parameters, where these differ. Switches that are off,
    and what says only how a step is computed, are left out.
    """
    if len(optimizers) != 1:
        return {}
    found: dict[str, Any] = {"optimizer": type(optimizers[0]).__name__}
    groups = optimizers[0].param_groups
    for name in groups[0]:
        # Where a schedule changes the rate, it is the one that it begins with.
        values = [group.get(f"initial_{name}", group.get(name)) for group in groups]
        if name not in _HOW and all(isinstance(value, (int, float, tuple)) for value in values):
            are_equal = all(value == values[0] for value in values)
            found[name] = values[0] if are_equal else values
    return {name: value for name, value in found.items() if value is not False}


def unwrapped(optimizer: Any) -> Any:
    """Give the optimizer that does the steps: accelerate puts others around it, without hooks."""
    while not hasattr(optimizer, "_optimizer_step_pre_hooks") and hasattr(optimizer, "optimizer"):
        optimizer = optimizer.optimizer
    return optimizer


def holds_any(optimizer: Any, known: Mapping[int, str]) -> bool:
    """Whether an optimizer trains any of the parameters that are known."""
    return any(id(p) in known for group in optimizer.param_groups for p in group["params"])


def steps_under_way() -> int:
    """Count the steps of optimizers that called this, one within the other.

    An optimizer may leave the step to another one (`ZeroRedundancyOptimizer`), or to the class it
    is made of, which has hooks of its own if an optimizer of that class was ever made.
    """
    frame, count = sys._getframe(1), 0
    while frame is not None:
        count += frame.f_code is _AROUND_STEP
        frame = frame.f_back
    return count


def holds_only(optimizer: Any, known: Mapping[int, str]) -> bool:
    """Whether all parameters that an optimizer trains are known."""
    return all(id(p) in known for group in optimizer.param_groups for p in group["params"])


def has_closure(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a step was called with a function that computes the loss anew."""
    # The optimizer itself may be the first argument, by the way hooks are called.
    values = [*args, *kwargs.values()]
    return any(callable(value) and not isinstance(value, torch.optim.Optimizer) for value in values)

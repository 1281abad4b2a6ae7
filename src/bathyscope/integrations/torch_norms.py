"""Norms of gradients, weights and updates around one step of an optimizer of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from bathyscope import _names as names

#: Readings held on the device before they are fetched, which waits for the device.
_MOST_PENDING = 32


@dataclass(eq=False)
class _Step:
    """One step that is read: what was there before it."""

    step: int
    names: list[str]
    parameters: list[Any]
    before: list[torch.Tensor]
    gradients: torch.Tensor | None


@dataclass(eq=False)
class _Reading:
    step: int
    names: list[str]
    norms: torch.Tensor


class NormReader:
    """Takes norms on the device, and fetches many of them at once.

    Parameters
    ----------
    parameter_names : mapping of int to str
        Name by `id` of the parameter.
    """

    def __init__(self, parameter_names: Mapping[int, str]) -> None:
        self._names = parameter_names
        self._open: _Step | None = None
        self._pending: list[_Reading] = []

    @torch.no_grad()
    def before(self, optimizer: Any, step: int, *, has_closure: bool) -> None:
        """Read what the optimizer is handed, and copy the parameters.

        With a closure, the gradients that are applied do not exist yet.
        """
        self._open = None
        named = list(self._named(optimizer, with_gradient=not has_closure))
        if not named:
            return
        # Under a gradient scaler, a fused optimizer unscales in its own kernel.
        scale = getattr(optimizer, "grad_scale", None)
        parameters = [parameter for _, parameter in named]
        gradients = None if has_closure else _norms([p.grad for p in parameters])
        if gradients is not None and scale is not None:
            gradients = gradients / scale.to(gradients.device)
        before = [parameter.detach().clone() for parameter in parameters]
        self._open = _Step(step, [name for name, _ in named], parameters, before, gradients)

    @torch.no_grad()
    def after(self) -> None:
        """Read what the step has done."""
        opened, self._open = self._open, None
        if opened is not None and opened.gradients is None:
            opened = _with_gradients_of_closure(opened)
        if opened is None or opened.gradients is None or not opened.names:
            return
        changes = [
            torch.sub(parameter.detach(), old, out=old)
            for parameter, old in zip(opened.parameters, opened.before, strict=True)
        ]
        weights = _norms([p.detach() for p in opened.parameters])
        norms = torch.stack([opened.gradients, weights, _norms(changes)])
        self._pending.append(_Reading(opened.step, opened.names, norms))

    def take_ready(self) -> list[tuple[int, dict[str, float]]]:
        """Fetch readings if that waits for nothing, or if many are held."""
        if not self._pending:
            return []
        on_cpu = self._pending[-1].norms.device.type == "cpu"
        return self.take_all() if on_cpu or len(self._pending) >= _MOST_PENDING else []

    def take_all(self) -> list[tuple[int, dict[str, float]]]:
        """Fetch all readings: step, and scalars by name."""
        pending, self._pending = self._pending, []
        return [(reading.step, _named_norms(reading)) for reading in pending]

    def _named(self, optimizer: Any, *, with_gradient: bool) -> Any:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                name = self._names.get(id(parameter))
                if name is not None and (parameter.grad is not None or not with_gradient):
                    yield name, parameter


def _named_norms(reading: _Reading) -> dict[str, float]:
    prefixes = (names.GRADIENT_NORM, names.WEIGHT_NORM, names.UPDATE_NORM)
    return {
        prefix + name: value
        for prefix, row in zip(prefixes, reading.norms.tolist(), strict=True)
        for name, value in zip(reading.names, row, strict=True)
    }


def _with_gradients_of_closure(opened: _Step) -> _Step:
    rows = [i for i, parameter in enumerate(opened.parameters) if parameter.grad is not None]
    parameters = [opened.parameters[i] for i in rows]
    return _Step(
        opened.step,
        [opened.names[i] for i in rows],
        parameters,
        [opened.before[i] for i in rows],
        _norms([parameter.grad for parameter in parameters]),
    )


def _norms(tensors: Sequence[Any]) -> torch.Tensor:
    """Euclidean norm of each tensor, in one tensor on the device of the first."""
    if not tensors:
        return torch.zeros(0)
    device = tensors[0].device
    dtype = torch.float32 if device.type == "mps" else torch.float64
    return torch.stack([_norm(tensor).to(device, dtype) for tensor in tensors])


def _norm(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    narrow = tensor.dtype in (torch.float16, torch.bfloat16)
    return torch.linalg.vector_norm(tensor, dtype=torch.float32 if narrow else None)

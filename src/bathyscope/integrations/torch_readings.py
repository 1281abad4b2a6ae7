"""What is read of gradients, weights and updates around one step of an optimizer of PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from bathyscope import _names as names
from bathyscope.integrations.histograms import histogram_table
from bathyscope.integrations.shards import sums_of_part
from bathyscope.integrations.torch_histograms import histograms
from bathyscope.integrations.torch_late import Late
from bathyscope.integrations.torch_shards import is_alike, part_of
from bathyscope.integrations.torch_statistics import norms, statistics


@dataclass(eq=False)
class _Step:
    """One step that is read: what was there before it."""

    step: int
    names: list[str]
    parameters: list[Any]
    before: list[torch.Tensor]
    gradients: torch.Tensor | None


class StepReader:
    """Reads single steps on the device, and fetches what was read when it has arrived.

    Parameters
    ----------
    parameter_names : mapping of int to str
        Name by `id` of the parameter.
    parts : mapping of str to int, optional
        Of parameters that are spread over processes: how many numbers of each are read here.
    """

    def __init__(
        self, parameter_names: Mapping[int, str], parts: Mapping[str, int] | None = None
    ) -> None:
        self._names = parameter_names
        self._parts = parts or {}
        self._has_parts = parts is not None
        self._open: _Step | None = None
        self._late: Late[tuple[int, list[str]]] = Late()
        self._late_histograms: Late[tuple[int, list[str]]] = Late()

    @property
    def has_work(self) -> bool:
        """Whether a step is being read, or something that was read is still to be fetched."""
        return self._open is not None or self._late.is_pending or self._late_histograms.is_pending

    @torch.no_grad()
    def before(
        self, optimizer: Any, step: int, *, has_closure: bool, with_histograms: bool = False
    ) -> None:
        """Read what the optimizer is handed, and copy the parameters.

        With a closure, the gradients that are applied do not exist yet, and get no histograms.
        """
        self._open = None
        named = list(self._named(optimizer, with_gradient=not has_closure))
        if not named:
            return
        parameters = [parameter for _, parameter in named]
        known = [name for name, _ in named]
        found = None
        if not has_closure:
            gradients = _gradients(optimizer, parameters)
            found = statistics(gradients)
            if with_histograms:
                self._add_histograms(step, known, gradients)
        before = [part_of(parameter).clone() for parameter in parameters]
        self._open = _Step(step, known, parameters, before, found)

    @torch.no_grad()
    def count_gradients(self, optimizer: Any, step: int) -> None:
        """Read nothing but histograms of the gradients the optimizer is handed."""
        named = list(self._named(optimizer, with_gradient=True))
        gradients = _gradients(optimizer, [parameter for _, parameter in named])
        self._add_histograms(step, [name for name, _ in named], gradients)

    def _add_histograms(
        self, step: int, known: list[str], gradients: Sequence[torch.Tensor]
    ) -> None:
        counted = histograms(gradients, aligned=self._has_parts)
        self._late_histograms.add((step, known), counted)

    @torch.no_grad()
    def after(self) -> None:
        """Read what the step has done."""
        opened, self._open = self._open, None
        if opened is not None and opened.gradients is None:
            opened = _with_gradients_of_closure(opened)
        if opened is None or opened.gradients is None or not opened.names:
            return
        changes = [
            torch.sub(part_of(parameter), old, out=old)
            for parameter, old in zip(opened.parameters, opened.before, strict=True)
        ]
        weights = statistics([part_of(parameter) for parameter in opened.parameters])
        updates = norms(changes)[:, None]
        found = torch.cat([opened.gradients, weights, updates], dim=1)
        self._late.add((opened.step, opened.names), found)

    def take(self, *, wait: bool = False) -> list[tuple[int, dict[str, float]]]:
        """Fetch what has arrived: step, and scalars by name.

        Parameters
        ----------
        wait : bool
            Fetch everything, which may wait for the device.
        """
        return [
            (step, _scalars(parameters, table, self._parts))
            for (step, parameters), table in self._late.take(wait=wait)
        ]

    def take_histograms(self, *, wait: bool = False) -> list[tuple[int, dict[str, Any]]]:
        """Fetch what has arrived: step, and the columns of a table."""
        return [
            (step, histogram_table(parameters, rows.numpy()))
            for (step, parameters), rows in self._late_histograms.take(wait=wait)
        ]

    def _named(self, optimizer: Any, *, with_gradient: bool) -> Iterator[tuple[str, Any]]:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                name = self._names.get(id(parameter))
                is_there = not with_gradient or _has_gradient(parameter)
                if name is not None and is_there and part_of(parameter).numel():
                    yield name, parameter


def _scalars(
    parameters: Sequence[str], table: torch.Tensor, parts: Mapping[str, int]
) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, row in zip(parameters, table.tolist(), strict=True):
        if name in parts:
            values |= sums_of_part(name, row, parts[name])
        else:
            values |= {
                prefix + name: value
                for prefix, value in zip(names.STEP_STATISTICS, row, strict=True)
            }
    return values


def _has_gradient(parameter: Any) -> bool:
    return parameter.grad is not None and is_alike(parameter, parameter.grad)


def _gradients(optimizer: Any, parameters: Sequence[Any]) -> list[torch.Tensor]:
    """Give the gradients as they are applied."""
    # Under a gradient scaler, a fused optimizer unscales in its own kernel.
    scale = getattr(optimizer, "grad_scale", None)
    gradients = [part_of(parameter.grad) for parameter in parameters]
    if scale is None:
        return gradients
    return [gradient / scale.to(gradient.device) for gradient in gradients]


def _with_gradients_of_closure(opened: _Step) -> _Step:
    rows = [i for i, parameter in enumerate(opened.parameters) if _has_gradient(parameter)]
    parameters = [opened.parameters[i] for i in rows]
    return _Step(
        opened.step,
        [opened.names[i] for i in rows],
        parameters,
        [opened.before[i] for i in rows],
        statistics([part_of(parameter.grad) for parameter in parameters]),
    )

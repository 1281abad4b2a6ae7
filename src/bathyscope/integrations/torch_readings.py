"""What is read of gradients, weights and updates around one step of an optimizer of PyTorch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    """One step that is read: by name, what was there before it, and rows of what was found."""

    step: int
    parameters: Mapping[str, Any]
    before: Mapping[str, torch.Tensor]
    gradients: dict[str, torch.Tensor] = field(default_factory=dict[str, torch.Tensor])
    histograms: dict[str, torch.Tensor] = field(default_factory=dict[str, torch.Tensor])
    with_histograms: bool = False


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
        self.has_read = False
        """Whether gradients were ever read."""
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
        parameters = dict(self._named(optimizer, with_gradient=not has_closure))
        before = {name: part_of(parameter).clone() for name, parameter in parameters.items()}
        self._open = _Step(step, parameters, before, with_histograms=with_histograms)
        if not has_closure:
            self.again(optimizer)

    @torch.no_grad()
    def again(self, optimizer: Any) -> None:
        """Read what the optimizer is handed, also as part of a step of another around it.

        So it is with optimizers that clip, add noise, or share the work among processes before
        they leave the step to one within.
        """
        opened = self._open
        if opened is None:
            return
        named = {
            name: parameter
            for name, parameter in self._named(optimizer, with_gradient=True)
            if name in opened.parameters
        }
        gradients = _gradients(optimizer, named.values())
        opened.gradients |= zip(named, statistics(gradients), strict=True)
        if opened.with_histograms:
            counted = histograms(gradients, aligned=self._has_parts)
            opened.histograms |= zip(named, counted, strict=True)

    @torch.no_grad()
    def count_gradients(self, optimizer: Any, step: int) -> None:
        """Read nothing but histograms of the gradients the optimizer is handed."""
        named = dict(self._named(optimizer, with_gradient=True))
        counted = histograms(_gradients(optimizer, named.values()), aligned=self._has_parts)
        self._late_histograms.add((step, list(named)), counted)

    @torch.no_grad()
    def after(self) -> bool:
        """Read what the step has done, and say whether there are histograms of its gradients."""
        opened, self._open = self._open, None
        if opened is None:
            return False
        if not opened.gradients:
            opened.gradients = _made_by_closure(opened.parameters)
        if opened.histograms:
            counted = torch.stack(list(opened.histograms.values()))
            self._late_histograms.add((opened.step, list(opened.histograms)), counted)
        if opened.gradients:
            self.has_read = True
            self._late.add((opened.step, list(opened.gradients)), _table(opened))
        return bool(opened.histograms)

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


def _gradients(optimizer: Any, parameters: Iterable[Any]) -> list[torch.Tensor]:
    """Give the gradients as they are applied."""
    # Under a gradient scaler, a fused optimizer unscales in its own kernel.
    scale = getattr(optimizer, "grad_scale", None)
    gradients = [part_of(parameter.grad) for parameter in parameters]
    if scale is None:
        return gradients
    return [gradient / scale.to(gradient.device) for gradient in gradients]


def _made_by_closure(parameters: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Read the gradients that a step has computed itself."""
    made = {name: p.grad for name, p in parameters.items() if _has_gradient(p)}
    return dict(zip(made, statistics([part_of(grad) for grad in made.values()]), strict=True))


def _table(opened: _Step) -> torch.Tensor:
    """Put together what was found of gradients, weights and updates: a row for each gradient."""
    parts = [part_of(opened.parameters[name]) for name in opened.gradients]
    changes = [
        torch.sub(part, opened.before[name], out=opened.before[name])
        for name, part in zip(opened.gradients, parts, strict=True)
    ]
    gradients = torch.stack(list(opened.gradients.values()))
    return torch.cat([gradients, statistics(parts), norms(changes)[:, None]], dim=1)

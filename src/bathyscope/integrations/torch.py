"""Record a training in PyTorch by listening to the optimizer; the loop stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from bathyscope import _names as names
from bathyscope import models
from bathyscope.integrations.observer import Observer
from bathyscope.integrations.pacing import Pacer
from bathyscope.integrations.session import Session
from bathyscope.integrations.steps import check_step
from bathyscope.integrations.torch_readings import StepReader
from bathyscope.integrations.values import scalars_from
from bathyscope.models.adapters._torch.tree import tree_of


class Watcher:
    """Watches the training of one model; made by `Recording.watch`.

    A step is a call of an optimizer's ``step`` that was carried out: micro-batches whose
    gradients are added up, and steps that a gradient scaler skips, are none. Gradients are read
    as the optimizer gets them: after unscaling and clipping.

    Parameters
    ----------
    session : Session
    observer : Observer
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer or sequence of them, optional
    gradients_every : int, optional
        See `Recording.watch`.
    step : int, optional
        Steps done before.
    """

    def __init__(
        self,
        session: Session,
        observer: Observer,
        model: Any,
        optimizer: Any,
        *,
        gradients_every: int | None,
        step: int | None,
    ) -> None:
        self._pacer = Pacer(gradients_every)
        self._names = _parameter_names(model)
        optimizers = _check_optimizers(optimizer, self._names)
        if isinstance(session.listener, Watcher):
            raise ValueError(
                "A run must watch one model at a time; this run watches another already. "
                "Call `remove` on its watcher first, or record a second run."
            )
        self._session = session
        self._observer = observer
        self._model = model
        self._reader = StepReader(self._names)
        self._steps = session.steps.last if step is None else check_step(step)
        self._epochs = session.steps.epochs_done(self._steps)
        self._is_due = self._pacer.is_due(self._steps + 1)
        self._handles = list(self._listen(optimizers))
        session.attach(self)
        session.steps.follow(self._steps)
        observer.begin(model, self._steps)

    def end_epoch(self, metrics: Mapping[str, Any] | None = None) -> None:
        """Record an epoch's metrics, and a snapshot of the model if it is due.

        Parameters
        ----------
        metrics : mapping, optional
            Numbers by name, as `Recording.log` takes them.
        """
        self._epochs += 1
        guard = self._session.guard
        with guard("gradients"):
            self._write(self._reader.take())
        with guard("metrics of an epoch"):
            self._session.steps.end_epoch(self._steps, self._epochs)
            values = {names.EPOCH: float(self._epochs), **scalars_from(metrics or {})}
            self._session.writer.log_scalars(values, step=self._steps)
        with guard("snapshot"):
            self._observer.end_epoch(self._model, self._steps, self._epochs)

    def remove(self) -> None:
        """Record the last state, and stop listening; calling it again does nothing."""
        if self._session.listener is not self:
            return
        with self._session.guard("snapshot"):
            self._observer.snapshot(self._model, self._steps)
        with self._session.guard("end of the training"):
            self._session.detach()

    def detach(self) -> None:
        """Stop listening, leaving model and optimizer as they were found."""
        while self._handles:
            self._handles.pop().remove()
        self._write(self._reader.take(wait=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.remove()
        elif self._session.listener is self:
            with self._session.guard("end of the training"):
                self._session.detach()

    def _listen(self, optimizers: Sequence[Any]) -> Iterator[Any]:
        if not optimizers:
            yield register_optimizer_step_pre_hook(self._before_step)
            yield register_optimizer_step_post_hook(self._after_step)
        for optimizer in optimizers:
            yield optimizer.register_step_pre_hook(self._before_step)
            yield optimizer.register_step_post_hook(self._after_step)

    def _before_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if not self._is_due:
            return
        try:
            with self._pacer.measured():
                has_closure = _has_closure(args, kwargs)
                self._reader.before(optimizer, self._steps + 1, has_closure=has_closure)
        except Exception as fault:
            self._session.guard.handle("gradients", fault)

    def _after_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        del args, kwargs
        if not _holds(optimizer, self._names):
            return
        try:
            self._steps += 1
            self._session.steps.follow(self._steps)
            if self._reader.has_work:
                with self._pacer.measured():
                    self._reader.after()
                    self._write(self._reader.take())
            self._is_due = self._pacer.is_due(self._steps + 1)
        except Exception as fault:
            self._session.guard.handle("gradients", fault)

    def _write(self, readings: Sequence[tuple[int, dict[str, float]]]) -> None:
        for step, values in readings:
            self._session.writer.log_scalars(values, step=step)


def _parameter_names(model: Any) -> dict[int, str]:
    """Names of the parameters by their `id`, as the adapter of `models` gives them."""
    if not isinstance(model, torch.nn.Module):
        raise TypeError(
            f"`model` must be a torch.nn.Module; got {type(model).__name__}. "
            "For a Keras model use `keras`."
        )
    return tree_of(models.adapt(model)._model).name_by_id  # pyright: ignore


def _check_optimizers(given: Any, known: Mapping[int, str]) -> tuple[Any, ...]:
    if given is None:
        return ()
    optimizers = tuple(given) if isinstance(given, Sequence) else (given,)
    for optimizer in optimizers:
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise TypeError(
                "`optimizer` must be a torch.optim.Optimizer, or a sequence of them; "
                f"got {type(optimizer).__name__}."
            )
        if not _holds(optimizer, known):
            raise ValueError(
                "`optimizer` must train parameters of `model`; it holds none of them. "
                "Was it made for another model, or before the model's parameters were replaced?"
            )
    return optimizers


def _holds(optimizer: Any, known: Mapping[int, str]) -> bool:
    return any(id(p) in known for group in optimizer.param_groups for p in group["params"])


def _has_closure(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    # The optimizer itself may be the first argument, by the way hooks are called.
    values = [*args, *kwargs.values()]
    return any(callable(value) and not isinstance(value, torch.optim.Optimizer) for value in values)

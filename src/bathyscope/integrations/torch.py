"""Record a training in PyTorch by listening to the optimizer; the loop stays as it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from bathyscope import _names as names
from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.observer import Observer
from bathyscope.integrations.pacing import JointPacer, Pacer
from bathyscope.integrations.session import Session
from bathyscope.integrations.steps import check_step
from bathyscope.integrations.torch_distributed import (
    is_inside_replicated,
    is_replicated,
    rank,
    world_size,
)
from bathyscope.integrations.torch_late import Late
from bathyscope.integrations.torch_noise import noise_scale
from bathyscope.integrations.torch_optimizers import (
    check_optimizers,
    has_closure,
    holds_any,
    holds_only,
    named_parameters,
    settings_of,
    steps_under_way,
)
from bathyscope.integrations.torch_readings import StepReader
from bathyscope.integrations.torch_sharded import ShardedModel
from bathyscope.integrations.torch_shards import is_flattened, is_sharded, this_shard
from bathyscope.integrations.torch_timing import DeviceTimer
from bathyscope.integrations.values import scalars_from

FLATTENED = (
    "Gradients and parameters are not recorded: `FullyShardedDataParallel` joins parameters into "
    "longer ones, and a part of those is no part of a parameter. Of a model sharded by "
    "`fully_shard` they are recorded."
)
OF_ONE_GROUP = (
    "Several groups of processes hold a model each: gradients and parameters are recorded of that "
    "of rank 0."
)
NOTHING_READ = (
    "Gradients are not recorded: no step was seen that began or ended with gradients of the model. "
    "Name the optimizer whose `step` the loop calls, or none: whichever trains the model is found."
)


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
    micro_batch : int, optional
        See `Recording.watch`.
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
        micro_batch: int | None = None,
    ) -> None:
        self._pacer: Pacer = Pacer(gradients_every)
        self._names: dict[int, str] = {}
        self._learn_names(model)
        optimizers = check_optimizers(optimizer, self._names)
        if isinstance(session.listener, Watcher):
            raise ValueError(
                "A run must watch one model at a time; this run watches another already. "
                "Call `remove` on its watcher first, or record a second run."
            )
        self._session = session
        self._observer = observer
        self._model = model
        # All ranks hold the same: what is averaged over them is read and kept once.
        self._is_reading = not (is_replicated(model) and rank() > 0)
        self._has_snapshots = self._is_reading
        self._reader = StepReader(self._names)
        self._sharded: ShardedModel | None = None
        self._noise = noise_scale(model, micro_batch)
        if is_flattened(model):
            self._read_nothing()
            if rank() == 0:
                session.note(FLATTENED)
                warnings.warn(f"bathyscope: {FLATTENED}", RecordingWarning, stacklevel=3)
        elif is_sharded(model):
            self._read_part(gradients_every)
        self._timer = DeviceTimer(next(model.parameters(), torch.zeros(0)).device)
        self._late_noise: Late[int] = Late()
        self._steps = session.steps.last if step is None else check_step(step)
        self._epochs = session.steps.epochs_done(self._steps)
        self._wants_histograms = self._has_snapshots
        self._is_due = False
        self._looks_again = 0
        #: Steps of optimizers that have begun and not ended, one within the other.
        self._under_way = 0
        self._handles = list(self._listen(optimizers))
        self._look_around()
        session.attach(self)
        session.steps.follow(self._steps)
        with session.guard("settings"):
            session.add_settings(settings_of(optimizers))
        # Whether rank 0 keeps the same is not known yet: see `_look_around`.
        self._is_begun = not (self._handle_of_call and rank() > 0)
        if self._has_snapshots and self._is_begun:
            observer.begin(model, self._steps)
        self._look_ahead()

    def _learn_names(self, model: Any) -> None:
        """Take note of what the parameters are called; a model may be given others later."""
        # Held, so that no later one is taken for one of these, which are known by their `id`.
        self._named = named_parameters(model)
        self._names.clear()
        self._names.update({id(parameter): name for name, parameter in self._named.items()})

    def _look_around(self) -> None:
        """Of several processes, find out before the first step whether all train one model."""
        self._handle_of_call: Any = None
        is_known = is_replicated(self._model) or self._sharded is not None
        if world_size() == 1 or is_known or not self._has_snapshots:
            return

        def look(module: Any, args: Any) -> None:
            del args
            with self._session.guard("ranks"):
                if is_inside_replicated(module):  # others may call it too, with a probe
                    self._forget_call()
                    self._share_with_ranks()

        self._handle_of_call = self._model.register_forward_pre_hook(look)

    def _forget_call(self) -> None:
        handle, self._handle_of_call = self._handle_of_call, None
        if handle is not None:
            handle.remove()

    def _share_with_ranks(self) -> None:
        """Keep once what all ranks hold: found out late, as the wrapper is not what is watched."""
        if self._noise is not None:
            self._noise.average_over(world_size())
        if rank() > 0:
            self._is_reading = self._has_snapshots = self._is_due = False
            if self._noise is not None:
                self._noise.disarm()

    def _end_of_looking_around(self) -> None:
        """Before the first step: where ranks train models of their own, each keeps its own."""
        self._forget_call()
        if not self._is_begun and self._has_snapshots:
            self._observer.begin(self._model, self._steps)
        self._is_begun = True

    def _read_nothing(self) -> None:
        """Record no gradients and parameters."""
        self._is_reading = self._has_snapshots = False
        self._noise = None

    def _read_part(self, gradients_every: int | None) -> None:
        """Read what this process holds of a model that is spread over several."""
        self._noise = None
        shard = this_shard(self._model)
        if shard is None:
            self._read_nothing()
            return
        if rank() == 0 and shard.of < world_size():
            self._session.note(OF_ONE_GROUP)
        self._pacer = JointPacer(gradients_every)
        self._sharded = ShardedModel(self._session, self._model, self._names, shard)
        self._reader = self._sharded.reader
        self._observer.share(self._sharded.parameters)

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
            self._write()
        with guard("metrics of an epoch"):
            self._session.steps.end_epoch(self._steps, self._epochs)
            values = {names.EPOCH: float(self._epochs), **scalars_from(metrics or {})}
            self._session.writer.log_scalars(values, step=self._steps)
        with guard("snapshot"):
            # As many histograms of gradients as of weights: of the next step that is read.
            if self._has_snapshots:
                taken = self._observer.end_epoch(self._model, self._steps, self._epochs)
                self._wants_histograms |= taken

    def remove(self) -> None:
        """Record the last state, and stop listening; calling it again does nothing."""
        if self._session.listener is not self:
            return
        with self._session.guard("snapshot"):
            if self._has_snapshots:
                self._observer.snapshot(self._model, self._steps)
        with self._session.guard("end of the training"):
            self._session.detach()

    def detach(self) -> None:
        """Stop listening, leaving model and optimizer as they were found."""
        while self._handles:
            self._handles.pop().remove()
        self._forget_call()
        if self._noise is not None:
            self._noise.disarm()
        self._write(wait=True)
        if self._is_reading and not self._reader.has_read:
            self._session.note(NOTHING_READ)

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
            yield register_optimizer_step_pre_hook(_apart(self._before_any_step))
            yield register_optimizer_step_post_hook(_apart(self._after_any_step))
        before, after = _apart(self._before_step), _apart(self._after_step)
        for optimizer in optimizers:
            yield optimizer.register_step_pre_hook(before)
            yield optimizer.register_step_post_hook(after)

    def _before_any_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """Of all optimizers of the program, listen to those of this model."""
        if holds_any(optimizer, self._names):
            self._before_step(optimizer, args, kwargs)

    def _before_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        # A step that another is left within, by an exception, is no longer under way.
        self._under_way = steps_under_way() if self._under_way else 1
        try:
            if self._handle_of_call or not self._is_begun:
                self._end_of_looking_around()
            counts_apart = self._sharded is not None and self._wants_histograms
            if not (self._is_due or counts_apart) or self._is_skipped(optimizer):
                return
            if self._under_way > 1:
                with self._pacer.measured(), self._timer.measured():
                    self._reader.again(optimizer)
                return
            is_closed_over = has_closure(args, kwargs)
            if counts_apart:
                # The first step after a snapshot, so that all ranks count at the same.
                self._wants_histograms = False
                if not is_closed_over:
                    self._reader.count_gradients(optimizer, self._steps + 1)
            if not self._is_due:
                return
            with self._pacer.measured(), self._timer.measured():
                if self._sharded is None and not holds_only(optimizer, self._names):
                    self._learn_names(self._model)
                self._reader.before(
                    optimizer,
                    self._steps + 1,
                    has_closure=is_closed_over,
                    with_histograms=self._wants_histograms,
                )
                estimate = self._noise.take() if self._noise is not None else None
                if estimate is not None:
                    self._late_noise.add(self._steps + 1, estimate)
        except Exception as fault:
            self._session.guard.handle("gradients", fault)

    def _after_any_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if holds_any(optimizer, self._names):
            self._after_step(optimizer, args, kwargs)

    def _after_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        del args, kwargs
        self._under_way -= 1
        if self._under_way > 0:  # the step that this one is a part of goes on
            return
        try:
            if self._is_skipped(optimizer):
                if self._is_due and self._noise is not None:
                    self._noise.arm()  # anew: the passes so far belong to no step
                return
            self._steps += 1
            self._session.steps.follow(self._steps)
            if self._steps + 1 < self._looks_again:
                return
            if self._reader.has_work:
                with self._pacer.measured(), self._timer.measured():
                    self._wants_histograms &= not self._reader.after()
                    self._write()
        except Exception as fault:
            self._session.guard.handle("gradients", fault)
        try:  # also after a fault, or every step would be read from now on
            self._look_ahead()
        except Exception as fault:
            self._session.guard.handle("gradients", fault)

    def _is_skipped(self, optimizer: Any) -> bool:
        """Whether a gradient scaler has a fused optimizer skip this step, if it can be known."""
        found = getattr(optimizer, "found_inf", None)
        if found is None:
            return False
        if found.device.type == "cpu":
            return bool(found)
        self._session.note(
            "Steps that the gradient scaler skips are counted as steps: a fused optimizer decides "
            "on the device, and asking would make every step wait for it."
        )
        return False

    def _look_ahead(self) -> None:
        """Decide whether to read the next step, all of it."""
        self._pacer.add(self._timer.take())
        # By share, what the last reading cost must be known first, on the device too.
        is_known = self._pacer.every is not None or not self._timer.is_pending
        self._is_due = self._is_reading and is_known and self._pacer.is_due(self._steps + 1)
        if self._is_due and self._noise is not None:
            self._noise.arm()
        # What a look costs, most steps would pay for nothing.
        is_idle = is_known and not (self._is_due or self._reader.has_work)
        self._looks_again = self._pacer.asks_again if is_idle else 0

    def _write(self, *, wait: bool = False) -> None:
        writer, guard = self._session.writer, self._session.guard
        with guard("gradients"):
            for step, values in self._reader.take(wait=wait):
                writer.log_scalars(values, step=step)
        if self._sharded is not None:
            with guard("gradients"):
                self._sharded.put_together(wait=wait)
        with guard("gradients"):
            for step, columns in self._reader.take_histograms(wait=wait):
                shard = self._sharded.shard if self._sharded is not None else None
                writer.log_table(names.GRADIENT_HISTOGRAMS, columns, step=step, shard=shard)
        with guard("gradients"):
            for step, estimate in self._late_noise.take(wait=wait):
                if self._noise is not None:
                    writer.log_scalars(self._noise.scalars(*estimate.tolist()), step=step)


def _apart(listener: Any) -> Any:
    """Keep a compiler that compiles a step from compiling what listens to it, too.

    A function that is always disabled takes five times as long to call as all else at a step.
    """
    disabled: Any = torch.compiler.disable(listener)

    def listen(optimizer: Any, args: Any, kwargs: Any) -> None:
        if torch.compiler.is_dynamo_compiling():
            disabled(optimizer, args, kwargs)
        else:
            listener(optimizer, args, kwargs)

    return listen

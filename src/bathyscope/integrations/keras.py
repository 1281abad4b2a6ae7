"""Record a training by ``keras.Model.fit``, on any of Keras's back ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np

from bathyscope import _names as names
from bathyscope.integrations.histograms import histogram_table
from bathyscope.integrations.keras_gradients import GradientTap, accumulation, batches_done
from bathyscope.integrations.keras_losses import BatchLoss
from bathyscope.integrations.keras_optimizers import settings_of
from bathyscope.integrations.keras_readings import Reading, StepReader
from bathyscope.integrations.observer import Observer
from bathyscope.integrations.pacing import Detour, Pacer
from bathyscope.integrations.session import Session
from bathyscope.integrations.values import scalars_from
from bathyscope.models.adapters._keras.tree import tree_of


class KerasCallback(keras.callbacks.Callback):
    """Records a training; made by `Recording.keras`.

    It listens where Keras does not wait for the device (before a batch, not after it), reads
    single steps now and then, and fetches what it read at a later batch. The training computes
    what it would compute without it.

    Parameters
    ----------
    session : Session
    observer : Observer
    gradients_every : int, optional
        Optimizer steps between two readings.
    """

    def __init__(
        self, session: Session, observer: Observer, *, gradients_every: int | None
    ) -> None:
        super().__init__()
        self._session = session
        self._observer = observer
        self._pacer = Pacer(gradients_every)
        self._detour = Detour()
        self._tap: GradientTap | None = None
        self._reader: StepReader | None = None
        self._loss = BatchLoss()
        self._names: list[str] = []
        self._step_offset = 0
        self._epoch_offset: int | None = None
        self._is_waiting = False
        self._is_in_epoch = False
        self._wants_histograms = True
        self._batches_before = 0
        # Asked of Keras once for an epoch: asking takes as long as all else here.
        self._batches_per_step = 1
        self._batches_per_call = 1
        self._last_batch: int | None = None
        self._looks_again = 0
        self._last_read = 0

    # Keras calls these.

    def on_train_begin(self, logs: Any = None) -> None:
        """Attach to the optimizer, and record the state before training."""
        del logs
        with self._session.guard("start of the training"):
            self._session.attach(self)
            self._epoch_offset = None
            self._step_offset = self._first_step()
            self._is_waiting = not _is_built(self._synced)
            if self._is_waiting:
                self._session.note(
                    "The state before training is not recorded: the model is built by its "
                    "first batch. Give it an Input, or call it once before fit."
                )
            else:
                self._begin()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Take note of where the epoch starts."""
        del logs
        with self._session.guard("start of an epoch"):
            if self._is_waiting and _is_built(self._synced):
                self._begin()
            self._looks_again = 0
            self._batches_before = self._batches_done()
            self._batches_per_step = self._accumulation()
            self._batches_per_call = self._steps_per_execution()
            self._last_batch = self._last_of_epoch()
            self._loss.begin_epoch(self._synced)
            self._is_in_epoch = True
            if self._epoch_offset is None:
                done = self._session.steps.epochs_done(self._step())
                self._epoch_offset = max(0, done - epoch)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Have the batch read if it is time, and fetch what was read of those before."""
        del logs
        if batch < self._looks_again:
            self._session.steps.follow(self._step_offset + self._under_way(batch))
            return
        try:
            self._pacer.add(self._detour.arrive())
            self._before_batch(batch)
        except Exception as fault:
            self._session.guard.handle("gradients", fault)
        self._detour.leave(is_read=self._reader is not None and self._reader.is_open)
        self._rest(batch)

    def on_test_begin(self, logs: Any = None) -> None:
        """Read once more before validation resets the metrics."""
        del logs
        self._end_of_batches()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Record the epoch's metrics, and a snapshot if it is due."""
        self._end_of_batches()
        with self._session.guard("metrics of an epoch"):
            step = self._step()
            epochs = (self._epoch_offset or 0) + epoch + 1
            self._session.steps.follow(step)
            self._session.steps.end_epoch(step, epochs)
            values = {**scalars_from(logs or {}), names.EPOCH: float(epochs)}
            self._session.writer.log_scalars(values, step=step)
        with self._session.guard("snapshot"):
            # As many histograms of gradients as of weights: of the next step that is read.
            self._wants_histograms |= self._observer.end_epoch(self._synced, self._step(), epochs)

    def on_train_end(self, logs: Any = None) -> None:
        """Record the last state, and let go of the optimizer."""
        del logs
        with self._session.guard("end of the training"):
            self._observer.snapshot(self._synced, self._step())
        with self._session.guard("end of the training"):
            self._session.detach()

    def detach(self) -> None:
        """Leave the optimizer as it was found."""
        reader, tap = self._reader, self._tap
        self._reader = self._tap = None
        self._is_in_epoch = False
        if reader is not None:
            with self._session.guard("gradients"):  # of a training that was broken off
                self._write(reader.take(wait=True))
        # On JAX, asking for the model brings the optimizer's variables up to date.
        if tap is not None and self._synced is not None:
            tap.detach()

    # What they are made of.

    @property
    def _synced(self) -> Any:
        """The model. On JAX, asking Keras for it brings its variables up to date."""
        return self.model

    def _begin(self) -> None:
        self._is_waiting = False
        with self._session.guard("gradients"):
            self._attach()
        self._observer.begin(self._synced, self._step())

    def _attach(self) -> None:
        optimizer = getattr(self._synced, "optimizer", None)
        if not isinstance(optimizer, keras.optimizers.Optimizer):
            self._session.note("Gradients are not recorded: the model has no `optimizer`.")
            return
        if not self._synced.trainable_variables:
            self._session.note("Gradients are not recorded: there are no parameters to train.")
            return
        with self._session.guard("settings of the optimizer"):
            self._session.add_settings(settings_of(optimizer))
        if not optimizer.built:
            optimizer.build(self._synced.trainable_variables)
        tap = GradientTap(
            optimizer,
            on_fault=lambda fault: self._session.guard.handle("gradients", fault),
        )
        tap.attach(self._synced)
        self._tap = tap
        self._names = _parameter_names(self._synced, tap.parameters)
        is_single = self._steps_per_execution() == 1
        self._reader = StepReader(self._synced, tap, with_updates=is_single)
        if not is_single:
            self._session.note(
                "Norms of updates are not recorded: with `steps_per_execution` above 1, single "
                "steps cannot be seen from outside."
            )

    def _before_batch(self, batch: int) -> None:
        if self._is_waiting and batch > 0:
            self._begin()
        steps = (self._batches_before + batch) // self._batches_per_step
        under_way = self._under_way(batch)
        self._session.steps.follow(self._step_offset + under_way)
        reader = self._reader
        if reader is None:
            return
        if reader.has_work:
            with self._pacer.measured():
                self._write(reader.take())
                if reader.is_open:
                    reader.after()
        if self._is_due(batch, steps, under_way):
            with self._pacer.measured():
                reader.before(
                    with_histograms=self._wants_histograms and not reader.awaits_histograms
                )

    def _under_way(self, batch: int) -> int:
        """Count the optimizer's steps when a batch is done, and those of the same call with it."""
        return (self._batches_before + batch + self._batches_per_call) // self._batches_per_step

    def _rest(self, batch: int) -> None:
        """Find the batch before which nothing is to be done: most batches then cost less."""
        if self._reader is None or self._reader.has_work or self._is_waiting:
            return
        batches = self._pacer.asks_again * self._batches_per_step
        self._looks_again = batches - self._batches_before - self._batches_per_call
        if batch + 1 < self._looks_again:
            self._detour.forget()  # the time until then is no step's

    def _is_due(self, batch: int, steps: int, under_way: int) -> bool:
        if self._last_batch is not None and batch >= self._last_batch:
            return False
        if self._pacer.every is None and self._detour.wants_plain:
            return False
        return self._pacer.is_due(under_way, before=steps)

    def _last_of_epoch(self) -> int | None:
        """Give the batch that is not read by default: smaller as a rule, it would be compiled."""
        count = (self.params or {}).get("steps")
        if count is None or self._pacer.every is not None:
            return None
        return int(count) - self._batches_per_call

    def _end_of_batches(self) -> None:
        if not self._is_in_epoch:
            return
        self._is_in_epoch = False
        self._detour.forget()
        with self._session.guard("gradients"):
            if self._is_waiting:
                self._begin()
            if self._reader is not None:
                if self._reader.is_open:
                    self._reader.after()
                self._write(self._reader.take(wait=True))
                # Keras asks for the metrics here too, and else a short training would show few.
                loss = self._loss.end_epoch(self._synced)
                if loss is not None:
                    self._session.writer.log_scalars({names.BATCH_LOSS: loss}, step=self._step())

    def _write(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            step = self._step_offset + reading.step
            values: dict[str, float] = {}
            if reading.step != self._last_read:
                values = self._values(reading)
                self._write_histograms(reading, step)
            self._last_read = reading.step
            loss = self._loss.since_last(*reading.loss)
            if loss is not None:
                values[names.BATCH_LOSS] = loss
            self._session.writer.log_scalars(values, step=step)

    def _write_histograms(self, reading: Reading, step: int) -> None:
        if reading.histograms is None or not self._wants_histograms:
            return
        kept = [place for place, is_kept in enumerate(reading.has_gradient) if is_kept]
        columns = histogram_table([self._names[i] for i in kept], reading.histograms[kept])
        self._session.writer.log_table(names.GRADIENT_HISTOGRAMS, columns, step=step)
        self._wants_histograms = False

    def _values(self, reading: Reading) -> dict[str, float]:
        values: dict[str, float] = {}
        for prefix, column in zip(names.GRADIENT_STATISTICS, reading.gradients.T, strict=True):
            values |= self._named(prefix, column, where=reading.has_gradient)
        for prefix, column in zip(names.WEIGHT_STATISTICS, reading.weights.T, strict=True):
            values |= self._named(prefix, column)
        return values | self._named(names.UPDATE_NORM, reading.updates)

    def _named(self, prefix: str, values: Any, where: Any = None) -> dict[str, float]:
        kept = np.ones(len(values), dtype=bool) if where is None else where
        return {
            prefix + name: float(value)
            for name, value, is_kept in zip(self._names, values, kept, strict=False)
            if is_kept
        }

    def _first_step(self) -> int:
        """Step at which the optimizer's own count starts in this run."""
        last = self._session.steps.last
        if self._steps_done() > 0 or last == 0:
            return 0
        self._session.note(f"The optimizer starts anew at step {last}: its own count is 0.")
        return last

    def _step(self) -> int:
        return self._step_offset + self._steps_done()

    def _steps_done(self) -> int:
        return self._batches_done() // self._accumulation()

    def _batches_done(self) -> int:
        optimizer = getattr(self._synced, "optimizer", None)
        return batches_done(optimizer) if optimizer is not None else 0

    def _accumulation(self) -> int:
        optimizer = getattr(self._model, "optimizer", None)
        return accumulation(optimizer) if optimizer is not None else 1

    def _steps_per_execution(self) -> int:
        return int(getattr(self._model, "steps_per_execution", 1) or 1)


def _is_built(model: Any) -> bool:
    return all(layer.built for layer in model._flatten_layers())


def _parameter_names(model: Any, variables: Any) -> list[str]:
    known: Mapping[int, str] = {
        id(variable): name for name, variable in reversed(tree_of(model).variables.items())
    }
    return [known.get(id(variable)) or str(variable.path) for variable in variables]

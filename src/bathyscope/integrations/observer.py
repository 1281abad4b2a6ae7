"""What is written of a model while it trains, whatever trains it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bathyscope import _names as names
from bathyscope import models
from bathyscope.integrations.budget import check_max_bytes, largest_left_out, listing, size
from bathyscope.integrations.histograms import table_of_arrays
from bathyscope.integrations.probe import ProbeRecorder, probe_from
from bathyscope.integrations.session import Session, check_classes
from bathyscope.models.protocol import Model, Parameter


class Observer:
    """Write snapshots of a model: its parameters, and what it makes of the probe samples.

    Wrong arguments raise here; faults later are the guard's.

    Parameters
    ----------
    session : Session
    probe, every, classes, show, split, max_bytes
        See `Recording.keras`.
    """

    def __init__(
        self,
        session: Session,
        *,
        probe: Any,
        every: int,
        classes: Sequence[str] | None,
        show: Any,
        split: str,
        max_bytes: int,
    ) -> None:
        self.session = session
        self._every = check_interval("every", every)
        self._classes = check_classes(classes)
        self._max_bytes = check_max_bytes(max_bytes)
        checked = probe_from(probe, show=show)
        self._probe = None
        if checked is not None:
            self._probe = ProbeRecorder(
                session, checked, split=split, classes=self._classes, max_bytes=max_bytes
            )
        self._inputs_recorded = False
        self._last_snapshot = -1

    def begin(self, model: Any, step: int) -> None:
        """Describe a model whose training begins, and take the first snapshot."""
        guard = self.session.guard
        self.describe(model)
        if self._probe is not None and not self._inputs_recorded:
            with guard("inputs of the probe"):
                self._probe.record_inputs(step)
                self._inputs_recorded = True
        self.snapshot(model, step)

    def describe(self, model: Any) -> None:
        """Write down layers and parameters of a model, and the names of the classes."""
        with self.session.guard("description of the model"):
            self.session.say(names.MODEL_EVENT, **models.describe(models.adapt(model)))
            self.session.classes(self._classes)

    def end_epoch(self, model: Any, step: int, epochs: int) -> bool:
        """Take a snapshot if it is due after so many epochs, and say whether it was."""
        is_due = epochs % self._every == 0
        if is_due:
            self.snapshot(model, step)
        return is_due

    def snapshot(self, model: Any, step: int) -> None:
        """Write parameters, feature maps, scores and predictions, once per step."""
        if step == self._last_snapshot:
            return
        self._last_snapshot = step
        with self.session.guard("parameters"):
            self._record_parameters(models.adapt(model), step)
        if self._probe is not None:
            with self.session.guard("probe"):
                self._probe.record(models.adapt(model), step)

    def _record_parameters(self, model: Model, step: int) -> None:
        known = {p.name: p for layer in model.layers() for p in layer.parameters}
        own = [name for name, parameter in known.items() if not parameter.same_as]
        if not own:
            self.session.note("The model has no parameters.")
            return
        sizes = {name: _bytes(known[name]) for name in own}
        kept, left_out = largest_left_out(sizes, self._max_bytes)
        if left_out:
            self.session.note(
                f"Parameters {listing(left_out)} are not kept: all together need more than "
                f"{size(self._max_bytes)} at a step."
            )
        if kept:
            values = model.parameters(kept)
            self.session.writer.log_arrays(names.PARAMETERS, values, step=step)
            self._record_histograms(values, step)

    def _record_histograms(self, values: Mapping[str, Any], step: int) -> None:
        columns = table_of_arrays(values)
        if columns:
            self.session.writer.log_table(names.HISTOGRAMS + "weight", columns, step=step)


def check_interval(name: str, value: int) -> int:
    """Check a number of epochs or steps between two records."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"`{name}` must be a whole number, 1 or more; got {value!r}.")
    return value


def _bytes(parameter: Parameter) -> int:
    try:
        width = np.dtype(parameter.dtype).itemsize
    except TypeError:  # bfloat16 and narrower floats, which are read as float32
        width = 4
    return width * math.prod(parameter.shape)

"""What is written of a model while it trains, whatever trains it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bathyscope import _names as names
from bathyscope import models
from bathyscope.integrations.budget import check_max_bytes
from bathyscope.integrations.pacing import SHARE, EpochPacer
from bathyscope.integrations.parameter_snapshots import Keeper, ParameterSnapshots
from bathyscope.integrations.probe import ProbeRecorder, probe_from
from bathyscope.integrations.session import Session, check_classes


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
        every: int | None,
        classes: Sequence[str] | None,
        show: Any,
        split: str,
        max_bytes: int,
    ) -> None:
        self.session = session
        self._every = every
        self._pacer = EpochPacer(every)
        self._classes = check_classes(classes)
        self._split = split
        self._parameters = ParameterSnapshots(session, check_max_bytes(max_bytes))
        checked = probe_from(probe, show=show)
        self._probe = None
        if checked is not None:
            self._probe = ProbeRecorder(
                session, checked, split=split, classes=self._classes, max_bytes=max_bytes
            )
        self._inputs_recorded = False
        self._last_snapshot = -1
        self._has_left_out = False

    def share(self, keeper: Keeper) -> None:
        """Write what this process holds of a model spread over several, which cannot be asked."""
        self._parameters.keeper = keeper
        self._probe = None
        self._pacer = EpochPacer(self._every or 1)  # at the epochs of all others, whom none asks

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
            self.session.classes(self._classes, split=self._split)

    def end_epoch(self, model: Any, step: int, epochs: int) -> bool:
        """Take a snapshot if it is due after so many epochs, and say whether it was."""
        is_due = self._pacer.is_due(epochs)
        if is_due:
            with self._pacer.measured():
                self.snapshot(model, step)
        elif self._every is None:
            self._say_that_some_are_left_out()
        return is_due

    def _say_that_some_are_left_out(self) -> None:
        if self._has_left_out:
            return
        self._has_left_out = True
        self.session.note(
            "Not every epoch ends in a snapshot of parameters and probe: one took "
            f"{1e3 * self._pacer.cost:.3g} ms, which is more than {SHARE:.1%} of the time of an "
            "epoch. `every=1` keeps them all."
        )

    def snapshot(self, model: Any, step: int) -> None:
        """Write parameters, feature maps, scores and predictions, once per step."""
        if step == self._last_snapshot:
            return
        self._last_snapshot = step
        with self.session.guard("parameters"):
            self._parameters.record(models.adapt(model), step)
        if self._probe is not None:
            with self.session.guard("probe"):
                self._probe.record(models.adapt(model), step)

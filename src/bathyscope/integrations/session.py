"""What everything that writes into one run shares: its writer, its guard, its step."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bathyscope import _names as names
from bathyscope.integrations.device_values import send_to_host
from bathyscope.integrations.guard import Guard
from bathyscope.integrations.late import LateValues
from bathyscope.integrations.steps import Steps
from bathyscope.integrations.values import flat_from, float_from
from bathyscope.runs import Run, RunWriter, describe_run
from bathyscope.runs.naming import check_name
from bathyscope.runs.ranks import this_rank


class Listener(Protocol):
    """A callback or watcher that is attached to a training."""

    def detach(self) -> None:
        """Let go of the model and the optimizer, leaving both as they were found."""
        ...


class Session:
    """One run that is being written.

    Parameters
    ----------
    writer : RunWriter
    strict : bool, optional
        See `Guard`.
    last_step : int
        The last step a resumed run holds.
    """

    def __init__(self, writer: RunWriter, *, strict: bool | None, steps: Steps) -> None:
        self.writer = writer
        self.guard = Guard(strict=strict, report=self._report)
        self.steps = steps
        self.late = LateValues(self._write_late)
        self._listener: Listener | None = None
        self._notes: set[str] = set()
        self._said: dict[tuple[str, Any], Any] = {}
        self._settings: dict[str, str] = {}
        self._added: set[str] = set()

    @property
    def listener(self) -> Listener | None:
        """What is attached to a training now."""
        return self._listener

    def attach(self, listener: Listener) -> None:
        """Begin a training; one that was broken off before is let go."""
        if self._listener is not listener:
            self.detach()
        self._listener = listener

    def detach(self) -> None:
        """End the training, if there is one."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.detach()

    def note(self, text: str) -> None:
        """Write a sentence into the run, once."""
        if text not in self._notes:
            self.writer.log_event(names.NOTE_EVENT, text=text)
            self._notes.add(text)

    def say(self, kind: str, **fields: Any) -> None:
        """Write an event, unless it says the same as the last one of its kind, of these samples."""
        of = (kind, fields.get("split"))
        if self._said.get(of) != fields:
            self.writer.log_event(kind, **fields)
            self._said[of] = fields

    def add_settings(self, values: Mapping[str, Any]) -> None:
        """Add to the run's config what a training was found to be set to, unless it is there.

        What the program itself said of a setting stays; only rank 0 speaks for all.
        """
        changed = {
            name: value for name, value in values.items() if self._settings.get(name) != repr(value)
        }
        if not changed or this_rank().get("rank"):
            return
        config = Run(self.writer.path).config
        own = {
            name: value
            for name, value in changed.items()
            if name in self._added or name not in config
        }
        if own:
            describe_run(self.writer.path, config=own)
        self._added |= own.keys()
        self._settings |= {name: repr(value) for name, value in changed.items()}

    def class_names(self, split: str) -> tuple[str, ...]:
        """Give the names of classes that were written down of a set of samples, if any."""
        said = self._said.get((names.CLASSES_EVENT, split))
        if said is not None:
            return tuple(said["names"])
        # By a process before this one, which this goes on with.
        events = Run(self.writer.path).events(names.CLASSES_EVENT)
        own = [event["names"] for event in events if event.get("split") == split]
        return tuple(own[-1]) if own else ()

    def classes(self, class_names: Sequence[str] | None, *, split: str) -> None:
        """Write down the names of the classes of a set of samples, where they are known."""
        if class_names is not None:
            self.say(names.CLASSES_EVENT, split=split, names=list(class_names))

    def log(self, values: Mapping[str, Any], step: int | None) -> None:
        """Record numbers of any framework; those that a device still computes follow later.

        Parameters
        ----------
        values : mapping
            See `Recording.log`.
        step : int or None
            None for the coming one.
        """
        for fault in self.late.take_faults():
            self.guard.handle("log", fault)
        numbers, faults = _numbers_and_faults(flat_from(values))
        at = self.steps.next() if step is None else self.steps.of_numbers(step)
        is_late = any(map(callable, numbers.values()))
        if is_late or self.late.awaits_any(numbers, at):
            self.late.add(numbers, at, time.time())
        else:
            self.writer.log_scalars(numbers, step=at)
        if faults:
            raise faults[0]

    def end_late_values(self) -> None:
        """Wait for the numbers that are on their way, and record them."""
        self.late.stop()
        for fault in self.late.take_faults():
            self.guard.handle("log", fault)

    def _write_late(self, values: dict[str, float], step: int, at: float) -> None:
        self.writer.log_scalars(values, step=step, time=at)

    def _report(self, operation: str, fault: Exception) -> None:
        self.writer.log_event(
            names.FAULT_EVENT,
            operation=operation,
            error=type(fault).__name__,
            message=str(fault)[:2000],
        )


def _numbers_and_faults(flat: Mapping[str, Any]) -> tuple[dict[str, Any], list[Exception]]:
    """Give what can be recorded, and what is wrong with the rest: one bad value costs no other."""
    numbers: dict[str, Any] = {}
    faults: list[Exception] = []
    for name, value in flat.items():
        try:
            numbers[check_name(name, what="The name of a metric")] = _number_or_reader(value, name)
        except (TypeError, ValueError) as fault:
            faults.append(fault)
    return numbers, faults


def _number_or_reader(value: Any, name: str) -> Any:
    reader = send_to_host(value, name=name)
    return float_from(value, name=name) if reader is None else reader


def check_classes(classes: Sequence[Any] | None) -> tuple[str, ...] | None:
    """Check the class names a caller gave."""
    if classes is None:
        return None
    if isinstance(classes, str):
        raise TypeError(f"`classes` must be a sequence of names; got the string {classes!r}.")
    checked = tuple(str(name) for name in classes)
    if len(set(checked)) != len(checked) or not checked:
        raise ValueError(f"`classes` must be different names, at least one; got {checked}.")
    return checked

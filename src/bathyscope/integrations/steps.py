"""The step at which something is recorded when the caller does not say."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

_LARGEST = 2**63


class Steps:
    """Optimizer steps done, so far as they are known.

    A callback or watcher that sees the optimizer sets the step. Without one, each call of
    `Recording.log` that names no step is a step of its own.
    """

    def __init__(self, last: int = 0, epochs_at: Mapping[int, int] | None = None) -> None:
        self.last = last
        self._epochs_at = dict(epochs_at or {})
        self._follows_training = False

    def follow(self, step: int) -> None:
        """Take over the step of a training that is being watched."""
        self._follows_training = True
        self.last = step

    def end_epoch(self, step: int, epochs: int) -> None:
        """Take note of the epochs completed at a step."""
        self._epochs_at[step] = epochs

    def epochs_done(self, step: int) -> int:
        """Epochs completed at a step, so far as the run says."""
        before = [at for at in self._epochs_at if at <= step]
        return self._epochs_at[max(before)] if before else 0

    def coming(self) -> int:
        """Step that `next` will give."""
        return self.last if self._follows_training else self.last + 1

    def next(self) -> int:
        """Step of a record whose caller does not name one."""
        self.last = self.coming()
        return self.last

    def of_numbers(self, step: Any) -> int:
        """Step of numbers whose caller names one: a negative one is kept, and counts nothing."""
        number = _whole_number(step)
        return number if number < 0 else self.at(number)

    def at(self, step: Any) -> int:
        """Step of a record whose caller names one."""
        checked = step if type(step) is int and 0 <= step < _LARGEST else check_step(step)
        if not self._follows_training:
            self.last = checked
        return checked


def check_step(step: Any) -> int:
    """Check that a step is a whole number, 0 or more."""
    number = _whole_number(step)
    if number < 0:
        raise ValueError(f"`step` must be 0 (before training) or more; got {number}.")
    return number


def _whole_number(step: Any) -> int:
    try:
        number = operator.index(step)
    except TypeError as error:
        raise TypeError(
            f"`step` must be a whole number; got {type(step).__name__} {step!r}."
        ) from error
    if not -_LARGEST <= number < _LARGEST:
        raise ValueError(f"`step` must be between -2**63 and 2**63 - 1; got {number}.")
    return number

"""When a training is looked at: so often that looking costs no more than a share of its time."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from statistics import median

#: Share of the training's time that readings may cost, and as much again snapshots, unless the
#: caller says how often. So a training pays 1% for what is measured here, and may pay as much
#: again for what is not: hooks at every step, and caches of the processor that are filled anew.
SHARE = 0.005
#: Readings that wait for nothing: the first is slow (things are set up), the second is not.
_AT_ONCE = 2
#: Seconds that readings may cost beside the share, so that a short training shows something too.
ALLOWANCE = 0.05
#: Each reading paid for by that comes at this many times the steps of the one before.
_FURTHER = 1.2

#: Steps after which is asked again at the latest.
_FAR = 1 << 20

#: Epochs that a snapshot follows whatever it costs.
_FIRST_EPOCHS = 20

#: Seconds, from any moment on.
clock: Callable[[], float] = time.perf_counter


class Pacer:
    """Says which steps are read: every so many, or as many as a share of the time pays for.

    By share, the first two steps are read, and each later one as soon as what the last reading
    cost is at most that share of the time since it began. So the cost is bounded whatever a
    reading costs and however long a step takes, and an idle hour is not made up for at once.
    Beside that, readings are paid for by an allowance while it lasts, at ever longer distances:
    how long the training will be, nobody knows.

    Parameters
    ----------
    every : int, optional
        Optimizer steps between two readings; the first is always read.
    share : float
        Without ``every``: what readings may cost, as a share of the time.
    allowance : float
        And the seconds they may cost beside that.
    """

    def __init__(
        self, every: int | None, *, share: float = SHARE, allowance: float = ALLOWANCE
    ) -> None:
        self._every = None if every is None else check_interval("gradients_every", every)
        self._share = share
        self._allowance = allowance
        self._readings = 0
        self._first_step = self._step = 0
        self._began = 0.0
        self._cost = 0.0
        #: Of the allowance: seconds that earlier readings took, and whether the last one takes.
        self._spent = 0.0
        self._is_allowed = False
        self._asked = 0
        self.asks_again = 0
        """The step before which no step after the last one asked about is due."""

    @property
    def every(self) -> int | None:
        """Optimizer steps between two readings; None where time decides."""
        return self._every

    def is_due(self, step: int, *, before: int | None = None) -> bool:
        """Whether to read a step that is about to be done; if so, a reading begins.

        Parameters
        ----------
        step : int
        before : int, optional
            The last step asked about, where several are done at once; by default the one before.
        """
        if self.is_resting(step):
            return False
        before = step - 1 if before is None else before
        is_due = self._is_due(step, before)
        is_allowed = not is_due and step > before and self._has_allowance(step)
        if is_due or is_allowed:
            self._begin(step, is_allowed=is_allowed)
        else:
            self._rest(step)
        return is_due or is_allowed

    def is_resting(self, step: int) -> bool:
        """Whether a step is known not to be due: the short answer, which most steps get."""
        return self._asked < step < self.asks_again

    def _rest(self, step: int) -> None:
        """Ask again when half of the steps are done that fit into the time to be waited."""
        self._asked = self.asks_again = step
        since = step - self._step
        if self._every is not None or since < 1:
            return
        elapsed = clock() - self._began
        wanting = self._cost / self._share - elapsed
        steps = int(wanting * since / elapsed / 2) if elapsed > 0 else 0
        self.asks_again = min(step + steps, self._next_allowed(step))

    def _begin(self, step: int, *, is_allowed: bool) -> None:
        if self._is_allowed:
            self._spent += self._cost
        self._is_allowed = is_allowed
        self._began, self._cost = clock(), 0.0
        if not self._readings:
            self._first_step = step
        self._readings += 1
        self._step = step

    def _is_due(self, step: int, before: int) -> bool:
        if step <= before:
            return False
        if self._every is not None:
            return before < 1 or step // self._every > before // self._every
        if self._readings < _AT_ONCE:
            return True
        return self._is_paid_for(step)

    def _has_allowance(self, step: int) -> bool:
        """Whether what is left of the allowance pays for a reading that costs as the last one."""
        if self._every is not None:
            return False
        return step >= self._next_further() and self._spent_with_next() <= self._allowance

    def _next_further(self) -> float:
        """Give the step from which on the allowance may pay."""
        before_first = self._first_step - 1
        return before_first + _FURTHER * (self._step - before_first)

    def _spent_with_next(self) -> float:
        """Give what is spent of the allowance after another reading that costs as the last one."""
        return self._spent + (2 if self._is_allowed else 1) * self._cost

    def _next_allowed(self, step: int) -> int:
        """Give the step from which on the allowance pays; a far one if it never does."""
        if self._spent_with_next() > self._allowance:
            return step + _FAR
        return max(step, math.ceil(self._next_further()))

    def _is_paid_for(self, step: int) -> bool:
        del step
        return self._cost <= self._share * (clock() - self._began)

    @contextmanager
    def measured(self) -> Generator[None]:
        """Count what a part of a reading costs."""
        began = clock()
        try:
            yield
        finally:
            self._cost += clock() - began

    def add(self, seconds: float) -> None:
        """Count what a reading cost beside the time measured here, as on a device."""
        self._cost += seconds


class JointPacer(Pacer):
    """Says which steps several processes read together, though none asks another.

    Each goes by its own clock, but of the steps that are paid for it reads those only that are
    multiples of a power of two: of the smallest that is at least as many steps as a reading costs.
    Multiples of a larger power are among those of a smaller one, so what the slowest process reads
    is read by all. There is no allowance: each would spend it at other steps.
    """

    def __init__(self, every: int | None) -> None:
        super().__init__(every, allowance=0.0)

    def _rest(self, step: int) -> None:
        """Ask at every step: the next one may be a multiple of a larger power."""

    def _is_paid_for(self, step: int) -> bool:
        since = max(step - self._step, 1)
        power = step & -step  # the largest power of two that divides it
        return self._cost * since <= self._share * (clock() - self._began) * power


class EpochPacer:
    """Says after which epochs a snapshot is taken: every so many, or as many as a share pays for.

    By share, each of the first 20 epochs ends in one, so that a short training keeps all; then an
    epoch does as soon as what the last snapshot cost is at most that share of the time since.

    Parameters
    ----------
    every : int, optional
        Epochs between two snapshots.
    share : float
        Without ``every``: what snapshots may cost, as a share of the time.
    """

    def __init__(self, every: int | None, *, share: float = SHARE) -> None:
        self._every = None if every is None else check_interval("every", every)
        self._share = share
        self._asked = 0
        self._ended = 0.0
        self.cost = 0.0
        """Seconds the last snapshot took."""

    def is_due(self, epochs: int) -> bool:
        """Whether to take a snapshot after so many epochs."""
        if self._every is not None:
            return epochs % self._every == 0
        self._asked += 1
        return self._asked <= _FIRST_EPOCHS or self.cost <= self._share * (clock() - self._ended)

    @contextmanager
    def measured(self) -> Generator[None]:
        """Count what a snapshot costs."""
        began = clock()
        try:
            yield
        finally:
            self._ended = clock()
            self.cost = self._ended - began


class Detour:
    """Tells how much longer a step takes that is read, where only its ends can be seen.

    What a reading adds to a compiled step, and what compiling it takes for a batch of a new shape,
    shows in nothing but the time from leaving for the step to arriving after it.
    """

    def __init__(self) -> None:
        self._left_at: float | None = None
        self._is_read = False
        self._plain: deque[float] = deque(maxlen=9)
        #: What the last step took that was read before there was one to compare it with.
        self._waits: float | None = None
        self._first_read = 0

    @property
    def wants_plain(self) -> bool:
        """Whether it is time for a step that is not read, to compare the first ones with."""
        return self._first_read >= _AT_ONCE and not self._plain

    def leave(self, *, is_read: bool) -> None:
        """Start the clock: the next step begins."""
        self._left_at, self._is_read = clock(), is_read

    def arrive(self) -> float:
        """Give the seconds a step that was read took longer than the latest ones that were not.

        Of the first ones, that is known when the first comes that is not read.
        """
        if self._left_at is None:
            return 0.0
        took, self._left_at = clock() - self._left_at, None
        if self._is_read and not self._plain:
            self._waits = took
            self._first_read += 1
            return 0.0
        if self._is_read:
            return max(0.0, took - median(self._plain))
        self._plain.append(took)
        waited, self._waits = self._waits, None
        return max(0.0, waited - took) if waited is not None else 0.0

    def forget(self) -> None:
        """Do not count what comes before the next step, such as a validation."""
        self._left_at = None


def check_interval(name: str, value: int) -> int:
    """Check a number of epochs or steps between two records."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"`{name}` must be a whole number, 1 or more; got {value!r}.")
    return value

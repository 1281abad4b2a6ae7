"""Records numbers once they have arrived from a device, in a thread beside the training."""

from __future__ import annotations

import collections
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from bathyscope.integrations.device_values import Reader
from bathyscope.runs.threads import start_thread


class _Call(NamedTuple):
    """What one call logged."""

    values: Mapping[str, float | Reader]
    step: int
    time: float


class LateValues:
    """Calls of which some numbers are on their way; they are written in the order of the calls.

    Parameters
    ----------
    write : callable
        Given values, step and time, records them.
    """

    def __init__(self, write: Callable[[dict[str, float], int, float], None]) -> None:
        self._write = write
        #: Calls that are not written yet; empty nearly always where no device is used.
        self.calls: collections.deque[_Call] = collections.deque()
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._places: collections.Counter[tuple[str, int]] = collections.Counter()
        self._faults: list[Exception] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def _is_forked(self) -> bool:
        """In a forked process, leave what was on its way to the parent."""
        if os.getpid() == self._process:
            return False
        self.calls.clear()
        self._begin()
        return True

    def add(self, values: Mapping[str, float | Reader], step: int, time: float) -> None:
        """Write values as soon as all of them are there."""
        self._is_forked()
        with self._changed:
            self.calls.append(_Call(values, step, time))
            self._places.update((name, step) for name in values)
            self._thread = self._thread or start_thread("late-values", self._run)
            if self._thread is None:  # then this call waits for its numbers
                self._write_all()
            self._changed.notify_all()

    def awaits_any(self, names: Iterable[str], step: int) -> bool:
        """Whether a number of these names is on its way for that step: later ones must wait too."""
        if not self.calls or self._is_forked():
            return False
        with self._changed:
            return any((name, step) in self._places for name in names)

    def take_faults(self) -> list[Exception]:
        """Give what could not be read or written since the last look."""
        faults, self._faults = self._faults, []
        return faults

    def stop(self) -> None:
        """Wait until all is written, and end the thread."""
        if self._is_forked():
            return
        with self._changed:
            thread = self._thread
            self._stopping = True
            self._changed.notify_all()
        if thread is not None:
            thread.join()
        with self._changed:
            self._thread, self._stopping = None, False
            self._write_all()  # what other threads logged meanwhile

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self.calls:
                    if self._stopping:
                        return
                    self._changed.wait()
                call = self.calls[0]
            self._record(call)
            with self._changed:
                self._forget_first()

    def _write_all(self) -> None:
        while self.calls:
            self._record(self.calls[0])
            self._forget_first()

    def _forget_first(self) -> None:
        call = self.calls.popleft()
        self._places.subtract((name, call.step) for name in call.values)
        self._places += collections.Counter()  # drops those that are 0

    def _record(self, call: _Call) -> None:
        """Write one call; a number that cannot be read does not cost the others."""
        arrived: dict[str, float] = {}
        for name, value in call.values.items():
            try:
                arrived[name] = value() if callable(value) else value
            except Exception as fault:
                self._faults.append(fault)
        try:
            if arrived:
                self._write(arrived, call.step, call.time)
        except Exception as fault:
            self._faults.append(fault)

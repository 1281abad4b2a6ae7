"""Records how busy the machine is, as scalars ``system/...``, beside the training."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable
from typing import Self

from bathyscope._errors import RunError
from bathyscope.runs.gpu import Gpus
from bathyscope.runs.machine import disk_readings, this_machine
from bathyscope.runs.writer import RunWriter

PREFIX = "system/"


class SystemMetrics:
    """Samples CPU, memory, disk, network and GPUs in a thread of its own, until it is stopped.

    All but GPUs come from /proc; elsewhere from psutil, which the extra ``system`` installs.
    On Linux, ``cpu_percent`` and ``memory_percent`` are of what a container, or a scheduler of
    jobs, lets the process use where that is less than the machine has: at the limit of its memory
    it is killed. Disk and network are the machine's.
    GPUs are those that NVIDIA's library names; without it there are none.

    Parameters
    ----------
    writer : RunWriter
        Where the samples go; sampling ends with it.
    step : callable
        Gives the step at which a sample is recorded: that of the training.
    interval : float
        Seconds between two samples. One costs less than a millisecond.

    Examples
    --------
    >>> with SystemMetrics(writer, step=lambda: trainer.step):  # doctest: +SKIP
    ...     trainer.fit()
    """

    def __init__(
        self, writer: RunWriter, *, step: Callable[[], int], interval: float = 10.0
    ) -> None:
        if not interval > 0:
            raise ValueError(f"`interval` must be more than 0 seconds; got {interval!r}.")
        self._writer = weakref.ref(writer)
        self._folder = writer.path
        self._step = step
        self._interval = interval
        self._machine = this_machine()
        self._gpus = Gpus()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Begin; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._sample_on, name="bathyscope-system", daemon=True
            )
            self._thread.start()
        return self

    def stop(self) -> None:
        """End, and wait until the thread has."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def read(self) -> dict[str, float]:
        """Give one sample, by the names under which it is recorded."""
        found: dict[str, float] = {}
        for source in (self._read_machine, self._read_disk, self._gpus.read):
            with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
                found.update(source())
        return {PREFIX + name: value for name, value in found.items()}

    def _read_machine(self) -> dict[str, float]:
        return self._machine.read() if self._machine is not None else {}

    def _read_disk(self) -> dict[str, float]:
        return disk_readings(self._folder)

    def _sample_on(self) -> None:
        while not self._stop.wait(self._interval):
            writer = self._writer()
            if writer is None or writer.is_finished:
                return
            # A disk that refuses, or a run that was finished just now, ends no training.
            with contextlib.suppress(RunError):
                writer.log_scalars(self.read(), step=self._step())
            del writer

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

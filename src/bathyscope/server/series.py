"""Metrics as they are, kept in memory for as long as there is room, to be zoomed into at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs import Series
from bathyscope.server.known import Known
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.pulse import LOG, SCALARS

#: At most this many bytes of series are kept: two of 10 million points.
MOST_BYTES = 512 << 20
#: The extremes of so many points are looked up once.
BLOCK = 1024


@dataclass(frozen=True, eq=False)
class KeptSeries:
    """A metric, and where it is not finite.

    Parameters
    ----------
    series : Series
        Sorted by step.
    odd : array of int, shape (n_odd,)
        Positions of the values that are NaN or infinite.
    """

    series: Series
    odd: NDArray[np.intp]

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        series = self.series
        return series.steps.nbytes + series.values.nbytes + series.times.nbytes + self.odd.nbytes

    @cached_property
    def domain(self) -> dict[str, list[float] | None]:
        """Ends of the steps, and of the finite values; None where there are none."""
        steps, values = self.series.steps, self.series.values
        finite = values if not len(self.odd) else values[np.isfinite(values)]
        return {
            "step": [int(steps[0]), int(steps[-1])] if len(steps) else None,
            "value": [float(finite.min()), float(finite.max())] if len(finite) else None,
        }

    @cached_property
    def block_extremes(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Places of the smallest and of the largest value of every `BLOCK` points.

        Of a block with values that are not finite they mean nothing.
        """
        values = self.series.values
        whole = values[: len(values) // BLOCK * BLOCK].reshape(-1, BLOCK)
        starts = np.arange(len(whole)) * BLOCK
        return starts + whole.argmin(axis=1), starts + whole.argmax(axis=1)


class SeriesCache:
    """Reads metrics once for all who zoom into them.

    Parameters
    ----------
    opened : OpenedRuns
    most_bytes : int
    """

    def __init__(self, opened: OpenedRuns, *, most_bytes: int = MOST_BYTES) -> None:
        self._opened = opened
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        #: For each run that is read, the lock and how many wait for it.
        self._reading: dict[str, tuple[threading.Lock, int]] = {}
        self._kept: OrderedDict[tuple[str, str], tuple[int, KeptSeries]] = OrderedDict()
        self._n_bytes = 0

    @property
    def n_bytes(self) -> int:
        """How much is kept."""
        with self._lock:
            return self._n_bytes

    def get(self, known: Known, metric: str) -> KeptSeries:
        """Give a metric.

        Raises
        ------
        NotRecorded
            If the run has no such metric.
        """
        return self.get_many(known, [metric])[metric]

    def get_many(self, known: Known, metrics: Collection[str]) -> dict[str, KeptSeries]:
        """Give several metrics; of those that are not kept every file is read once.

        Raises
        ------
        NotRecorded
            If the run has no such metric.
        """
        with self._reading_of(known.id):
            version = known.version_of(frozenset({SCALARS, LOG}))
            kept = {name: self._find((known.id, name), version) for name in metrics}
            wanted = [name for name, found in kept.items() if found is None]
            read = _read(self._opened.get(known), wanted) if wanted else {}
            for name, found in read.items():
                self._keep((known.id, name), version, found)
        return {name: found or read[name] for name, found in kept.items()}

    @contextmanager
    def _reading_of(self, run: str) -> Generator[None]:
        """Let one at a time read a run: the others find what they want when it is their turn."""
        with self._lock:
            reading, waiting = self._reading.get(run, (threading.Lock(), 0))
            self._reading[run] = reading, waiting + 1
        try:
            with reading:
                yield
        finally:
            with self._lock:
                reading, waiting = self._reading[run]
                if waiting > 1:
                    self._reading[run] = reading, waiting - 1
                else:
                    del self._reading[run]

    def _find(self, key: tuple[str, str], version: int) -> KeptSeries | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != version:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def _keep(self, key: tuple[str, str], version: int, found: KeptSeries) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = version, found
            self._n_bytes += found.nbytes - (before[1].nbytes if before else 0)
            while self._n_bytes > self._most_bytes and len(self._kept) > 1:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._n_bytes -= oldest.nbytes


def _read(run: Any, metrics: Sequence[str]) -> dict[str, KeptSeries]:
    if len(metrics) == 1:  # one that is long is read by several threads
        return {metrics[0]: _kept(run.scalars(metrics[0]))}
    return {name: _kept(series) for name, series in run.scalars_of(metrics).items()}


def _kept(series: Series) -> KeptSeries:
    for shared in (series.steps, series.values, series.times):
        shared.setflags(write=False)  # what one picture changed, all others would show
    return KeptSeries(series, np.flatnonzero(~np.isfinite(series.values)))

"""Metrics as they are, kept in memory for as long as there is room, to be zoomed into at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np

from bathyscope.runs import Run, Series
from bathyscope.runs.long_series import LongSeries, StepsAndValues, read_stretches
from bathyscope.runs.news import Cursor
from bathyscope.runs.outline import Outline, outline_of
from bathyscope.server.known import Known
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.pulse import LOG, SCALARS

#: At most this many bytes of series are kept: two of 10 million points.
MOST_BYTES = 512 << 20


@dataclass(frozen=True, eq=False)
class KeptSeries:
    """A metric of which every point is in memory.

    Parameters
    ----------
    series : Series
        Sorted by step.
    """

    series: Series

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        series = self.series
        return series.steps.nbytes + series.values.nbytes + series.times.nbytes

    def __len__(self) -> int:
        return len(self.series)

    @cached_property
    def outline(self) -> Outline:
        """What stands out of it."""
        return outline_of(self.series.steps, self.series.values)

    def row(self, step: int, side: Literal["left", "right"]) -> int:
        """Give how many points are before a step; with ``side="right"`` also those at it."""
        return int(np.searchsorted(self.series.steps, np.int64(step), side))

    def read(self, stretches: Sequence[slice]) -> StepsAndValues:
        """Give the steps and the values of some stretches of points, one behind the other."""
        return read_stretches(self.series.steps, self.series.values, stretches)


#: A metric that may be looked at piece by piece.
Seen = KeptSeries | LongSeries
#: Run, metric, and which of the two.
_Key = tuple[str, str, type[Seen]]
#: Of the run as it was last looked at, and how far its files reached.
_Version = tuple[int, Cursor | None]


class SeriesCache:
    """Reads metrics once for all who look at them.

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
        self._kept: OrderedDict[_Key, tuple[_Version, Seen]] = OrderedDict()
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
            run = self._opened.get(known)
            version = _version(known, run)
            keys = {name: (known.id, name, KeptSeries) for name in metrics}
            kept = {name: self._find(key, version) for name, key in keys.items()}
            wanted = [name for name, found in kept.items() if found is None]
            read = _read(run, wanted) if wanted else {}
            for name, found in read.items():
                self._keep(keys[name], version, found)
        return {name: read[name] if name in read else cast(KeptSeries, found)
                for name, found in kept.items()}  # fmt: skip

    def glance(self, known: Known, metric: str) -> Seen:
        """Give a metric to look at some of it: where it can be, only what stands out is read.

        Raises
        ------
        NotRecorded
            If the run has no such metric.
        """
        with self._reading_of(known.id):
            run = self._opened.get(known)
            version = _version(known, run)
            for kind in (KeptSeries, LongSeries):
                kept = self._find((known.id, metric, kind), version)
                if kept is not None:
                    return kept
            found = run.long_scalars(metric) if isinstance(run, Run) else None
            if found is not None:
                self._keep((known.id, metric, LongSeries), version, found)
                return found
        return self.get(known, metric)

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

    def _find(self, key: _Key, version: _Version) -> Seen | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != version:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def _keep(self, key: _Key, version: _Version, found: Seen) -> None:
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
    return KeptSeries(series)


def _version(known: Known, run: Any) -> _Version:
    """Say what is to be kept: a page may be told of points before anybody has looked at the run."""
    cursor = run.scalars_cursor() if isinstance(run, Run) else None
    return known.version_of(frozenset({SCALARS, LOG})), cursor

"""A log that was read whole, asked like a run: views, reports and pages show it as it lies."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope._errors import BathyscopeError, NotRecorded, unknown_name
from bathyscope._optional import require
from bathyscope.importers.asking import ask
from bathyscope.importers.log import BySteps, Column, Log
from bathyscope.importers.reading import modified
from bathyscope.runs import NewScalars, ScalarSummary, Series, resolve_step
from bathyscope.runs.status import Status

#: A file that changes is read again, but not more often than this.
_PAUSE_SECS = 0.1
#: A log that was written to this short a time ago may still be written.
_FRESH_SECS = 120.0


class LogRun:
    """A log of another tool, read like a run. It is read again when its files have changed.

    Parameters
    ----------
    log : Log
    reread : callable, optional
        Gives the log as it is now.

    Examples
    --------
    >>> LogRun(read(path)).scalars("loss").values  # doctest: +SKIP
    """

    def __init__(self, log: Log, reread: Callable[[], Log] | None = None) -> None:
        self.path = log.path
        self._log = log
        self._reread = reread
        self._lock = threading.RLock()
        self._seen = _identities(log.files)
        self._looked = time.monotonic()

    @property
    def log(self) -> Log:
        """The log as it is now."""
        with self._lock:
            if self._reread is not None and time.monotonic() >= self._looked + _PAUSE_SECS:
                self._look(self._reread)
            return self._log

    def _look(self, reread: Callable[[], Log]) -> None:
        now = _identities(self._log.files)
        if now != self._seen:
            # What was read stays, if the files are gone or amid a change.
            with contextlib.suppress(OSError, BathyscopeError, ValueError):
                self._log, self._seen = reread(), now
        self._looked = time.monotonic()

    # What the run is

    @property
    def name(self) -> str:
        """Its name."""
        return self.log.name

    @property
    def info(self) -> dict[str, Any]:
        """What a run says of itself: name, created, config, tags; and the ``format`` of the log."""
        log = self.log
        created = None
        with contextlib.suppress(ValueError, OverflowError, OSError):
            created = datetime.fromtimestamp(log.created, UTC).isoformat()
        return {
            "name": log.name,
            "created": created,
            "config": dict(log.config),
            "tags": list(log.tags),
            "group": log.group,
            "format": log.format,
        }

    @property
    def config(self) -> dict[str, Any]:
        """Settings of the run."""
        return dict(self.log.config)

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of the run."""
        return self.log.tags

    @property
    def group(self) -> str:
        """Name of what it belongs to, such as an experiment; empty if to nothing."""
        return self.log.group

    @property
    def status(self) -> Status:
        """One of running, finished, failed, interrupted and unknown.

        Where the log does not say, it runs as long as its files grow.
        """
        log = self.log
        is_fresh = any(modified(file) > time.time() - _FRESH_SECS for file in log.files)
        return "running" if log.status == "unknown" and is_fresh else log.status

    # Scalars

    def scalar_names(self) -> tuple[str, ...]:
        """Sorted names of the metrics."""
        return tuple(sorted(self.log.scalars))

    def scalars(self, name: str) -> Series:
        """Give a metric's values, sorted by step; the value written last at each step.

        Raises
        ------
        NotRecorded
            If there is no such metric; the nearest names are offered.
        """
        return _series(name, _column(self.log, name), keep_all=False)

    def scalars_all(self, name: str) -> Series:
        """Give a metric's values, sorted by step, also those that were replaced later."""
        return _series(name, _column(self.log, name), keep_all=True)

    def scalars_of(self, names: str | Iterable[str] | None = None) -> dict[str, Series]:
        """Give several metrics as `scalars` does, by name; by default all of them.

        Raises
        ------
        NotRecorded
            If there is no such metric; the nearest names are offered.
        """
        return self._every([names] if isinstance(names, str) else names, keep_all=False)

    def _every(self, names: Iterable[str] | None, *, keep_all: bool) -> dict[str, Series]:
        log = self.log  # one state of it, even if it grows meanwhile
        known = sorted(log.scalars)
        wanted = known if names is None else list(dict.fromkeys(names))
        return {name: _series(name, _column(log, name), keep_all=keep_all) for name in wanted}

    def summaries(self) -> dict[str, ScalarSummary]:
        """Give the first and the last value of every metric, and how many there are, by name."""
        found: dict[str, ScalarSummary] = {}
        for name, column in sorted(self.log.scalars.items()):
            series = _series(name, column, keep_all=False)
            steps, values = series.steps[[0, -1]].tolist(), series.values[[0, -1]].tolist()
            found[name] = ScalarSummary(
                name, len(column.steps), steps[0], values[0], steps[1], values[1]
            )
        return found

    def new_scalars(
        self, cursor: Mapping[str, int] | None = None
    ) -> tuple[NewScalars, dict[str, int]]:
        """Give what was written since the last call: every point once.

        Parameters
        ----------
        cursor : mapping, optional
            What the last call gave. None begins with the first point.

        Returns
        -------
        points : NewScalars
            Metric by metric.
        cursor : dict
            For the next call.
        """
        seen = dict(cursor or {})
        pieces: list[tuple[str, Column]] = []
        for name, column in self.log.scalars.items():
            first = seen.get(name, 0)
            # A file that became shorter was written anew.
            rows = slice(first if first <= len(column.steps) else 0, None)
            points = Column(column.steps[rows], column.values[rows], column.times[rows])
            pieces.append((name, points))
            seen[name] = len(column.steps)
        metrics = [np.full(len(column.steps), name, object) for name, column in pieces]
        return NewScalars(
            _joined(metrics, np.object_),
            _joined([column.steps for _, column in pieces], np.int64),
            _joined([column.values for _, column in pieces], np.float64),
            _joined([column.times for _, column in pieces], np.float64),
        ), seen

    def scalars_cursor(self) -> dict[str, int]:
        """Give the cursor of now: `new_scalars` then gives only what comes later."""
        return {name: len(column.steps) for name, column in self.log.scalars.items()}

    def scalars_frame(self, names: str | Iterable[str] | None = None) -> Any:
        """Give metrics as a ``pandas.DataFrame`` with columns metric, step, value and time."""
        pandas = require("pandas", extra="frame", caller="scalars_frame")
        all_series = list(self.scalars_of(names).values())
        labels = [np.full(len(series), series.name, object) for series in all_series]
        return pandas.DataFrame(
            {
                "metric": pandas.Series(_joined(labels, np.object_), dtype=object),
                "step": _joined([series.steps for series in all_series], np.int64),
                "value": _joined([series.values for series in all_series], np.float64),
                "time": _joined([series.times for series in all_series], np.float64),
            }
        )

    # Arrays and tables

    def array_groups(self) -> tuple[str, ...]:
        """Sorted names of the groups of arrays."""
        return tuple(sorted(self.log.arrays))

    def array_steps(self, group: str) -> tuple[int, ...]:
        """Sorted steps at which arrays of a group were recorded."""
        return tuple(sorted(self._of("group of arrays", group)))

    def arrays(self, group: str, *, step: int = -1) -> dict[str, NDArray[Any]]:
        """Give the arrays of a group at one step, by name; -1 is the last step."""
        found = self._of("group of arrays", group)
        return dict(found[resolve_step(step, tuple(found), what=f"arrays `{group}`")])

    def table_names(self) -> tuple[str, ...]:
        """Sorted names of the tables."""
        return tuple(sorted(self.log.tables))

    def table_steps(self, name: str) -> tuple[int, ...]:
        """Sorted steps at which a table was recorded."""
        return tuple(sorted(self._of("table", name)))

    def table(self, name: str, *, step: int = -1) -> dict[str, NDArray[Any]]:
        """Give the columns of a table at one step, by name; -1 is the last step."""
        found = self._of("table", name)
        return dict(found[resolve_step(step, tuple(found), what=f"table `{name}`")])

    def _of(self, kind: str, name: str) -> BySteps:
        log = self.log
        known = log.tables if kind == "table" else log.arrays
        if name not in known:
            raise _not_recorded(log, kind, name, sorted(known))
        return known[name]

    # Questions

    def sql(self, query: str) -> dict[str, NDArray[Any]]:
        """Ask in SQL (DuckDB's), as a run of ours: see `bathyscope.runs.Run.sql`."""
        every = list(self._every(None, keep_all=True).values())
        return ask(query, every, writer=self.log.format, tables=self)

    # What happened, and what is wrong

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Give what happened, in recorded order: ``kind``, ``time``, ``writer`` and fields."""
        log = self.log
        found = [{"time": log.created, **event} for event in log.events]
        found += [
            {"kind": names.NOTE_EVENT, "time": log.created, "text": note} for note in log.notes
        ]
        events = [{"writer": log.format, **event} for event in found]
        return [event for event in events if kind is None or event["kind"] == kind]

    def faults(self) -> tuple[str, ...]:
        """Say what could not be read, place by place."""
        return self.log.faults

    def resolve_step(self, step: int, steps: Sequence[int], *, what: str) -> int:
        """Find the recorded step that is meant. See `bathyscope.runs.resolve_step`."""
        return resolve_step(step, steps, what=what)

    def __repr__(self) -> str:
        log = self._log
        return f"<Run {log.name}: {log.format}, {log.path}>"


def _column(log: Log, name: str) -> Column:
    if name not in log.scalars:
        raise _not_recorded(log, "metric", name, sorted(log.scalars))
    return log.scalars[name]


def _series(name: str, column: Column, *, keep_all: bool) -> Series:
    order = np.argsort(column.steps, kind="stable")
    steps = column.steps[order]
    if not keep_all:
        is_last = np.append(steps[1:] != steps[:-1], True)[: len(steps)]
        order = order[is_last]
    return Series(name, column.steps[order], column.values[order], column.times[order])


def _not_recorded(log: Log, kind: str, name: str, known: Iterable[str]) -> NotRecorded:
    return NotRecorded(f"Run `{log.name}`: {unknown_name(kind, name, known)}")


def _joined(pieces: list[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(pieces) if pieces else np.empty(0, kind)


def _identities(files: Iterable[Path]) -> tuple[tuple[int, int], ...]:
    """Tell files apart by when they were written and how long they are."""
    found: list[tuple[int, int]] = []
    for file in files:
        try:
            facts = file.stat()
        except OSError:
            found.append((-1, -1))
        else:
            found.append((facts.st_mtime_ns, facts.st_size))
    return tuple(found)

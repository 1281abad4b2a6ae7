"""Reads a run, finished or still being written, and never changes it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import NotRecorded, unknown_name
from bathyscope._optional import require
from bathyscope.runs import layout
from bathyscope.runs.about import About, read_about
from bathyscope.runs.arrays import read_shard
from bathyscope.runs.asked import Asked
from bathyscope.runs.events import EventLog
from bathyscope.runs.gap import GAP, gap_fault
from bathyscope.runs.listing import (
    RunSummary,
    config_from_sessions,
    summarize,
    tags_from_sessions,
)
from bathyscope.runs.long_series import LongSeries
from bathyscope.runs.manifest import read_manifest
from bathyscope.runs.missing import run_not_found
from bathyscope.runs.news import Cursor, NewScalars, check_cursor
from bathyscope.runs.parts import Parts
from bathyscope.runs.query import Query
from bathyscope.runs.scalars import Scalars
from bathyscope.runs.series import Series, series_from_points
from bathyscope.runs.sharded import Place, join_arrays, join_tables
from bathyscope.runs.status import RESUMED, Status, run_status
from bathyscope.runs.steps import resolve_step
from bathyscope.runs.summaries import ScalarSummary
from bathyscope.runs.tables import read_table
from bathyscope.runs.wrong import Checked, strange_files


class Run:
    """A recorded run. Every call sees what was written meanwhile.

    Parameters
    ----------
    path : str or path
        The run's folder.

    Raises
    ------
    RunNotFound
        If there is no run at this place; runs beside it are named.

    Examples
    --------
    >>> Run("runs/a").scalars("loss").values  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 (links are kept as they are)
        if not layout.looks_like_run(self.path):
            raise run_not_found(self.path)
        self._lock = threading.RLock()
        self._scalars = Scalars(self.path / layout.SCALARS)
        self._tables = Asked(
            self,
            Parts(self.path / layout.TABLES, layout.TABLE_NAME, self._launches),
            kind="table",
            read=read_table,
            join=_table_of_shards,
        )
        self._arrays = Asked(
            self,
            Parts(self.path / layout.ARRAYS, layout.ARRAYS_NAME, self._launches),
            kind="group of arrays",
            read=read_shard,
            join=_arrays_of_shards,
        )
        self._logs: dict[str, EventLog] = {}
        self._checked = Checked()

    # What the run is

    @property
    def name(self) -> str:
        """Its name: as people call it, as it was recorded, or that of its folder."""
        return str(self.about.name or self.info.get("name") or self.path.name)

    @property
    def about(self) -> About:
        """What was said of it by `describe_run`: name, tags, note, settings, whether archived."""
        return read_about(self.path)

    @property
    def info(self) -> dict[str, Any]:
        """What ``run.json`` says: name, created, config, tags, software, command, commit."""
        return read_manifest(self.path)[0]

    @property
    def config(self) -> dict[str, Any]:
        """Settings of the run; those that were added later replace earlier ones."""
        recorded = config_from_sessions((self.info, *self.events(RESUMED)))
        return {**recorded, **self.about.config}

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of the run, those of later sessions too; unless people gave it others."""
        said = self.about.tags
        if said is not None:
            return said
        return tags_from_sessions((self.info, *self.events(RESUMED)))

    @property
    def group(self) -> str:
        """Name of the group it belongs to, such as a search; empty if to none."""
        return str(self.info.get("group") or "")

    @property
    def status(self) -> Status:
        """One of running, finished, failed, interrupted and unknown (on another host)."""
        return run_status(self.path)

    def at_a_glance(self) -> RunSummary:
        """Give all of the above at once; each small file is read once."""
        return summarize(self.path)

    # Scalars

    def scalar_names(self) -> tuple[str, ...]:
        """Sorted names of the metrics."""
        with self._lock:
            self._scalars.refresh()
            return self._scalars.names()

    def scalars(self, name: str, *, rank: int | None = None) -> Series:
        """Give a metric's values, sorted by step; the value recorded last at each step.

        Parameters
        ----------
        name : str
        rank : int, optional
            Only what this rank of a distributed training recorded: see `ranks`.

        Raises
        ------
        NotRecorded
            If there is no such metric; the nearest names are offered.
        """
        return self._series(name, keep_all=False, rank=rank)

    def long_scalars(self, name: str) -> LongSeries | None:
        """Give a metric whose points are read only where they are looked at.

        Parameters
        ----------
        name : str

        Returns
        -------
        LongSeries or None
            What `scalars` gives, without having read it. None where that cannot be had: for
            metrics of which many steps were recorded again, and where nothing was compiled.

        Raises
        ------
        NotRecorded
            If there is no such metric; the nearest names are offered.
        """
        with self._lock:
            self._scalars.refresh()
            self._require_metric(name)
            return self._scalars.long(name)

    def scalars_all(self, name: str) -> Series:
        """Give a metric's values, sorted by step, also those that were replaced later."""
        return self._series(name, keep_all=True)

    def scalars_of(self, names: str | Iterable[str] | None = None) -> dict[str, Series]:
        """Give several metrics as `scalars` does, by name; every file is read once.

        Parameters
        ----------
        names : str or iterable of str, optional
            By default all metrics.

        Raises
        ------
        NotRecorded
            If there is no such metric; the nearest names are offered.
        """
        with self._lock:
            self._scalars.refresh()
            known = self._scalars.names()
            asked = [names] if isinstance(names, str) else names
            wanted = known if asked is None else tuple(dict.fromkeys(asked))
            found = self._scalars.points_of(frozenset(wanted))
        for name in wanted:
            if not found[name]:
                raise self._not_recorded("metric", name, known)
        return {name: series_from_points(name, found[name], keep_all=False) for name in wanted}

    def ranks(self) -> dict[str, int]:
        """Give the rank of each writer, where a distributed training recorded the run."""
        found = {str(event["writer"]): event.get("rank") for event in self._first_events()}
        return {writer: rank for writer, rank in found.items() if isinstance(rank, int)}

    def scalar_names_by_rank(self) -> dict[int, tuple[str, ...]]:
        """Give the sorted names of the metrics that each rank recorded; empty if none has one."""
        ranks = self.ranks()
        found: dict[int, set[str]] = {}
        with self._lock:
            self._scalars.refresh()
            for writer, names in self._scalars.names_by_writer().items():
                if writer in ranks:
                    found.setdefault(ranks[writer], set()).update(names)
        return {rank: tuple(sorted(names)) for rank, names in sorted(found.items())}

    def scalars_by_rank(self, name: str, *, keep_all: bool = False) -> dict[int, Series]:
        """Give a metric as each rank of a distributed training recorded it.

        Parameters
        ----------
        name : str
        keep_all : bool
            Also the values that the same rank replaced later.

        Returns
        -------
        dict of int to Series
            By rank; those that did not record it are left out.

        Raises
        ------
        NotRecorded
            If there is no such metric; the nearest names are offered.
        """
        writers: dict[int, set[str]] = {}
        for writer, rank in sorted(self.ranks().items(), key=lambda item: item[1]):
            writers.setdefault(rank, set()).add(writer)
        with self._lock:
            self._scalars.refresh()
            self._require_metric(name)
            found = {rank: self._scalars.points(name, of) for rank, of in writers.items()}
        return {
            rank: series_from_points(name, points, keep_all=keep_all)
            for rank, points in found.items()
            if points
        }

    def _launches(self) -> dict[str, str]:
        """Give the launch of each writer that is a rank of one."""
        return {
            str(event["writer"]): str(event["launch"])
            for event in self._first_events()
            if "launch" in event
        }

    def _first_events(self) -> list[dict[str, Any]]:
        with self._lock:
            return [log.events[0] for log in self._event_logs() if log.events]

    def _require_metric(self, name: str) -> None:
        _check_is_text(name)
        known = self._scalars.names()
        if name not in known:
            raise self._not_recorded("metric", name, known)

    def _series(self, name: str, *, keep_all: bool, rank: int | None = None) -> Series:
        _check_is_text(name)
        writers = None if rank is None else {w for w, r in self.ranks().items() if r == rank}
        with self._lock:
            self._scalars.refresh()
            points = self._scalars.points(name, writers)
            if not points:
                self._require_metric(name)
        if not points:
            raise NotRecorded(
                f"Run `{self.name}`: rank {rank} recorded no `{name}`; `scalar_names_by_rank` "
                "tells which ranks did."
            )
        return series_from_points(name, points, keep_all=keep_all)

    def summaries(self) -> dict[str, ScalarSummary]:
        """Give the first and the last value of every metric, and how many there are, by name."""
        with self._lock:
            self._scalars.refresh()
            return self._scalars.summaries()

    def new_scalars(self, cursor: Mapping[str, int] | None = None) -> tuple[NewScalars, Cursor]:
        """Give what was recorded since the last call: every point once, of all writers.

        Parameters
        ----------
        cursor : mapping, optional
            What the last call gave; JSON can hold it, so that another process may go on.
            None begins with the first point.

        Returns
        -------
        points : NewScalars
            In recorded order, writer by writer; also values that replace earlier ones.
        cursor : dict
            For the next call.

        Examples
        --------
        >>> points, cursor = run.new_scalars()  # doctest: +SKIP
        >>> points, cursor = run.new_scalars(cursor)  # doctest: +SKIP
        """
        seen = check_cursor(cursor)
        with self._lock:
            self._scalars.refresh()
            return self._scalars.news(seen)

    def scalars_cursor(self) -> Cursor:
        """Give the cursor with which `new_scalars` begins after all that is recorded by now."""
        with self._lock:
            self._scalars.refresh()
            return self._scalars.cursor()

    def scalars_frame(self, names: str | Iterable[str] | None = None) -> Any:
        """Give metrics as a ``pandas.DataFrame`` with columns metric, step, value and time.

        Parameters
        ----------
        names : str or iterable of str, optional
            By default all metrics.
        """
        pandas = require("pandas", extra="frame", caller="Run.scalars_frame")
        all_series = list(self.scalars_of(names).values())
        lengths = [len(series) for series in all_series]
        labels = np.repeat(np.array([one.name for one in all_series], dtype=object), lengths)
        columns = {
            "step": _concatenate([series.steps for series in all_series], np.int64),
            "value": _concatenate([series.values for series in all_series], np.float64),
            "time": _concatenate([series.times for series in all_series], np.float64),
        }
        named = {"metric": pandas.Series(labels, dtype=object), **columns}
        return pandas.DataFrame(named, copy=False)  # nobody else holds these arrays

    # Arrays

    def array_groups(self) -> tuple[str, ...]:
        """Sorted names of the groups of arrays."""
        return self._arrays.parts.names()

    def array_steps(self, group: str) -> tuple[int, ...]:
        """Sorted steps at which arrays of a group were recorded."""
        return self._arrays.steps(group)

    def arrays(self, group: str, *, step: int = -1) -> dict[str, NDArray[Any]]:
        """Give the arrays of a group at one step, by name.

        Parameters
        ----------
        group : str
        step : int
            A recorded step; -1 is the last one, -2 the one before.

        Raises
        ------
        NotRecorded
            If there is no such group or step; the nearest are named.
        DamagedFile
            If they were recorded and are damaged.
        """
        found: dict[str, NDArray[Any]] = {}
        for record in self._arrays.at(group, step):
            found.update(self._arrays.read(record))
        return found

    # Tables

    def table_names(self) -> tuple[str, ...]:
        """Sorted names of the tables."""
        return self._tables.parts.names()

    def table_steps(self, name: str) -> tuple[int, ...]:
        """Sorted steps at which a table was recorded."""
        return self._tables.steps(name)

    def table(self, name: str, *, step: int = -1) -> dict[str, NDArray[Any]]:
        """Give the columns of a table at one step, by name; text as object arrays of str.

        Parameters
        ----------
        name : str
        step : int
            A recorded step; -1 is the last one, -2 the one before.

        Raises
        ------
        NotRecorded
            If there is no such table or step; the nearest are named.
        DamagedFile
            If it was recorded and is damaged.
        """
        return self._tables.read(self._tables.at(name, step)[-1])

    # Questions

    def sql(self, query: str) -> dict[str, NDArray[Any]]:
        """Ask in SQL (DuckDB's), also of a run that is being written.

        Parameters
        ----------
        query : str
            One SELECT. There is ``scalars`` with the columns metric, step, value, time and
            writer, holding the value that counts at each step; ``scalars_all``, which also
            holds values that were replaced later; ``writers`` with
            writer, rank (missing outside a distributed training) and host; and each table under
            its own name in double quotes, with a column ``step`` (``table_step`` if it has one
            of its own). Nothing outside the run's folder can be read.

        Returns
        -------
        dict of str to array of shape (n_rows,)

        Raises
        ------
        ValueError
            If the query is no SELECT, or DuckDB cannot run it.

        Examples
        --------
        >>> run.sql("SELECT metric, min(value) AS best FROM scalars GROUP BY 1")  # doctest: +SKIP
        """
        with Query(query, self._tables.parts.names(), self.path) as asked:
            with self._lock:
                self._scalars.refresh()
                asked.offer_scalars(self._scalars.sources())
            asked.offer_writers(self._first_events())
            for name in asked.tables():
                self._offer_table(asked, name)
            return asked.answer()

    def _offer_table(self, asked: Query, name: str) -> None:
        """Offer a table at all steps but those where it is damaged."""
        latest = {record[0].step: record for record in self._tables.parts.of(name)}
        good = [
            record
            for _, record in sorted(latest.items())
            if self._tables.is_good(record, self._checked)
        ]
        if any(record[0].shards for record in good):
            columns = [(record[0].step, self._tables.read(record)) for record in good]
            asked.offer_columns(name, columns)
        else:
            asked.offer_table(name, [part for (part,) in good])

    # Events

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Give what happened, in recorded order: ``kind``, ``time``, ``writer`` and fields.

        Parameters
        ----------
        kind : str, optional
            By default events of every kind.
        """
        with self._lock:
            events = [event for log in self._event_logs() for event in log.events]
        return [event for event in events if kind is None or event.get("kind") == kind]

    def _event_logs(self) -> list[EventLog]:
        parts = layout.list_parts(self.path / layout.EVENTS, layout.EVENTS_NAME)
        for part in parts:
            log = self._logs.setdefault(part.writer, EventLog(part.path, part.writer))
            log.refresh()
        return [self._logs[part.writer] for part in parts]

    # What is wrong

    def faults(self) -> tuple[str, ...]:
        """Name every damaged, newer or foreign file of the run, and say what is wrong.

        Every file is checked once, and again when it changes.
        """
        with self._lock:
            self._scalars.refresh()
            of_scalars = self._scalars.faults()
            of_events = [
                f"{self._shown(log.path)}: {fault}"
                for log in self._event_logs()
                for fault in [*log.faults, *(gap_fault(e) for e in log.events if e["kind"] == GAP)]
            ]
        # Large files are checked while others read on.
        found = [f"{layout.MANIFEST}: {fault}" for fault in read_manifest(self.path)[1]]
        found += self.about.faults
        found += of_scalars
        found += self._tables.faults(self._checked)
        found += self._arrays.faults(self._checked)
        found += of_events
        strange = strange_files(self.path, (self._tables.parts, self._arrays.parts))
        found += [f"{self._shown(path)}: is no file of a run" for path in strange]
        return self._with_ranks(found)

    def _with_ranks(self, faults: Iterable[str]) -> tuple[str, ...]:
        """Name the rank that wrote a damaged file: ``scalars/0002-...journal (rank 1): ...``."""
        ranks = self.ranks()
        told: list[str] = []
        for fault in faults:
            file, _, what = fault.partition(": ")
            rank = next((ranks[writer] for writer in ranks if writer in file), None)
            told.append(fault if rank is None else f"{file} (rank {rank}): {what}")
        return tuple(told)

    # Steps

    def resolve_step(self, step: int, steps: Sequence[int], *, what: str) -> int:
        """Find the recorded step that is meant. See `bathyscope.runs.resolve_step`."""
        return resolve_step(step, steps, what=what)

    # Helpers

    def _not_recorded(self, kind: str, name: str, known: Iterable[str]) -> NotRecorded:
        return NotRecorded(f"Run `{self.name}`: {unknown_name(kind, name, known)}")

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix()

    def __repr__(self) -> str:
        return f"<Run {self.name}: {self.status}, {self.path}>"


def _table_of_shards(
    tables: list[dict[str, NDArray[Any]]], are_shards: bool
) -> dict[str, NDArray[Any]]:
    return join_tables(tables) if are_shards else tables[0]


def _arrays_of_shards(
    arrays: list[tuple[dict[str, NDArray[Any]], dict[str, Place]]], are_shards: bool
) -> dict[str, NDArray[Any]]:
    del are_shards  # where a part lies is written in its file
    return join_arrays(arrays)


def _check_is_text(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(
            f"`name` must be the name of one metric, as text; got {type(name).__name__}. "
            "`scalars_of` gives several."
        )


def _concatenate(columns: list[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    if len(columns) == 1:
        return columns[0]
    return np.concatenate(columns) if columns else np.empty(0, kind)

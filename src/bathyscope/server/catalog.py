"""The table of runs: what is there, how it looked last, and what changed since.

One thread looks (`refresh`); everybody else asks. Versions are numbers that only grow, also from
one server to the next on the same machine, so that a page that stayed open knows what it missed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bathyscope._errors import RunNotFound
from bathyscope.runs.files import cannot_read
from bathyscope.server import rows
from bathyscope.server.discovery import Discovery, Place
from bathyscope.server.identity import run_id
from bathyscope.server.known import Known, Row
from bathyscope.server.links import check_links
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.pulse import EVENTS, Pulse, take_log_pulse, take_pulse

#: A run is looked at again after this share of the time since it last changed.
_PATIENCE = 0.1
_SOONEST_SECS = 0.15
_LATEST_SECS = 10.0
#: Few runs cost nothing to look at: one more millisecond of waiting for each.
_LATEST_SECS_PER_RUN = 1e-3
#: A page that asked this short a time ago is still looking.
_WATCHED_SECS = 600.0
#: A page that missed more runs than this reads the list again.
_MOST_MISSED = 500
#: Whether a process still lives shows in no file.
_LIVENESS_SECS = 2.0


@dataclass
class Changes:
    """What one look found.

    Parameters
    ----------
    runs : dict of str to int
        New version of each run that changed.
    list_version : int
        Version of the list, if it changed; else 0.
    """

    runs: dict[str, int] = field(default_factory=dict)
    list_version: int = 0

    def __bool__(self) -> bool:
        return bool(self.runs or self.list_version)


class Catalog:
    """All runs below a folder.

    Parameters
    ----------
    root : pathlib.Path
    opened : OpenedRuns
    """

    def __init__(self, root: Path, opened: OpenedRuns) -> None:
        self.root = root
        self._opened = opened
        self._discovery = Discovery(root)
        self._lock = threading.RLock()
        self._runs: dict[str, Known] = {}
        self._by_place: dict[str, Known] = {}
        self._gone: dict[str, int] = {}
        self._unread: list[Known] = []
        self._watched: frozenset[str] = frozenset()
        self._version = int(time.time() * 1000)
        self._list_version = self._version

    # Asking

    @property
    def version(self) -> int:
        """Version of everything."""
        with self._lock:
            return self._version

    @property
    def list_version(self) -> int:
        """Version of the list of runs."""
        with self._lock:
            return self._list_version

    def get(self, run: str) -> Known:
        """Give a run by its id, and note that somebody looks at it.

        Raises
        ------
        RunNotFound
            If there is none of this id.
        """
        with self._lock:
            known = self._runs.get(run)
            if known is None:
                raise RunNotFound(
                    f"`id` must be the id of a run below `{self.root}`; got {run[:100]!r}. It was "
                    "moved or deleted, or this page is of another folder: go back to the list."
                )
            known.asked = time.monotonic()
            known.due = min(known.due, known.asked)
            return known

    def listing(self, since: int = 0) -> dict[str, Any]:
        """Give the rows of the runs that changed after a version, and the ids of those gone."""
        with self._lock:
            shown = [known.row for known in self._runs.values() if known.row]
            return {
                "root": str(self.root),
                "version": self._list_version,
                "pending": len(self._unread),
                "runs": [row for row in shown if row["version"] > since],
                "gone": sorted(run for run, version in self._gone.items() if version > since),
            }

    def changed_since(self, version: int) -> Changes:
        """Give what a page missed that saw this version last; of very much only that there is."""
        with self._lock:
            runs = {run: known.version for run, known in self._runs.items()}
            missed = {run: number for run, number in runs.items() if number > version}
            if len(missed) > _MOST_MISSED:
                missed = {}
            return Changes(missed, self._list_version if self._list_version > version else 0)

    # Looking

    def refresh(self, *, budget: float, watched: frozenset[str] = frozenset()) -> Changes:
        """Look at what is due, for about this many seconds; give what changed.

        Parameters
        ----------
        budget : float
        watched : frozenset of str
            Runs that somebody looks at now, by their ids.
        """
        self._watched = watched
        ends = time.monotonic() + budget
        changes = Changes()
        self._take_places(changes)
        for known in self._due():
            self._look(known, changes)
            if time.monotonic() > ends:
                break
        self._read_fresh(changes, ends)
        return changes

    @property
    def is_busy(self) -> bool:
        """Whether runs wait to be read for the first time."""
        return bool(self._unread)

    def _take_places(self, changes: Changes) -> None:
        places = self._discovery.refresh()
        if len(places) == len(self._by_place) and places.keys() == self._by_place.keys():
            return
        with self._lock:
            for relative in self._by_place.keys() - places.keys():
                self._drop(self._by_place[relative], changes)
            fresh = [self._enter(places[r]) for r in places.keys() - self._by_place.keys()]
            # The newest are read first: they are what people look for.
            self._unread += sorted(fresh, key=_modified)

    def _enter(self, place: Place) -> Known:
        name = self.root.name if place.relative == "." else place.path.name
        known = Known(run_id(place.relative, name), place)
        self._by_place[place.relative] = known
        self._runs[known.id] = known
        self._gone.pop(known.id, None)
        return known

    def _drop(self, known: Known, changes: Changes) -> None:
        del self._by_place[known.place.relative]
        del self._runs[known.id]
        if known in self._unread:
            self._unread.remove(known)
        self._opened.close(known.id)
        self._gone[known.id] = self._next_list_version(changes)

    def _due(self) -> Iterator[Known]:
        now = time.monotonic()
        with self._lock:
            due = [known for known in self._runs.values() if known.row and known.due <= now]
        yield from sorted(due, key=lambda known: known.due)

    def _read_fresh(self, changes: Changes, ends: float) -> None:
        while self._unread:
            with self._lock:
                known = self._unread.pop()
            self._look(known, changes)
            if time.monotonic() > ends:
                return

    def _look(self, known: Known, changes: Changes) -> None:
        now = time.monotonic()
        try:
            pulse = _pulse(known)
        except OSError as error:
            pulse = Pulse({}, 0.0)
            fault = cannot_read(error)
        else:
            fault = ""
        with self._lock:
            has_changed = known.take(pulse, self._version + 1)
            if has_changed:
                self._version = known.version
                known.changed = now
                changes.runs[known.id] = known.version
        if fault:
            self._take_row(known, rows.faulty_row(known, fault), changes)
        elif has_changed or not known.row or self._may_have_died(known, now):
            known.checked = now
            self._take_row(known, self._row(known, read_values=has_changed), changes)
        self._plan(known, now)

    def _may_have_died(self, known: Known, now: float) -> bool:
        return known.row.get("status") == "running" and now - known.checked > _LIVENESS_SECS

    def _row(self, known: Known, *, read_values: bool) -> Row:
        """Read what the list shows; whatever is wrong with one run, the others are listed."""
        try:
            check_links(known.place.path, self.root)
            row = rows.run_row(known)
            before = {key: known.row.get(key, value) for key, value in rows.NO_VALUES.items()}
            return {**row, **(self._values(known) if read_values else before)}
        except Exception as error:
            return rows.faulty_row(known, str(error) or type(error).__name__)

    def _values(self, known: Known) -> Row:
        """Read the last values of a run; one that grows stays open."""
        most = rows.FEW_METRICS if len(self._runs) > rows.MANY_RUNS else rows.MOST_METRICS
        is_kept = self._opened.has(known.id) or known.row.get("status") == "running"
        run = self._opened.get(known) if is_kept else self._opened.open_anew(known)
        return rows.last_values(run.summaries(), most=most)

    def _take_row(self, known: Known, row: Row, changes: Changes) -> None:
        with self._lock:
            if _without_version(row) == _without_version(known.row):
                return
            if known.id not in changes.runs:
                # No file says that a process died.
                self._version += 1
                known.version = known.parts[EVENTS] = self._version
                changes.runs[known.id] = known.version
            known.row = {**row, "version": self._next_list_version(changes)}

    def _next_list_version(self, changes: Changes) -> int:
        self._version += 1
        self._list_version = changes.list_version = self._version
        return self._version

    def _plan(self, known: Known, now: float) -> None:
        latest = min(max(_LATEST_SECS_PER_RUN * len(self._runs), _SOONEST_SECS), _LATEST_SECS)
        if known.id in self._watched or now - known.asked < _WATCHED_SECS:
            latest = _SOONEST_SECS
        known.due = now + min(max(_PATIENCE * (now - known.changed), _SOONEST_SECS), latest)


def _pulse(known: Known) -> Pulse:
    place = known.place
    return take_pulse(place.path) if place.kind == "run" else take_log_pulse(place.path)


def _modified(known: Known) -> float:
    try:
        return known.place.path.stat().st_mtime
    except OSError:
        return 0.0


def _without_version(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "version"}

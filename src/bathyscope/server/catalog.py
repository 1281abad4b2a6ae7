"""The table of runs: what is there, how it looked last, and what changed since.

One thread looks at the files (`look`), one reads what the list shows (`read`), everybody else
asks. Versions are numbers that only grow, also from
one server to the next on the same machine, so that a page that stayed open knows what it missed.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bathyscope._errors import RunNotFound
from bathyscope.importers.tensorboard.source import TensorBoardRun
from bathyscope.runs.files import cannot_read
from bathyscope.runs.status import ENDINGS
from bathyscope.server import rows
from bathyscope.server.discovery import Discovery, Place
from bathyscope.server.identity import run_id
from bathyscope.server.known import Known, Row
from bathyscope.server.links import check_links
from bathyscope.server.one_file import OneFile
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.pulse import (
    EVENTS,
    Pulse,
    modified_ns,
    seems_still,
    take_log_pulse,
    take_pulse,
    take_pulse_of,
)

#: A run is looked at again after this share of the time since it last changed.
_PATIENCE = 0.1
#: Reading a run's row may take one of so many parts of the time.
_SHARE = 10
_SOONEST_SECS = 0.15
_LATEST_SECS = 10.0
#: Few runs cost nothing to look at: one more millisecond of waiting for each.
_LATEST_SECS_PER_RUN = 1e-3
#: A page that asked this short a time ago is still looking.
_WATCHED_SECS = 600.0
#: A page that missed more runs than this reads the list again.
_MOST_MISSED = 500
#: Of so many runs that went it is remembered that they did.
_MOST_GONE = 10_000
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
    file : pathlib.Path, optional
        The one file below it that is shown.
    """

    def __init__(self, root: Path, opened: OpenedRuns, file: Path | None = None) -> None:
        self.root = root
        self._shown = file or root
        self._opened = opened
        self._discovery = OneFile(file) if file else Discovery(root)
        self._lock = threading.RLock()
        self._runs: dict[str, Known] = {}
        self._by_place: dict[str, Known] = {}
        self._gone: dict[str, int] = {}
        self._to_read: dict[str, Known] = {}
        self._n_unseen = 0
        self._watched: frozenset[str] = frozenset()
        self._version = int(time.time() * 1000)
        self._list_version = self._version

    # Asking

    @property
    def trashes(self) -> tuple[Path, ...]:
        """Folders that runs were deleted from."""
        return self._discovery.trashes

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
                "root": str(self._shown),
                "version": self._version,
                "pending": len(self._runs) - len(shown),
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

    def touch(self, known: Known) -> Changes:
        """Note that something about a run is known that no file says."""
        with self._lock:
            self._version += 1
            known.version = known.parts[EVENTS] = self._version
            return Changes({known.id: known.version})

    def touch_list(self) -> Changes:
        """Note that something about the list changed that none of its runs says."""
        changes = Changes()
        with self._lock:
            self._next_list_version(changes)
        return changes

    # Looking

    def look(self, *, budget: float, watched: frozenset[str] = frozenset()) -> Changes:
        """Look at the files of the runs that are due; give what changed.

        Parameters
        ----------
        budget : float
            Seconds after which the rest waits for the next time.
        watched : frozenset of str
            Runs that somebody looks at now, by their ids.
        """
        self._watched = watched
        ends = time.monotonic() + budget
        changes = Changes()
        self._take_places(changes)
        for known in self._due():
            self._look_at(known, changes)
            if time.monotonic() > ends:
                break
        return changes

    def _take_places(self, changes: Changes) -> None:
        places = self._discovery.refresh()
        if len(places) == len(self._by_place) and places.keys() == self._by_place.keys():
            return
        with self._lock:
            for relative in self._by_place.keys() - places.keys():
                self._drop(self._by_place[relative], changes)
            for relative in places.keys() - self._by_place.keys():
                self._enter(places[relative])

    def _enter(self, place: Place) -> None:
        name = self.root.name if place.relative == "." else place.path.name
        known = Known(run_id(place.relative, name), place)
        # The newest are read first: they are what people look for.
        known.due = -modified_ns(place.path)
        self._by_place[place.relative] = known
        self._runs[known.id] = known
        self._gone.pop(known.id, None)

    def _drop(self, known: Known, changes: Changes) -> None:
        del self._by_place[known.place.relative]
        del self._runs[known.id]
        self._to_read.pop(known.id, None)
        self._opened.close(known.id)
        self._gone[known.id] = self._next_list_version(changes)
        while len(self._gone) > _MOST_GONE:
            del self._gone[next(iter(self._gone))]

    def _due(self) -> list[Known]:
        now = time.monotonic()
        with self._lock:
            due = [known for known in self._runs.values() if known.due <= now]
            self._n_unseen = sum(known.pulse is None for known in due)
        return sorted(due, key=lambda known: known.due)

    def _look_at(self, known: Known, changes: Changes) -> None:
        now = time.monotonic()
        if _seems_still(known):
            known.due = now + self._pause(known, now)
            return
        try:
            pulse = _pulse(known, self._opened.stage(known.id))
        except OSError as error:
            pulse = Pulse({}, 0.0)
            known.fault = cannot_read(error)
        else:
            known.fault = ""
        with self._lock:
            if known.take(pulse, self._version + 1):
                self._version = known.version
                known.changed = now
                changes.runs[known.id] = known.version
                self._to_read[known.id] = known
            elif _may_have_died(known, now):
                self._to_read[known.id] = known
        known.due = now + self._pause(known, now)

    def _pause(self, known: Known, now: float) -> float:
        """Seconds until a run is looked at again: the longer it has been still, the later."""
        latest = min(max(_LATEST_SECS_PER_RUN * len(self._runs), _SOONEST_SECS), _LATEST_SECS)
        if known.id in self._watched or now - known.asked < _WATCHED_SECS:
            return _SOONEST_SECS
        return min(max(_PATIENCE * (now - known.changed), _SOONEST_SECS), latest)

    # Reading rows

    def read(self, *, budget: float) -> Changes:
        """Read again what the list shows of the runs that changed; give what changed in it."""
        ends = time.monotonic() + budget
        changes = Changes()
        for known in self._readable():
            self._read_row(known, changes)
            if time.monotonic() > ends:
                break
        return changes

    @property
    def has_unseen(self) -> bool:
        """Whether runs wait to be looked at for the first time."""
        return self._n_unseen > 0

    @property
    def has_unread(self) -> bool:
        """Whether rows wait to be read."""
        return len(self._to_read) > 1

    def _readable(self) -> list[Known]:
        """Give those to be read: what grows, then what is new, then the values of what is new."""
        now = time.monotonic()
        with self._lock:
            waiting = [known for known in self._to_read.values() if known.readable <= now]
        return sorted(waiting, key=lambda known: 0 if known.has_values else 2 if known.row else 1)

    def _read_row(self, known: Known, changes: Changes) -> None:
        begun = known.checked = time.monotonic()
        version = known.version
        # Of many new runs all are listed before the first one's metrics are read.
        has_values = bool(known.row)
        row = self._row(known, has_values=has_values)
        with self._lock:
            if known.version == version and has_values:
                self._to_read.pop(known.id, None)
            known.has_values = has_values
            # Reading a long run often would leave no time for the others.
            known.readable = begun + (1 + _SHARE) * (time.monotonic() - begun)
            if known.id not in self._runs or _without_version(row) == _without_version(known.row):
                return
            if known.row and known.row["status"] != row["status"]:
                changes.runs.update(self.touch(known).runs)  # no file says that a process died
            known.row = {**row, "version": self._next_list_version(changes)}

    def _row(self, known: Known, *, has_values: bool) -> Row:
        """Read what the list shows; whatever is wrong with one run, the others are listed."""
        if known.fault:
            return rows.faulty_row(known, known.fault)
        most = rows.FEW_METRICS if len(self._runs) > rows.MANY_RUNS else rows.MOST_METRICS
        try:
            check_links(known.place.path, self.root)
            is_kept = self._opened.has(known.id) or known.row.get("status") == "running"
            run = self._opened.get(known) if is_kept else self._opened.open_anew(known)
            if has_values and not is_kept and isinstance(run, TensorBoardRun):
                run.read_all()
            row = self._told(known, run)
            return row | rows.last_values(run.summaries(), most=most) if has_values else row
        except Exception as error:
            return rows.faulty_row(known, str(error) or type(error).__name__)

    def _told(self, known: Known, run: Any) -> Row:
        """Read the small files of a run; not again if only its values were left to be read."""
        version = known.version
        if known.place.kind == "run" and not known.has_values and known.told == version:
            return known.row
        row = rows.run_row(known, run)
        known.told = version
        return row

    def _next_list_version(self, changes: Changes) -> int:
        self._version += 1
        self._list_version = changes.list_version = self._version
        return self._version


def _seems_still(known: Known) -> bool:
    has_ended = known.place.kind == "run" and known.row.get("status") in ENDINGS
    return has_ended and known.pulse is not None and seems_still(known.place.path, known.pulse)


def _pulse(known: Known, stage: int) -> Pulse:
    """Look at a run; what more was read of a log is shown like what is new in it."""
    place = known.place
    if place.found is not None:
        return take_pulse_of(place.found.watched())
    if place.kind == "run":
        return take_pulse(place.path, known.pulse)
    return take_log_pulse(place.path, stage)


def _may_have_died(known: Known, now: float) -> bool:
    return known.row.get("status") == "running" and now - known.checked > _LIVENESS_SECS


def _without_version(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "version"}

"""What can be shown of a run, picture by picture, and which of it may have changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bathyscope import _names as names
from bathyscope._errors import UnknownName
from bathyscope.figures import Figure
from bathyscope.reports.collect import Entry, entries_of, picture
from bathyscope.reports.epochs import MOST_EPOCHS, spread_epochs
from bathyscope.reports.parts import Columns, PartsCache
from bathyscope.reports.write import run_facts
from bathyscope.runs import Series
from bathyscope.runs.long_series import StepsAndValues
from bathyscope.runs.outline import BLOCK
from bathyscope.server.identity import entry_ids
from bathyscope.server.known import Known
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.series import Seen, SeriesCache
from bathyscope.server.tracked import TrackedRun
from bathyscope.views import registry
from bathyscope.views._choosing import Choice
from bathyscope.views.base import ROOMS
from bathyscope.views.predictions import Predictions

#: Of so many runs it is remembered what they show.
MOST_REMEMBERED = 100
_FAULTS = "faults"


@dataclass
class _Made:
    """Something made of a run, the parts it was made of, and their version then."""

    value: Any
    parts: frozenset[str]
    version: int


@dataclass
class _Rooms:
    """What is remembered of one run."""

    made: dict[str, _Made] = field(default_factory=dict)
    #: Version under which a picture that was never made is told.
    first: dict[str, int] = field(default_factory=dict)
    #: What a picture depends on, known once it was made.
    parts: dict[str, frozenset[str]] = field(default_factory=dict)


class Rooms:
    """Offers of runs and their pictures.

    Parameters
    ----------
    opened : OpenedRuns
    series : SeriesCache
        Each metric is read once for all pictures of it.
    """

    def __init__(self, opened: OpenedRuns, series: SeriesCache) -> None:
        self._opened = opened
        self._series = series
        self._parts = PartsCache()
        self._lock = threading.RLock()
        self._known: OrderedDict[str, _Rooms] = OrderedDict()

    def describe(self, known: Known) -> dict[str, Any]:
        """Give all that the page of a run begins with."""
        run = self._opened.get(known)
        version = known.version
        listed = self.entries(known)
        return {
            "id": known.id,
            "name": run.name,
            "status": run.status,
            "title": run.name,
            "facts": self._make(known, "facts", _facts),
            "epochs": self._make(known, "epochs", lambda run: self._epochs(known, run)),
            "version": version,
            "metrics": self._make(known, "metrics", lambda tracked: tracked.scalar_names()),
            "faults": self.known_faults(known),
            "reading": self._opened.progress(known.id),
            "entries": [self._shown(known, name, entry) for name, entry in listed.items()],
        }

    def known_faults(self, known: Known) -> list[str]:
        """Give what was found to be damaged when all files were last checked."""
        with self._lock:
            made = self._rooms(known).made.get(_FAULTS)
        return made.value if made is not None else []

    def faults_are_old(self, known: Known) -> bool:
        """Whether files were written since they were last checked."""
        with self._lock:
            made = self._rooms(known).made.get(_FAULTS)
        return made is None or made.version != known.version

    def check_faults(self, known: Known) -> bool:
        """Check every file of a run, which takes long; give whether what is known changed."""
        before = self.known_faults(known)
        version = known.version
        found = list(self._opened.get(known).faults())
        with self._lock:
            self._rooms(known).made[_FAULTS] = _Made(found, frozenset(), version)
        return found != before

    def entries(self, known: Known) -> dict[str, Entry]:
        """Give the pictures a run can show by their ids, room by room."""
        found: list[Entry] = []
        for name, view in registry().items():
            found += self._make(
                known, f"offers/{name}", lambda run, view=view: list(entries_of(view, run))
            )
        found.sort(key=lambda entry: ROOMS.index(entry.room))
        return dict(zip(entry_ids(found), found, strict=True))

    def entry(self, known: Known, name: str) -> Entry:
        """Give one picture by its id.

        Raises
        ------
        UnknownName
            If the run cannot show it.
        """
        entry = self.entries(known).get(name)
        if entry is None:
            raise UnknownName(
                f"`entry` must be the id of a picture of this run; got {name[:100]!r}. "
                "Ask for the run again: it lists them."
            )
        return entry

    def version(self, known: Known, name: str) -> int:
        """Give the version of a picture: it grows when what it shows may have changed."""
        with self._lock:
            rooms = self._rooms(known)
            first = rooms.first.setdefault(name, known.version)
            parts = rooms.parts.get(name)
            return first if parts is None else max(first, known.version_of(parts))

    def figure(
        self, known: Known, name: str, step: int | None, choice: Choice | None = None
    ) -> Figure:
        """Make a picture of a step, or of the whole run.

        With a choice, also an empty one, a picture of samples says what there is of them in all,
        and holds those that were asked for; other pictures are the same for every choice.
        """
        entry = self.entry(known, name)
        tracked = self.run(known)
        more = {"choice": choice} if entry.view is Predictions else {}
        made = picture(entry, tracked, _step_of(entry, step), **more)
        with self._lock:
            rooms = self._rooms(known)
            rooms.parts[name] = rooms.parts.get(name, frozenset()) | tracked.parts
        return made

    def read_all(self, known: Known) -> None:
        """Wait until a log that is read by and by is complete."""
        self._opened.whole(known)

    def view(self, known: Known, name: str, step: int | None) -> Any:
        """Make the view of a picture: the numbers behind it."""
        entry = self.entry(known, name)
        options = dict(entry.offer.options)
        wanted = _step_of(entry, step)
        if wanted is not None:
            options["step"] = wanted
        maker: Any = entry.view
        return maker.from_run(self.run(known), **options)

    def _shown(self, known: Known, name: str, entry: Entry) -> dict[str, Any]:
        return {
            "id": name,
            "room": entry.room,
            "title": entry.offer.title,
            "place": entry.view.place,
            "view": entry.view.__name__,
            "steps": list(entry.offer.steps),
            "fault": entry.fault,
            "version": self.version(known, name),
        }

    def _make(self, known: Known, what: str, make: Callable[[TrackedRun], Any]) -> Any:
        """Make something of a run, unless what it was made of last is unchanged."""
        with self._lock:
            before = self._rooms(known).made.get(what)
            if before is not None and known.version_of(before.parts) == before.version:
                return before.value
            # Read first: what is written meanwhile makes this old, not unnoticed.
            parts_then = dict(known.parts)
        tracked = self.run(known)
        value = make(tracked)
        version = max((parts_then.get(part, 0) for part in tracked.parts), default=0)
        with self._lock:
            self._rooms(known).made[what] = _Made(value, tracked.parts, version)
        return value

    def run(self, known: Known) -> TrackedRun:
        """Give a run of which every part is read once for all who ask."""

        def series(name: str) -> Series:
            return self._series.get(known, name).series

        def kept(part: str, step: int, read: Callable[[], Columns]) -> Columns:
            version = known.version_of(frozenset({part}))
            return self._parts.get((known.id, part, step), version, read)

        # Read first: what is written meanwhile makes this old, not unnoticed.
        parts_then = dict(known.parts)

        def computed(what: str, parts: frozenset[str], make: Callable[[], Columns]) -> Columns:
            version = max((parts_then.get(part, 0) for part in parts), default=0)
            return self._parts.get((known.id, "computed", what), version, make)

        run = self._opened.get(known)
        return TrackedRun(run, known.place.kind, series, kept, computed=computed)

    def _epochs(self, known: Known, run: TrackedRun) -> list[tuple[int, float]]:
        """Give steps and the epochs completed there: of a great many some, as far apart."""
        try:
            if names.EPOCH not in run.scalar_names():
                return []
            steps, epochs = _spread(self._series.glance(known, names.EPOCH))
        except Exception:  # the run's faults say it
            return []
        return spread_epochs(steps, epochs, most=MOST_EPOCHS)

    def _rooms(self, known: Known) -> _Rooms:
        rooms = self._known.setdefault(known.id, _Rooms())
        self._known.move_to_end(known.id)
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return rooms


def _step_of(entry: Entry, step: int | None) -> int | None:
    steps = entry.offer.steps
    if step is None or (step == -1 and steps):
        return steps[-1] if steps else None
    if step not in steps:
        there = f"{len(steps)} steps from {steps[0]} to {steps[-1]}" if steps else "the whole run"
        raise ValueError(
            f"`step` must be a recorded step of this picture; got {step}. It shows {there}."
        )
    return step


def _facts(run: TrackedRun) -> list[list[str]]:
    any_run: Any = run
    return [[str(part) for part in fact] for fact in run_facts(any_run)]


def _spread(seen: Seen) -> StepsAndValues:
    """Give all points of a metric, or of very many what stands out of each block."""
    if len(seen) <= MOST_EPOCHS * BLOCK:
        return seen.read([slice(0, len(seen))])
    steps, values = seen.outline.steps.ravel(), seen.outline.values.ravel()
    is_new = np.append(True, steps[1:] != steps[:-1])
    return steps[is_new], values[is_new]

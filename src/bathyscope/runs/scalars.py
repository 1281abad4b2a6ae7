"""All scalars of a run: the journals and sealed files of its writers, as one."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Container, Mapping
from pathlib import Path

from bathyscope._errors import DamagedFile, RunError
from bathyscope.runs.files import cannot_read, identity
from bathyscope.runs.layout import JOURNAL_NAME, SEALED_NAME, Part, list_names, parts_from_names
from bathyscope.runs.long_series import LongSeries, long_series
from bathyscope.runs.news import Cursor, Labelled, NewScalars, join_news
from bathyscope.runs.points import Points
from bathyscope.runs.replay import Replay
from bathyscope.runs.sealed import Sealed, read_points
from bathyscope.runs.summaries import ScalarSummary, summarize_ends

_Key = tuple[int, str, int]
_MOST_ATTEMPTS = 100


class Scalars:
    """The scalars of a run. `refresh` reads only what is new.

    Parameters
    ----------
    folder : pathlib.Path
        The run's ``scalars`` folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sources: dict[_Key, Replay | Sealed] = {}
        self._replays: dict[_Key, Replay] = {}
        self._sealed: dict[Path, tuple[tuple[int, ...], Sealed | str]] = {}
        self._faults: list[str] = []

    def refresh(self) -> None:
        """Read what is new; journals that are sealed meanwhile are looked up again."""
        for _ in range(_MOST_ATTEMPTS):
            try:
                self._take(self._list())
            except FileNotFoundError:
                continue
            return
        raise RunError(f"`{self.folder}` must hold still to be read; its files keep vanishing.")

    def _list(self) -> list[str]:
        """List the folder until two listings agree: one alone may miss a file being renamed."""
        before = list_names(self.folder)
        for _ in range(_MOST_ATTEMPTS):
            after = list_names(self.folder)
            if after == before:
                break
            before = after
        return before

    def _take(self, names: list[str]) -> None:
        sources: dict[_Key, Replay | Sealed] = {}
        faults: list[str] = []
        for part in parts_from_names(self.folder, names, SEALED_NAME):
            found = self._open_sealed(part)
            if isinstance(found, Sealed):
                sources[part.key] = found
            else:
                faults.append(f"{_shown(part.path)}: {found}")
        for part in parts_from_names(self.folder, names, JOURNAL_NAME):
            if part.key not in sources:
                self._try_journal(part, sources, faults)
        self._replays = {k: r for k, r in sources.items() if isinstance(r, Replay)}
        self._sources = dict(sorted(sources.items()))
        self._faults = faults

    def _open_sealed(self, part: Part) -> Sealed | str:
        """Give a sealed part, or say what is wrong with it."""
        now = identity(part.path)
        known = self._sealed.get(part.path)
        if known is not None and known[0] == now:
            return known[1]
        try:
            found = Sealed(part)
        except DamagedFile as error:
            found = str(error)
        except FileNotFoundError:
            raise
        except OSError as error:
            found = cannot_read(error)
        self._sealed[part.path] = now, found
        return found

    def _try_journal(
        self, part: Part, sources: dict[_Key, Replay | Sealed], faults: list[str]
    ) -> None:
        replay = self._replays.get(part.key) or Replay(part.path)
        try:
            replay.refresh()
        except FileNotFoundError:
            raise
        except OSError as error:
            faults.append(f"{_shown(part.path)}: {cannot_read(error)}")
        else:
            sources[part.key] = replay

    def names(self) -> tuple[str, ...]:
        """Sorted names of the metrics that have points."""
        names = {name for source in self._sources.values() for name in source.names()}
        return tuple(sorted(names))

    def names_by_writer(self) -> dict[str, set[str]]:
        """Names of the metrics that each writer has points of."""
        found: dict[str, set[str]] = {}
        for (_, writer, _), source in self._sources.items():
            found.setdefault(writer, set()).update(source.names())
        return found

    def points(self, name: str, writers: Container[str] | None = None) -> list[Points]:
        """Give the points of one metric: part by part, each in recorded order at every step.

        With ``writers``, those of these writers only.
        """
        pieces: list[Points] = []
        sources = [
            source
            for (_, writer, _), source in self._sources.items()
            if writers is None or writer in writers
        ]
        for is_large, group in itertools.groupby(sources, _is_large):
            if is_large:
                parts = [source for source in group if isinstance(source, Sealed)]
                pieces.append(read_points(parts, name))
            else:
                pieces += [source.points(name) for source in group]
        return [piece for piece in pieces if len(piece.steps)]

    def points_of(self, names: Collection[str]) -> dict[str, list[Points]]:
        """Give the points of some metrics, by name, as `points` does; every part is read once."""
        found: dict[str, list[Points]] = {name: [] for name in names}
        for source in self._sources.values():
            for name, points in source.points_of(names).items():
                if len(points.steps):
                    found[name].append(points)
        return found

    def long(self, name: str) -> LongSeries | None:
        """Give one metric without reading it, if it can be had so: see `long_series`."""
        return long_series(name, list(self._sources.values()))

    def summaries(self) -> dict[str, ScalarSummary]:
        """Give the first and the last value of every metric."""
        return summarize_ends(source.ends() for source in self._sources.values())

    def news(self, cursor: Mapping[str, int]) -> tuple[NewScalars, Cursor]:
        """Give the points that the cursor has not seen, and the next cursor."""
        found: list[Labelled] = []
        after = dict(cursor)
        for (_, writer, number), source in self._sources.items():
            part = f"{writer}-{number}"
            seen = cursor.get(part, 0)
            if source.count > seen:
                found.append(source.since(seen))
                after[part] = source.count
        return join_news(found), after

    def cursor(self) -> Cursor:
        """Give the cursor that has seen all points."""
        return {
            f"{writer}-{number}": source.count
            for (_, writer, number), source in self._sources.items()
            if source.count
        }

    def sources(self) -> dict[_Key, Replay | Sealed]:
        """Give the parts, in recorded order."""
        return self._sources

    def faults(self) -> list[str]:
        """Say what is damaged, file by file."""
        journals = [
            f"{_shown(replay.path)}: {fault}"
            for replay in self._replays.values()
            for fault in replay.faults()
        ]
        return self._faults + journals


def _is_large(source: Replay | Sealed) -> bool:
    return isinstance(source, Sealed) and not source.is_small


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"

"""All scalars of a run: the journals and sealed files of its writers, as one."""

from __future__ import annotations

from pathlib import Path

from bathyscope._errors import DamagedFile, RunError
from bathyscope.runs.files import identity
from bathyscope.runs.layout import JOURNAL_NAME, SEALED_NAME, Part, list_parts
from bathyscope.runs.points import Points, join
from bathyscope.runs.replay import Replay
from bathyscope.runs.sealing import Sealed

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
                self._take(*self._list())
            except FileNotFoundError:
                continue
            return
        raise RunError(f"`{self.folder}` must hold still to be read; its files keep vanishing.")

    def _list(self) -> tuple[dict[_Key, Part], dict[_Key, Part]]:
        """List the parts until two listings agree: one alone may miss a file being renamed."""
        before = self._list_once()
        for _ in range(_MOST_ATTEMPTS):
            after = self._list_once()
            if after == before:
                break
            before = after
        return before

    def _list_once(self) -> tuple[dict[_Key, Part], dict[_Key, Part]]:
        journals = {part.key: part for part in list_parts(self.folder, JOURNAL_NAME)}
        sealed = {part.key: part for part in list_parts(self.folder, SEALED_NAME)}
        return journals, sealed

    def _take(self, journals: dict[_Key, Part], sealed: dict[_Key, Part]) -> None:
        sources: dict[_Key, Replay | Sealed] = {}
        faults: list[str] = []
        for key, part in sealed.items():
            found = self._open_sealed(part)
            if isinstance(found, Sealed):
                sources[key] = found
            else:
                faults.append(f"{_shown(part.path)}: {found}")
        for key, part in journals.items():
            if key not in sources:
                sources[key] = self._open_journal(key, part)
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
        self._sealed[part.path] = now, found
        return found

    def _open_journal(self, key: _Key, part: Part) -> Replay:
        replay = self._replays.get(key) or Replay(part.path)
        replay.refresh()
        return replay

    def names(self) -> tuple[str, ...]:
        """Sorted names of the metrics that have points."""
        names = {name for source in self._sources.values() for name in source.names()}
        return tuple(sorted(names))

    def points(self, name: str) -> Points:
        """Give the points of one metric: writer by writer, each in recorded order."""
        pieces = [source.points(name) for source in self._sources.values()]
        return join([piece for piece in pieces if len(piece.steps)])

    def faults(self) -> list[str]:
        """Say what is damaged, file by file."""
        journals = [
            f"{_shown(replay.path)}: {fault}"
            for replay in self._replays.values()
            for fault in replay.faults()
        ]
        return self._faults + journals


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"

"""The runs that one file holds, where a file is shown and not a folder."""

from __future__ import annotations

from pathlib import Path

from bathyscope._errors import BathyscopeError
from bathyscope.importers.formats import find_logs
from bathyscope.importers.tensorboard.read import is_event_file
from bathyscope.server.discovery import Place


class OneFile:
    """The runs in one file; `Discovery` is the same for a folder.

    Parameters
    ----------
    path : pathlib.Path
        An event file of TensorBoard, or another tool's log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trashes = (path.parent,)
        self._seen: list[tuple[int, int]] = []
        self._watched = [path]
        self._places: dict[str, Place] = {}

    def refresh(self) -> dict[str, Place]:
        """Give all runs by what they are called, looked for again when the file changed."""
        now = [_state(path) for path in self._watched]
        if now != self._seen:
            self._places = self._find()
            self._seen = [_state(path) for path in self._watched]
        return self._places

    def _find(self) -> dict[str, Place]:
        name = self.path.name
        if is_event_file(name):
            is_there = self.path.is_file()
            return {name: Place(self.path, name, "tensorboard")} if is_there else {}
        try:
            found = find_logs(self.path)
        except (BathyscopeError, OSError):  # damaged, or it vanished
            return {}
        if found:
            self._watched = list(dict.fromkeys([self.path, *found[0].watched()]))
        addresses = {f"{name}#{one.key}" if one.key else name: one for one in found}
        return {at: Place(one.path, at, "log", one) for at, one in addresses.items()}


def _state(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        return (-1, -1)
    return state.st_size, state.st_mtime_ns

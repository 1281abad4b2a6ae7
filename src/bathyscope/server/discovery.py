"""Which runs a folder holds: walked once, then only where something appeared or went."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bathyscope.importers.tensorboard.read import is_event_file
from bathyscope.runs import layout
from bathyscope.runs.layout import looks_like_run

Kind = Literal["run", "tensorboard"]

#: How deep below the root runs are looked for.
DEEPEST = 8
#: A folder that changed this short a time ago may change again and look the same.
_SETTLED_SECS = 2.0


@dataclass(frozen=True)
class Place:
    """Where a run is.

    Parameters
    ----------
    path : pathlib.Path
    relative : str
        Its POSIX path below the root; "." is the root itself.
    kind : {"run", "tensorboard"}
    """

    path: Path
    relative: str
    kind: Kind


@dataclass
class _Folder:
    """A folder that is no run of ours, as it was when it was last listed."""

    depth: int
    listed: int = -1
    is_settled: bool = False
    has_logs: bool = False
    runs: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


def is_run(path: Path) -> bool:
    """Whether a folder is a run of ours; a folder of runs may hold one that is called `scalars`."""
    if not looks_like_run(path):
        return False
    if (path / layout.MANIFEST).exists():
        return True
    return not any(looks_like_run(path / name) for name in layout.FOLDERS)


class Discovery:
    """The runs below a folder. Links are not followed: nothing outside the root is ever shown.

    Parameters
    ----------
    root : pathlib.Path
        A folder of runs, or one run.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folders: dict[str, _Folder] = {}
        self._places: dict[str, Place] = {}

    def refresh(self) -> dict[str, Place]:
        """Look where something changed; give all runs by their relative paths."""
        if is_run(self.root):
            self._folders = {}
            self._places = {".": Place(self.root, ".", "run")}
            return self._places
        if not self._folders:
            self._places = {}
            self._folders = {".": _Folder(0)}
        waiting = list(self._folders)
        while waiting:
            waiting += self._look(waiting.pop())
        return self._places

    def _look(self, relative: str) -> list[str]:
        """List a folder again if it changed; give the folders that are new in it."""
        folder = self._folders.get(relative)
        if folder is None:
            return []
        path = self.root / relative
        try:
            modified = path.stat(follow_symlinks=relative == ".").st_mtime_ns
            if folder.is_settled and modified == folder.listed:
                return []
            return self._list(relative, path, folder, modified)
        except OSError:
            self._forget(relative)
            if relative == ".":
                self._folders["."] = _Folder(0)
            return []

    def _list(self, relative: str, path: Path, folder: _Folder, modified: int) -> list[str]:
        runs: set[str] = set()
        folders: set[str] = set()
        has_logs = False
        with os.scandir(path) as items:
            for item in items:
                if item.name.startswith("."):
                    continue
                below = item.name if relative == "." else f"{relative}/{item.name}"
                if not item.is_dir(follow_symlinks=False):
                    has_logs = has_logs or is_event_file(item.name)
                elif below in folder.runs or is_run(Path(item.path)):
                    runs.add(below)
                elif folder.depth < DEEPEST:
                    folders.add(below)
        for gone in folder.runs - runs:
            self._places.pop(gone, None)
        for gone in folder.folders - folders:
            self._forget(gone)
        for new in runs - folder.runs:
            self._places[new] = Place(self.root / new, new, "run")
        if has_logs:
            self._places[relative] = Place(path, relative, "tensorboard")
        elif folder.has_logs:
            self._places.pop(relative, None)
        fresh = folders - folder.folders
        for new in fresh:
            self._folders[new] = _Folder(folder.depth + 1)
        folder.runs, folder.folders, folder.has_logs = runs, folders, has_logs
        folder.listed = modified
        folder.is_settled = time.time() - modified / 1e9 > _SETTLED_SECS
        return sorted(fresh)

    def _forget(self, relative: str) -> None:
        folder = self._folders.pop(relative, None)
        self._places.pop(relative, None)
        if folder is None:
            return
        for run in folder.runs:
            self._places.pop(run, None)
        for below in folder.folders:
            self._forget(below)

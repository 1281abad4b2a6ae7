"""Which runs a folder holds: walked once, then only where something appeared or went."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bathyscope._errors import BathyscopeError
from bathyscope.importers.formats import Found, found_in
from bathyscope.importers.tensorboard.read import is_event_file
from bathyscope.runs.layout import looks_like_run
from bathyscope.runs.trash import TRASH
from bathyscope.server.pulse import modified_ns

Kind = Literal["run", "tensorboard", "log"]

#: How deep below the root runs are looked for.
DEEPEST = 8
#: A folder that changed this short a time ago may change again and look the same.
_SETTLED_SECS = 2.0
#: A time at which nothing was changed.
_UNKNOWN = -1


@dataclass(frozen=True)
class Place:
    """Where a run is.

    Parameters
    ----------
    path : pathlib.Path
    relative : str
        Its POSIX path below the root; "." is the root itself. Of a log, ``#`` and what tells it
        from others at the same path may follow.
    kind : {"run", "tensorboard", "log"}
    found : Found, optional
        What reads a log.
    """

    path: Path
    relative: str
    kind: Kind
    found: Found | None = None


@dataclass
class _Folder:
    """A folder that is no run of ours, as it was when it was last listed."""

    depth: int
    listed: int = -1
    is_settled: bool = False
    has_logs: bool = False
    has_trash: bool = False
    runs: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    #: Names of the files in it, and places of other tools' logs; what lies in one is a part of it.
    files: list[str] = field(default_factory=list)
    logs: set[str] = field(default_factory=set)
    is_within_log: bool = False
    #: When files and folders of other tools that hold several runs were changed before they were
    #: last listed; and when that was, by the clock that never goes back.
    listings: dict[Path, int] = field(default_factory=dict)
    looked: float = field(default_factory=time.monotonic)


class Discovery:
    """The runs below a folder. Links are not followed: nothing outside the root is ever shown.

    Parameters
    ----------
    root : pathlib.Path
        A folder of runs, or one run.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        #: Folders that runs were deleted from, as of the last look.
        self.trashes: tuple[Path, ...] = (root,)
        self._folders: dict[str, _Folder] = {}
        self._places: dict[str, Place] = {}

    def refresh(self) -> dict[str, Place]:
        """Look where something changed; give all runs by their relative paths."""
        if looks_like_run(self.root):
            self._folders = {}
            self._places = {".": Place(self.root, ".", "run")}
            return self._places
        if not self._folders:
            self._places = {}
            self._folders = {".": _Folder(0)}
        waiting = list(self._folders)
        while waiting:
            waiting += self._look(waiting.pop())
        found = {self.root / at for at, folder in self._folders.items() if folder.has_trash}
        self.trashes = (self.root, *sorted(found - {self.root}))
        return self._places

    def _look(self, relative: str) -> list[str]:
        """List a folder again if it changed; give the folders that are new in it."""
        folder = self._folders.get(relative)
        if folder is None:
            return []
        path = self.root / relative
        try:
            modified = path.stat(follow_symlinks=relative == ".").st_mtime_ns
            if folder.is_settled and modified == folder.listed and not _has_more(folder):
                return []
            return self._list(relative, path, folder, modified)
        except OSError:
            self._forget(relative)
            if relative == ".":
                self._folders["."] = _Folder(0)
            return []

    def _list(self, relative: str, path: Path, folder: _Folder, modified: int) -> list[str]:
        if relative != "." and looks_like_run(path):
            # It was empty when its parent was listed, which has to look again.
            self._folders[_parent(relative)].is_settled = False
            return []
        now = _Folder(folder.depth, listed=modified, is_within_log=folder.is_within_log)
        with os.scandir(path) as items:
            for item in items:
                if not item.name.startswith("."):
                    self._sort(item, relative, before=folder, now=now)
                elif item.name == TRASH:
                    now.has_trash = item.is_dir(follow_symlinks=False)
        for gone in folder.runs - now.runs:
            self._places.pop(gone, None)
        for gone in folder.folders - now.folders:
            self._forget(gone)
        for new in now.runs - folder.runs:
            self._places[new] = Place(self.root / new, new, "run")
        if now.has_logs:
            self._places[relative] = Place(path, relative, "tensorboard")
        elif folder.has_logs:
            self._places.pop(relative, None)
        is_log = self._take_other_logs(relative, before=folder, now=now)
        fresh = now.folders - folder.folders
        for new in fresh:
            self._folders[new] = _Folder(folder.depth + 1, is_within_log=is_log)
        now.is_settled = time.time() - modified / 1e9 > _SETTLED_SECS
        self._folders[relative] = now
        return sorted(fresh)

    def _sort(
        self, item: os.DirEntry[str], relative: str, *, before: _Folder, now: _Folder
    ) -> None:
        """Find out what one thing in a folder is."""
        below = item.name if relative == "." else f"{relative}/{item.name}"
        if not item.is_dir(follow_symlinks=False):
            now.has_logs = now.has_logs or is_event_file(item.name)
            if item.is_file(follow_symlinks=False):
                now.files.append(item.name)
        elif below in before.runs or looks_like_run(Path(item.path)):
            now.runs.add(below)
        elif now.depth < DEEPEST:
            now.folders.add(below)

    def _take_other_logs(self, relative: str, *, before: _Folder, now: _Folder) -> bool:
        """Take other tools' logs; say whether the folder is one, or lies in one."""
        path = self.root / relative
        found: list[Found] = []
        changed = {at: modified_ns(at) for at in before.listings}
        if not now.is_within_log:
            # What is damaged, or vanished meanwhile, is none.
            with contextlib.suppress(BathyscopeError, OSError):
                names = [name.rpartition("/")[2] for name in now.folders]
                found = found_in(path, names, now.files)
        logs = {_log_name(relative, path, one): one for one in found}
        listed = {at for one in found if (at := one.listed_in())}
        now.listings = {at: changed.get(at, _UNKNOWN) for at in listed}
        for gone in before.logs - logs.keys():
            self._places.pop(gone, None)
        for name in logs.keys() - before.logs:
            self._places[name] = Place(logs[name].path, name, "log", logs[name])
        now.logs = set(logs)
        return now.is_within_log or any(one.path == path for one in found)

    def _forget(self, relative: str) -> None:
        folder = self._folders.pop(relative, None)
        self._places.pop(relative, None)
        if folder is None:
            return
        for run in folder.runs | folder.logs:
            self._places.pop(run, None)
        for below in folder.folders:
            self._forget(below)


def _has_more(folder: _Folder) -> bool:
    """Whether a file of several runs may hold another one; it may be written all the time."""
    if not folder.listings or time.monotonic() < folder.looked + _SETTLED_SECS:
        return False
    return any(modified_ns(at) != was for at, was in folder.listings.items())


def _parent(relative: str) -> str:
    return relative.rpartition("/")[0] or "."


def _log_name(relative: str, path: Path, found: Found) -> str:
    """Give a log a place of its own: event files may lie in the same folder."""
    if found.path == path:
        return f"{relative}#{found.format}"
    below = found.path.name if relative == "." else f"{relative}/{found.path.name}"
    return f"{below}#{found.key}" if found.key else below

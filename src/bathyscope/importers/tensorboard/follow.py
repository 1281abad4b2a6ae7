"""Follows the event files of one folder while they grow: every call reads what is new."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bathyscope.importers.tensorboard.read import event_files
from bathyscope.importers.tensorboard.records import Faults, RecordReader
from bathyscope.importers.tensorboard.store import FileState, Store

#: A file that was written to within so many seconds may go on in the midst of a record.
FRESH_SECS = 120.0


@dataclass
class Followed:
    """One event file, and how much of it was read."""

    path: Path
    reader: RecordReader
    state: FileState
    faults: Faults
    inode: tuple[int, int] = (0, 0)
    size: int = 0
    modified: float = 0.0
    trouble: str = ""


class Follower:
    """Reads the event files of a folder into a store, and again what was appended since.

    Parameters
    ----------
    list_files : callable
        Gives the files, sorted by name.
    """

    def __init__(self, list_files: Callable[[], tuple[Path, ...]]) -> None:
        self._list_files = list_files
        self.store = Store()
        self.files: list[Followed] = []

    def refresh(self) -> bool:
        """Read what is new; give whether there was any.

        Everything is read again if a file was replaced or became shorter, or if one came whose
        name stands before those that were read.
        """
        names = self._list_files()
        known = {file.path for file in self.files}
        came = [path for path in names if path not in known]
        if self.files and came and came[0].name < self.files[-1].path.name:
            self._forget()
            came = list(names)
        for path in came:
            self._begin(path)
        changes = [self._read(file) for file in self.files]
        if None in changes:
            self._forget()
            for path in names:
                self._begin(path)
            changes = [self._read(file) for file in self.files]
        return True in changes

    def _forget(self) -> None:
        self.store, self.files = Store(), []

    def _begin(self, path: Path) -> None:
        faults = Faults(path.name)
        self.files.append(Followed(path, RecordReader(faults), self.store.begin(path), faults))

    def _read(self, file: Followed) -> bool | None:
        """Read what is new of a file; None if it is another file than before."""
        try:
            now = file.path.stat()
            inode = (now.st_dev, now.st_ino)
            if file.size and (inode != file.inode or now.st_size < file.size):
                return None
            file.inode, file.modified, file.trouble = inode, now.st_mtime, ""
            if now.st_size == file.size:
                return False
            before = file.state.n_records
            with file.path.open("rb") as opened:
                size = os.fstat(opened.fileno()).st_size
                grows = time.time() - now.st_mtime < FRESH_SECS
                for block in file.reader.read(opened, size, grows=grows):
                    self.store.take(block, file.state, file.faults)
                file.size = size
        except OSError as error:
            file.trouble = f"it cannot be read any more ({error.strerror or error})"
            return False
        return file.state.n_records > before

    def told(self) -> tuple[str, ...]:
        """Say what cannot be read, file by file."""
        told: list[str] = []
        for file in self.files:
            told += file.faults.told()
            told += [f"{file.path.name}: {fault}" for fault in (file.trouble, _tail(file)) if fault]
        return tuple(told)


def _tail(file: Followed) -> str:
    """Say what is left at the end; a file that is being written may well end amid a record."""
    is_fresh = time.time() - file.modified < FRESH_SECS
    return "" if is_fresh else file.reader.tail(file.size)


def followed_files(place: Path) -> Callable[[], tuple[Path, ...]]:
    """Give what lists the event files of a folder, or one file alone."""

    def list_files() -> tuple[Path, ...]:
        return (place,) if place.is_file() else event_files(place)

    return list_files

"""Follows the event files of one folder while they grow: every call reads what is new."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bathyscope.importers.tensorboard.ahead import decoded
from bathyscope.importers.tensorboard.read import event_files
from bathyscope.importers.tensorboard.records import Block, Faults, RecordReader
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
    #: Whether all was read that was there when it was read last.
    is_whole: bool = True


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
        self._ends, self._has_read = math.inf, False

    def refresh(self, *, most_secs: float = math.inf) -> bool:
        """Read what is new; give whether there was any.

        Everything is read again if a file was replaced or became shorter, or if one came whose
        name stands before those that were read.

        Parameters
        ----------
        most_secs : float
            Leave what cannot be read in about this time for the next call (`is_whole`).
        """
        self._ends, self._has_read = time.monotonic() + most_secs, False
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
            if self._has_read and time.monotonic() > self._ends:
                file.is_whole = False
                return False
            self._has_read = True
            before = file.state.n_records
            with file.path.open("rb") as opened:
                size = os.fstat(opened.fileno()).st_size
                grows = time.time() - now.st_mtime < FRESH_SECS
                self._read_until(file, size, file.reader.read(opened, size, grows=grows))
        except OSError as error:
            file.trouble = f"it cannot be read any more ({error.strerror or error})"
            file.is_whole = True  # there is nothing more to wait for
            return False
        return file.state.n_records > before

    def _read_until(self, file: Followed, size: int, blocks: Iterator[Block]) -> None:
        """Take blocks until the time is over; what was not read is known by the file's size."""
        some = _Some(blocks, self._ends)
        for block, batch in decoded(some, size - file.reader.place):
            self.store.take(block, batch, file.state, file.faults)
        file.is_whole = not some.has_more
        file.size = size if file.is_whole else min(file.reader.place, size - 1)

    @property
    def is_whole(self) -> bool:
        """Whether all was read that was there at the last call."""
        return all(file.is_whole for file in self.files)

    def unread(self) -> tuple[int, int]:
        """Give how many bytes of the files are not read yet, and of how many."""
        left, total = 0, 0
        for file in self.files:
            with contextlib.suppress(OSError):
                size = file.path.stat().st_size
                left += 0 if file.trouble else max(0, size - file.size)
                total += size
        return left, total

    def told(self) -> tuple[str, ...]:
        """Say what cannot be read, file by file."""
        told: list[str] = []
        for file in self.files:
            told += file.faults.told()
            told += [f"{file.path.name}: {fault}" for fault in (file.trouble, _tail(file)) if fault]
        return tuple(told)


class _Some:
    """Blocks until a time of the clock that only runs forward; at least one.

    Attributes
    ----------
    has_more : bool
        Whether the time ended before the blocks.
    """

    def __init__(self, blocks: Iterator[Block], ends: float) -> None:
        self._blocks = blocks
        self._ends = ends
        self._is_first = True
        self.has_more = False

    def __iter__(self) -> Iterator[Block]:
        return self

    def __next__(self) -> Block:
        if not self._is_first and time.monotonic() > self._ends:
            self.has_more = True
            raise StopIteration
        self._is_first = False
        return next(self._blocks)


def _tail(file: Followed) -> str:
    """Say what is left at the end; a file that is being written may well end amid a record."""
    goes_on = not file.is_whole or time.time() - file.modified < FRESH_SECS
    return "" if goes_on else file.reader.tail(file.size)


def followed_files(place: Path) -> Callable[[], tuple[Path, ...]]:
    """Give what lists the event files of a folder, or one file alone."""

    def list_files() -> tuple[Path, ...]:
        return (place,) if place.is_file() else event_files(place)

    return list_files

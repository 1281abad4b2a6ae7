"""What was read of large logs, kept for the next time: a second opening reads no log.

One file for each log, outside of the log's folder: in the folder that ``BATHYSCOPE_CACHE`` names,
or else where the system keeps such files. It may be deleted at any time. A log that was changed
in any other way than by appending is read anew.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import mmap
import os
import secrets
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard.events import Metadata
from bathyscope.importers.tensorboard.follow import Followed, Follower
from bathyscope.importers.tensorboard.items import ItemTable, Place, Rows
from bathyscope.importers.tensorboard.points import Piece, PointTable
from bathyscope.importers.tensorboard.records import Faults, RecordReader
from bathyscope.importers.tensorboard.store import FileState, Store

FOLDER_VARIABLE = "BATHYSCOPE_CACHE"
#: All files together take at most so many bytes; the ones that were not used longest go first.
MOST_BYTES = 4 << 30
#: To be raised when anything here changes its meaning.
_VERSION = 1
_MAGIC = b"BSTBCACH"
_START = struct.Struct("<8sIIQ")  # magic, version, CRC32 of the header, its length
_ALIGN = 64
#: So many bytes at the beginning of an event file tell it from another of its name and size.
_HEAD = 4096


def cache_folder() -> Path:
    """Give the folder for what may be deleted at any time."""
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "bathyscope"
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base or Path.home() / "AppData" / "Local") / "bathyscope" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bathyscope"


def cache_file(log: Path) -> Path:
    """Give the file that holds what was read of a log."""
    name = hashlib.sha256(os.fsencode(log)).hexdigest()[:32]
    return cache_folder() / "tensorboard" / f"{name}.v{_VERSION}"


# Writing


class Kept(NamedTuple):
    """What was read of a log until now; whatever is read later leaves it alone."""

    header: bytes
    arrays: list[NDArray[Any]]


def describe(follower: Follower) -> Kept:
    """Give what is to be kept of a log: arrays are shared, and never written to again.

    Raises
    ------
    OSError
        If a file of the log vanished.
    """
    arrays: list[NDArray[Any]] = []
    return Kept(json.dumps(_described(follower, arrays)).encode(), arrays)


def write(kept: Kept, target: Path) -> None:
    """Write what is to be kept; where that cannot be done, nothing is kept."""
    if sum(array.nbytes for array in kept.arrays) > MOST_BYTES // 2:
        return
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with fresh.open("xb") as file:
            check = zlib.crc32(kept.header)
            file.write(_START.pack(_MAGIC, _VERSION, check, len(kept.header)))
            file.write(kept.header)
            for array in kept.arrays:
                file.write(bytes(-file.tell() % _ALIGN))
                file.write(np.ascontiguousarray(array).data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        prune(target.parent, keep=target)
    except OSError:
        pass  # a full disk, or a folder that nobody may write to
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def prune(folder: Path, *, keep: Path) -> None:
    """Delete the files that were not used longest, until the others fit."""
    found: list[tuple[float, int, Path]] = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            facts = path.stat()
            found.append((facts.st_mtime, facts.st_size, path))
    left = MOST_BYTES
    for _, size, path in sorted(found, reverse=True):
        left -= size
        if left < 0 and path != keep:
            path.unlink(missing_ok=True)


def _described(follower: Follower, arrays: list[NDArray[Any]]) -> dict[str, Any]:
    """Describe what was read as data that JSON can hold; arrays are put aside and numbered."""

    def aside(array: NDArray[Any]) -> list[Any]:
        arrays.append(array)
        return [len(arrays) - 1, array.dtype.str, len(array)]

    store = follower.store
    pieces = [
        [piece.first, *(aside(getattr(piece, name)) for name in _COLUMNS)]
        for piece in store.points.pieces
    ]
    return {
        "files": [_described_file(file, aside) for file in follower.files],
        "tags": list(store.tags),
        "metadata": {
            tag: [item.plugin, base64.b64encode(item.content).decode(), item.name, item.description]
            for tag, item in store.metadata.items()
        },
        "keys": [list(key) for key in store.keys],
        "pieces": pieces,
        "items": [aside(column) for column in store.items.whole()],
        "graph": _place(store.graph),
        "meta_graph": _place(store.meta_graph),
        "run_metadata": {tag: _place(place) for tag, place in store.run_metadata.items()},
        "restarts": store.restarts,
        "lengths": [array.nbytes for array in arrays],
    }


_COLUMNS = ("keys", "ends", "records", "steps", "times", "values")


def _described_file(file: Followed, aside: Callable[[NDArray[Any]], list[Any]]) -> dict[str, Any]:
    state = file.state
    return {
        "path": os.fspath(file.path),
        "inode": file.inode,
        "size": file.size,
        "modified": file.modified,
        "head": _head_of(file.path, file.size),
        "reader": file.reader.state(),
        "faults": list(file.faults.told()),
        "n_records": state.n_records,
        "tells_sessions": state.tells_sessions,
        "old": [[aside(column) for column in part] for part in state.old],
    }


def _place(place: Place | None) -> list[Any] | None:
    return None if place is None else [os.fspath(place.path), place.start, place.stop]


def _head_of(path: Path, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.sha256(file.read(min(size, _HEAD))).hexdigest()


# Reading


def load(log: Path, follower: Follower) -> bool:
    """Fill a follower with what was kept of a log, if that still holds.

    Returns
    -------
    bool
        Whether there was anything; what was appended since is for the follower to read.
    """
    path = cache_file(log)
    try:
        with path.open("rb") as file:
            start = _START.unpack(file.read(_START.size))
            header = file.read(start[3]) if start[:2] == (_MAGIC, _VERSION) else b""
            if not header or len(header) < start[3] or zlib.crc32(header) != start[2]:
                return False
            facts = json.loads(header)
            if not _still_holds(facts):
                return False
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        found = _Reading(facts, np.frombuffer(mapped, np.uint8), _START.size + len(header))
        follower.store, follower.files = found.store()
        os.utime(path)
    except (OSError, ValueError, KeyError, TypeError, IndexError, struct.error):
        return False
    return True


def _still_holds(facts: dict[str, Any]) -> bool:
    """Say whether the event files are those that were read, apart from what was appended."""
    for file in facts["files"]:
        path = Path(file["path"])
        now = path.stat()
        is_same = [now.st_dev, now.st_ino] == file["inode"] and now.st_size >= file["size"]
        if now.st_size == file["size"]:
            is_same &= now.st_mtime == file["modified"]
        if not is_same or _head_of(path, file["size"]) != file["head"]:
            return False
    return True


class _Reading:
    """What was kept of a log; columns are read from the file when they are looked at."""

    def __init__(self, facts: dict[str, Any], content: NDArray[np.uint8], start: int) -> None:
        self._facts = facts
        self._content = content
        self._starts: list[int] = []
        for length in facts["lengths"]:
            start += -start % _ALIGN
            self._starts.append(start)
            start += length
        if start > len(content):
            raise ValueError("it is cut off")

    def _array(self, told: list[Any]) -> NDArray[Any]:
        number, kind, count = told
        start = self._starts[number]
        return self._content[start : start + count * np.dtype(kind).itemsize].view(kind)

    def store(self) -> tuple[Store, list[Followed]]:
        """Give the store as it was, and its files."""
        facts, store = self._facts, Store()
        store.tags = {tag: number for number, tag in enumerate(facts["tags"])}
        store.metadata = {
            tag: Metadata(plugin, base64.b64decode(content), name, description)
            for tag, (plugin, content, name, description) in facts["metadata"].items()
        }
        store.keys = {tuple(key): number for number, key in enumerate(facts["keys"])}
        store.points = PointTable(self._piece(told) for told in facts["pieces"])
        columns = [self._array(told) for told in facts["items"]]
        store.items = ItemTable(Rows(*columns))
        store.graph, store.meta_graph = _given(facts["graph"]), _given(facts["meta_graph"])
        for tag, told in facts["run_metadata"].items():
            store.run_metadata[tag] = Place(Path(told[0]), told[1], told[2])
        store.restarts = [(record, step) for record, step in facts["restarts"]]
        files = [self._file(store, told) for told in facts["files"]]
        return store, files

    def _piece(self, told: list[Any]) -> Piece:
        first, *columns = told
        keys, ends, records, steps, times, values = map(self._array, columns)
        return Piece(keys, ends, first, records, steps, times, values)

    def _file(self, store: Store, told: dict[str, Any]) -> Followed:
        path = Path(told["path"])
        state: FileState = store.begin(path)
        state.n_records, state.tells_sessions = told["n_records"], told["tells_sessions"]
        for part in told["old"]:
            records, steps, is_summary = map(self._array, part)
            state.old.append((records, steps, is_summary))
        faults = Faults(path.name, told["faults"])
        reader = RecordReader(faults)
        reader.restore(told["reader"])
        inode = (told["inode"][0], told["inode"][1])
        return Followed(path, reader, state, faults, inode, told["size"], told["modified"])


def _given(told: list[Any] | None) -> Place | None:
    return None if told is None else Place(Path(told[0]), told[1], told[2])

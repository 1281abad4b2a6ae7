"""What tells that a run changed: names, sizes and times of its files, never their contents."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bathyscope.importers.tensorboard.read import is_event_file
from bathyscope.runs import layout
from bathyscope.runs.naming import folder_from_name

#: The parts of a run that change apart from each other.
SCALARS, EVENTS, ABOUT = "scalars", "events", "about"
ARRAYS, TABLES = "arrays", "tables"
#: A TensorBoard log is one part.
LOG = "log"

Signature = tuple[object, ...]
# Two changes within one tick of the file system's clock leave the same time.
_TICK_NS = 50_000_000
_GLANCE_NS = 2_000_000_000
_GLANCED = (".", layout.MANIFEST, SCALARS, EVENTS, ABOUT, ARRAYS, TABLES)


@dataclass(frozen=True)
class Pulse:
    """The parts of a run at one moment.

    Parameters
    ----------
    parts : dict of str to tuple
        Differs where a part changed.
    updated : float
        When anything was written last, in seconds since 1970 (UTC).
    settled : dict of str to int
        When folders changed last that need not be listed again until they change.
    glance : tuple of int
        When the folders of a run changed last; empty if that was too short a time ago to tell.
    """

    parts: dict[str, Signature]
    updated: float
    settled: dict[str, int] = field(default_factory=dict[str, int])
    glance: tuple[int, ...] = ()


def part_of_arrays(group: str) -> str:
    """Name the part that a group of arrays is."""
    return f"{ARRAYS}/{folder_from_name(group)}"


def part_of_table(name: str) -> str:
    """Name the part that a table is."""
    return f"{TABLES}/{folder_from_name(name)}"


def seems_still(path: Path, before: Pulse) -> bool:
    """Whether nothing came to a run that nobody writes: a new writer would make a new file.

    It costs a tenth of `take_pulse`.
    """
    return bool(before.glance) and _glance(path) == before.glance


def _glance(path: Path) -> tuple[int, ...]:
    return tuple(modified_ns(f"{path}/{name}") for name in _GLANCED)


def modified_ns(path: str | Path) -> int:
    """Give when a file or folder changed last, in nanoseconds since 1970; 0 if it is gone."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 (asked of every run: a Path costs too much)
    except OSError:
        return 0


def take_pulse(path: Path, before: Pulse | None = None) -> Pulse:
    """Look at the files of a run.

    Parameters
    ----------
    path : pathlib.Path
    before : Pulse, optional
        The last one, which spares listing what did not change.

    Raises
    ------
    OSError
        If it is gone.
    """
    look = _Look(before)
    glance = _glance(path)
    is_old = time.time_ns() - max(glance) > _GLANCE_NS
    parts: dict[str, Signature] = {}
    with os.scandir(path) as items:
        found = {item.name: item for item in items if not item.name.startswith(".")}
    parts[ABOUT] = look.file(found.get(layout.MANIFEST))
    for name in (SCALARS, EVENTS, ABOUT):
        if name in found:
            parts[name] = (parts.get(name, ()), *look.files(found[name]))
    for name in (ARRAYS, TABLES):
        if name in found:
            parts.update(look.folders(name, found[name]))
    return Pulse(parts, look.updated_ns / 1e9, look.settled, glance if is_old else ())


def take_log_pulse(path: Path, stage: int = 0) -> Pulse:
    """Look at the event files of a TensorBoard folder, or at one such file.

    Parameters
    ----------
    path : pathlib.Path
    stage : int
        How often more of them was read than had been told.

    Raises
    ------
    OSError
        If it is gone.
    """
    if path.is_file():
        alone = take_pulse_of([path])
        return Pulse({LOG: (*alone.parts[LOG], stage)}, alone.updated)
    look = _Look()
    with os.scandir(path) as items:
        logs = sorted((item for item in items if is_event_file(item.name)), key=lambda i: i.name)
    signature = tuple(look.file(item) for item in logs)
    return Pulse({LOG: (*signature, stage)}, look.updated_ns / 1e9)


def take_pulse_of(paths: Iterable[Path]) -> Pulse:
    """Look at the files and folders of another tool's log.

    Raises
    ------
    OSError
        If the first of them is gone.
    """
    updated_ns, signature = 0, []
    for path in paths:
        try:
            state = path.stat()
        except FileNotFoundError:
            if not signature:
                raise
            continue
        updated_ns = max(updated_ns, state.st_mtime_ns)
        signature.append((str(path), state.st_size, state.st_mtime_ns, state.st_ino))
    return Pulse({LOG: tuple(signature)}, updated_ns / 1e9)


class _Look:
    """One look at the files of a run; notes the latest change."""

    def __init__(self, before: Pulse | None = None) -> None:
        self.updated_ns = 0
        self.settled: dict[str, int] = {}
        self._before = before or Pulse({}, 0.0)
        self._now_ns = time.time_ns()

    def file(self, item: os.DirEntry[str] | None) -> Signature:
        if item is None:
            return ()
        try:
            state = item.stat()
        except FileNotFoundError:
            return (item.name,)  # sealed at this moment; the next look shows what became of it
        self.updated_ns = max(self.updated_ns, state.st_mtime_ns)
        return item.name, state.st_size, state.st_mtime_ns, state.st_ino

    def files(self, folder: os.DirEntry[str]) -> list[Signature]:
        return [self.file(item) for item in _inside(folder)]

    def folders(self, kind: str, folder: os.DirEntry[str]) -> dict[str, Signature]:
        inside = {f"{kind}/{item.name}": item for item in _inside(folder) if item.is_dir()}
        found = {name: self._folder(name, item) for name, item in inside.items()}
        # What is there is known by the names of folders; of one with shards, not before all of
        # a step have come.
        sharded = {name: known for name, known in found.items() if known[1]}
        return {kind: (*inside, *sharded.values()), **found}

    def _folder(self, name: str, item: os.DirEntry[str]) -> Signature:
        """Give the names of its files, which are written whole and never changed; and whether
        they are shards.
        """
        modified = item.stat().st_mtime_ns
        self.updated_ns = max(self.updated_ns, modified)
        if self._now_ns - modified > _TICK_NS:
            self.settled[name] = modified
        if self._before.settled.get(name) == modified:
            return self._before.parts[name]
        names = layout.list_names(Path(item.path))
        return hash(tuple(names)), any(map(layout.is_shard, names))


def _inside(folder: os.DirEntry[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder.path) as items:
            shown = [item for item in items if not item.name.startswith(".")]
    except (NotADirectoryError, FileNotFoundError):
        return []
    return sorted(shown, key=lambda item: item.name)

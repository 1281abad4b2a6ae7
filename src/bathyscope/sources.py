"""Everything that can be opened under a folder: our own runs, and other tools' logs as they are."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bathyscope._errors import BathyscopeError, RunNotFound
from bathyscope.importers.formats import Found, detect, found_in, open_log
from bathyscope.importers.memory import LogRun
from bathyscope.importers.tensorboard.read import is_event_file
from bathyscope.importers.tensorboard.source import (
    TensorBoardRun,
    created_of,
    modified,
    status_of,
)
from bathyscope.runs import Run
from bathyscope.runs.layout import looks_like_run
from bathyscope.runs.listing import summarize
from bathyscope.runs.missing import run_not_found
from bathyscope.runs.status import Status

Kind = Literal["run", "tensorboard", "log"]
#: All of these answer the same reading methods.
OpenRun = Run | TensorBoardRun | LogRun
#: Links lead in circles; nobody nests folders as deep as this.
_DEEPEST = 32


@dataclass(frozen=True)
class Source:
    """Something that can be opened, at a glance.

    Parameters
    ----------
    path : pathlib.Path
        Its folder; of a log, the file or folder.
    name : str
        Shown to people.
    relative : str
        Its place below the root, with ``/``; ``"."`` for the root itself. Behind ``#`` stands
        which run of a file that holds several, or the tool whose folder it is.
    kind : {"run", "tensorboard", "log"}
    status : {"running", "finished", "failed", "interrupted", "unknown"}
    created, updated : float
        Seconds since 1970 (UTC); NaN if not known.
    tags : tuple of str
    config : mapping
        Of another tool's log empty: only reading it would tell.
    faults : tuple of str
        What was found wrong without reading it.
    root : pathlib.Path
        The folder that was listed.
    key : str
        Which run of a file that holds several.
    """

    path: Path
    name: str
    relative: str
    kind: Kind
    status: Status
    created: float
    updated: float
    root: Path
    tags: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    faults: tuple[str, ...] = ()
    key: str = ""

    def open(self) -> OpenRun:
        """Open it for reading."""
        if self.kind == "log":
            return open_log(f"{self.path}#{self.key}" if self.key else self.path)
        return open_source(self.path, root=self.root)


def list_sources(root: str | os.PathLike[str]) -> list[Source]:
    """List what can be opened under a folder, at any depth, sorted by place.

    Hidden folders and what lies within runs are left aside. What is damaged or vanishes
    meanwhile is left out or named in `Source.faults`.

    Raises
    ------
    RunNotFound
        If there is no such folder.

    Examples
    --------
    >>> [source.name for source in list_sources("runs")]  # doctest: +SKIP
    """
    place = Path(os.path.abspath(root))  # noqa: PTH100 (links are kept as they are)
    if not place.is_dir():
        raise RunNotFound(f"`root` must be a folder of runs or logs; there is none at `{place}`.")
    return sorted(_walk(place, place, 0), key=lambda source: source.relative)


def open_source(
    path: str | os.PathLike[str], *, root: str | os.PathLike[str] | None = None
) -> OpenRun:
    """Open a run, or another tool's log as it is.

    Parameters
    ----------
    path : str or path
        The folder of a run; a folder with event files of TensorBoard, one such file; a file or
        folder of another tool (`bathyscope.importers.formats`); or a folder below which there
        is exactly one of these.
    root : str or path, optional
        The folder that was listed.

    Raises
    ------
    RunNotFound
        If there is none of these, or several.
    """
    place = Path(os.path.abspath(path))  # noqa: PTH100
    if looks_like_run(place):
        return Run(place)
    if place.is_file() and is_event_file(place.name):
        return TensorBoardRun(place, root=place)
    if place.is_dir() and any(is_event_file(name) for name in os.listdir(place)):  # noqa: PTH208
        return TensorBoardRun(place, root=root)
    if "#" in place.name or detect(place) is not None:
        return open_log(place)
    if not place.is_dir():
        raise run_not_found(place)
    inside = list_sources(place)
    if len(inside) == 1:
        return inside[0].open()
    if any(source.kind != "run" for source in inside):
        named = ", ".join(f"`{source.relative}`" for source in inside[:5])
        more = f" ({len(inside) - 5} more)" if len(inside) > 5 else ""
        raise RunNotFound(
            f"`path` must be the folder of one run or log; `{place}` holds {len(inside)}. "
            f"Open one of them: {named}{more}."
        )
    raise run_not_found(place)


def _walk(place: Path, root: Path, depth: int, *, with_logs: bool = True) -> Iterator[Source]:
    if looks_like_run(place):
        if (source := _run(place, root)) is not None:
            yield source
        return
    folders: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                (folders if entry.is_dir() else files).append(entry.name)
    except OSError:
        return
    events = [name for name in files if is_event_file(name)]
    if events:
        yield _log(place, root, events)
    logs = _other_logs(place, folders, files) if with_logs else []
    yield from (_other(found, root) for found in logs)
    # What lies in a folder that is a log itself is a part of it, but for event files.
    with_logs = with_logs and all(found.path != place for found in logs)
    for name in folders:
        if not name.startswith(".") and depth < _DEEPEST:
            yield from _walk(place / name, root, depth + 1, with_logs=with_logs)


def _run(path: Path, root: Path) -> Source | None:
    try:
        told = summarize(path)
    except OSError:
        return None  # it vanished meanwhile
    return Source(
        path, told.name, path.relative_to(root).as_posix(), "run", told.status, told.created,
        _newest(path), root, told.tags, told.config, told.faults,
    )  # fmt: skip


def _other_logs(place: Path, folders: list[str], files: list[str]) -> list[Found]:
    try:
        return found_in(place, folders, files)
    except (BathyscopeError, OSError):
        return []  # damaged, or it vanished meanwhile


def _other(found: Found, root: Path) -> Source:
    """Give a log at a glance; only reading it would tell its name and settings."""
    place = found.path.relative_to(root).as_posix()
    holds_several = bool(found.key) and found.path.is_dir()
    files = found.watched() if holds_several else [found.path]
    updated = max(map(modified, files))
    name = root.name if place == "." else place
    key = found.key or (found.format if found.path.is_dir() else "")
    relative = f"{place}#{key}" if key else place  # event files may lie in the same folder
    return Source(
        found.path, f"{name}#{found.key[:8]}" if found.key else name, relative, "log",
        status_of(files), updated, updated, root,
        key=found.key,
    )  # fmt: skip


def _newest(path: Path) -> float:
    """Give when something was recorded last: journals grow, and files come into folders."""
    places = [path, *(path / part for part in ("scalars", "tables", "arrays", "events"))]
    try:
        journals = list((path / "scalars").iterdir())
    except OSError:
        journals = []
    return max(map(modified, [*places, *journals]))


def _log(path: Path, root: Path, names: list[str]) -> Source:
    files = [path / name for name in sorted(names)]
    relative = path.relative_to(root).as_posix()
    name = path.name if relative == "." else relative
    updated = max(map(modified, files))
    created = created_of(files)
    return Source(
        path, name.encode(errors="replace").decode(), relative, "tensorboard", status_of(files),
        updated if math.isnan(created) else created, updated, root,
    )  # fmt: skip

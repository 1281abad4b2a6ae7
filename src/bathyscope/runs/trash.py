"""Deletes runs so that they can be taken back: they are moved into a hidden folder beside.

``<root>/.bathyscope-trash/<time>-<random>-<depth>/<path of the run below the root>``, which has
as many components as ``depth`` says. Moving within one file system is one act, and where the run
came from is in its place.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bathyscope._errors import RunError, RunNotFound
from bathyscope.runs.files import cannot_write
from bathyscope.runs.layout import looks_like_run
from bathyscope.runs.listing import run_not_found
from bathyscope.runs.status import run_status

TRASH = ".bathyscope-trash"
_ID = re.compile(r"(?P<time>[0-9]{8}T[0-9]{6}Z)-[0-9a-f]{8}-(?P<depth>[0-9]+)")
_TIME = "%Y%m%dT%H%M%SZ"


class Trashed(NamedTuple):
    """A run that was deleted, and can be taken back.

    Parameters
    ----------
    id : str
        Names this deletion.
    path : pathlib.Path
        Where the run is now.
    original : pathlib.Path
        Where it was.
    deleted : float
        When, in seconds since 1970 (UTC).
    """

    id: str
    path: Path
    original: Path
    deleted: float


def delete_run(
    path: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str] | None = None,
    force: bool = False,
) -> Trashed:
    """Move a run into the trash of its folder of runs. `restore_run` takes it back.

    Parameters
    ----------
    path : str or path
        The run's folder.
    root : str or path, optional
        The folder of runs whose trash it goes to; by default that which holds the run.
    force : bool
        Also if a process may still be writing it: what that writes from now on may be torn
        from what it wrote before.

    Returns
    -------
    Trashed

    Raises
    ------
    RunNotFound
        If there is no run at this place.
    RunError
        If a process may be writing it, or the disk refuses.
    """
    run = _absolute(path)
    if not looks_like_run(run):
        raise run_not_found(run)
    home = run.parent if root is None else _absolute(root)
    if run == home or not run.is_relative_to(home):
        raise ValueError(f"`root` must be a folder above the run `{run}`; got `{home}`.")
    if not force:
        _refuse_if_written(run)
    inner = run.relative_to(home)
    now = datetime.now(UTC).strftime(_TIME)
    id = f"{now}-{secrets.token_hex(4)}-{len(inner.parts)}"
    _move(run, home / TRASH / id / inner)
    return Trashed(id, home / TRASH / id / inner, run, _moment(now))


def _refuse_if_written(run: Path) -> None:
    status = run_status(run)
    if status == "running":
        raise RunError(
            f"No process may be writing a run to delete it; one writes `{run}`. Stop it first."
        )
    if status == "unknown":
        raise RunError(
            f"No process may be writing a run to delete it; `{run}` was begun on another host, "
            "which alone can tell. Delete it there, or say that it is dead (force)."
        )


def list_trash(root: str | os.PathLike[str]) -> list[Trashed]:
    """List what was deleted from a folder of runs and can be taken back, the latest first."""
    home = _absolute(root)
    try:
        names = os.listdir(home / TRASH)  # noqa: PTH208 (names are wanted)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = (_look(home, name) for name in sorted(names, reverse=True))
    return [trashed for trashed in found if trashed is not None]


def _look(home: Path, name: str) -> Trashed | None:
    """Look at one deletion; None if it is none, or the run was taken back."""
    match = _ID.fullmatch(name)
    if match is None:
        return None
    place = path = home / TRASH / name
    for _ in range(int(match["depth"])):
        inside = list(path.iterdir()) if path.is_dir() else []
        if len(inside) != 1:
            return None
        (path,) = inside
    if not looks_like_run(path):
        return None
    return Trashed(name, path, home / path.relative_to(place), _moment(match["time"]))


def _moment(written: str) -> float:
    return datetime.strptime(written, _TIME).replace(tzinfo=UTC).timestamp()


def restore_run(
    root: str | os.PathLike[str], id: str, *, to: str | os.PathLike[str] | None = None
) -> Path:
    """Take a deleted run back.

    Parameters
    ----------
    root : str or path
        The folder of runs it was deleted from.
    id : str
        `Trashed.id`.
    to : str or path, optional
        Where to put it; by default where it was.

    Returns
    -------
    pathlib.Path
        The run's folder.

    Raises
    ------
    RunNotFound
        If nothing was deleted under this id.
    RunError
        If something is at its place, or the disk refuses.
    """
    home = _absolute(root)
    known = {trashed.id: trashed for trashed in list_trash(home)}
    if id not in known:
        raise RunNotFound(
            f"`id` must name something in the trash of `{home}`; got {id!r}. "
            + (f"There is {', '.join(known)}." if known else "The trash is empty.")
        )
    trashed = known[id]
    target = trashed.original if to is None else _absolute(to)
    if target.exists():
        raise RunError(
            f"Nothing may be where a run is restored to; `{target}` exists. Choose another place."
        )
    _move(trashed.path, target)
    _remove_empty(trashed.path.parent, home / TRASH)
    return target


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
    except OSError as error:
        raise cannot_write(target, error) from error


def _remove_empty(folder: Path, last: Path) -> None:
    """Remove what a run leaves empty behind it, up to the trash itself."""
    with contextlib.suppress(OSError):
        while folder != last.parent:
            folder.rmdir()
            folder = folder.parent


def _absolute(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 (links are kept as they are)

"""Deletes runs so that they can be taken back: they are moved into the trash of their folder.

Moving within one file system is one act. What is in the trash may be erased: that alone frees room.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from bathyscope._errors import RunError, RunNotFound
from bathyscope.runs.files import cannot_write
from bathyscope.runs.layout import looks_like_run
from bathyscope.runs.missing import run_not_found
from bathyscope.runs.status import run_status
from bathyscope.runs.trash import TRASH, Trashed, list_trash, place_in_trash

#: Begins the name of what is being erased, which is in the trash no more.
_ERASED = "erased-"


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
    trashed = place_in_trash(run, home)
    _move(run, trashed.path)
    return trashed


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
    trashed = _find(home, id)
    target = trashed.original if to is None else _absolute(to)
    if target.exists():
        raise RunError(
            f"Nothing may be where a run is restored to; `{target}` exists. Choose another place."
        )
    _move(trashed.path, target)
    _remove_empty(trashed.path.parent, home / TRASH)
    return target


def erase_run(root: str | os.PathLike[str], id: str) -> None:
    """Erase a run that was deleted. Nothing takes it back.

    Parameters
    ----------
    root : str or path
        The folder of runs it was deleted from.
    id : str
        `Trashed.id`.

    Raises
    ------
    RunNotFound
        If nothing was deleted under this id.
    RunError
        If a process still writes it, it lies elsewhere by a link, or the disk refuses.
    """
    home = _absolute(root)
    trashed = _find(home, id)
    if run_status(trashed.path) == "running":
        raise RunError(
            f"No process may be writing a run to erase it; one writes `{trashed.path}`. Stop it "
            "first."
        )
    if trashed.path.resolve() != home.resolve() / trashed.path.relative_to(home):
        raise RunError(
            f"A run must lie in the trash itself to be erased; `{trashed.path}` leads by a link to "
            f"`{trashed.path.resolve()}`. Remove the link."
        )
    # One act takes it from the trash: however this ends, no half of a run is left to be taken back.
    erased = home / TRASH / f"{_ERASED}{id}"
    _move(home / TRASH / id, erased)
    try:
        _sweep(erased)
    except OSError as error:
        raise RunError(
            f"`{erased}` must be writable to be removed, with all that is in it; the system says: "
            f"{error.strerror or error}. What is left of the run cannot be taken back. Mend the "
            "folder: whatever is erased next removes the rest; or remove it by hand."
        ) from error


def _sweep(erased: Path) -> None:
    """Remove what is erased, and what could not be removed before, or was left by a kill."""
    trash = erased.parent
    for old in trash.glob(f"{_ERASED}*"):
        if old != erased:
            shutil.rmtree(old, ignore_errors=True)  # whose erasing it was has been told
    with contextlib.suppress(FileNotFoundError):  # another process sweeps too
        shutil.rmtree(erased)
    _remove_empty(trash, trash)


def _find(home: Path, id: str) -> Trashed:
    known = {trashed.id: trashed for trashed in list_trash(home)}
    if id not in known:
        raise RunNotFound(
            f"`id` must name something in the trash of `{home}`; got {id!r}. "
            + (f"There is {', '.join(known)}." if known else "The trash is empty.")
        )
    return known[id]


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

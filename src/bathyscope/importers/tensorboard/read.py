"""Reads a folder of TensorBoard logs, without TensorBoard and without TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bathyscope._errors import RunNotFound
from bathyscope.importers.tensorboard.ahead import decoded
from bathyscope.importers.tensorboard.log import RunLog
from bathyscope.importers.tensorboard.records import Faults, read_blocks
from bathyscope.importers.tensorboard.store import Store


def read(logdir: str | os.PathLike[str]) -> dict[str, RunLog]:
    """Read all event files of a folder, every value of them.

    Parameters
    ----------
    logdir : str or path
        A folder with event files at any depth, or one event file.

    Returns
    -------
    dict of str to RunLog
        By the folders' names below ``logdir``, sorted; ``"."`` is ``logdir`` itself. Each folder
        that holds event files is a run, as in TensorBoard.

    Raises
    ------
    RunNotFound
        If there is no event file.

    Examples
    --------
    >>> read("logs")["train"].scalar("loss").values  # doctest: +SKIP
    """
    return {name: read_run(name, path, files) for name, path, files in find_runs(logdir)}


def find_runs(logdir: str | os.PathLike[str]) -> list[tuple[str, Path, tuple[Path, ...]]]:
    """Find the folders that hold event files: their names, paths and files, sorted.

    Raises
    ------
    RunNotFound
        If there is none.
    """
    place = Path(logdir)
    if place.is_file():
        return [(".", place.parent, (place,))]
    found = sorted(_folders(place))
    if not found:
        state = "holds none" if place.is_dir() else "does not exist"
        raise RunNotFound(
            f"`logdir` must be a folder with event files (named *tfevents*); `{place}` {state}. "
            "Give the folder TensorBoard is given as --logdir."
        )
    return found


def _folders(place: Path) -> Iterator[tuple[str, Path, tuple[Path, ...]]]:
    for folder, _, names in os.walk(place):
        files = tuple(Path(folder, name) for name in sorted(names) if is_event_file(name))
        if files:
            path = Path(folder)
            yield path.relative_to(place).as_posix(), path, files


def event_files(folder: Path) -> tuple[Path, ...]:
    """Give the event files of a folder, sorted by name; none if it cannot be read."""
    try:
        names = sorted(name for name in os.listdir(folder) if is_event_file(name))  # noqa: PTH208
    except OSError:
        return ()
    return tuple(folder / name for name in names)


def is_event_file(name: str) -> bool:
    """Say whether a file is named like one with events."""
    # TensorFlow's profiler leaves marks that are named like event files.
    return "tfevents" in name and not name.endswith(".profile-empty")


def read_run(name: str, path: Path, files: tuple[Path, ...]) -> RunLog:
    """Read the event files of one run."""
    store = Store()
    told: list[str] = []
    for file in files:
        faults = Faults(file.name)
        state = store.begin(file)
        try:
            with file.open("rb") as opened:
                size = os.fstat(opened.fileno()).st_size
                for block, batch in decoded(read_blocks(opened, size, faults), size):
                    store.take(block, batch, state, faults)
        except OSError as error:
            faults.add(f"it cannot be read ({error.strerror or error})")
        told += faults.told()
    return RunLog(name, path, files, store=store, faults=tuple(told))

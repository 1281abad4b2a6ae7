"""Aim's repository: runs in RocksDB, which only Aim's own library reads.

The folder is only read: of Aim, nothing is used that would bring a repository up to date, put its
index in order or lock it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from bathyscope._errors import DamagedFile, RunError, RunNotFound
from bathyscope.importers.aim.about import About, about_run, created_by_run
from bathyscope.importers.aim.contents import Contents, told_of
from bathyscope.importers.aim.storage import RUNS, VALUES, files_of, opened
from bathyscope.importers.log import Faults, Log, cleaned, shortened, table_of_values
from bathyscope.runs.files import cannot_read

TITLE = "Aim"
FILES = ()
#: Folders that are such logs, hidden as they are.
FOLDERS = (".aim",)
_DATABASE = "run_metadata.sqlite"


def sniff(path: Path) -> bool:
    """Say whether a folder is Aim's part of a repository."""
    return (path / RUNS).is_dir() and (path / _DATABASE).is_file()


def keys(path: Path) -> list[str]:
    """Give the hashes of the runs, the oldest first."""
    hashes = _hashes(path)
    created: dict[str, float] = {}
    with contextlib.suppress(RunError):  # reading a run tells what is wrong with it
        created = created_by_run(path / _DATABASE)
    return sorted(hashes, key=lambda one: (created.get(one, 0.0), one))


def listed_in(path: Path) -> Path:
    """Give what changes when there is another run."""
    return path / RUNS


def watched(path: Path, key: str) -> list[Path]:
    """Give the files and folders that change when a run goes on."""
    return [path / RUNS / key, path / _DATABASE, *files_of(path, key)]


def read(path: Path, key: str) -> Log:
    """Read one run.

    Raises
    ------
    RunNotFound
        If there is none of that hash.
    MissingDependency
        If Aim is not installed.
    DamagedFile
        If Aim cannot read it.
    """
    if key not in _hashes(path):
        raise RunNotFound(f"`key` must be the hash of a run in `{path}`; got {shortened(key)!r}.")
    faults = Faults()
    about = _about(path / _DATABASE, key, faults)
    with opened(path, RUNS, key) as tree:
        told = told_of(tree, key)
    contents = Contents(told, faults)
    with opened(path, VALUES, key) as tree:
        if tree is not None:
            contents.take(tree, key)
    facts = {"run_id": key, "experiment": about.experiment, **contents.about()}
    return Log(
        cleaned(about.name or key[:8]),
        path,
        TITLE,
        contents.scalars(),
        config=contents.config(),
        tags=("aim", *map(cleaned, about.tags)),
        group=cleaned(about.experiment),
        created=about.created,
        status="finished" if told.get("end_time") else "unknown",
        tables={**contents.tables(), "about": table_of_values(facts)},
        notes=(*map(cleaned, about.notes), *contents.notes()),
        faults=faults.told(),
        files=tuple(watched(path, key)),
    )


def _hashes(path: Path) -> list[str]:
    """Give the names of the runs' folders; links are not followed."""
    try:
        with os.scandir(path / RUNS) as places:
            return [place.name for place in places if place.is_dir(follow_symlinks=False)]
    except OSError as error:
        raise DamagedFile(f"The runs of `{path}`: {cannot_read(error)}.") from error


def _about(database: Path, key: str, faults: Faults) -> About:
    try:
        return about_run(database, key)
    except RunError as error:
        faults.add(str(error))
        return About()

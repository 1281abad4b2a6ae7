"""Aim's containers of keys and values, opened through Aim's own library for reading only."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

from bathyscope._errors import DamagedFile, MissingDependency

#: Folders of containers, one for each run: what Aim tells of it, and its values.
RUNS, VALUES = "meta/chunks", "seqs/chunks"


@contextlib.contextmanager
def opened(path: Path, folder: str, key: str) -> Generator[Any]:
    """Open one container; gives Aim's view of it as a tree, or None if there is none.

    Raises
    ------
    MissingDependency
        If Aim is not installed.
    DamagedFile
        If Aim cannot read it.
    """
    place = path / folder / key
    if not place.is_dir() or place.is_symlink():
        yield None
        return
    library = _library(path)
    try:
        # Unless it is told not to, Aim puts the files in order, which changes them.
        container = library.RocksContainer(str(place), read_only=True, skip_read_optimization=True)
        with contextlib.closing(container):
            yield container.tree()
    except Exception as error:  # whatever RocksDB or Aim's decoder says
        raise DamagedFile(f"`{place}` must be whole to be read; Aim says: {error}.") from error


def _library(path: Path) -> Any:
    try:
        return importlib.import_module("aim.storage.rockscontainer")
    except ImportError as error:
        raise MissingDependency(
            f"`{path}` is read by Aim's own library, which cannot be imported here ({error}). "
            "Install it with: pip install aim"
        ) from error


def files_of(path: Path, key: str) -> list[Path]:
    """Give the files of a run's containers, and their folders."""
    found: list[Path] = []
    for folder in (RUNS, VALUES):
        place = path / folder / key
        if place.is_dir() and not place.is_symlink():
            found += [place, *sorted(place.iterdir())]
    return found

"""Which tool wrote a file or folder, and what it left there.

A format is one file (or package) of this folder with

- ``TITLE``, its name in words, and ``FILES``, patterns of the names of files that are looked into
  when a folder is searched;
- ``may_be(folders, files) -> bool``, if it may be a folder: whether the names in it look like it;
- ``FOLDERS``, names of folders that are such logs, even hidden ones;
- ``watched(path) -> list[Path]``, if it is more than one file: what changes when the log grows;
- ``sniff(path) -> bool``, which says whether a file or folder is of this format;
- ``read(path) -> Log``; or, where one file or folder holds several runs, ``keys(path) ->
  list[str]``, ``read(path, key) -> Log``, ``watched(path, key)`` if there is one, and, if it is not
  the file itself, ``listed_in(path) -> Path``: what changes when there is another run.

TensorBoard's event files are read elsewhere (`bathyscope.importers.tensorboard`): they may be
too large to be read whole.
"""

from __future__ import annotations

import fnmatch
import functools
import importlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from bathyscope._errors import DamagedFile, RunNotFound, unknown_name
from bathyscope.importers.log import Log
from bathyscope.importers.memory import LogRun
from bathyscope.importers.reading import size_of
from bathyscope.runs.layout import looks_like_run

#: Name on the command line -> file of this folder, in the order in which they are tried.
FORMATS = {
    "wandb": "wandb",
    "mlflow": "mlflow",
    "mlflow-sqlite": "mlflow_sqlite",
    "aim": "aim",
    "huggingface": "huggingface",
    "lightning": "lightning_csv",
    "keras": "keras_csv",
    "xgboost": "xgboost_model",
    "lightgbm": "lightgbm_model",
    "boosting": "boosting",
    "keras-history": "keras_history",
}
#: Stands between a file and the key of one of its runs: ``mlflow.db#2f6c``.
KEY_MARK = "#"
#: To tell what JSON is means to read it; larger files are not searched, and have to be named.
_LARGEST_JSON = 32 << 20


@dataclass(frozen=True)
class Found:
    """A run in another tool's log.

    Parameters
    ----------
    format : str
        A key of `FORMATS`.
    path : pathlib.Path
    key : str
        Which run of the file; empty if it holds one only.
    """

    format: str
    path: Path
    key: str = ""

    @property
    def address(self) -> str:
        """What opens it again."""
        return f"{self.path}{KEY_MARK}{self.key}" if self.key else str(self.path)

    def read(self) -> Log:
        """Read it.

        Raises
        ------
        RunNotFound, DamagedFile
            If there is nothing to be read.
        """
        module = module_of(self.format)
        try:
            return module.read(self.path, self.key) if self.key else module.read(self.path)
        except RecursionError:  # JSON in JSON in JSON ...
            raise DamagedFile(
                f"`{self.path}` must be of sensible depth; it is nested too deeply to be read."
            ) from None

    def watched(self) -> list[Path]:
        """Give the files and folders that change when the log grows."""
        found = getattr(module_of(self.format), "watched", None)
        if found is None:
            return [self.path]
        return found(self.path, self.key) if self.key else found(self.path)

    def listed_in(self) -> Path | None:
        """Give what changes when another run comes to the same place; None if none can."""
        if not self.key:
            return None
        found = getattr(module_of(self.format), "listed_in", None)
        return found(self.path) if found else self.path

    def open(self) -> LogRun:
        """Read it, to be asked like a run; it is read again when it changes."""
        return LogRun(self.read(), self.read)


@functools.cache
def module_of(name: str) -> ModuleType:
    """Import the module of a format.

    Raises
    ------
    UnknownName
        If there is no such format.
    """
    if name not in FORMATS:
        raise unknown_name("format", name, FORMATS)
    return importlib.import_module(f"bathyscope.importers.{FORMATS[name]}")


def detect(path: Path) -> str | None:
    """Say of what format a file or folder is; None if of none of them."""
    return next((name for name in FORMATS if _is_of(name, path)), None)


def _is_of(name: str, path: Path) -> bool:
    try:
        return module_of(name).sniff(path)
    except RecursionError:
        return False


def find_logs(root: Path, *, form: str | None = None) -> list[Found]:
    """Find what is at a place or, if it is a folder, below it; sorted by path.

    Hidden folders and what lies inside our own runs are not searched. Of files, only those are
    looked into whose names are usual for their format; `root` itself may have any name.

    Parameters
    ----------
    root : pathlib.Path
        ``<file>#<key>`` is one run of a file that holds several; the key may be cut.
    form : str, optional
        Look for this format only.
    """
    forms = [form] if form else list(FORMATS)
    place, key = _split(os.fspath(root))
    at_root = next((name for name in forms if _is_of(name, place)), None)
    if at_root:
        return [one for one in _runs_at(at_root, place) if one.key.startswith(key)]
    found: list[Found] = []
    for path, folders, files in os.walk(place):
        here = Path(path)
        folders[:] = [name for name in sorted(folders) if not name.startswith(".")]
        if looks_like_run(here):
            folders.clear()
            continue
        inside = found_in(here, folders, files, forms=forms)
        found += inside
        if any(one.path == here for one in inside):
            folders.clear()
    return sorted(found, key=lambda one: (one.path, one.key))


def found_in(
    folder: Path, folders: Iterable[str], files: Iterable[str], *, forms: Iterable[str] = FORMATS
) -> list[Found]:
    """Find what a folder is, or what lies directly in it, given the names in it.

    Nothing is opened unless a name looks like it, so that large trees can be searched.

    Parameters
    ----------
    folder : pathlib.Path
    folders, files : iterable of str
        The names in it.
    forms : iterable of str
        Which formats to look for.
    """
    wanted = list(forms)
    names, inside = sorted(files), list(folders)
    for name in wanted:
        module = module_of(name)
        may_be = getattr(module, "may_be", None)
        if may_be is not None and may_be(inside, names) and _is_of(name, folder):
            return _runs_at(name, folder)
    found: list[Found] = []
    for name in wanted:
        for below in getattr(module_of(name), "FOLDERS", ()):
            found += _runs_at(name, folder / below) if _is_of(name, folder / below) else []
    for file in names:
        if file.startswith(".") or not any(_pattern(name).fullmatch(file) for name in wanted):
            continue
        name = _form_of(folder / file, file, wanted)
        found += _runs_at(name, folder / file) if name else []
    return found


@functools.cache
def _pattern(name: str) -> re.Pattern[str]:
    """Give what the names of a format's files look like."""
    return re.compile("|".join(map(fnmatch.translate, module_of(name).FILES)) or r"(?!)")


def _form_of(path: Path, file: str, forms: Iterable[str]) -> str | None:
    if file.endswith(".json") and size_of(path) > _LARGEST_JSON:
        return None
    return next((n for n in forms if _pattern(n).fullmatch(file) and _is_of(n, path)), None)


def _runs_at(name: str, path: Path) -> list[Found]:
    module = module_of(name)
    if hasattr(module, "keys"):
        return [Found(name, path, key) for key in module.keys(path)]
    return [Found(name, path)]


def open_log(path: str | os.PathLike[str], *, form: str | None = None) -> LogRun:
    """Open one run of another tool's log.

    Parameters
    ----------
    path : str or path
        A file or folder; ``<file>#<key>`` where a file holds several runs.
    form : str, optional
        A key of `FORMATS`; by default it is found out.

    Raises
    ------
    RunNotFound
        If there is none, or more than one.
    """
    place, key = _split(os.fspath(path))
    name = form or detect(place)
    if name is None:
        raise RunNotFound(f"`path` must be a log of {_known()}; `{place}` {_state(place)}.")
    runs = _runs_at(name, place)
    chosen = [one for one in runs if one.key.startswith(key)] if key else runs
    if len(chosen) != 1:
        offered = ", ".join(f"`{one.address}`" for one in (chosen or runs)[:5])
        count = f"{len(chosen) or 'none'} of {len(runs)} runs"
        raise RunNotFound(f"`path` must say one run; `{path}` says {count}. Give {offered}.")
    return chosen[0].open()


def _split(path: str) -> tuple[Path, str]:
    if KEY_MARK in path and not Path(path).exists():
        place, _, key = path.rpartition(KEY_MARK)
        return Path(place), key
    return Path(path), ""


def _known() -> str:
    return ", ".join(module_of(name).TITLE for name in FORMATS)


def _state(path: Path) -> str:
    return "is none" if path.exists() else "does not exist"

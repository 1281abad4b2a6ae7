"""Keras' ``History``: the object that ``fit`` gives, or its dict of lists in a JSON file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bathyscope import _names as names
from bathyscope._errors import DamagedFile
from bathyscope.importers.log import Faults, Log, Scalars
from bathyscope.importers.reading import add_points, begins_json, modified, read_json

TITLE = "Keras History"
FILES = ("*history*.json",)
_NOTE = "A step is the number of epochs done. The history says no times."


def sniff(path: Path) -> bool:
    """Say whether a JSON file may hold a history: an object of lists, or with a ``history``."""
    if not begins_json(path):
        return False
    try:
        return _lists(read_json(path)) is not None
    except DamagedFile:
        return False


def read(path: Path) -> Log:
    """Read a JSON file of a history.

    Raises
    ------
    DamagedFile
        If it holds none.
    """
    return _log(read_json(path), path, modified(path))


def from_history(history: Any, *, name: str = "history") -> Log:
    """Take a ``History`` object, or the dict it holds.

    Parameters
    ----------
    history : keras.callbacks.History or mapping of str to list
    name : str

    Returns
    -------
    Log
        ``bathyscope.importers.write_log(log, "runs/a")`` makes a run of it.
    """
    found: Any = history
    if not isinstance(history, Mapping):
        found = {"history": history.history, "epoch": history.epoch, "params": history.params}
    log = _log(found, Path(name), 0.0)
    return Log(name, log.path, TITLE, log.scalars, log.config, log.tags,
               notes=log.notes, faults=log.faults)  # fmt: skip


def _log(found: Any, path: Path, time: float) -> Log:
    lists = _lists(found)
    if lists is None:
        raise DamagedFile(
            f"`{path}` must hold an object of lists, such as "
            '{"loss": [0.5, 0.4]}, to be read as a history of Keras; it does not.'
        )
    faults, scalars = Faults(), Scalars()
    epochs = lists.pop("epoch", None) or found.get("epoch")
    for name, values in lists.items():
        steps = _steps(epochs, len(values))
        add_points(scalars, name, steps, values, time=time, faults=faults)
    longest = max((len(values) for values in lists.values()), default=0)
    for step in _steps(epochs, longest):
        scalars.add(names.EPOCH, step, float(step), time)
    params = found.get("params") if "history" in found else None
    return Log(
        path.stem,
        path,
        TITLE,
        scalars.columns(),
        config=params if isinstance(params, dict) else {},
        tags=("keras",),
        created=time or math.nan,
        notes=(_NOTE,),
        faults=faults.told(),
        files=(path,) if time else (),
    )


def _lists(found: Any) -> dict[str, Sequence[Any]] | None:
    """Give the lists of a history, in any of the forms in which people store it; None if none."""
    if not isinstance(found, Mapping):
        return None
    inner = found.get("history", found)
    if not isinstance(inner, Mapping) or not inner:
        return None
    lists: dict[str, Sequence[Any]] = {}
    for name, given in inner.items():
        values = _by_row(given) if isinstance(given, Mapping) else given
        if not isinstance(values, (list, tuple)) or any(map(_is_strange, values[:1])):
            return None
        lists[str(name)] = values
    return lists


def _by_row(given: Mapping[Any, Any]) -> list[Any] | None:
    """Give a column as pandas writes it into JSON: ``{"0": 0.5, "1": 0.4}``."""
    is_column = all(str(row) == str(index) for index, row in enumerate(given))
    return list(given.values()) if is_column else None


def _is_strange(value: Any) -> bool:
    return isinstance(value, (Mapping, str))


def _steps(epochs: Any, count: int) -> list[int]:
    """Give how many epochs were done at each point."""
    usable = isinstance(epochs, (list, tuple)) and len(epochs) == count
    if usable and all(isinstance(epoch, int) and 0 <= epoch < 2**62 for epoch in epochs):
        return [epoch + 1 for epoch in epochs]
    return list(range(1, count + 1))

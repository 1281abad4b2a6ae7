"""Tables that hold many steps: in one file with a column ``step``, or in one file for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import NotRecorded, unknown_name
from bathyscope.views._words import listing
from bathyscope.views.base import RunData

STEP = "step"


def recorded_names(names: Iterable[str], prefix: str) -> tuple[str, ...]:
    """Name what was recorded under a prefix, without it."""
    return tuple(sorted(n.removeprefix(prefix) for n in names if n.startswith(prefix)))


def choose_name(
    run: RunData, known: Sequence[str], name: str | None, *, what: str, how: str
) -> str:
    """Give the name asked for, or the first one.

    Raises
    ------
    UnknownName
        If there is no such name.
    NotRecorded
        If there is none at all.
    """
    if not known:
        raise NotRecorded(f"The run `{run.name}` must hold {what}; none was recorded. {how}")
    if name is None:
        return known[0]
    if name not in known:
        raise unknown_name(what, name, known)
    return name


def read_stepped(run: RunData, name: str, needed: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Read a table over all steps.

    Returns
    -------
    dict of str to array, shape (n_rows,)
        With the column ``step``, in the order of steps.

    Raises
    ------
    NotRecorded
        If a column is missing.
    """
    parts: list[dict[str, NDArray[Any]]] = []
    for step in run.table_steps(name):
        part = {key: np.asarray(values) for key, values in run.table(name, step=step).items()}
        require_columns(run, name, step, part, needed=needed)
        length = len(next(iter(part.values())))
        parts.append({STEP: np.full(length, step, dtype=np.int64), **part})
    if not parts:
        raise NotRecorded(f"The run `{run.name}` holds no `{name}`.")
    shared = [key for key in parts[0] if all(key in part for part in parts)]
    table = {key: np.concatenate([part[key] for part in parts]) for key in shared}
    order = np.argsort(table[STEP], kind="stable")
    return {key: values[order] for key, values in table.items()}


def require_columns(
    run: RunData, name: str, step: int, columns: Collection[str], *, needed: Sequence[str]
) -> None:
    """Raise if a table lacks a column at a step."""
    if any(column not in columns for column in needed):
        raise NotRecorded(
            f"`{name}` of the run `{run.name}` must hold the columns {', '.join(needed)}; "
            f"at step {step} it has {listing(list(columns)) or 'none'}."
        )


def steps_in(run: RunData, name: str) -> tuple[int, ...]:
    """Give the steps a table holds, whichever way they are kept."""
    files = run.table_steps(name)
    if not files or STEP not in run.table(name, step=files[0]):
        return tuple(files)
    found = [np.asarray(run.table(name, step=step)[STEP]) for step in files]
    return tuple(int(step) for step in np.unique(np.concatenate(found)))


def evenly(count: int, at_most: int) -> NDArray[np.int64]:
    """Choose positions among many, evenly spread, the first and the last among them."""
    if count <= at_most:
        return np.arange(count)
    return np.unique(np.rint(np.linspace(0, count - 1, at_most)).astype(np.int64))


def left_out_text(shown: int, total: int, what: str) -> str:
    """Say that only some of many are drawn; empty if all are."""
    return f"{shown:,} of {total:,} {what} are drawn, evenly spread." if shown < total else ""


def unclaimed(recorded: Iterable[str], claimed: Sequence[str]) -> tuple[str, ...]:
    """Name what no view of its own is there for.

    Parameters
    ----------
    recorded : iterable of str
    claimed : sequence of str
        Names, or beginnings of names where they end in ``/``.
    """
    return tuple(
        name
        for name in sorted(recorded)
        if not any(name == item or (item[-1] == "/" and name.startswith(item)) for item in claimed)
    )

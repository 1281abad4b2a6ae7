"""Where a run is written: a folder of its own, also when its name is taken."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from bathyscope.integrations.joining import (
    PATIENCE,
    find_run,
    find_run_of_parent,
    warn_alone,
)
from bathyscope.runs import RunWriter
from bathyscope.runs.ranks import is_started_by_rank_0, this_rank

#: What must not be in a folder's name on the file systems in use.
_FORBIDDEN = frozenset('/\\:*?"<>|')
#: They take 255, with what tells runs of one name apart.
_MOST_BYTES = 200


def open_writer(
    runs_dir: str | os.PathLike[str],
    name: str | None,
    *,
    config: Mapping[str, Any] | None,
    tags: Sequence[str],
    resume: bool,
    group: str | None = None,
) -> RunWriter:
    """Make the folder of a run, and begin to write into it.

    Parameters
    ----------
    runs_dir : str or path
        Folder of all runs; made if missing.
    name : str, optional
        By default the date and time. If there is such a run, ``-2``, ``-3``, ... is appended:
        making a folder fails where there is one, so two programs never share a run by accident.
        The ranks of one distributed launch share the one that rank 0 makes, also where it is the
        process of rank 0 that starts the others, as Lightning's does.
    config, tags, group
        See `RunWriter`.
    resume : bool
        Go on in the folder of that name, if there is one.
    """
    rank = this_rank()
    if rank.get("rank") and not resume:
        name = None if name is None else check_name(name)
        found = find_run(Path(os.fspath(runs_dir)), name, rank["launch"], patience=PATIENCE)
        if found is not None:
            return RunWriter(found, config=config, tags=tags, group=group, resume=True)
        warn_alone(rank["rank"], name, PATIENCE)
    if is_started_by_rank_0():
        its = find_run_of_parent(Path(os.fspath(runs_dir)), name)
        if its is not None:
            return RunWriter(its[0], resume=True, forked_from=its[1])
    wanted = check_name(name) if name is not None else f"run-{datetime.now():%Y%m%d-%H%M%S}"
    parent = Path(os.fspath(runs_dir))
    if resume:
        return RunWriter(parent / wanted, config=config, tags=tags, group=group, resume=True)
    parent.mkdir(parents=True, exist_ok=True)
    folder = _make_new(parent, wanted)
    try:
        return RunWriter(folder, config=config, tags=tags, group=group, resume=True)
    except Exception:
        with suppress(OSError):  # what was begun there stays for a person to look at
            folder.rmdir()
        raise


def check_name(name: str) -> str:
    """Check that a run's name can be the name of its folder."""
    if not isinstance(name, str):
        raise TypeError(f"`name` must be a string; got {type(name).__name__}.")
    bad = sorted(set(name) & _FORBIDDEN) + [c for c in name if not c.isprintable()]
    if not name.strip() or name != name.strip() or name.startswith(".") or bad:
        raise ValueError(
            "`name` must be a folder's name: not empty, no spaces around it, no dot before it, "
            f"and none of {' '.join(sorted(_FORBIDDEN))}; got {name!r}. "
            "Another folder for all runs is `runs_dir`."
        )
    if len(name.encode()) > _MOST_BYTES:
        raise ValueError(
            f"`name` must be a folder's name: at most {_MOST_BYTES} bytes in UTF-8; got "
            f"{len(name.encode())}, {name[:40]!r} and more. Settings belong into `config`."
        )
    return name


def _make_new(parent: Path, name: str) -> Path:
    for number in itertools.count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError  # the count has no end

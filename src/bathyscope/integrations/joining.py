"""How the ranks of a distributed training find one run: rank 0 makes it, the others look for it.

Nobody talks to anybody: the first event of each writer says which launch it belongs to.
"""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path
from typing import Any

from bathyscope.integrations.guard import RecordingWarning
from bathyscope.runs import layout
from bathyscope.runs.events import first_and_last
from bathyscope.runs.liveness import is_alive

#: Seconds a rank waits for rank 0 to make the run: others may have to wait until data are there.
PATIENCE = 120.0
_PAUSE = 0.05
#: Seconds by which clocks of several machines, and the starts of their ranks, may differ.
_SLACK = 600.0


def find_run(parent: Path, name: str | None, launch: str, *, patience: float) -> Path | None:
    """Wait for the run that rank 0 of this launch makes.

    Parameters
    ----------
    parent : pathlib.Path
        Folder of all runs.
    name : str, optional
        As it was asked for; the run's folder may be called ``name-2`` and so on. None for any.
    launch : str
        As `bathyscope.runs.ranks.this_rank` gives it.
    patience : float
        Seconds.

    Returns
    -------
    pathlib.Path or None
        None if there is none after that time.
    """
    began = time.monotonic()
    while True:
        for folder in _candidates(parent, name):
            if _is_of(folder, launch):
                return folder
        if time.monotonic() - began > patience:
            return None
        time.sleep(_PAUSE)


def find_run_of_parent(parent: Path, name: str | None) -> tuple[Path, str] | None:
    """Find the run that the process which started this one is recording.

    Parameters
    ----------
    parent : pathlib.Path
        Folder of all runs.
    name : str, optional
        As it was asked for; None for any.

    Returns
    -------
    (pathlib.Path, str) or None
        Folder and writer.
    """
    for folder in _candidates(parent, name):
        for part in layout.list_parts(folder / layout.EVENTS, layout.EVENTS_NAME):
            ends = list(first_and_last(part.path))
            process = ends[0].get("process") if ends else None
            if process and process.get("pid") == os.getppid() and is_alive(process):
                return folder, part.writer
    return None


def warn_alone(rank: int, name: str | None, patience: float) -> None:
    """Say that a rank records on its own."""
    warnings.warn(
        f"bathyscope: rank {rank} found no run `{name or 'of this launch'}` that rank 0 makes, "
        f"and after {patience:g} s records into one of its own. Call `record` on all ranks with "
        "the same name and `runs_dir`, or on rank 0 only.",
        RecordingWarning,
        stacklevel=2,
    )


def _candidates(parent: Path, name: str | None) -> list[Path]:
    """Give the folders that may be meant, the newest first."""
    names = layout.list_names(parent)
    if name is not None:
        names = [one for one in names if one == name or _is_numbered(one, name)]
    folders = [parent / one for one in names]
    found = [(_changed(folder), folder) for folder in folders]
    return [folder for _, folder in sorted(found, reverse=True)]


def _is_numbered(folder: str, name: str) -> bool:
    number = folder.removeprefix(f"{name}-")
    return number != folder and number.isdecimal()


def _changed(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _is_of(folder: Path, launch: str) -> bool:
    for part in layout.list_parts(folder / layout.EVENTS, layout.EVENTS_NAME):
        for event in first_and_last(part.path):
            if event.get("launch") == launch and event.get("rank") == 0 and _is_recent(event):
                return True
    return False


def _is_recent(event: dict[str, Any]) -> bool:
    return float(event.get("time") or 0.0) > time.time() - _SLACK

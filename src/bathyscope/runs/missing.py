"""Says that there is no run where one was looked for, and what is there instead."""

from __future__ import annotations

import difflib
from pathlib import Path

from bathyscope._errors import RunNotFound
from bathyscope.runs.listing import run_folders
from bathyscope.runs.trash import list_trash


def run_not_found(path: Path) -> RunNotFound:
    """Build the error for a folder that is no run, naming runs beside it."""
    place = path.parent
    beside = [run.name for run in run_folders(place)] if place.is_dir() else []
    if path.is_dir() and (inside := [run.name for run in run_folders(path)]):
        return RunNotFound(
            f"`path` must be the folder of one run; `{path}` is a folder of runs. "
            f"Open one of them: {_offer(path.name, inside)}."
        )
    if _is_in_trash(path):
        return RunNotFound(
            f"`path` must be the folder of a run; `{path}` was deleted. "
            "`bathyscope restore` or `restore_run` takes it back."
        )
    state = "is no run" if path.exists() else "does not exist"
    hint = f"Runs beside it: {_offer(path.name, beside)}." if beside else "No run is beside it."
    return RunNotFound(f"`path` must be the folder of a run; `{path}` {state}. {hint}")


def _is_in_trash(path: Path) -> bool:
    return any(trashed.original == path for trashed in list_trash(path.parent))


def _offer(name: str, known: list[str], *, most: int = 5) -> str:
    near = difflib.get_close_matches(name, known, n=most, cutoff=0.4)
    offered = near + [one for one in known if one not in near][: most - len(near)]
    rest = len(known) - len(offered)
    return ", ".join(f"`{one}`" for one in offered) + (f" ({rest} more)" if rest else "")

"""The runs in a folder, at a glance."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bathyscope._errors import RunNotFound
from bathyscope.runs.about import read_about
from bathyscope.runs.layout import looks_like_run
from bathyscope.runs.manifest import read_manifest
from bathyscope.runs.status import Status, run_status


@dataclass(frozen=True)
class RunSummary:
    """What a run is, at a glance.

    Parameters
    ----------
    path : pathlib.Path
        Its folder.
    name : str
    status : {"running", "finished", "failed", "interrupted", "unknown"}
    created : float
        Seconds since 1970 (UTC); NaN if not known.
    tags : tuple of str
    config : mapping
    faults : tuple of str
        What is wrong with its ``run.json``, and with what people said of it.
    group : str
        What it belongs to, such as a search; empty if nothing.
    note : str
        What people noted about it.
    archived : bool
        Whether people put it away.
    """

    path: Path
    name: str
    status: Status
    created: float = float("nan")
    tags: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    group: str = ""
    note: str = ""
    archived: bool = False


def list_runs(folder: str | os.PathLike[str]) -> list[RunSummary]:
    """List the runs directly in a folder, the oldest first.

    Raises
    ------
    RunNotFound
        If the folder does not exist.
    """
    place = Path(folder)
    if not place.is_dir():
        raise RunNotFound(f"`folder` must be a folder of runs; there is none at `{place}`.")
    runs = [summarize(path) for path in _run_folders(place)]
    return sorted(runs, key=lambda run: (run.created != run.created, run.created, run.name))


def _run_folders(place: Path) -> list[Path]:
    with os.scandir(place) as entries:
        names = sorted(e.name for e in entries if not e.name.startswith(".") and e.is_dir())
    return [path for path in (place / name for name in names) if looks_like_run(path)]


def summarize(path: Path) -> RunSummary:
    """Read a run's manifest, its status and what people said of it."""
    facts, faults = read_manifest(path)
    about = read_about(path)
    recorded_tags = tuple(str(tag) for tag in facts.get("tags") or ())
    return RunSummary(
        path,
        str(about.name or facts.get("name") or path.name),
        run_status(path),
        created=created_from_facts(facts),
        tags=recorded_tags if about.tags is None else about.tags,
        config=facts.get("config") or {},
        faults=(*faults, *about.faults),
        group=str(facts.get("group") or ""),
        note=about.note,
        archived=about.archived,
    )


def created_from_facts(facts: Mapping[str, Any]) -> float:
    """Give when a run was made, in seconds since 1970 (UTC); NaN if not known."""
    try:
        return datetime.fromisoformat(str(facts.get("created"))).timestamp()
    except ValueError:
        return float("nan")


def run_not_found(path: Path) -> RunNotFound:
    """Build the error for a folder that is no run, naming runs beside it."""
    place = path.parent
    beside = [run.name for run in _run_folders(place)] if place.is_dir() else []
    if path.is_dir() and (inside := [run.name for run in _run_folders(path)]):
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
    from bathyscope.runs.trash import list_trash  # which needs this file

    return any(trashed.original == path for trashed in list_trash(path.parent))


def _offer(name: str, known: list[str], *, most: int = 5) -> str:
    near = difflib.get_close_matches(name, known, n=most, cutoff=0.4)
    offered = near + [one for one in known if one not in near][: most - len(near)]
    rest = len(known) - len(offered)
    return ", ".join(f"`{one}`" for one in offered) + (f" ({rest} more)" if rest else "")

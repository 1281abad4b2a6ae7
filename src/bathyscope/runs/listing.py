"""The runs in a folder, at a glance."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bathyscope._errors import RunNotFound
from bathyscope.runs.about import read_about
from bathyscope.runs.events import is_newer
from bathyscope.runs.layout import looks_like_run
from bathyscope.runs.manifest import read_manifest
from bathyscope.runs.status import RESUMED, Status, status_from_ends, writer_ends


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
    runs = [summarize(path) for path in run_folders(place)]
    return sorted(runs, key=lambda run: (run.created != run.created, run.created, run.name))


def run_folders(place: Path) -> list[Path]:
    """Give the folders of runs directly in a folder, sorted by name."""
    with os.scandir(place) as entries:
        names = sorted(e.name for e in entries if not e.name.startswith(".") and e.is_dir())
    return [path for path in (place / name for name in names) if looks_like_run(path)]


def summarize(path: Path) -> RunSummary:
    """Read a run's manifest, what its sessions said first and last, and what people said of it."""
    facts, faults = read_manifest(path)
    about = read_about(path)
    writers = writer_ends(path)
    sessions = [facts, *(first for first, _ in writers if _is_later_session(first))]
    return RunSummary(
        path,
        str(about.name or facts.get("name") or path.name),
        status_from_ends(writers),
        created=created_from_facts(facts),
        tags=tags_from_sessions(sessions) if about.tags is None else about.tags,
        config={**config_from_sessions(sessions), **about.config},
        faults=(*faults, *about.faults),
        group=str(facts.get("group") or ""),
        note=about.note,
        archived=about.archived,
    )


def _is_later_session(first: Mapping[str, Any]) -> bool:
    return first.get("kind") == RESUMED and not is_newer(first)


def config_from_sessions(sessions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the settings of a run; those of later sessions replace earlier ones."""
    config: dict[str, Any] = {}
    for session in sessions:
        config.update(session.get("config") or {})
    return config


def tags_from_sessions(sessions: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Give the recorded tags of a run, each once."""
    tags = [str(tag) for session in sessions for tag in session.get("tags") or ()]
    return tuple(dict.fromkeys(tags))


def created_from_facts(facts: Mapping[str, Any]) -> float:
    """Give when a run was made, in seconds since 1970 (UTC); NaN if not known."""
    try:
        return datetime.fromisoformat(str(facts.get("created"))).timestamp()
    except (ValueError, OverflowError, OSError):
        return float("nan")

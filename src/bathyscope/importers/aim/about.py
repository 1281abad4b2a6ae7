"""What people said of Aim's runs: their names, experiments, tags and notes, from its database."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bathyscope.importers.sqlite import Database, opened

_TABLES = ("run", "experiment", "tag", "run_tag")


@dataclass(frozen=True)
class About:
    """What people said of a run.

    Parameters
    ----------
    name, experiment : str
    created : float
        Seconds since 1970 (UTC); NaN if not known.
    tags, notes : tuple of str
    """

    name: str = ""
    experiment: str = ""
    created: float = math.nan
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def created_by_run(path: Path) -> dict[str, float]:
    """Give when each run was created, by its hash, in seconds since 1970 (UTC).

    Raises
    ------
    DamagedFile
        If it is no database of Aim's.
    """
    with opened(path, _TABLES, what="Aim's database") as database:
        return {str(key): _seconds(when) for key, when in database.rows(
            "SELECT hash, created_at FROM run")}  # fmt: skip


def about_run(path: Path, key: str) -> About:
    """Give what people said of a run.

    Raises
    ------
    DamagedFile
        If it is no database of Aim's.
    """
    with opened(path, _TABLES, what="Aim's database") as database:
        query = (
            "SELECT run.id, run.name, run.description, run.is_archived, run.created_at, "
            "experiment.name FROM run LEFT JOIN experiment ON experiment.id = run.experiment_id "
            "WHERE run.hash = ? LIMIT 1"
        )
        row = next(database.rows(query, key), None)
        if row is None:
            return About()
        number, name, description, is_archived, created, experiment = row
        query = (
            "SELECT tag.name FROM run_tag JOIN tag ON tag.id = run_tag.tag_id "
            "WHERE run_tag.run_id = ? ORDER BY run_tag.rowid"
        )
        tags = tuple(str(tag) for (tag,) in database.rows(query, number))
        notes = (description, *_notes(database, number))
    return About(
        str(name or ""),
        str(experiment or ""),
        _seconds(created),
        (*tags, "archived") if is_archived else tags,
        tuple(str(note) for note in notes if note),
    )


def _notes(database: Database, number: int) -> list[Any]:
    if not database.has(("note",)):
        return []
    query = "SELECT content FROM note WHERE run_id = ? ORDER BY id"
    return [content for (content,) in database.rows(query, number)]


def _seconds(text: Any) -> float:
    """Read a time as SQLAlchemy writes it, in UTC."""
    with contextlib.suppress(ValueError, TypeError):
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    return math.nan

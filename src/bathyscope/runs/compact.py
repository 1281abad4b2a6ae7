"""Seals what the dead writers of a run left behind."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bathyscope._errors import DamagedFile, RunError
from bathyscope.runs.checks import check_parquet
from bathyscope.runs.events import first_and_last
from bathyscope.runs.files import cannot_write
from bathyscope.runs.layout import (
    EVENTS,
    EVENTS_NAME,
    JOURNAL_NAME,
    SCALARS,
    SEALED_NAME,
    Part,
    list_parts,
)
from bathyscope.runs.liveness import is_alive
from bathyscope.runs.reader import Run
from bathyscope.runs.sealing import seal
from bathyscope.runs.status import Status, writer_status

_HIDDEN = re.compile(r"\.(?P<writer>[0-9]{4,}-[0-9]+-[0-9a-f]{8})-[0-9]+\.[0-9a-f]{8}\.tmp")


@dataclass
class Compaction:
    """What `compact` did.

    Parameters
    ----------
    sealed : list of pathlib.Path
        Sealed files that took the place of journals.
    kept : dict of pathlib.Path to str
        Journals that were left as they are, and why.
    """

    sealed: list[Path] = field(default_factory=list)
    kept: dict[Path, str] = field(default_factory=dict)


def compact(
    path: str | os.PathLike[str], *, only_finished: bool = False, others_are_dead: bool = False
) -> Compaction:
    """Seal the journals of a run whose writers have ended, however they ended.

    Parameters
    ----------
    path : str or path
        The run's folder.
    only_finished : bool
        Leave alone what a living process still writes, instead of refusing the run.
    others_are_dead : bool
        Take for dead the writers on other hosts, of which this one cannot tell.

    Raises
    ------
    RunError
        If a process still writes the run, or the disk refuses; no point is lost by that.
    """
    run = Run(path).path
    alive = _alive(run, others_are_dead=others_are_dead)
    if alive and not only_finished:
        raise RunError(_refusal(run, alive))
    done = Compaction()
    for part in list_parts(run / SCALARS, JOURNAL_NAME):
        if part.writer in alive:
            done.kept[part.path] = f"its writer is {alive[part.writer]}"
        else:
            _seal_part(part, done)
    _remove_unfinished(run)
    return done


def _alive(run: Path, *, others_are_dead: bool) -> dict[str, Status]:
    """Give the writers that may still write, and what is known of them."""
    found: dict[str, Status] = {
        part.writer: _status(part.path) for part in list_parts(run / EVENTS, EVENTS_NAME)
    }
    open_ends: tuple[Status, ...] = ("running",) if others_are_dead else ("running", "unknown")
    return {writer: status for writer, status in found.items() if status in open_ends}


def _status(events: Path) -> Status:
    ends = list(first_and_last(events))
    return writer_status(ends[0], ends[-1]) if ends else "interrupted"


def _refusal(run: Path, alive: dict[str, Status]) -> str:
    if "running" in alive.values():
        return (
            f"`{run}` must not be written by a living process to be compacted; "
            f"{', '.join(alive)} may be alive. Wait for it, or compact only what is finished."
        )
    return (
        f"The writers of `{run}` must have ended for it to be compacted; {', '.join(alive)} ran "
        "on another host, which alone can tell. Compact there, or say that they are dead."
    )


def _seal_part(part: Part, done: Compaction) -> None:
    try:
        if any(_is_whole(sealed) for sealed in _sealed_before(part)):
            part.path.unlink(missing_ok=True)  # sealing was cut short after its last but one act
            return
        sealed = seal(part.path)
    except FileNotFoundError:  # somebody else has just sealed it
        return
    except OSError as error:
        raise cannot_write(part.path, error) from error
    if sealed is None:
        done.kept[part.path] = "it is damaged, and kept as it is"
    else:
        done.sealed.append(sealed)


def _sealed_before(part: Part) -> Iterator[Part]:
    for sealed in list_parts(part.path.parent, SEALED_NAME):
        if sealed.key == part.key:
            yield sealed


def _is_whole(sealed: Part) -> bool:
    try:
        check_parquet(sealed)
    except DamagedFile:
        return False
    return True


def _remove_unfinished(run: Path) -> None:
    """Remove the beginnings of sealed files whose processes died in the midst."""
    for path in (run / SCALARS).glob(".*.tmp"):
        match = _HIDDEN.fullmatch(path.name)
        if match is not None and _has_died(run / EVENTS / f"{match['writer']}.jsonl"):
            with contextlib.suppress(OSError):
                path.unlink()


def _has_died(events: Path) -> bool:
    """Say whether a writer's process is known to be dead: a finished one may still seal."""
    first = next(first_and_last(events), {})
    return is_alive(first.get("process") or {}) is False

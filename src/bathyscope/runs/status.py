"""What became of a run, by what its writers said last and whether they still live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from bathyscope.runs.events import first_and_last
from bathyscope.runs.layout import list_event_logs
from bathyscope.runs.liveness import is_alive

#: ``unknown``: the writer ran on another host and did not say that it finished.
Status = Literal["running", "finished", "failed", "interrupted", "unknown"]
#: What a writer may say of itself when it finishes.
ENDINGS: tuple[Status, ...] = ("finished", "failed", "interrupted")

#: Of the ranks of one launch, the worst counts.
_BAD_NEWS_FIRST: tuple[Status, ...] = ("running", "failed", "interrupted", "unknown", "finished")

STARTED = "started"
RESUMED = "resumed"
FORKED = "forked"
FINISHED = "finished"


#: The first and the last event of a writer.
Ends = tuple[Mapping[str, Any], Mapping[str, Any]]


def ending_of(error: BaseException | None) -> Status:
    """Say how a run ends whose program leaves its block with this error, or is ended by it."""
    if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
        return "finished"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"


def writer_ends(run: Path) -> list[Ends]:
    """Give the first and the last event of each writer, the later writer's last."""
    logs = (list(first_and_last(log)) for log in list_event_logs(run))
    return [(events[0], events[-1]) for events in logs if events]


def run_status(run: Path) -> Status:
    """Say what became of a run: it runs if any writer does, else its last session counts."""
    return status_from_ends(writer_ends(run))


def status_from_ends(writers: Iterable[Ends]) -> Status:
    """Say what became of a run by what `writer_ends` gave."""
    status: Status = "unknown"
    launch: str | None = None
    for first, last in writers:
        found = writer_status(first, last)
        if found == "running":
            return found
        # A forked process ends without a word as a rule; that says nothing about the run.
        if first.get("kind") != FORKED:
            is_same = launch is not None and launch == first.get("launch")
            status = _worse(status, found) if is_same else found
            launch = first.get("launch")
    return status


def _worse(one: Status, other: Status) -> Status:
    return next(status for status in _BAD_NEWS_FIRST if status in (one, other))


def writer_status(first: Mapping[str, Any], last: Mapping[str, Any]) -> Status:
    """Say what became of one writer, by its first and its last event."""
    if last.get("kind") == FINISHED:
        said: Status | None = last.get("status")
        return said if said in ENDINGS else "unknown"
    alive = is_alive(first.get("process") or {})
    if alive is None:
        return "unknown"
    return "running" if alive else "interrupted"

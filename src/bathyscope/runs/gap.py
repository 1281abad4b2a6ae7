"""What the disk refused: counted while it does, and reported once there is room again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bathyscope.runs.journal import JournalWriter

#: Kind of the event that reports it.
GAP = "gap"


class Gap:
    """Stands in for a journal that could not be written, until it can.

    Parameters
    ----------
    journal : JournalWriter
    on_end : callable
        Called once a record was written again.
    """

    def __init__(self, journal: JournalWriter, on_end: Callable[[Gap], None]) -> None:
        self.journal = journal
        self._on_end = on_end
        self._calls = 0
        self._steps: list[int] = []
        self._reason = ""

    @property
    def path(self) -> Path:
        """Path of the journal."""
        return self.journal.path

    def count(self, step: int, error: Exception) -> None:
        """Count a call whose values are lost."""
        self._calls += 1
        self._steps = [min([*self._steps, int(step)]), max([*self._steps, int(step)])]
        self._reason = str(error.__cause__ or error)

    def quick(self, values: Any, step: Any, time_us: Any, /) -> bool:
        """Append nothing: whether there is room again is for `append` to find out."""
        del values, step, time_us
        return False

    def append(self, values: Mapping[str, Any], step: int, time_us: int | None) -> None:
        """Append to the journal; the gap is over if that is possible."""
        self.journal.append(values, step, time_us)
        self._on_end(self)

    def report(self) -> dict[str, Any]:
        """Give the fields of the event that reports what is lost."""
        first, last = self._steps
        return {
            "calls": self._calls,
            "first_step": first,
            "last_step": last,
            "reason": self._reason,
        }

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()

    def abandon(self) -> None:
        """Let go of the journal in a forked child."""
        self.journal.abandon()


def gap_fault(event: Mapping[str, Any]) -> str:
    """Say in a sentence what a gap event reports."""
    return (
        f"{event.get('calls')} logging calls between step {event.get('first_step')} and step "
        f"{event.get('last_step')} could not be written ({event.get('reason')})"
    )

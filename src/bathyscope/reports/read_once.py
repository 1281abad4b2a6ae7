"""A run whose tables and summaries are read once for all pictures of a report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from bathyscope.reports.parts import MOST_BYTES, Columns, PartsCache
from bathyscope.sources import OpenRun


class ReadOnce:
    """Answers for a run, and keeps the tables that were asked for last.

    What becomes of each sample over the training is told beside every frame of a film: each frame
    asks for the tables of all steps.

    Parameters
    ----------
    run : Run
        Or another that answers like it.
    most_bytes : int
    """

    def __init__(self, run: OpenRun, *, most_bytes: int = MOST_BYTES) -> None:
        self._run = run
        self._tables = PartsCache(most_bytes=most_bytes)
        self._summaries: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def table(self, name: str, *, step: int = -1) -> dict[str, NDArray[Any]]:
        """Give the columns of a table at a step; nobody may write into them."""
        return self._tables.get((name, step), 0, lambda: self._run.table(name, step=step))

    def computed(self, what: str, make: Callable[[], Columns]) -> dict[str, NDArray[Any]]:
        """Give what several pictures make of the run by this name."""
        return self._tables.get(("computed", what), 0, make)

    def summaries(self) -> Any:
        """Give the first and the last value of every metric; of many metrics that takes a while."""
        if self._summaries is None:
            self._summaries = self._run.summaries()
        return self._summaries

"""A run whose tables are read once for all pictures of a report."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from bathyscope.sources import OpenRun

#: At most this many bytes of tables are kept.
MOST_BYTES = 192 << 20

Columns = Mapping[str, NDArray[Any]]


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
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, int], Columns] = OrderedDict()
        self._n_bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def table(self, name: str, *, step: int = -1) -> dict[str, NDArray[Any]]:
        """Give the columns of a table at a step; nobody may write into them."""
        key = name, step
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._run.table(name, step=step)
            for column in found.values():
                column.setflags(write=False)  # what one picture changed, all others would show
            self._n_bytes += _bytes_of(found)
        self._kept.move_to_end(key)
        while self._n_bytes > self._most_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._n_bytes -= _bytes_of(oldest)
        return dict(found)


def _bytes_of(columns: Columns) -> int:
    return sum(column.nbytes for column in columns.values())

"""Runs that are open: few at a time, since an open run holds its scalars in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from bathyscope.runs import Run
from bathyscope.server.known import Known

#: At most this many runs are open at once.
MOST_OPEN = 24


class OpenedRuns:
    """Opens runs, and closes those that nobody asked for lately.

    Parameters
    ----------
    root : pathlib.Path
        The folder that is shown.
    most : int
    """

    def __init__(self, root: Path, *, most: int = MOST_OPEN) -> None:
        self._root = root
        self._most = most
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, Any] = OrderedDict()

    def get(self, known: Known) -> Any:
        """Give a run, open.

        Raises
        ------
        RunNotFound
            If it is gone.
        """
        with self._lock:
            run = self._runs.get(known.id)
            if run is not None:
                self._runs.move_to_end(known.id)
                return run
        run = self.open_anew(known)
        with self._lock:
            run = self._runs.setdefault(known.id, run)
            while len(self._runs) > self._most:
                self._runs.popitem(last=False)
        return run

    def has(self, run_id: str) -> bool:
        """Whether a run is open."""
        with self._lock:
            return run_id in self._runs

    def open_anew(self, known: Known) -> Any:
        """Open a run for one question, to be forgotten after it."""
        return Run(known.place.path)

    def close(self, run_id: str) -> None:
        """Forget a run that is gone."""
        with self._lock:
            self._runs.pop(run_id, None)

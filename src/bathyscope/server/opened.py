"""Runs that are open: few at a time, since an open run holds its scalars in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from bathyscope.server.known import Known
from bathyscope.server.links import check_links
from bathyscope.sources import OpenRun, open_source

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
        self._runs: OrderedDict[str, OpenRun] = OrderedDict()
        self._checked: dict[str, int] = {}

    def get(self, known: Known) -> OpenRun:
        """Give a run, open.

        Raises
        ------
        RunNotFound
            If it is gone.
        Refusal
            If it holds links that lead elsewhere.
        """
        self._check(known)
        with self._lock:
            run = self._runs.get(known.id)
            if run is not None:
                self._runs.move_to_end(known.id)
                return run
        run = self._open(known)
        with self._lock:
            run = self._runs.setdefault(known.id, run)
            while len(self._runs) > self._most:
                closed, _ = self._runs.popitem(last=False)
                self._checked.pop(closed, None)
        return run

    def __len__(self) -> int:
        with self._lock:
            return len(self._runs)

    def has(self, run_id: str) -> bool:
        """Whether a run is open."""
        with self._lock:
            return run_id in self._runs

    def open_anew(self, known: Known) -> OpenRun:
        """Open a run for one question, to be forgotten after it."""
        check_links(known.place.path, self._root)
        return self._open(known)

    def close(self, run_id: str) -> None:
        """Forget a run that is gone."""
        with self._lock:
            self._runs.pop(run_id, None)
            self._checked.pop(run_id, None)

    def _check(self, known: Known) -> None:
        """Look for links, again whenever the run changed."""
        if self._checked.get(known.id) != known.version:
            version = known.version
            check_links(known.place.path, self._root)
            self._checked[known.id] = version

    def _open(self, known: Known) -> OpenRun:
        found = known.place.found
        return found.open() if found else open_source(known.place.path, root=self._root)

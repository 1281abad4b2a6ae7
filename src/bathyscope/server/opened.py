"""Runs that are open: few at a time, since an open run holds its scalars in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from weakref import WeakValueDictionary

from bathyscope.importers.tensorboard.source import TensorBoardRun
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
        self._logs: WeakValueDictionary[str, TensorBoardRun] = WeakValueDictionary()

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
        if isinstance(run, TensorBoardRun):
            run.read_gradually()
        with self._lock:
            run = self._runs.setdefault(known.id, run)
            while len(self._runs) > self._most:
                closed, _ = self._runs.popitem(last=False)
                self._checked.pop(closed, None)
        return run

    def whole(self, known: Known) -> OpenRun:
        """Give a run of which all is read: what is taken away must be complete."""
        run = self.get(known)
        if isinstance(run, TensorBoardRun):
            run.read_all()
        return run

    def progress(self, run_id: str) -> tuple[int, int] | None:
        """Give how many bytes of a log were read, and of how many; None if that is all."""
        with self._lock:
            run = self._runs.get(run_id)
        return run.progress() if isinstance(run, TensorBoardRun) else None

    def stage(self, run_id: str) -> int:
        """Count how often more of a log was read than had been told; 0 if all was at once."""
        with self._lock:
            run = self._runs.get(run_id)
        return run.stage if isinstance(run, TensorBoardRun) else 0

    def __len__(self) -> int:
        with self._lock:
            return len(self._runs)

    def has(self, run_id: str) -> bool:
        """Whether a run is open."""
        with self._lock:
            return run_id in self._runs

    def open_anew(self, known: Known) -> OpenRun:
        """Open a run for one question, to be forgotten after it, unless others ask meanwhile."""
        check_links(known.place.path, self._root)
        return self._open(known)

    def close(self, run_id: str) -> None:
        """Forget a run that is gone."""
        with self._lock:
            self._runs.pop(run_id, None)
            self._logs.pop(run_id, None)
            self._checked.pop(run_id, None)

    def _check(self, known: Known) -> None:
        """Look for links, again whenever the run changed."""
        if self._checked.get(known.id) != known.version:
            version = known.version
            check_links(known.place.path, self._root)
            self._checked[known.id] = version

    def _open(self, known: Known) -> OpenRun:
        found = known.place.found
        if found is not None:
            return found.open()
        with self._lock:
            shared = self._logs.get(known.id)
        if shared is not None:  # a large log is read once, however many ask
            return shared
        run = open_source(known.place.path, root=self._root)
        if not isinstance(run, TensorBoardRun):
            return run
        run.read_gradually(is_wanted=False)
        with self._lock:
            return self._logs.setdefault(known.id, run)

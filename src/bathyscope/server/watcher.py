"""The thread that looks at the files, seldom while nothing happens and nobody listens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from bathyscope.server.catalog import Catalog, Changes
from bathyscope.server.hub import Hub

_log = logging.getLogger(__name__)

#: Between two looks while a page listens; what a look may take of that.
_TICK_SECS = 0.1
_BUDGET_SECS = 0.05
#: Reading many runs for the first time leaves the others room to answer.
_BREATH_SECS = 0.01
#: Between two looks while no page listens.
_IDLE_SECS = 1.0


class Watcher:
    """Looks at a catalog's files until it is stopped.

    Parameters
    ----------
    catalog : Catalog
    tell : callable
        Called from this thread with what changed.
    hub : Hub
        Knows who listens, and to which runs.
    """

    def __init__(self, catalog: Catalog, tell: Callable[[Changes], None], hub: Hub) -> None:
        self._catalog = catalog
        self._tell = tell
        self._hub = hub
        self._wake = threading.Event()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="bathyscope-watcher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look now: somebody asks."""
        self._wake.set()

    def stop(self) -> None:
        """End, and wait for the end."""
        self._is_stopped = True
        self._wake.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._is_stopped:
            self._wake.clear()
            try:
                changes = self._catalog.refresh(budget=_BUDGET_SECS, watched=self._hub.watched)
            except Exception:  # one bad look must not be the last one
                _log.exception("bathyscope: the folder of runs could not be looked at")
                changes = Changes()
            if changes:
                self._tell(changes)
            self._wake.wait(self._pause())

    def _pause(self) -> float:
        if self._catalog.is_busy:
            return _BREATH_SECS
        return _TICK_SECS if self._hub.n_listeners else _IDLE_SECS

"""The threads that look at the files, seldom while nothing happens and nobody listens."""

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

    What changed is told at once by one thread; what the list shows of it, which may take long to
    read, is read by another.

    Parameters
    ----------
    catalog : Catalog
    tell : callable
        Called from these threads with what changed.
    hub : Hub
        Knows who listens, and to which runs.
    """

    def __init__(self, catalog: Catalog, tell: Callable[[Changes], None], hub: Hub) -> None:
        self._catalog = catalog
        self._tell = tell
        self._hub = hub
        self._wake = threading.Event(), threading.Event()
        self._is_stopped = False
        works = (("look", self._look, self._look_pause), ("read", self._read, self._read_pause))
        self._threads = [
            threading.Thread(
                target=self._repeat,
                args=(work, pause, wake),
                name=f"bathyscope-{name}",
                daemon=True,
            )
            for (name, work, pause), wake in zip(works, self._wake, strict=True)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look now: somebody asks."""
        for wake in self._wake:
            wake.set()

    def stop(self) -> None:
        """End, and wait for the end."""
        self._is_stopped = True
        self.wake()
        for thread in self._threads:
            thread.join(2)

    def _look(self) -> Changes:
        return self._catalog.look(budget=_BUDGET_SECS, watched=self._hub.watched)

    def _read(self) -> Changes:
        return self._catalog.read(budget=_BUDGET_SECS)

    def _repeat(
        self, work: Callable[[], Changes], pause: Callable[[], float], wake: threading.Event
    ) -> None:
        while not self._is_stopped:
            wake.clear()
            try:
                changes = work()
            except Exception:  # one bad look must not be the last one
                _log.exception("bathyscope: the folder of runs could not be looked at")
                changes = Changes()
            if changes:
                self._tell(changes)
            wake.wait(pause())

    def _look_pause(self) -> float:
        return _BREATH_SECS if self._catalog.has_unseen else self._pause()

    def _read_pause(self) -> float:
        return _BREATH_SECS if self._catalog.has_unread else self._pause()

    def _pause(self) -> float:
        return _TICK_SECS if self._hub.n_listeners else _IDLE_SECS

"""A lock for many who ask and one who works on: whoever asks goes first."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator

#: Who works on waits no longer than this for those who ask.
_PATIENCE_SECS = 0.5


class Turns:
    """A lock that may be taken again by the thread that holds it; ``with turns:`` asks."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._asking = 0
        self._nobody = threading.Condition()

    def __enter__(self) -> None:
        with self._nobody:
            self._asking += 1
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        with self._nobody:
            self._asking -= 1
            if not self._asking:
                self._nobody.notify_all()

    @contextlib.contextmanager
    def last(self) -> Generator[None]:
        """Take the lock when nobody else wants it."""
        with self._nobody:
            self._nobody.wait_for(lambda: not self._asking, _PATIENCE_SECS)
        with self._lock:
            yield

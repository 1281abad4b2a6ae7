"""Seals journals that have grown large, in a thread beside the training."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from bathyscope.runs.sealing import seal

#: A journal of this size is ended, and the next part begun.
PART_BYTES = 32 << 20
#: Seconds between two looks at the size. The training is never asked.
INTERVAL = 2.0
_LONGEST_WAIT = 10.0


class Sealer:
    """Looks now and then whether a part is full, and seals it.

    Parameters
    ----------
    next_full : bound method
        Ends the current part if it is full, and gives a journal that waits to be sealed, or
        None. Only a weak reference is kept: the thread ends with the object it belongs to.
    """

    def __init__(self, next_full: Callable[[], Path | None]) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=_watch,
            args=(weakref.WeakMethod(next_full), self._stop),
            name="bathyscope-sealer",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what it is sealing is sealed first."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join()


def _watch(method: weakref.WeakMethod[Any], stop: threading.Event) -> None:
    while not stop.wait(INTERVAL):
        next_full = method()
        if next_full is None:
            return
        journal = next_full()
        del next_full
        if journal is not None:
            _seal_quietly(journal)


def _seal_quietly(journal: Path) -> None:
    # Whatever goes wrong, every point stays readable in the journal; `finish` tries again.
    with _FORKS.held_back(), contextlib.suppress(Exception):
        seal(journal)


class _Forks:
    """Lets no process be forked while DuckDB works in a thread: the child could not use it."""

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._is_forking = False

    @contextlib.contextmanager
    def held_back(self) -> Generator[None]:
        """Hold forks back within this block."""
        with self._busy:
            yield

    def before(self) -> None:
        """Wait until the block is left; not for ever, since a disk may hang."""
        self._is_forking = self._busy.acquire(timeout=_LONGEST_WAIT)

    def after_in_parent(self) -> None:
        """Let the block be entered again."""
        if self._is_forking:
            self._is_forking = False
            self._busy.release()

    def after_in_child(self) -> None:
        """Begin anew: the thread that sealed is not here."""
        self._busy = threading.Lock()
        self._is_forking = False


_FORKS = _Forks()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_FORKS.before,
        after_in_parent=_FORKS.after_in_parent,
        after_in_child=_FORKS.after_in_child,
    )

"""Seals journals that have grown large, beside the training."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import weakref
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from bathyscope.runs.sealing import seal
from bathyscope.runs.threads import start_thread

#: A journal of this size is ended, and the next part begun.
PART_BYTES = 32 << 20
#: Seconds between two looks at the size. The training is never asked.
INTERVAL = 2.0
_LONGEST_WAIT = 10.0


class Sealer:
    """Looks now and then whether a part is full, and has it sealed.

    One thread ends parts, another seals those that are ended: else a journal would grow while
    the one before is being sealed, would take longer to seal, and so on, until sealing it takes
    more memory than the training has left.

    Parameters
    ----------
    next_full : bound method
        Ends the current part if it is full, and gives a journal that waits to be sealed, or
        None. Only a weak reference is kept: the threads end with the object it belongs to.
    """

    def __init__(self, next_full: Callable[[], Path | None]) -> None:
        self._stop = threading.Event()
        self._waiting: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        # Where there can be no threads, `finish` seals everything.
        self._threads = [
            start_thread(
                "sealer", _watch, weakref.WeakMethod(next_full), self._stop, self._waiting
            ),
            start_thread("sealer", _seal_on, self._stop, self._waiting),
        ]

    def stop(self) -> None:
        """End the threads; what is being sealed is sealed first, what waits is not."""
        self._stop.set()
        for thread in self._threads:
            if thread is not None and thread is not threading.current_thread():
                thread.join()


def _watch(
    method: weakref.WeakMethod[Any], stop: threading.Event, waiting: queue.SimpleQueue[Path | None]
) -> None:
    while not stop.wait(INTERVAL):
        next_full = method()
        if next_full is None:
            break
        journal = next_full()
        del next_full
        if journal is not None:
            waiting.put(journal)
    waiting.put(None)


def _seal_on(stop: threading.Event, waiting: queue.SimpleQueue[Path | None]) -> None:
    while (journal := waiting.get()) is not None and not stop.is_set():
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

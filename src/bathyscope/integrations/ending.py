"""How a program ends that leaves its runs open: whom it then calls, and what it ended by."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from typing import Any

from bathyscope.integrations.exits import exits
from bathyscope.runs.status import Status, ending_of

#: After the workers of this process are joined, which may log.
_LAST = -100


class AtExit:
    """Calls once, at the end of this process, unless it is cancelled; in no fork of it.

    Parameters
    ----------
    close : callable
        Given how the program ends.
    """

    def __init__(self, close: Callable[[Status], None]) -> None:
        self._close = close
        self._process = os.getpid()
        atexit.register(self._end)
        self._finalizer = _finalizer(self._end)
        exits.listen()

    def cancel(self) -> None:
        """Call nothing."""
        exits.leave()
        atexit.unregister(self._end)
        if self._finalizer is not None:
            self._finalizer.cancel()

    def _end(self) -> None:
        if os.getpid() == self._process:  # a fork has no business with its parent's run
            self._close(_ending())


def _finalizer(end: Callable[[], None]) -> Any:
    """Register with multiprocessing, too, in a worker of it: one that was forked calls no other."""
    multiprocessing: Any = sys.modules.get("multiprocessing")
    if multiprocessing is None or multiprocessing.parent_process() is None:
        return None
    from multiprocessing.util import Finalize

    return Finalize(None, end, exitpriority=_LAST)


def _ending() -> Status:
    """Say how the program ends, by the exception that ends it, if one does."""
    if hasattr(sys, "ps1"):  # an interactive session goes on after an exception
        return "finished"
    # Of a worker it is on its way (before Python 3.13); of the main program it was shown already,
    # unless it is what `sys.exit` raises.
    error = sys.exception() or getattr(sys, "last_value", None)
    return exits.ending if error is None else ending_of(error)

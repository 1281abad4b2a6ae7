"""What `sys.exit` and `exit` were asked to end the program with.

They raise an exception, and Python tells nobody that it ended the program: when functions
registered by `atexit` are called, it is forgotten. So they are listened to while a run is open.
"""

from __future__ import annotations

import builtins
import functools
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bathyscope.runs.status import Status, ending_of


class Exits:
    """Listens to the functions that end a program, while anybody wants to know."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners = 0
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._last: _Call | None = None

    @property
    def ending(self) -> Status:
        """How the program ends, so far as these functions were asked to end it."""
        return "finished" if self._last is None else self._last.ending

    def listen(self) -> None:
        """Begin, unless another has."""
        with self._lock:
            self._listeners += 1
            if self._listeners > 1:
                return
            self._last = None
            self._replace(sys, "exit")
            if hasattr(builtins, "exit"):  # `quit` is of the same class; without `site` none is
                self._replace(type(builtins.exit), "__call__")

    def leave(self) -> None:
        """Leave everything as it was found when nobody wants to know any more."""
        with self._lock:
            self._listeners -= 1
            while self._replaced and not self._listeners:
                owner, name, original, ours = self._replaced.pop()
                if getattr(owner, name) is ours:  # else what another put around it would be lost
                    setattr(owner, name, original)

    def _replace(self, owner: Any, name: str) -> None:
        original = getattr(owner, name)
        ours = self._listening(original)
        setattr(owner, name, ours)
        self._replaced.append((owner, name, original, ours))

    def _listening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def exit_(*args: Any, **kwargs: Any) -> Any:
            # The traceback of the exception keeps this frame, and so this, as long as it is there.
            lifetime = _Lifetime(self._forget)
            try:
                return original(*args, **kwargs)
            except SystemExit as error:
                # In another thread it ends that thread alone.
                if threading.current_thread() is threading.main_thread():
                    self._last = lifetime.call = _Call(ending_of(error))
                raise

        return exit_

    def _forget(self, call: _Call) -> None:
        if call is self._last:
            self._last = None


@dataclass(frozen=True, eq=False)
class _Call:
    """A call that asked the program to end."""

    ending: Status


class _Lifetime:
    """Tells when the exception of a call is let go of by a program that goes on.

    Parameters
    ----------
    forget : callable
        Given the call.
    """

    def __init__(self, forget: Callable[[_Call], None]) -> None:
        self.call: _Call | None = None
        self._forget = forget

    def __del__(self) -> None:
        # The exception that ends a program is let go of when no function runs any more.
        is_going_on = sys._getframe().f_back is not None
        if self.call is not None and is_going_on:
            self._forget(self.call)


exits = Exits()

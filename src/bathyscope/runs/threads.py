"""Threads beside the training, which never keep a program from ending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def start_thread(name: str, do: Callable[..., None], *arguments: Any) -> threading.Thread | None:
    """Start a thread; None where the system gives no more, or the program is about to end.

    Parameters
    ----------
    name : str
        What its name says after ``bathyscope-``.
    do : callable
    *arguments
        What it is given.
    """
    thread = threading.Thread(target=do, args=arguments, name=f"bathyscope-{name}", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        return None
    return thread

"""Tells every page that listens what changed: a few times a second at most, however much did."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from bathyscope.server.catalog import Changes

#: Pauses between two messages to one page: least, for each page that listens, and most. What
#: happens after a while of silence is told at once.
PAUSE_SECS = 0.25
_PAUSE_SECS_EACH = 0.003
_LONGEST_PAUSE_SECS = 0.8
HEARTBEAT_SECS = 15.0


def pause_for(n_listeners: int) -> float:
    """Give the seconds between two messages to one page: a crowd must not slow the training."""
    return min(max(PAUSE_SECS, _PAUSE_SECS_EACH * n_listeners), _LONGEST_PAUSE_SECS)


class Listener:
    """One page, and what it has not been told yet."""

    def __init__(self, only: frozenset[str]) -> None:
        self.only = only
        self.missed = Changes()
        self.wake = asyncio.Event()

    def add(self, changes: Changes) -> None:
        """Note what changed; of what changed twice only the last time counts."""
        runs = changes.runs
        if self.only:
            runs = {run: number for run, number in runs.items() if run in self.only}
        self.missed.runs.update(runs)
        self.missed.list_version = max(self.missed.list_version, changes.list_version)
        if self.missed:
            self.wake.set()

    def take(self) -> Changes:
        """Give what is to be told, and begin anew."""
        taken, self.missed = self.missed, Changes()
        self.wake.clear()
        return taken


class Hub:
    """All pages that listen. It belongs to one event loop."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._is_closed = False
        #: Runs that pages look at. Replaced whole, so that other threads may read it.
        self.watched: frozenset[str] = frozenset()

    @property
    def n_listeners(self) -> int:
        """How many pages listen."""
        return len(self._listeners)

    def publish(self, changes: Changes) -> None:
        """Tell everybody."""
        for listener in self._listeners:
            listener.add(changes)

    def close(self) -> None:
        """End all streams: the server stops."""
        self._is_closed = True
        for listener in self._listeners:
            listener.wake.set()

    async def stream(self, missed: Changes, only: frozenset[str]) -> AsyncIterator[bytes]:
        """Give Server-Sent Events for one page, beginning with what it missed."""
        listener = Listener(only)
        self._listeners.add(listener)
        self._count_watched()
        listener.add(missed)
        try:
            # Proxies and browsers wait for the first bytes before they say that they are connected.
            yield b"retry: 1000\n\n"
            while not self._is_closed:
                try:
                    await asyncio.wait_for(listener.wake.wait(), HEARTBEAT_SECS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if told := _events(listener.take()):
                    yield told
                    await asyncio.sleep(pause_for(len(self._listeners)))
        finally:
            self._listeners.discard(listener)
            self._count_watched()

    def _count_watched(self) -> None:
        self.watched = frozenset().union(*(listener.only for listener in self._listeners))


def _events(changes: Changes) -> bytes:
    """Write events; their ids are versions, which a browser gives when it connects again."""
    lines: list[str] = []
    for run, version in sorted(changes.runs.items(), key=lambda item: item[1]):
        lines.append(_event("run", version, {"id": run, "version": version}))
    if changes.list_version:
        version = changes.list_version
        lines.append(_event("runs", version, {"version": version}))
    return "".join(lines).encode()


def _event(name: str, version: int, data: dict[str, object]) -> str:
    return f"event: {name}\nid: {version}\ndata: {json.dumps(data)}\n\n"

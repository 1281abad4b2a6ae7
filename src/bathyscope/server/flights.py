"""Answers computed once, however many ask, and kept as long as there is room for them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

#: At most this many bytes of answers are kept.
MOST_BYTES = 256 << 20


@dataclass(frozen=True)
class Answer:
    """Bytes to send.

    Parameters
    ----------
    body : bytes
    tag : str
        Names these bytes: equal bodies have equal tags.
    packed : bytes
        The same, compressed; empty where that is not worth it.
    """

    body: bytes
    tag: str
    packed: bytes = b""

    @property
    def n_bytes(self) -> int:
        """How much it takes to keep it."""
        return len(self.body) + len(self.packed)


class Flights:
    """Computes an answer for each key at most once at a time, and keeps the latest ones used.

    It belongs to one event loop.

    Parameters
    ----------
    most_bytes : int
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, tuple[int, Answer]] = OrderedDict()
        self._flying: dict[tuple[Hashable, int], asyncio.Task[Answer]] = {}

    @property
    def n_bytes(self) -> int:
        """How much is kept."""
        return self._bytes

    async def get(
        self, key: Hashable, version: int, compute: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """Give what is kept under a key, wait for who computes it, or compute it.

        Parameters
        ----------
        key : hashable
        version : int
            What is kept of an older version is computed again.
        compute : callable
        """
        kept = self._kept.get(key)
        if kept is not None and kept[0] >= version:
            self._kept.move_to_end(key)
            return kept[1]
        flight = self._flying.get((key, version))
        if flight is None:
            flight = asyncio.ensure_future(_run(compute))
            self._flying[key, version] = flight
            flight.add_done_callback(lambda done: self._land(key, version, done))
        # Who asked first may go away; the others still wait.
        return await asyncio.shield(flight)

    def _land(self, key: Hashable, version: int, flight: asyncio.Task[Answer]) -> None:
        self._flying.pop((key, version), None)
        if flight.cancelled() or flight.exception() is not None:
            return
        answer = flight.result()
        if answer.n_bytes <= self._most_bytes // 2:
            self._keep(key, version, answer)

    def _keep(self, key: Hashable, version: int, answer: Answer) -> None:
        before = self._kept.pop(key, None)
        if before is not None:
            self._bytes -= before[1].n_bytes
        self._kept[key] = version, answer
        self._bytes += answer.n_bytes
        while self._bytes > self._most_bytes:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._bytes -= oldest.n_bytes


async def _run(compute: Callable[[], Awaitable[Answer]]) -> Answer:
    return await compute()

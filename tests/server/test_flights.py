"""Answers are computed once, kept within bounds, and never in anyone's way."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bathyscope.server.flights import Answer, Flights


class Counted:
    def __init__(self, size: int = 10, *, fails: bool = False) -> None:
        self.n = 0
        self.size = size
        self.fails = fails

    async def __call__(self) -> Answer:
        self.n += 1
        await asyncio.sleep(0.02)
        if self.fails:
            raise ValueError("no")
        return Answer(b"x" * self.size, str(self.n))


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run it in a thread: where browser tests ran before, this one has a running loop already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


def test_many_who_ask_at_once_share_one_computation() -> None:
    async def go() -> None:
        flights, work = Flights(), Counted()
        found = await asyncio.gather(*(flights.get("a", 1, work) for _ in range(200)))
        assert work.n == 1
        assert len({id(answer) for answer in found}) == 1
        await flights.get("a", 1, work)
        assert work.n == 1
        await flights.get("a", 2, work)
        await flights.get("b", 1, work)
        assert work.n == 3

    _run(go())


def test_a_newer_version_takes_the_place_of_the_older_one() -> None:
    async def go() -> None:
        flights, work = Flights(), Counted(size=100)
        for version in range(50):
            await flights.get("a", version, work)
        assert flights.n_bytes == 100

    _run(go())


def test_what_is_kept_stays_within_its_bound_and_the_least_used_goes_first() -> None:
    async def go() -> None:
        flights, work = Flights(most_bytes=1000), Counted(size=300)
        for key in "abc":
            await flights.get(key, 1, work)
        await flights.get("a", 1, work)
        await flights.get("d", 1, work)  # b goes
        assert flights.n_bytes <= 1000
        before = work.n
        for key in "acd":
            await flights.get(key, 1, work)
        assert work.n == before
        await flights.get("b", 1, work)
        assert work.n == before + 1
        huge = Counted(size=900)
        await flights.get("huge", 1, huge)
        await flights.get("huge", 1, huge)
        assert huge.n == 2  # it would push out all others

    _run(go())


def test_who_asked_first_may_go_away() -> None:
    async def go() -> None:
        flights, work = Flights(), Counted()
        first = asyncio.ensure_future(flights.get("a", 1, work))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(flights.get("a", 1, work))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).body == b"x" * 10
        assert work.n == 1

    _run(go())


def test_a_failure_is_told_to_all_and_tried_again() -> None:
    async def go() -> None:
        flights, work = Flights(), Counted(fails=True)
        found = await asyncio.gather(
            *(flights.get("a", 1, work) for _ in range(3)), return_exceptions=True
        )
        assert all(isinstance(one, ValueError) for one in found)
        work.fails = False
        assert (await flights.get("a", 1, work)).body
        assert work.n == 2

    _run(go())

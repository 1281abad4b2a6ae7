"""Maps of feature vectors as a page asks for them: computed beside the server, once for all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bathyscope._errors import MissingDependency
from bathyscope.server.placing_process import places_of, request
from bathyscope.server.refusal import Refusal
from bathyscope.views._following import (
    Places,
    Vectors,
    Wanted,
    nowhere_finite,
    read_vectors,
    steps_up_to,
)

#: Places of so many bytes are remembered, those used last.
MOST_BYTES = 128 << 20
#: One line of an answer holds the places of all samples of a step.
_LONGEST_LINE = 1 << 30

Read = Callable[..., Awaitable[Any]]
Key = tuple[str, Wanted]


@dataclass(eq=False)
class _Found:
    """Places by step; None where no vector is finite."""

    places: dict[int, Places | None] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        return sum(
            places.sample.nbytes + places.projected.positions.nbytes
            for places in self.places.values()
            if places is not None
        )


class _Job:
    """A map that is computed, and those who wait for it."""

    def __init__(self) -> None:
        self.listeners = 0
        self.task: asyncio.Task[None] | None = None
        self.failure: Exception | None = None
        #: How far it is; empty while it waits for its turn.
        self.news: dict[str, Any] = {}
        self._changed = asyncio.Event()

    @property
    def is_over(self) -> bool:
        return self.task is None or self.task.done()

    def tell(self, **news: Any) -> None:
        self.news = news
        self._changed.set()
        self._changed = asyncio.Event()

    def advance(self, share: float) -> None:
        self.tell(**{**self.news, "share": share})

    async def change(self) -> None:
        await self._changed.wait()


class Placing:
    """Places feature vectors in a process of its own; one map at a time, the others wait.

    A map is computed as long as somebody waits for it: who goes away ends it. It belongs to one
    event loop.

    Parameters
    ----------
    read : callable
        Runs a function beside the event loop and gives what it gives.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._found: OrderedDict[Key, _Found] = OrderedDict()
        self._jobs: dict[Key, _Job] = {}
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def follow(self, run_id: str, run: Any, wanted: Wanted) -> AsyncGenerator[dict[str, Any]]:
        """Tell how far a map is, until it is there; then `places` gives it.

        Parameters
        ----------
        run_id : str
        run : Run
        wanted : Wanted

        Raises
        ------
        NotRecorded
            If no vector is finite at any step.
        ValueError, MissingDependency
            If it cannot be computed so.
        """
        key = _key(run_id, wanted)
        steps = await self._read(steps_up_to, run, wanted)
        while self.places(run_id, wanted, steps) is None:
            job = self._jobs.get(key)
            if job is None or job.is_over:
                job = self._start(key, run, wanted)
            job.listeners += 1
            try:
                while self.places(run_id, wanted, steps) is None and not job.is_over:
                    yield job.news
                    await job.change()
            finally:
                job.listeners -= 1
                if not job.listeners:
                    self._give_up(key, job)
            if job.failure is not None:
                raise job.failure
            if job.is_over and job.task is not None and job.task.cancelled():
                raise Refusal(503, "The server must run to compute a map; it was stopped.")

    def places(self, run_id: str, wanted: Wanted, steps: tuple[int, ...]) -> Places | None:
        """Give where the samples of the wanted step lie, if that is known.

        Raises
        ------
        NotRecorded
            If none of its vectors is finite.
        """
        key = _key(run_id, wanted)
        found = self._found.get(key)
        if found is None or not steps or steps[-1] not in found.places:
            return None
        if tuple(found.places)[: len(steps)] != steps:  # the run was recorded again
            del self._found[key]
            return None
        self._found.move_to_end(key)
        places = found.places[steps[-1]]
        if places is None:
            raise nowhere_finite(wanted, run_id)
        return places

    def known(self, run_id: str) -> list[tuple[Wanted, dict[int, Places]]]:
        """Give all maps of a run that are remembered, the latest used first.

        The step of a map that follows the steps is 0: it holds all of them.
        """
        return [
            (wanted, {step: there for step, there in found.places.items() if there is not None})
            for (known_id, wanted), found in reversed(self._found.items())
            if known_id == run_id
        ]

    async def stop(self) -> None:
        """End what runs."""
        for job in self._jobs.values():
            if job.task is not None:
                job.task.cancel()
        await self._end_process()

    def _give_up(self, key: Key, job: _Job) -> None:
        """End a map that nobody waits for; who asks for it from now on begins another."""
        if job.task is not None:
            job.task.cancel()
        if self._jobs.get(key) is job:
            del self._jobs[key]

    def _start(self, key: Key, run: Any, wanted: Wanted) -> _Job:
        job = self._jobs[key] = _Job()
        job.task = asyncio.ensure_future(self._work(job, key, run, wanted))
        job.task.add_done_callback(lambda done: self._over(key, job))
        return job

    def _over(self, key: Key, job: _Job) -> None:
        if self._jobs.get(key) is job:
            del self._jobs[key]
        job.tell(**job.news)

    async def _work(self, job: _Job, key: Key, run: Any, wanted: Wanted) -> None:
        try:
            async with self._turn:
                await self._place_all(job, key, run, wanted)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            job.failure = error

    async def _place_all(self, job: _Job, key: Key, run: Any, wanted: Wanted) -> None:
        steps = await self._read(steps_up_to, run, wanted)
        found = self._found.setdefault(key, _Found())
        before: Places | None = None
        for number, step in enumerate(steps):
            if step in found.places:
                before = found.places[step] or before
                continue
            job.tell(step=step, number=number, count=len(steps), share=0.0)
            vectors = await self._read(read_vectors, run, wanted, step)
            if vectors is not None:
                before = await self._place(vectors, wanted, before, job.advance)
            found.places[step] = None if vectors is None else before
            job.tell(**job.news)
        self._forget_oldest()

    async def _place(
        self,
        vectors: Vectors,
        wanted: Wanted,
        before: Places | None,
        tell: Callable[[float], None],
    ) -> Places:
        """Have one step placed; whoever is cancelled takes the process with it."""
        process = await self._started()
        assert process.stdin is not None and process.stdout is not None
        try:
            given = before if wanted.follow else None
            process.stdin.write(request(vectors, wanted.projector, wanted.limit, given))
            await process.stdin.drain()
            while line := await process.stdout.readline():
                said = json.loads(line)
                if "share" in said:
                    tell(said["share"])
                elif "failed" in said:
                    raise _error(said["kind"], said["failed"])
                else:
                    return places_of(said["places"])
        except (asyncio.CancelledError, OSError):
            await self._end_process()
            raise
        await self._end_process()
        raise RuntimeError(
            "The process that computes maps ended amid its work: the machine may have too little "
            "memory. Place fewer samples."
        )

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bathyscope.server.placing_process",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, limit=_LONGEST_LINE,
            )  # fmt: skip
        return self._process

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    def _forget_oldest(self) -> None:
        while len(self._found) > 1 and sum(f.n_bytes for f in self._found.values()) > MOST_BYTES:
            self._found.popitem(last=False)


def _key(run_id: str, wanted: Wanted) -> Key:
    """Steps that follow each other are one map; others are maps of their own."""
    return run_id, replace(wanted, step=0) if wanted.follow else wanted


def _error(kind: str, text: str) -> Exception:
    known = {"ValueError": ValueError, "MissingDependency": MissingDependency}
    return known.get(kind, RuntimeError)(text)

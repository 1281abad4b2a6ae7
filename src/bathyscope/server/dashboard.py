"""Everything one server holds: the table of runs, what was computed of them, and who listens."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from bathyscope.server.catalog import Catalog, Changes
from bathyscope.server.compression import pack
from bathyscope.server.flights import Answer, Flights
from bathyscope.server.hub import Hub
from bathyscope.server.known import Known
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.placing import Placing
from bathyscope.server.refusal import Refusal
from bathyscope.server.rooms import Rooms
from bathyscope.server.series import SeriesCache
from bathyscope.server.settings import Settings
from bathyscope.server.watcher import Watcher

T = TypeVar("T")
#: Before the first page is answered; what is not read by then follows by events.
_FIRST_LOOK_SECS = 0.3
#: A page that was opened is served first: when nothing was read or computed for so long, the files
#: of its run are checked; at the latest after the second time, since some pages are never quiet.
_CHECK_AFTER_SECS, _CHECK_BY_SECS = 1.0, 10.0
#: Pictures computed at once. One that takes long must leave room for the others.
_N_SLOW = 3
_log = logging.getLogger(__name__)


class Dashboard:
    """The state of one server. It belongs to the event loop in which it was started.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.opened = OpenedRuns(settings.root)
        self.catalog = Catalog(settings.root, self.opened, settings.file)
        self.series = SeriesCache(self.opened)
        self.rooms = Rooms(self.opened, self.series)
        self.hub = Hub()
        self.flights = Flights()
        self.placing = Placing(self.quick)
        # Pictures may take seconds; what is quick must never wait behind them.
        self._slow = ThreadPoolExecutor(_N_SLOW, thread_name_prefix="bathyscope-picture")
        self._quick = ThreadPoolExecutor(4, thread_name_prefix="bathyscope-read")
        self._checks = ThreadPoolExecutor(1, thread_name_prefix="bathyscope-check")
        self._in_check: set[str] = set()
        #: When something was last read or computed for a page, by the loop's clock.
        self._worked = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._watcher: Watcher | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Look at the files, and begin to look at them again and again."""
        self._loop = loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        await asyncio.to_thread(self.catalog.look, budget=_FIRST_LOOK_SECS)

        def tell(changes: Changes) -> None:
            loop.call_soon_threadsafe(self.hub.publish, changes)

        self._watcher = Watcher(self.catalog, tell, self.hub)
        self._watcher.start()

    def end(self) -> None:
        """Answer nobody any more, so that the server can stop; from any thread or signal."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self.hub.close()
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    async def stop(self) -> None:
        """End everything; computations that run are waited for by nobody."""
        self._end()
        if self._watcher is not None:
            await asyncio.to_thread(self._watcher.stop)
        await self.placing.stop()
        for pool in (self._slow, self._quick, self._checks):
            pool.shutdown(wait=False, cancel_futures=True)

    def look_now(self) -> None:
        """Look at the files at once: somebody asks."""
        if self._watcher is not None:
            self._watcher.wake()

    async def check_faults(self, known: Known) -> None:
        """Check all files of a run once, beside everything else, and tell what is damaged.

        While a run is written, its disk is left to the training.
        """
        is_running = known.row.get("status") == "running"
        if is_running or known.id in self._in_check or not self.rooms.faults_are_old(known):
            return
        self._in_check.add(known.id)
        try:
            await self._quiet()
            loop = asyncio.get_running_loop()
            if await loop.run_in_executor(self._checks, self.rooms.check_faults, known):
                self.hub.publish(self.catalog.touch(known))
        except Exception as error:  # it went away meanwhile, or may not be read: its page says so
            _log.debug("bathyscope: %s could not be checked: %s", known.id, error)
        finally:
            self._in_check.discard(known.id)

    async def _quiet(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + _CHECK_BY_SECS
        self._worked = loop.time()
        while (wait := min(self._worked + _CHECK_AFTER_SECS, end) - loop.time()) > 0:
            await asyncio.sleep(wait)

    def check_soon(self, known: Known) -> None:
        """Check all files of a run, and do not wait for it."""
        task = asyncio.ensure_future(self.check_faults(known))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def slow(self, work: Callable[..., T], *arguments: Any) -> T:
        """Compute a picture beside the event loop."""
        return await self._in(self._slow, work, *arguments)

    async def quick(self, work: Callable[..., T], *arguments: Any) -> T:
        """Read a little beside the event loop."""
        return await self._in(self._quick, work, *arguments)

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[..., T], *arguments: Any) -> T:
        """Wait for work in a pool, or for the end of the server."""
        if self._ended is None or self._ended.done():
            raise _stopping()
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(pool, work, *arguments)
        await asyncio.wait({running, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        self._worked = loop.time()
        if not running.done():
            running.add_done_callback(_forget)
            raise _stopping()
        return running.result()

    async def slow_answer(
        self, key: Any, version: int, work: Callable[..., bytes], *, is_text: bool = False
    ) -> Answer:
        """Compute a picture's bytes once for all who ask, and keep them."""
        return await self.flights.get(key, version, lambda: self.slow(_answer, work, is_text))

    async def quick_answer(
        self, key: Any, version: int, work: Callable[..., bytes], *, is_text: bool = False
    ) -> Answer:
        """Read a little once for all who ask, and keep it."""
        return await self.flights.get(key, version, lambda: self.quick(_answer, work, is_text))


def _stopping() -> Refusal:
    return Refusal(503, "The server must run to answer; it was stopped. Start it again.")


def _forget(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()  # nobody waits for it any more


def _answer(work: Callable[[], bytes], is_text: bool) -> Answer:
    body = work()
    tag = hashlib.sha256(body).hexdigest()[:24]  # processors have instructions for it
    return Answer(body, tag, pack(body) if is_text else b"")


def json_bytes(content: Any) -> bytes:
    """Write JSON in ASCII that no HTML parser can take for a tag."""
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode()

"""The live pages in a real browser, against the real server and real runs."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Dashboard:
    """A server that shows a folder of runs."""

    root: Path
    url: str
    process: subprocess.Popen[str]

    def stop(self) -> None:
        """End it, as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def base(self) -> str:
        """Address without the token."""
        return self.url.split("?")[0]


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., Dashboard]]:
    """Start `bathyscope view` on a folder, as a person does; all end with the tests."""
    started: list[Dashboard] = []

    def start(root: Path, *options: str) -> Dashboard:
        command = [sys.executable, "-m", "bathyscope", "view", str(root), "--no-browser", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(Dashboard(root, _address(process), process))
        return started[-1]

    yield start
    for dashboard in started:
        dashboard.stop()
        dashboard.process.stdout.close()


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout:
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise AssertionError("The server did not say where it is.")


@pytest.fixture(scope="session")
def runs_folder(demo: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two real runs: the worked example, and a copy of it under another name."""
    root = tmp_path_factory.mktemp("runs")
    shutil.copytree(demo.run, root / "first")
    shutil.copytree(demo.run, root / "second")
    return root


@pytest.fixture(scope="session")
def shown(serve: Callable[..., Dashboard], runs_folder: Path) -> Dashboard:
    """Both runs, not to be changed by tests."""
    return serve(runs_folder, "--read-only")


@pytest.fixture
def visit(new_context: Any, until: Callable[..., None]) -> Iterator[Callable[..., Any]]:
    """Open a live page; afterwards nothing may have gone wrong in it.

    What is in `visit.faults` by then fails the test, but for what `visit.forgive` named: browsers
    note by themselves when a server refuses or is away, and at any time later. `visit.open` holds
    the requests that were not answered yet.
    """
    contexts: list[Any] = []
    faults: list[str] = []
    forgiven: list[str] = []
    open_requests: set[Any] = set()

    def begin(request: Any) -> None:
        if request.resource_type != "eventsource":  # these stay open
            open_requests.add(request)

    def end(request: Any) -> None:
        open_requests.discard(request)

    def open_page(
        dashboard: Dashboard, address: str = "#/runs", *, width: int = 1280, **options: Any
    ) -> Any:
        # What is read is at rest; tests of motion ask for it.
        options.setdefault("reduced_motion", "reduce")
        context = new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("request", lambda request: _note_request(request.url, dashboard, faults))
        page.on("request", begin)
        page.on("requestfinished", end)
        page.on("requestfailed", end)
        context.request.get(dashboard.url)  # the token becomes a cookie
        page.goto(dashboard.base + address)
        until(page, "Boolean(window.bathyscope)")
        until(page, "window.bathyscope.live.runList.loaded")
        return page

    open_page.faults = faults
    open_page.forgive = lambda *named: forgiven.extend(named)
    open_page.open = open_requests
    yield open_page
    for context in contexts:
        context.close()
    assert [fault for fault in faults if not any(named in fault for named in forgiven)] == []


def _note_request(url: str, dashboard: Dashboard, faults: list[str]) -> None:
    if not url.startswith((dashboard.base, "data:", "blob:")):
        faults.append(f"request to another host: {url}")


@pytest.fixture
def run_id(until: Callable[..., None]) -> Callable[..., str]:
    """Id of the run in a folder of this name."""

    def find(page: Any, path: str) -> str:
        expression = (
            "(path) => window.bathyscope.live.runList.rows.find((r) => r.path === path)?.id"
        )
        until(page, expression, path)
        return page.evaluate(expression, path)

    return find


@pytest.fixture
def open_room(visit: Callable[..., Any], until: Callable[..., None], run_id: Any) -> Any:
    """Open one room of a run, and wait until its first picture is drawn."""

    def open_one(
        dashboard: Dashboard, room: str, path: str = "first", query: str = "", **options: Any
    ) -> Any:
        page = visit(dashboard, **options)
        identity = run_id(page, path)
        page.goto(f"{dashboard.base}#/run/{identity}/{room}{query}")
        until(page, DRAWN)
        return page

    return open_one


#: Something is drawn, and nothing near the window is still on its way. The browser tells a card
#: that it came near a frame later: until then its place waits.
DRAWN = """
document.querySelectorAll('main article canvas, main article table, main article svg.graph, \
main article [role=group] svg').length > 0 \
&& document.querySelectorAll('main article[aria-busy=true]').length === 0 \
&& window.bathyscope.cursor.waiting === 0 \
&& [...document.querySelectorAll('main .waiting')].every((place) => {
  const { top, bottom } = place.getBoundingClientRect();
  return bottom <= 0 || top >= innerHeight;
})
"""

#: The same after some frames: what came near by scrolling was noticed, and moves nothing any more.
AT_REST = f"""async () => {{
  const end = performance.now() + 120_000;
  do {{
    if (performance.now() > end) throw new Error('the page never came to rest');
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  }} while (!({DRAWN}));
}}"""


@pytest.fixture(scope="session")
def drawn() -> str:
    """Give the expression that says that the page is at rest."""
    return DRAWN


@pytest.fixture(scope="session")
def settle() -> Callable[[Any], None]:
    """Wait until nothing moves: a place that is looked up then is where it is clicked."""

    def wait(page: Any) -> None:
        page.evaluate(AT_REST)

    return wait

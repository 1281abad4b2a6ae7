"""Pages in a real Chromium without a graphics card, and what they and their server spend.

Shared by `browser.py`; measures nothing by itself.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, NamedTuple

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
WAIT_S = 240

#: Runs before everything else in every page: waits for a condition, then for two frames.
CLOCK = """
window.whenTrue = (test) => new Promise((resolve) => {
  const look = () => {
    let found = false;
    try { found = test(); } catch { /* not there yet */ }
    if (!found) return setTimeout(look, 4);
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
  };
  look();
});
window.scrollThrough = async (scroller, pixels) => {
  const gaps = [];
  let before = performance.now();
  for (let top = 0; top < pixels; top += 240) {
    scroller().scrollTop = top;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    gaps.push(now - before);
    before = now;
  }
  gaps.sort((a, b) => a - b);
  return { median: gaps[gaps.length >> 1], worst: gaps.at(-1), elements: countElements() };
};
window.countElements = () => {
  const count = (root) => [...root.querySelectorAll('*')]
    .reduce((sum, each) => sum + 1 + (each.shadowRoot ? count(each.shadowRoot) : 0), 0);
  return count(document);
};
"""


class Spent(NamedTuple):
    """Until something was in the page and two frames were drawn, in milliseconds and kilobytes."""

    wall: float
    #: Of the page's main thread: all it did, and its scripts alone, by the processor's clock.
    page: float
    script: float
    #: Of the server, by the processor's clock.
    server: float
    received: float


class Server:
    """`bathyscope view` of a folder."""

    def __init__(self, process: subprocess.Popen[str], entrance: str) -> None:
        self.process = process
        self.entrance = entrance
        self.base = entrance.split("?", maxsplit=1)[0]

    def cpu(self) -> float:
        """Milliseconds of the processor that it took until now."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return 1e3 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def runs(self, count: int) -> list[str]:
        """Ids of the runs by name, once all of them were read."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        opener.open(self.entrance).read()
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            found = json.loads(opener.open(f"{self.base}api/runs").read())["runs"]
            if len(found) == count and all(row["n_metrics"] is not None for row in found):
                return [row["id"] for row in sorted(found, key=lambda row: row["name"])]
            time.sleep(0.3)
        raise TimeoutError(f"The server did not list {count} runs within {WAIT_S} s.")


@contextmanager
def bathyscope(root: Path) -> Iterator[Server]:
    """Serve a folder of runs."""
    command = [sys.executable, "-m", "bathyscope", "view", str(root), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while not (found := re.search(r"http://\S+", process.stdout.readline())):
            pass
        yield Server(process, found[0])
        process.terminate()


@contextmanager
def tensorboard(logs: Path, *, runs: int) -> Iterator[str]:
    """Serve a folder of event files; gives the address once all of them were read."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logs), "--port", "0",
               "--load_fast", "false", "--reload_interval", "5"]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (found := re.search(r"http://\S+", process.stderr.readline())):
        pass
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{found[0]}data/runs") as answer:
            if answer.read().count(b"run-") >= runs:
                break
        time.sleep(0.5)
    yield found[0]
    process.terminate()
    process.wait()


class Tab:
    """One page in a profile of its own."""

    def __init__(self, page: Any, server: Server | None) -> None:
        self.page = page
        self._server = server
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._begin()

    def _begin(self) -> None:
        self._before = self._state()

    def _state(self) -> tuple[float, float, float]:
        found = self._session.send("Performance.getMetrics")["metrics"]
        metrics = {item["name"]: 1e3 * item["value"] for item in found}
        cpu = self._server.cpu() if self._server else 0.0
        return metrics["TaskDuration"], metrics["ScriptDuration"], cpu

    def mark(self) -> None:
        """Begin to count here, not where the page was asked for."""
        self.page.evaluate("window.at = performance.now()")
        self._begin()

    def until(self, test: str) -> float:
        """Milliseconds since the page was asked for, at which a condition was true."""
        return self.page.evaluate(f"window.whenTrue(() => {test})")

    def spent(self, test: str) -> Spent:
        """Wait for a condition; give what was spent since `mark`, or since the beginning."""
        end = self.until(test)
        at = self.page.evaluate("window.at ?? 0")
        after = self._state()
        received = self.page.evaluate(
            "(at) => performance.getEntriesByType('resource').filter((e) => e.responseEnd >= at)"
            ".reduce((sum, e) => sum + e.transferSize, 0) / 1000", at
        )  # fmt: skip
        task, script, server = (b - a for a, b in zip(self._before, after, strict=True))
        return Spent(end - at, task, script, server, received)


class Browser:
    """Opens pages, each in a fresh profile."""

    def __init__(self, chromium: Any) -> None:
        self._chromium = chromium

    @contextmanager
    def page(self, url: str, server: Server | None = None) -> Iterator[Tab]:
        """Open an address; the cookie of our own server is asked for before, outside the page."""
        context = self._chromium.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(WAIT_S * 1000)
        context.add_init_script(CLOCK)
        if server is not None:
            context.request.get(server.entrance)
        page = context.new_page()
        tab = Tab(page, server)
        page.goto(url, wait_until="commit")
        yield tab
        context.close()


def say(what: str, found: list[Spent]) -> None:
    """Print the median of some turns, and where the time went."""
    middle = Spent(*(statistics.median(column) for column in zip(*found, strict=True)))
    walls = [one.wall for one in found]
    print(f"  {what:<38} {middle.wall:>7,.0f} ms ({min(walls):,.0f} to {max(walls):,.0f})  "
          f"server {middle.server:>5,.0f}, page {middle.page:>5,.0f} "
          f"(scripts {middle.script:>4,.0f}) ms CPU, {middle.received:>7,.0f} kB")  # fmt: skip


def say_both(what: str, ours: list[float], theirs: list[float], unit: str = "ms") -> None:
    """Print a number of ours beside TensorBoard's."""
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"  {what:<38} {a:>7,.0f} {unit:<2} TensorBoard {b:>7,.0f} {unit:<2} "
          f"TensorBoard / bathyscope {b / a:.1f}")  # fmt: skip

"""How quick the pages are in Chromium without a graphics card, beside TensorBoard on the same data.

The same runs are recorded with bathyscope and exported as event files; both servers run at once,
and both are asked in turns, each time in a fresh browser profile. Times are from the browser's own
clock, until what is waited for is in the page and two frames were drawn. TensorBoard's pages are
asked with its default of 1,000 sampled points per metric: what it leaves out is printed.

- program: bytes of scripts and styles a page loads.
- ready: from asking for the page until the list of runs is there to be used.
- charts: many metrics of many runs: until the first charts are drawn, then scrolling through them.
- curve: a metric of 10 million points: until it is drawn, and zooming in until it is drawn again.
- scatter, matrix: 1 million points, and until a lasso has selected among them; 1000 x 1000 cells.

    python benchmarks/browser.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope.figures import Axis, Categories, ColorScale, Figure, Ids, Matrix, Panel, Points, web
from bathyscope.runs import RunWriter

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

OURS_READY = "document.querySelectorAll('tbody tr[data-run]').length > 0"
OURS_CHARTS = "window.bathyscope.panels().length > 0"
THEIRS_READY = "document.querySelectorAll('runs-table tr, runs-data-table tb-data-table-content-row, .run-table-row, tb-data-table-content-row').length > 0"  # noqa: E501
THEIRS_CHARTS = "document.querySelectorAll('scalar-card line-chart').length > 0"


class Measured:
    """Times of both, in turns."""

    def __init__(self) -> None:
        self.ours: list[float] = []
        self.theirs: list[float] = []

    def say(self, what: str, unit: str = "ms") -> None:
        ours = statistics.median(self.ours)
        if not self.theirs:
            print(f"  {what:<34} {ours:>12,.0f} {unit:<3} {'':>12}")
            return
        theirs = statistics.median(self.theirs)
        print(f"  {what:<34} {ours:>12,.0f} {unit:<3} {theirs:>12,.0f} {unit:<3} "
              f"TensorBoard / bathyscope {theirs / ours:>6.1f}")  # fmt: skip


@contextmanager
def bathyscope(root: Path) -> Iterator[str]:
    """Serve a folder of runs; gives the address with the token."""
    command = [sys.executable, "-m", "bathyscope", "view", str(root), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while not (found := re.search(r"http://\S+", process.stdout.readline())):
            pass
        yield found[0]
        process.terminate()


@contextmanager
def tensorboard(logs: Path) -> Iterator[str]:
    """Serve a folder of event files."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logs), "--port", "0",
               "--load_fast", "false", "--reload_interval", "5"]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (found := re.search(r"http://\S+", process.stderr.readline())):
        pass
    yield found[0]
    process.terminate()
    process.wait()


class Browser:
    """Pages in profiles of their own."""

    def __init__(self, chromium: Any) -> None:
        self._chromium = chromium

    @contextmanager
    def page(self, url: str, *, first: str = "") -> Iterator[Any]:
        """Open an address; `first` is asked before, outside the page, for its cookie."""
        context = self._chromium.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(WAIT_S * 1000)
        context.add_init_script(CLOCK)
        if first:
            context.request.get(first)
        page = context.new_page()
        page.goto(url, wait_until="commit")
        yield page
        context.close()

    @staticmethod
    def until(page: Any, test: str) -> float:
        """Milliseconds since the page was asked for."""
        return page.evaluate(f"window.whenTrue(() => {test})")


def record(root: Path, *, runs: int, metrics: int, steps: int) -> None:
    """Record runs of the same metrics."""
    rng = np.random.default_rng(0)
    at = np.arange(steps)
    for number in range(runs):
        writer = RunWriter(root / f"run-{number:02d}", config={"lr": 10.0 ** -(number % 4)})
        noise = rng.normal(scale=0.05, size=(metrics, steps))
        columns = {
            f"metric-{m:04d}": (at, np.exp(-at / steps * (1 + m % 5)) + noise[m])
            for m in range(metrics)
        }
        writer.log_scalar_columns(columns)
        writer.finish()


def export(root: Path, logs: Path) -> None:
    """Write the same runs as event files."""
    from bathyscope.exporters import export as export_run
    from bathyscope.subjects import open_run

    for run in sorted(root.iterdir()):
        export_run(open_run(run), logs / run.name, "tensorboard")


def wait_until_loaded(tensorboard_url: str, runs: int) -> None:
    """TensorBoard reads its files in the background: measure its pages, not its reading."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{tensorboard_url}data/runs") as answer:
            if answer.read().count(b"run-") >= runs:
                return
        time.sleep(0.5)


def program(browser: Browser, ours: str, theirs: str) -> None:
    """Bytes of scripts and styles, as they lie on the disk of the reader."""
    sizes = Measured()
    for url, first, kept in ((ours, ours, sizes.ours), (theirs, "", sizes.theirs)):
        with browser.page(url.split("?")[0], first=first) as page:
            Browser.until(page, OURS_READY if first else THEIRS_CHARTS)
            kept.append(page.evaluate(
                "performance.getEntriesByType('resource')"
                ".filter((e) => /script|link|css/.test(e.initiatorType) || /[.]js/.test(e.name))"
                ".reduce((sum, e) => sum + e.decodedBodySize, 0) / 1000"
            ))  # fmt: skip
    sizes.say("program of the page", "kB")


def pages(browser: Browser, ours: str, theirs: str, *, turns: int, runs: list[str]) -> None:
    """The list of runs, and the charts of many metrics of many runs."""
    base = ours.split("?", maxsplit=1)[0]
    ready, charts, frame, worst = Measured(), Measured(), Measured(), Measured()
    elements = Measured()
    compare = f"#/run/{runs[0]}/loss?compare={','.join(runs[1:])}&metric=metric"
    for _ in range(turns):
        with browser.page(base, first=ours) as page:
            ready.ours.append(Browser.until(page, OURS_READY))
        with browser.page(f"{theirs}#timeseries") as page:
            ready.theirs.append(Browser.until(page, THEIRS_READY))
            charts.theirs.append(Browser.until(page, THEIRS_CHARTS))
            scroller = (
                "document.querySelector('metrics-main-view .main, .main, mat-sidenav-content')"
            )
            scrolled = page.evaluate(f"window.scrollThrough(() => {scroller}, 24000)")
            frame.theirs.append(scrolled["median"])
            worst.theirs.append(scrolled["worst"])
            elements.theirs.append(scrolled["elements"])
        with browser.page(base + compare, first=ours) as page:
            charts.ours.append(Browser.until(page, OURS_CHARTS))
            scrolled = page.evaluate("window.scrollThrough(() => document.scrollingElement, 24000)")
            frame.ours.append(scrolled["median"])
            worst.ours.append(scrolled["worst"])
            elements.ours.append(scrolled["elements"])
    ready.say("list of runs ready")
    charts.say("first charts of many metrics")
    frame.say("frame while scrolling, median")
    worst.say("frame while scrolling, worst")
    elements.say("elements in the page then", "")


def curve(browser: Browser, ours: str, run: str, points: int) -> None:
    """A curve of many points, and zooming into it by keys until its points are there again."""
    base = ours.split("?", maxsplit=1)[0]
    drawn, zoomed = Measured(), Measured()
    lines = "window.bathyscope.panels().flatMap((p) => p.marks.map((m) => m.x.data.length))"
    for _ in range(3):
        with browser.page(f"{base}#/run/{run}/loss", first=ours) as page:
            drawn.ours.append(Browser.until(page, f"{lines}.some((n) => n > 100)"))
            page.locator("main article canvas.above").first.focus()
            before = "JSON.stringify(window.bathyscope.panels()[0].marks[0].x.data.slice(5, 9))"
            page.evaluate(f"window.before = {before}; window.at = performance.now()")
            page.keyboard.press("+")
            end = Browser.until(page, f"{before} !== window.before")
            zoomed.ours.append(end - page.evaluate("window.at"))
    drawn.say(f"curve of {points:,} points")
    zoomed.say("zoomed in, and drawn again")


def figures(browser: Browser, folder: Path, *, points: int) -> None:
    """Large figures in a page without a server."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 10, points)
    x, y = (rng.normal(size=(2, points)) + np.stack([codes % 4, codes // 4])).astype(np.float32)
    names = tuple("0123456789")
    scatter = Points(x, y, color=Categories(codes.astype(np.uint8), names, "digit"),
                     ids=Ids("sample", np.arange(points)))  # fmt: skip
    grid = Matrix(rng.normal(size=(1000, 1000)), ColorScale("signed", -3, 3, "value"))
    panels = {
        "scatter": Panel((scatter,), x=Axis("u"), y=Axis("v")),
        "matrix": Panel((grid,), x=Axis("x"), y=Axis("y")),
    }
    drawn = (
        "document.querySelector('.plot canvas')?.width > 400 && window.bathyscope.panels().length"
    )
    for name, panel in panels.items():
        path = folder / f"{name}.html"
        path.write_text(web.page(Figure(name, (panel,))), encoding="utf-8")
        painted, lasso = Measured(), Measured()
        for _ in range(3):
            with browser.page(path.as_uri()) as page:
                begun = "performance.getEntriesByType('navigation')[0].domInteractive"
                painted.ours.append(Browser.until(page, drawn) - page.evaluate(begun))
                if name == "scatter":
                    lasso.ours.append(_lasso(page))
        size = f"{points:,} points" if name == "scatter" else "1000 x 1000 cells"
        painted.say(f"{name} of {size}, from parsed file")
        if lasso.ours:
            lasso.say("lasso until all is drawn")


def _lasso(page: Any) -> float:
    """Draw around the middle; the time is from letting go until two frames later."""
    box = page.locator("canvas.above").bounding_box()
    where = [(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)]
    corners = [(box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in where]
    page.keyboard.down("Shift")
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.evaluate(
        "addEventListener('pointerup', () => (window.at = performance.now()), { capture: true })"
    )
    page.mouse.up()
    page.keyboard.up("Shift")
    end = Browser.until(page, "window.at && !window.bathyscope.selection.empty")
    return end - page.evaluate("window.at")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute, rougher")
    parser.add_argument("--only", choices=["pages", "curve", "figures"])
    options = parser.parse_args()
    quick: bool = options.quick
    from playwright.sync_api import sync_playwright

    names = (os.environ.get("BATHYSCOPE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    chromium = next(path for name in names if name and (path := shutil.which(name)))
    work: dict[str, Callable[[Browser, Path], None]] = {
        "pages": lambda browser, folder: _pages(browser, folder, quick=quick),
        "curve": lambda browser, folder: _curve(browser, folder, quick=quick),
        "figures": lambda browser, folder: figures(
            browser, folder, points=100_000 if quick else 1_000_000
        ),
    }
    print(f"  {'':<34} {'bathyscope':>16} {'TensorBoard':>16}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        for name, do in work.items():
            if options.only in (None, name):
                with tempfile.TemporaryDirectory() as folder:
                    do(Browser(started), Path(folder))
        started.close()


def _pages(browser: Browser, folder: Path, *, quick: bool) -> None:
    n_runs, n_metrics, steps = (5, 100, 200) if quick else (20, 1000, 300)
    runs, logs = folder / "runs", folder / "logs"
    record(runs, runs=n_runs, metrics=n_metrics, steps=steps)
    export(runs, logs)
    print(f"  {n_runs} runs of {n_metrics:,} metrics of {steps} points")
    with bathyscope(runs) as ours, tensorboard(logs) as theirs:
        wait_until_loaded(theirs, n_runs)
        ids = _run_ids(ours, n_runs)
        program(browser, ours, theirs)
        pages(browser, ours, theirs, turns=1 if quick else 5, runs=ids)


def _curve(browser: Browser, folder: Path, *, quick: bool) -> None:
    points = 500_000 if quick else 10_000_000
    writer = RunWriter(folder / "runs" / "long")
    steps = np.arange(points)
    for part in np.array_split(steps, max(1, points // 1_000_000)):
        writer.log_scalar_columns({"loss": (part, np.sin(part / 977.0) + (part % 911 == 0))})
    writer.finish()
    with bathyscope(folder / "runs") as ours:
        (run,) = _run_ids(ours, 1)
        curve(browser, ours, run, points)


def _run_ids(address: str, count: int) -> list[str]:
    """Ids of the runs, once the server has read them all."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    opener.open(address).read()
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = json.loads(opener.open(address.split("?", maxsplit=1)[0] + "api/runs").read())[
            "runs"
        ]
        if len(found) == count and all(row["n_metrics"] is not None for row in found):
            return [row["id"] for row in sorted(found, key=lambda row: row["name"])]
        time.sleep(0.3)
    raise TimeoutError(f"The server did not list {count} runs within {WAIT_S} s.")


if __name__ == "__main__":
    main()

"""How quick the pages are in Chromium without a graphics card, beside TensorBoard on the same data.

The same runs are recorded with bathyscope and exported as event files; both servers run at once,
and both are asked in turns, each time in a fresh browser profile. Times are from the browser's own
clock, until what is waited for is in the page and two frames were drawn; beside them stands what
the processor did for it, which other programs disturb less. TensorBoard shows at most 1,000
sampled points of a metric, and no scatter or matrix of such a size.

- list: bytes of the program, and from asking for the page until the list of runs can be used.
- board: 1,000 metrics of 20 runs: until the first charts are drawn, the time of a frame while
  scrolling through them, and until all charts in sight are drawn after it.
- curve: a metric of 10 million points: first (by a server that was just started), again, zoomed.
- scatter: 1 million feature vectors, whose room is opened from the list of runs, by a server that
  was just started and computes their projection; while the page is still being loaded, first and
  again; and a lasso.
- matrix: the confusion of 1,000 classes, from when it comes into sight: in a room at rest, by a
  server that was just started; while the page is still being loaded, first and again; and zoomed.

    python benchmarks/browser.py [--quick] [--only NAME]
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from in_browser import ARGUMENTS, Browser, Spent, Tab, bathyscope, say, say_both, tensorboard

from bathyscope import record as record_run
from bathyscope.runs import RunWriter

OURS_READY = "document.querySelectorAll('tbody tr[data-run]').length > 0"
OURS_CHARTS = "window.bathyscope.panels().length > 0"
THEIRS_READY = (
    "document.querySelectorAll('runs-table tr, tb-data-table-content-row, .run-table-row').length"
)
THEIRS_CHARTS = "document.querySelectorAll('scalar-card line-chart').length > 0"
#: Every chart in sight is drawn.
OURS_FILLED = """(() => {
  const seen = [...document.querySelectorAll('[data-chart]')].filter((chart) => {
    const { top, bottom } = chart.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  return seen.length && seen.every((chart) => chart.querySelector('canvas'));
})()"""
#: Everything that was asked for is there, and drawn.
AT_REST = "window.bathyscope.panels().length > 0 && window.bathyscope.cursor.waiting === 0"
MARKS = "window.bathyscope.panels().flatMap((p) => p.marks)"
#: How far is scrolled for each metric: most of the way to the last one.
SCROLLED_EACH = 80
MOST_SCROLLED = 24_000
TURNS = 3


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


def runs_list(browser: Browser, folder: Path, *, quick: bool) -> None:
    """The program of the page, and the list of runs."""
    count = 5 if quick else 20
    record(folder / "runs", runs=count, metrics=10, steps=100)
    export(folder / "runs", folder / "logs")
    ours: list[Spent] = []
    theirs: list[float] = []
    sizes: tuple[list[float], list[float]] = [], []
    with (
        bathyscope(folder / "runs") as server,
        tensorboard(folder / "logs", runs=count) as other,
    ):
        server.runs(count)
        for _ in range(TURNS):
            with browser.page(server.base, server) as tab:
                ours.append(tab.spent(OURS_READY))
                sizes[0].append(_program(tab))
            with browser.page(f"{other}#timeseries") as tab:
                theirs.append(tab.until(THEIRS_READY))
                tab.until(THEIRS_CHARTS)
                sizes[1].append(_program(tab))
    say_both("program of the page", *sizes, unit="kB")
    say("list of runs ready", ours)
    say_both("list of runs ready", [one.wall for one in ours], theirs)


def _program(tab: Tab) -> float:
    return tab.page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter((e) => /script|link|css/.test(e.initiatorType) || /[.]js/.test(e.name))"
        ".reduce((sum, e) => sum + e.decodedBodySize, 0) / 1000"
    )


def board(browser: Browser, folder: Path, *, quick: bool) -> None:
    """Charts of many metrics of many runs, scrolled through."""
    n_runs, n_metrics = (5, 100) if quick else (20, 1000)
    record(folder / "runs", runs=n_runs, metrics=n_metrics, steps=300)
    export(folder / "runs", folder / "logs")
    print(f"  {n_runs} runs of {n_metrics:,} metrics of 300 points")
    first: list[Spent] = []
    filled: list[Spent] = []
    keys = ("first charts", "frame while scrolling, median", "frame while scrolling, worst",
            "elements in the page then")  # fmt: skip
    times: dict[str, tuple[list[float], list[float]]] = {key: ([], []) for key in keys}
    with (
        bathyscope(folder / "runs") as server,
        tensorboard(folder / "logs", runs=n_runs) as other,
    ):
        ids = server.runs(n_runs)
        address = f"#/run/{ids[0]}/loss?compare={','.join(ids[1:])}&metric=metric"
        for _ in range(1 if quick else TURNS):
            with browser.page(server.base + address, server) as tab:
                first.append(tab.spent(OURS_CHARTS))
                tab.until(OURS_FILLED)
                _note(
                    times, 0, first[-1].wall, _scroll(tab, "document.scrollingElement", n_metrics)
                )
                tab.mark()
                filled.append(tab.spent(OURS_FILLED))
            with browser.page(f"{other}#timeseries") as tab:
                shown = tab.until(THEIRS_CHARTS)
                main = "document.querySelector('metrics-main-view .main, mat-sidenav-content')"
                _note(times, 1, shown, _scroll(tab, main, n_metrics))
    say("first charts", first)
    for key in keys:
        say_both(key, *times[key], unit="" if key.startswith("elements") else "ms")
    say("charts in sight drawn after scrolling", filled)


def _scroll(tab: Tab, element: str, metrics: int) -> dict[str, float]:
    pixels = min(SCROLLED_EACH * metrics, MOST_SCROLLED)
    return tab.page.evaluate(f"window.scrollThrough(() => {element}, {pixels})")


def _note(
    times: dict[str, tuple[list[float], list[float]]],
    whose: int,
    first: float,
    scrolled: dict[str, float],
) -> None:
    found = (first, scrolled["median"], scrolled["worst"], scrolled["elements"])
    for key, value in zip(times, found, strict=True):
        times[key][whose].append(value)


def curve(browser: Browser, folder: Path, *, quick: bool) -> None:
    """A curve of many points: first, again, and zoomed into by a key."""
    points = 500_000 if quick else 10_000_000
    writer = RunWriter(folder / "runs" / "long")
    for part in np.array_split(np.arange(points), max(1, points // 1_000_000)):
        writer.log_scalar_columns({"loss": (part, np.sin(part / 977.0) + (part % 911 == 0))})
    writer.finish()
    drawn = f"{MARKS}.some((m) => m.x.data.length > 100)"
    first: list[Spent] = []
    again: list[Spent] = []
    zoomed: list[Spent] = []
    for _ in range(TURNS):
        with bathyscope(folder / "runs") as server:
            (run,) = server.runs(1)
            with browser.page(f"{server.base}#/run/{run}/loss", server) as tab:
                first.append(tab.spent(drawn))
            with browser.page(f"{server.base}#/run/{run}/loss", server) as tab:
                again.append(tab.spent(drawn))
                shown = f"JSON.stringify({MARKS}[0].x.data.slice(5, 9))"
                zoomed.append(_zoom(tab, shown))
    say(f"curve of {points:,} points, first", first)
    say("again", again)
    say("zoomed, and drawn from new points", zoomed)


def _zoom(tab: Tab, shown: str) -> Spent:
    """Zoom in by a key, until what is shown is another."""
    tab.page.locator("main article canvas.above").first.focus()
    tab.page.evaluate(f"window.before = {shown}")
    tab.mark()
    tab.page.keyboard.press("+")
    return tab.spent(f"{shown} !== window.before")


def scatter(browser: Browser, folder: Path, *, quick: bool) -> None:
    """Feature vectors of many samples: first, again, and a lasso among them."""
    points = 100_000 if quick else 1_000_000
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 10, points)
    centers = np.stack([codes % 4, codes // 4, codes % 3], axis=1)
    vectors = (rng.normal(size=(points, 3)) + centers).astype(np.float32)
    writer = RunWriter(folder / "runs" / "million")
    writer.log_arrays("features/test", {"hidden": vectors, "sample": np.arange(points)}, step=1)
    writer.finish()
    opened: list[Spent] = []
    first: list[Spent] = []
    again: list[Spent] = []
    lasso: list[Spent] = []
    drawn = f"{MARKS}.some((m) => m.type === 'points' && m.x.data.length === {points})"
    for _ in range(TURNS):
        with bathyscope(folder / "runs") as server:
            (run,) = server.runs(1)
            room = f"#/run/{run}/features"
            with browser.page(f"{server.base}#/runs", server) as tab:
                tab.until(OURS_READY)
                tab.mark()
                tab.page.evaluate(f"location.hash = {room!r}")
                opened.append(tab.spent(drawn))
        with bathyscope(folder / "runs") as server:
            (run,) = server.runs(1)
            address = f"{server.base}#/run/{run}/features"
            with browser.page(address, server) as tab:
                first.append(tab.spent(drawn))
            with browser.page(address, server) as tab:
                again.append(tab.spent(drawn))
                lasso.append(_lasso(tab))
    say(f"scatter of {points:,} points, from the list of runs", opened)
    say("while the page is loaded, first", first)
    say("again", again)
    say("lasso, until all is drawn", lasso)


def _lasso(tab: Tab) -> Spent:
    """Draw around the middle; counted from letting go."""
    page = tab.page
    box = page.locator("canvas.above").first.bounding_box()
    where = [(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)]
    corners = [(box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in where]
    page.keyboard.down("Shift")
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    tab.mark()
    page.evaluate(
        "addEventListener('pointerup', () => (window.at = performance.now()), { capture: true })"
    )
    page.mouse.up()
    page.keyboard.up("Shift")
    return tab.spent("!window.bathyscope.selection.empty")


def matrix(browser: Browser, folder: Path, *, quick: bool) -> None:
    """The confusion of many classes: first, again, and zoomed into by a key."""
    classes, samples = (300, 2_000) if quick else (1000, 4_000)
    rng = np.random.default_rng(2)
    true = rng.integers(0, classes, samples)
    guess = np.where(rng.random(samples) < 0.7, true, rng.integers(0, classes, samples))
    scores = rng.random((samples, classes), dtype=np.float32) / classes
    scores[np.arange(samples), guess] += 1
    run = record_run("classes", runs_dir=folder / "runs")
    run.evaluate_scores(scores / scores.sum(axis=1, keepdims=True), true)
    run.finish()
    resting: list[Spent] = []
    first: list[Spent] = []
    again: list[Spent] = []
    zoomed: list[Spent] = []
    for _ in range(TURNS):
        with bathyscope(folder / "runs") as server:
            (run_id,) = server.runs(1)
            address = f"{server.base}#/run/{run_id}/predictions"
            with browser.page(address, server) as tab:
                tab.until(AT_REST)
                resting.append(_show_matrix(tab, classes))
        with bathyscope(folder / "runs") as server:
            (run_id,) = server.runs(1)
            address = f"{server.base}#/run/{run_id}/predictions"
            with browser.page(address, server) as tab:
                first.append(_show_matrix(tab, classes))
            with browser.page(address, server) as tab:
                again.append(_show_matrix(tab, classes))
                zoomed.append(_zoom_matrix(tab))
    say(f"matrix of {classes:,} x {classes:,}, room at rest", resting)
    say("while the page is loaded, first", first)
    say("again", again)
    say("zoomed, and drawn", zoomed)


def _show_matrix(tab: Tab, classes: int) -> Spent:
    """Scroll to it, and wait until it is drawn; counted from there."""
    card = "document.querySelector('[data-entry^=confusion-matrix-test]')"
    tab.until(card)
    tab.page.evaluate(
        "window.grid = () => window.bathyscope.panels()"
        f".find((p) => p.marks.some((m) => m.values?.data.length === {classes**2}))"
    )
    tab.mark()
    tab.page.evaluate(f"{card}.scrollIntoView({{ block: 'center' }})")
    return tab.spent("window.grid()")


def _zoom_matrix(tab: Tab) -> Spent:
    card = tab.page.locator("[data-entry^=confusion-matrix-test] canvas.above").first
    card.focus()
    shown = "JSON.stringify(window.grid().x.domain)"
    tab.page.evaluate(f"window.before = {shown}")
    tab.mark()
    card.press("+")
    return tab.spent(f"{shown} !== window.before")


WORK: dict[str, Callable[..., None]] = {
    "list": runs_list,
    "board": board,
    "curve": curve,
    "scatter": scatter,
    "matrix": matrix,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute, rougher")
    parser.add_argument("--only", choices=list(WORK))
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    names = (os.environ.get("BATHYSCOPE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    chromium = next(path for name in names if name and (path := shutil.which(name)))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        for name, do in WORK.items():
            if options.only in (None, name):
                print(name)
                with tempfile.TemporaryDirectory() as folder:
                    do(Browser(started), Path(folder), quick=options.quick)
        started.close()


if __name__ == "__main__":
    main()

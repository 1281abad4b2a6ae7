"""Pages in a real browser, offline, from files; any error or request fails the test."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import random
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bathyscope.figures import (
    Axis,
    Bars,
    Categories,
    ColorScale,
    Figure,
    Film,
    Ids,
    Line,
    Matrix,
    Panel,
    Points,
    Tiles,
    Wave,
    web,
)

#: A page is drawn, and a browser begins, when its machine lets it; nobody waits for less.
TRUE_WITHIN_S = 120
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _missing(reason: str) -> None:
    """A machine without a browser skips these tests; continuous integration must not."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} In CI the browser tests must run.")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests; `BATHYSCOPE_CHROMIUM` names another one."""
    if importlib.util.find_spec("playwright") is None:
        _missing("playwright is not installed.")
    from playwright.sync_api import sync_playwright

    names = (os.environ.get("BATHYSCOPE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = [path for name in names if name and (path := shutil.which(name))]
    if not found:
        _missing("No Chromium was found; name one in BATHYSCOPE_CHROMIUM.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found[0], args=list(ARGUMENTS), timeout=TRUE_WITHIN_S * 1000
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Wait until an expression is true (the page's policy forbids playwright's own waiting)."""
    return wait_until


@pytest.fixture(scope="session")
def becomes() -> Callable[..., bool]:
    """Whether a condition of the page comes true; how soon depends on how busy the machine is."""
    return come_true


def wait_until(page: Any, expression: str, argument: Any = None) -> None:
    if not come_true(page, lambda: page.evaluate(expression, argument)):
        raise AssertionError(f"It never became true in the page: {expression}")


def come_true(page: Any, condition: Callable[[], Any]) -> bool:
    end = time.monotonic() + TRUE_WITHIN_S
    while not (found := condition()) and time.monotonic() < end:
        page.wait_for_timeout(50)
    return bool(found)


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Find a port nobody listens on, below those that systems lend to outgoing connections."""

    def find() -> int:
        for port in random.sample(range(20_000, 30_000), 100):
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
        raise AssertionError("No port is free.")

    return find


def let_it_draw(page: Any) -> None:
    """Wait for two frames by the page's own clock: by then it shows what it was told."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


#: Brings the first picture that still waits into sight, if there is one.
SEEK = """(() => {
  const left = document.querySelector('.waiting');
  left?.scrollIntoView({ block: 'center' });
  return left !== null;
})()"""
NONE_WAITS_IN_SIGHT = """[...document.querySelectorAll('.waiting')].every((place) => {
  const { top, bottom } = place.getBoundingClientRect();
  return bottom <= 0 || top >= innerHeight;
})"""


@pytest.fixture(scope="session")
def show_all() -> Callable[[Any], None]:
    """Scroll to every picture, so that all are drawn, and nothing moves any more."""

    def show(page: Any) -> None:
        while page.evaluate(SEEK):
            wait_until(page, NONE_WAITS_IN_SIGHT)
        let_it_draw(page)

    return show


@pytest.fixture(scope="session")
def new_context(browser: Any) -> Callable[..., Any]:
    """Open a browser context in which everything has as long as it takes on a busy machine."""

    def make(**options: Any) -> Any:
        context = browser.new_context(**options)
        context.set_default_timeout(TRUE_WITHIN_S * 1000)
        return context

    return make


@pytest.fixture
def open_html(new_context: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open HTML from a file, offline; afterwards nothing may have gone wrong in it."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_page(html: str, *, width: int = 1280, height: int = 900, **options: Any) -> Any:
        path = tmp_path / f"page-{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        # What is read is at rest; tests of motion ask for it.
        options.setdefault("reduced_motion", "reduce")
        context = new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("request", lambda request: _note_request(request.url, path, faults))
        page.goto(path.as_uri())
        wait_until(page, "Boolean(window.bathyscope)")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def _note_request(url: str, path: Path, faults: list[str]) -> None:
    inside = url.startswith(("data:", "blob:"))
    if not inside and url.split("#", maxsplit=1)[0] != path.as_uri():
        faults.append(f"request: {url}")


@pytest.fixture
def open_figure(open_html: Callable[..., Any]) -> Callable[..., Any]:
    """Open one figure or film, and wait until it is drawn."""

    def open_one(item: Figure | Film, **options: Any) -> Any:
        page = open_html(web.page(item), **options)
        wait_until(page, "window.bathyscope.panels().length > 0")
        let_it_draw(page)
        return page

    return open_one


@pytest.fixture
def at() -> Callable[..., tuple[float, float]]:
    """Where a value of a panel lies in the window."""

    def locate(page: Any, x: float, y: float, *, panel: int = 0) -> tuple[float, float]:
        spot = page.evaluate(
            "([i, x, y]) => window.bathyscope.panels()[i].locate(x, y)", [panel, x, y]
        )
        return spot["x"], spot["y"]

    return locate


@pytest.fixture
def domain() -> Callable[..., Any]:
    """The ends of an axis of a panel, as drawn."""

    def read(page: Any, axis: str, *, panel: int = 0) -> list[float]:
        let_it_draw(page)
        return page.evaluate(f"window.bathyscope.panels()[{panel}].{axis}.domain")

    return read


@pytest.fixture(scope="session")
def all_samples() -> dict[str, Figure]:
    """Every figure the renderers share."""
    path = Path(__file__).parents[1] / "figures" / "samples.py"
    spec = importlib.util.spec_from_file_location("bathyscope_test_samples", path)
    module = sys.modules.get(spec.name)
    if module is None:
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    return module.sample_figures()


def _lines() -> Figure:
    x = np.arange(0, 100, 5.0)
    lines = (
        Line(x, np.exp(-x / 40), label="training", ids=Ids("run", np.array(["a"]))),
        Line(x, np.exp(-x / 50) + 0.1, label="validation", tone=1),
        Line(x, np.where(x == 50, np.nan, 0.5), label="broken", tone=2),
    )
    axes = {"x": Axis("step", integers=True), "y": Axis("loss", "nats")}
    return Figure("Loss", (Panel(lines, **axes),))


def _points(n: int = 400) -> Figure:
    rng = np.random.default_rng(7)
    codes = np.arange(n) % 3
    x, y = rng.normal(size=(2, n)) + codes
    mark = Points(
        x,
        y,
        color=Categories(codes, ("cat", "dog", "owl"), "animal"),
        text=tuple(f"image {i}" for i in range(n)),
        thumbnails=rng.integers(0, 255, (n, 8, 8), dtype=np.uint8),
        ids=Ids("sample", 1000 + np.arange(n)),
    )
    return Figure("Embedding", (Panel((mark,), x=Axis("u"), y=Axis("v")),))


def _matrix(step: int = 0) -> Figure:
    rng = np.random.default_rng(step)
    true = rng.integers(0, 3, 400)
    predicted = rng.integers(0, 3, 400)
    counts = np.zeros((3, 3))
    np.add.at(counts, (predicted, true), 1)
    mark = Matrix(
        counts,
        ColorScale("sequential", 0, counts.max(), "samples"),
        ids=Ids("sample", 1000 + np.arange(400), predicted * 3 + true),
    )
    names = ("cat", "dog", "owl")
    axes = {
        "x": Axis("true class", scale="category", categories=names),
        "y": Axis("predicted class", scale="category", categories=names),
    }
    return Figure("Confusion", (Panel((mark,), **axes),))


def _bars() -> Figure:
    rng = np.random.default_rng(3)
    counts, edges = np.histogram(rng.normal(size=500), bins=8)
    held = Bars(counts, edges=edges, label="weights")
    axes = {"x": Axis("weight"), "y": Axis("count", integers=True)}
    return Figure("Weights", (Panel((held,), **axes),))


def _tiles() -> Figure:
    rng = np.random.default_rng(4)
    mark = Tiles(rng.random((12, 8, 8)), ids=Ids("sample", 1000 + np.arange(12)))
    return Figure("Images", (Panel((mark,)),))


def _wave() -> Figure:
    time = np.arange(4000) / 8000
    rng = np.random.default_rng(5)
    mark = Wave(0.5 * np.sin(2 * np.pi * 440 * time), 8000.0, "tone", rng.random((33, 40)) * -60)
    return Figure("Sound", (Panel((mark,), x=Axis("time", "s"), y=Axis("amplitude")),))


@pytest.fixture(scope="session")
def figures() -> SimpleNamespace:
    """Small figures with known numbers, one maker per kind."""
    return SimpleNamespace(
        lines=_lines, points=_points, matrix=_matrix, bars=_bars, tiles=_tiles, wave=_wave
    )


@pytest.fixture(scope="session")
def report(figures: SimpleNamespace) -> str:
    """A document of several rooms with two films that were recorded at different steps."""
    early = Film((0, 100, 200), tuple(figures.matrix(step) for step in (0, 100, 200)))
    late = Film((150, 300), tuple(figures.matrix(step).titled("Later") for step in (150, 300)))
    sections = (
        web.Section("Curves", (figures.lines(), figures.bars()), "loss"),
        web.Section("Embedding", (figures.points(),), "features"),
        web.Section("Images", (figures.tiles(),), "predictions"),
        web.Section("Confusion", (early, late), "predictions"),
        web.Section("Sounds", (figures.wave(),), "features"),
    )
    facts = (("Framework", "Keras <3>"), ("Parameters", "407,050"))
    return web.document(
        "A run & its pictures", sections, facts=facts, epochs={0: 0, 100: 1, 200: 2, 300: 3}
    )

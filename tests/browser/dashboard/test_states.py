"""What the page says where there is nothing to show, and where something went wrong."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bathyscope as bs

SAYS = "(text) => document.body.innerText.includes(text)"
#: Faults that browsers note by themselves when a server stops, is away, or refuses.
NOTED = ("net::ERR", "401", "404", "503")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two small runs with no metric in common, and one that holds nothing."""
    folder = tmp_path / "runs"
    for name, metric in (("one", "loss"), ("other", "reward"), ("nothing", "")):
        with bs.record(name, runs_dir=folder) as run:
            for step in range(1, 4):
                if metric:
                    run.log({metric: 1 / step}, step=step)
    return folder


def test_a_page_says_that_the_server_is_away_and_was_started_anew(
    visit: Any, serve: Any, until: Any, run_id: Any, root: Path, free_port: Any
) -> None:
    visit.forgive(*NOTED)
    port = str(free_port())
    first = serve(root, "--port", port)
    page = visit(first)
    page.goto(f"{first.base}#/run/{run_id(page, 'one')}/loss")
    until(page, "document.querySelectorAll('main article canvas').length > 0")
    first.stop()
    until(page, SAYS, "Connection lost")
    assert page.locator("main article canvas").count() > 0, "what was drawn must stay"
    second = serve(root, "--port", port)
    until(page, SAYS, "the dashboard was started anew")
    page.context.request.get(second.url)  # the new address, in another tab
    until(page, f"() => !({SAYS})('the dashboard was started anew')")
    until(page, "window.bathyscope.live.connection.state === 'open'")


def test_a_run_that_vanished_stays_as_it_was_read(
    visit: Any, serve: Any, until: Any, run_id: Any, root: Path
) -> None:
    visit.forgive(*NOTED)
    dashboard = serve(root)
    page = visit(dashboard)
    page.goto(f"{dashboard.base}#/run/{run_id(page, 'one')}/loss")
    until(page, "document.querySelectorAll('main article canvas').length > 0")
    shutil.rmtree(root / "one")
    until(page, SAYS, "it was moved or deleted")
    assert page.locator("main article canvas").count() > 0
    assert page.locator(".card-failure").count() == 0, "the page says it once"


def test_a_comparison_goes_on_without_a_run_that_is_not_there(
    visit: Any, serve: Any, until: Any, run_id: Any, root: Path
) -> None:
    visit.forgive(*NOTED)
    dashboard = serve(root)
    page = visit(dashboard)
    one, other = run_id(page, "one"), run_id(page, "other")
    page.goto(f"{dashboard.base}#/run/{one}/loss?compare={other},gone")
    until(page, SAYS, "gone cannot be compared")
    names = "[...document.querySelectorAll('[data-chart]')].map((card) => card.dataset.chart)"
    until(page, f"{names}.join() === 'loss,reward'")
    until(page, "document.querySelectorAll('[data-chart] canvas').length > 1")
    page.goto(f"{dashboard.base}#/run/{one}/overview?compare={other},gone")
    until(page, "document.querySelectorAll('main article table').length > 0")
    assert page.get_by_text("cannot be shown").count() == 0


def test_an_empty_room_says_what_fills_it(
    visit: Any, serve: Any, until: Any, run_id: Any, root: Path
) -> None:
    dashboard = serve(root)
    page = visit(dashboard)
    identity = run_id(page, "nothing")
    calls = {"loss": "run.log(", "predictions": "run.evaluate_scores(", "overview": "run.keras("}
    named = "(call) => document.querySelector('main .empty')?.innerText.includes(call)"
    for room, call in calls.items():
        page.goto(f"{dashboard.base}#/run/{identity}/{room}")
        until(page, named, call)


def test_the_menu_of_a_run_with_a_short_name_lies_inside_a_narrow_page(
    visit: Any, serve: Any, run_id: Any, root: Path
) -> None:
    dashboard = serve(root)
    page = visit(dashboard, width=390)
    page.goto(f"{dashboard.base}#/run/{run_id(page, 'one')}/loss")
    page.get_by_role("button", name="More actions").first.click()
    box = page.get_by_role("menu").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(
    visit: Any, serve: Any, until: Any, run_id: Any, tmp_path: Path, width: int
) -> None:
    long = "the_quick_brown_fox_jumps_over_the_lazy_dog_" * 5
    config = {long: long, "a/b/c": "🔥", "الخسارة": "训练"}
    with bs.record("x" * 180, runs_dir=tmp_path / "hard", config=config, tags=[long, "t"]) as run:
        run.log({long: 0.5, f"val_{long}": np.nan, "الخسارة": 5e-324, "max": 1.7e308}, step=1)
        run.log({long: np.inf, f"val_{long}": 1, "الخسارة": 1e-323, "max": -1.7e308}, step=2**53)
    dashboard = serve(tmp_path / "hard")
    page = visit(dashboard, width=width)
    identity = run_id(page, "x" * 180)
    for room in ("overview", "loss"):
        page.goto(f"{dashboard.base}#/run/{identity}/{room}")
        until(page, f"document.querySelector('nav [aria-current]')?.dataset.room === '{room}'")
        until(page, "!document.querySelector('main .waiting, main .opening')")
        assert page.evaluate("document.documentElement.scrollWidth") <= width

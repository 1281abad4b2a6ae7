"""Many metrics of many runs: only what is near the window is asked for and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.runs import RunWriter
from bathyscope.views.seed_bands import OFFERS

METRICS, RUNS = 120, 3
#: Pictures of all runs: of a few metrics one by one, and of the rest together.
TOGETHER = OFFERS + 1

DRAWN = """() => {
  const seen = [...document.querySelectorAll('[data-chart]')].filter((chart) => {
    const { top, bottom } = chart.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  return seen.length > 2 && seen.every((chart) => chart.querySelector('canvas'));
}"""
ASKED = """(path) => performance.getEntriesByType('resource')
  .map((entry) => new URL(entry.name)).filter((url) => url.pathname.startsWith(path)).length"""


@pytest.fixture(scope="module")
def many(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs that differ in nothing but the seed, whose metrics have pictures of all of them."""
    root: Path = tmp_path_factory.mktemp("many")
    at = np.arange(200)
    for seed in range(RUNS):
        writer = RunWriter(root / f"run-{seed}", config={"lr": 0.1, "seed": seed})
        rng = np.random.default_rng(seed)
        writer.log_scalar_columns(
            {f"metric-{m:03d}": (at, rng.normal(size=200)) for m in range(METRICS)}
        )
        writer.finish()
    return serve(root, "--read-only")


def test_what_is_far_away_is_not_asked_for(visit: Any, many: Any, until: Any, run_id: Any) -> None:
    page = visit(many)
    first, *others = (run_id(page, f"run-{seed}") for seed in range(RUNS))
    page.goto(f"{many.base}#/run/{first}/loss?compare={','.join(others)}&metric=metric")
    until(page, DRAWN)
    until(page, "(n) => document.querySelectorAll('[data-entry]').length >= n", TOGETHER)
    # Every chart of the search has its place, and few of them cost anything.
    assert page.evaluate("document.querySelectorAll('[data-chart]').length") == METRICS
    assert page.evaluate("document.querySelectorAll('[data-chart] canvas').length") < METRICS
    assert page.evaluate(ASKED, "/api/compare/") == 0

    page.evaluate("document.querySelector('[data-chart=metric-060]').scrollIntoView()")
    until(page, DRAWN)
    until(page, "!document.querySelector('[data-chart=metric-000] canvas')")

    page.evaluate("document.querySelector('[data-entry]').scrollIntoView()")
    until(page, "document.querySelector('[data-entry] canvas')")
    assert 0 < page.evaluate(ASKED, "/api/compare/") <= TOGETHER


#: Some frames pass.
FRAMES = "for (let i = 0; i < 10; i++) await new Promise(requestAnimationFrame);"


def test_what_was_passed_keeps_its_height(
    visit: Any, many: Any, until: Any, run_id: Any, drawn: str
) -> None:
    page = visit(many)
    first, *others = (run_id(page, f"run-{seed}") for seed in range(RUNS))
    page.goto(f"{many.base}#/run/{first}/loss?compare={','.join(others)}&metric=metric")
    until(page, "(n) => document.querySelectorAll('[data-entry]').length >= n", TOGETHER)
    page.evaluate("document.querySelector('[data-entry]').scrollIntoView()")
    until(page, "document.querySelector('[data-entry] canvas')")
    until(page, drawn)
    height = "document.querySelector('[data-entry]').offsetHeight"
    # A picture takes its size when it is told its width, in a frame of its own.
    until(page, f"(async () => {{ const was = {height}; {FRAMES} return {height} === was; }})()")
    before = page.evaluate(height)
    page.evaluate("scrollTo(0, 0)")
    until(page, "!document.querySelector('[data-entry] canvas')")
    assert abs(page.evaluate(height) - before) <= 1  # of a fraction of a pixel

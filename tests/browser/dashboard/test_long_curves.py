"""Metrics of more points than are sent: what is seen of them, and what is seen nearer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.runs import RunWriter

POINTS, SPIKE, ODD = 400_000, 123_457, 300_001
SEEN = "window.bathyscope.panels()[0].marks[0]"
DRAWN = f"window.bathyscope.panels().length && {SEEN}.x.data.length > 1000"
#: Whether the whole curve was asked for by itself.
ASKED = """() => performance.getEntriesByType('resource')
  .some(({ name }) => name.includes('/curve?') && !name.includes('from='))"""


@pytest.fixture(scope="module")
def long(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run of one metric with one spike and one NaN, and one of a metric that never was finite."""
    root: Path = tmp_path_factory.mktemp("long")
    at = np.arange(POINTS)
    values = np.sin(at / 9_000)
    values[[SPIKE, ODD]] = 7.5, np.nan
    for name, column in (("spiked", values), ("lost", np.full(POINTS, np.nan))):
        writer = RunWriter(root / name)
        writer.log_scalar_columns({"loss": (at, column)})
        writer.finish()
    return serve(root, "--read-only")


def test_nothing_that_stands_out_is_lost_and_each_point_is_within_reach(
    visit: Any, long: Any, until: Any, run_id: Any
) -> None:
    page = visit(long)
    page.goto(f"{long.base}#/run/{run_id(page, 'spiked')}/loss")
    until(page, DRAWN)
    value = f"(step) => {SEEN}.y.data[[...{SEEN}.x.data].indexOf(step)]"
    assert page.evaluate(value, SPIKE) == 7.5
    assert np.isnan(page.evaluate(value, ODD))
    ends = page.evaluate(f"[{SEEN}.x.data[0], {SEEN}.x.data.at(-1)]")
    assert ends == [0, POINTS - 1]
    assert not page.evaluate(ASKED), "it came with the news that there are so many points"
    assert page.get_by_text("400,000 points").count() == 1

    page.locator("main article canvas.above").first.focus()
    for _ in range(20):
        page.keyboard.press("+")
    until(page, f"{SEEN}.x.data.at(-1) - {SEEN}.x.data[0] < 5000 && {SEEN}.x.data.length > 9")
    steps = f"[...{SEEN}.x.data].every((step, i, all) => !i || step === all[i - 1] + 1)"
    until(page, steps)

    page.keyboard.press("0")
    until(page, f"{SEEN}.x.data[0] === 0 && {SEEN}.x.data.at(-1) === {POINTS - 1}")
    assert not page.evaluate(ASKED), "it is still there"


def test_a_long_metric_is_smoothed_over_all_points_and_seen_by_time(
    visit: Any, long: Any, until: Any, run_id: Any
) -> None:
    """The average of what stands out would show the spike, and swing as far as the noise."""
    rng = np.random.default_rng(0)
    values = np.sin(np.arange(POINTS) / 40_000) + rng.normal(scale=0.5, size=POINTS)
    writer = RunWriter(long.root / "noisy")
    steps, times = np.arange(POINTS), 1.7e9 + np.arange(POINTS) / 1000
    writer.log_scalar_columns({"loss": (steps, values, times)})
    writer.finish()
    page = visit(long)
    query = "?charts=smoothing:0.9,x:time"
    page.goto(f"{long.base}#/run/{run_id(page, 'noisy')}/loss{query}")
    average = "window.bathyscope.panels()[0]?.marks[1]"
    until(page, f"{average}?.x.data.length > 100")
    # Independent: the closed form at the places where it is drawn.
    until(page, "window.bathyscope.panels()[0].x.label === 'time'")
    drawn = np.array(page.evaluate(f"[...{average}.y.data]"))
    places = np.round(np.linspace(0, POINTS - 1, len(drawn))).astype(int)
    weights = 0.9 ** np.arange(300)
    expected = [
        values[max(0, at - 299) : at + 1][::-1] @ weights[: at + 1] / weights[: at + 1].sum()
        for at in places
    ]
    np.testing.assert_allclose(drawn, expected, atol=1e-6)
    assert page.evaluate("window.bathyscope.panels()[0].marks[0].faint")
    assert page.evaluate(f"[{average}.x.data[0], {average}.x.data.at(-1)]") == [
        0,
        pytest.approx((POINTS - 1) / 60_000),
    ]

    # The address keeps how charts are drawn, and the steps are where they were.
    page.get_by_role("radio", name="step").first.click()
    until(page, f"window.bathyscope.panels()[0].x.label === 'step' && {average}")
    until(page, "location.hash.includes('charts=smoothing:0.9') && !location.hash.includes('x:')")
    assert page.evaluate(f"[{average}.x.data[0], {average}.x.data.at(-1)]") == [0, POINTS - 1]

    # An import may know but one time: an axis of no width is drawn too.
    page.goto(f"{long.base}#/run/{run_id(page, 'spiked')}/loss?charts=x:time")
    until(page, f"window.bathyscope.panels()[0]?.x.label === 'time' && {SEEN}.x.data[0] === 0")


def test_a_metric_that_never_was_finite_is_shown_and_said(
    visit: Any, long: Any, until: Any, run_id: Any
) -> None:
    page = visit(long)
    page.goto(f"{long.base}#/run/{run_id(page, 'lost')}/loss")
    until(page, f"window.bathyscope.panels().length && {SEEN}.x.data.length > 300")
    assert page.evaluate(f"[...{SEEN}.y.data].every(Number.isNaN)")


def test_a_long_metric_grows_while_it_is_seen(
    visit: Any, long: Any, until: Any, run_id: Any
) -> None:
    writer = RunWriter(long.root / "growing")
    at = np.arange(250_000)
    writer.log_scalar_columns({"loss": (at, np.cos(at / 5_000))})
    page = visit(long)
    page.goto(f"{long.base}#/run/{run_id(page, 'growing')}/loss")
    until(page, f"{DRAWN} && {SEEN}.x.data.at(-1) === 249_999")
    for step in range(250_000, 250_010):
        writer.log_scalars({"loss": 4.0}, step=step)
    until(page, f"{SEEN}.x.data.at(-1) === 250_009 && {SEEN}.y.data.at(-1) === 4")
    writer.finish()
    until(page, "document.querySelector('header').textContent.includes('finished')")
    assert page.evaluate(f"{SEEN}.x.data[0]") == 0

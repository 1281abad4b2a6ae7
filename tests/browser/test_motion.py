"""Points glide from step to step: by the page's clock, which these tests turn themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bathyscope.figures import Axis, Figure, Film, Ids, Panel, Points, Points3D, web

STEPS = (0, 10, 20)
N = 50
IN_MOTION = {"reduced_motion": "no-preference"}


def places_at(step: int, dimensions: int) -> np.ndarray:
    return np.random.default_rng(step).normal(size=(N, dimensions)) * (1 + step)


def scatter(step: int, dimensions: int) -> Figure:
    ids, label = Ids("sample", 100 + np.arange(N)), f"step {step}"
    sides = places_at(step, dimensions).T
    if dimensions == 3:
        mark = Points3D(*sides, axes=("u", "v", "w"), label=label, ids=ids)
        return Figure("Map", (Panel((mark,)),))
    mark = Points(*sides, label=label, ids=ids)
    return Figure("Map", (Panel((mark,), x=Axis("u"), y=Axis("v")),))


MARK = """
(() => {
  const { panels, spaces } = window.bathyscope;
  return spaces()[0]?.mark() ?? panels()[0]?.marks[0];
})()
"""


def places(page: Any) -> np.ndarray:
    """Where the points are drawn now, in units of the data."""
    return np.array(
        page.evaluate(f"(({MARK}).z ? ['x', 'y', 'z'] : ['x', 'y']).map(s => [...{MARK}[s].data])")
    ).T


@pytest.fixture(params=[2, 3])
def film(
    request: Any, open_html: Callable[..., Any], until: Callable[..., None]
) -> Callable[..., tuple[Any, int]]:
    """Open a film of a scatter at its last step; its clock stands still."""

    def open_one(**options: Any) -> tuple[Any, int]:
        figures = tuple(scatter(step, request.param) for step in STEPS)
        page = open_html(web.page(Film(STEPS, figures)), **options)
        until(page, f"({MARK})?.label === 'step 20'")
        page.clock.install(time=0)
        page.clock.pause_at(3_600_000)
        return page, request.param

    return open_one


@pytest.fixture
def go(until: Callable[..., None]) -> Callable[..., None]:
    def move(page: Any, step: int) -> None:
        page.evaluate("(step) => { window.bathyscope.cursor.step = step; }", step)
        until(page, f"({MARK})?.label === 'step {step}'")

    return move


def share_between(found: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """How much of the way is done: the same of all points, on a straight line."""
    share = float(((found - start) * (end - start)).sum() / ((end - start) ** 2).sum())
    np.testing.assert_allclose(found, start + share * (end - start), atol=1e-9)
    return share


def test_points_leave_their_old_places_and_arrive_at_the_new_ones(film, go):
    page, dimensions = film(**IN_MOTION)
    old, new = places_at(20, dimensions), places_at(0, dimensions)
    go(page, 0)
    np.testing.assert_array_equal(places(page), old)
    page.clock.run_for(130)
    assert 0.3 < share_between(places(page), old, new) < 0.7
    page.clock.run_for(200)
    np.testing.assert_array_equal(places(page), new)


def test_a_step_amid_the_way_goes_on_from_there(film, go):
    page, dimensions = film(**IN_MOTION)
    go(page, 0)
    page.clock.run_for(130)
    there = places(page)
    go(page, 10)
    np.testing.assert_allclose(places(page), there, atol=1e-12)
    page.clock.run_for(130)
    assert 0.3 < share_between(places(page), there, places_at(10, dimensions)) < 0.7
    page.clock.run_for(200)
    np.testing.assert_array_equal(places(page), places_at(10, dimensions))


def test_who_wants_no_motion_sees_none(film, go):
    page, dimensions = film(reduced_motion="reduce")
    go(page, 0)
    np.testing.assert_array_equal(places(page), places_at(0, dimensions))


def test_axes_glide_with_the_points(open_html, until, go):
    figures = tuple(scatter(step, 2) for step in STEPS)
    page = open_html(web.page(Film(STEPS, figures)), **IN_MOTION)
    until(page, f"({MARK})?.label === 'step 20'")
    page.clock.install(time=0)
    page.clock.pause_at(3_600_000)
    domain = "window.bathyscope.panels()[0].x.domain"
    before = page.evaluate(domain)
    go(page, 0)
    assert page.evaluate(domain) == before
    widths = []
    for _ in range(6):
        page.clock.run_for(50)
        low, high = page.evaluate(domain)
        assert low <= places(page)[:, 0].min() and places(page)[:, 0].max() <= high
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] < before[1] - before[0]
    assert widths[-1] < widths[0] / 5

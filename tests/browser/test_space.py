"""Scatters in space: they turn, they say where their points are, and they select like flat ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bathyscope.figures import Categories, Figure, Ids, Panel, Points3D, web
from bathyscope.figures.turning import box_of, turned, turning


def space_mark(n: int = 120) -> Points3D:
    rng = np.random.default_rng(3)
    codes = np.arange(n) % 3
    at = rng.normal(size=(n, 3)) * 0.4 + 3 * np.eye(3)[codes]
    return Points3D(
        *at.T,
        axes=("u", "v", "w"),
        color=Categories(codes, ("cat", "dog", "owl"), "animal"),
        thumbnails=rng.integers(0, 255, (n, 8, 8), dtype=np.uint8),
        ids=Ids("sample", 1000 + np.arange(n)),
    )


@pytest.fixture
def open_space(open_html: Callable[..., Any], until: Callable[..., None]) -> Callable[..., Any]:
    def open_one(mark: Points3D, **options: Any) -> Any:
        flat = Figure("Embedding", (Panel((mark,)),))
        page = open_html(web.page(flat), **options)
        until(page, "window.bathyscope.spaces().length > 0")
        page.locator("canvas.above").hover(position={"x": 2, "y": 2})
        return page

    return open_one


def spots(page: Any, n: int) -> np.ndarray:
    """Where all points lie in the window."""
    found = page.evaluate(
        """(n) => {
          const [space] = window.bathyscope.spaces();
          return Array.from({ length: n }, (_, i) => [space.locate(i).x, space.locate(i).y]);
        }""",
        n,
    )
    return np.array(found)


def eye(page: Any) -> dict[str, Any]:
    return page.evaluate("window.bathyscope.spaces()[0].eye()")


def agrees_with(page: Any, mark: Points3D) -> bool:
    """Whether the page shows the points from its eye as Python's geometry does."""
    at = np.stack([mark.x, mark.y, mark.z], axis=1)
    view = eye(page)
    seen = turned(at, box_of(mark), turning(view["azimuth"], view["elevation"]))[:, :2] * [1, -1]
    found = spots(page, len(at))
    scale = np.ptp(found, axis=0) / np.ptp(seen, axis=0)
    centred = (seen - seen.mean(axis=0)) * scale[0]
    return bool(np.allclose(found - found.mean(axis=0), centred, atol=1e-6 * scale[0]))


def selected(page: Any) -> list[int]:
    found = page.evaluate("[...(window.bathyscope.selection.get('sample') ?? [])]")
    return sorted(int(value) for value in found)


def test_points_lie_where_pythons_geometry_puts_them_however_turned(open_space, becomes):
    mark = space_mark()
    page = open_space(mark)
    assert (eye(page)["azimuth"], eye(page)["elevation"]) == (-60, 22)
    assert agrees_with(page, mark)
    box = page.locator("canvas.above").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y + 30, steps=4)
    page.mouse.up()
    turned_by = {"azimuth": pytest.approx(-40), "elevation": pytest.approx(37)}
    assert becomes(page, lambda: {name: eye(page)[name] for name in turned_by} == turned_by)
    assert agrees_with(page, mark)
    page.locator("canvas.above").dblclick()
    assert becomes(page, lambda: eye(page)["azimuth"] == -60)


def test_keys_turn_zoom_and_go_back(open_space, becomes):
    page = open_space(space_mark())
    canvas = page.locator("canvas.above")
    canvas.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "+"):
        canvas.press(key)
    assert becomes(page, lambda: eye(page)["zoom"] > 1)
    assert becomes(page, lambda: (eye(page)["azimuth"], eye(page)["elevation"]) == (-48, 28))
    seen = eye(page)
    assert becomes(page, lambda: ":eye:-48~28~1.3~0" in page.url)
    page.reload()
    assert becomes(page, lambda: page.evaluate("Boolean(window.bathyscope?.spaces().length)"))
    assert becomes(page, lambda: eye(page) == seen)
    canvas.focus()
    canvas.press("0")
    assert becomes(page, lambda: eye(page)["zoom"] == 1)
    assert eye(page)["azimuth"] == -60
    assert becomes(page, lambda: "eye" not in page.url)


def test_a_point_is_read_by_the_pointer_and_by_keys_and_selected(open_space, becomes):
    mark = space_mark()
    page = open_space(mark)
    depth = np.stack([mark.x, mark.y, mark.z], axis=1) @ turning()[2]
    front = int(depth.argmax())
    x, y = spots(page, len(depth))[front]
    page.mouse.move(x, y)
    tip = page.locator("[role=tooltip]")
    assert becomes(page, lambda: f"sample {1000 + front}" in (tip.text_content() or ""))
    assert mark.color is not None
    assert tip.locator("canvas").count() == 1
    page.mouse.click(x, y)
    assert becomes(page, lambda: selected(page) == [1000 + front])
    page.keyboard.press("Escape")
    canvas = page.locator("canvas.above")
    canvas.focus()
    page.mouse.move(1, 1)
    canvas.press(".")
    spoken = page.locator(".space [aria-live]")
    assert becomes(page, lambda: f"sample {1000 + front}" in (spoken.text_content() or ""))


def test_a_lasso_selects_exactly_the_points_inside(open_space, becomes):
    mark = space_mark()
    page = open_space(mark)
    found = spots(page, len(mark.x))
    owls = mark.color.codes == 2
    low, high = found[owls].min(axis=0) - 3, found[owls].max(axis=0) + 3
    inside = ((found > low) & (found < high)).all(axis=1)
    page.keyboard.down("Shift")
    page.mouse.move(*low)
    page.mouse.down()
    for corner in ((high[0], low[1]), tuple(high), (low[0], high[1]), tuple(low)):
        page.mouse.move(*corner, steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    expected = (1000 + np.flatnonzero(inside)).tolist()
    assert len(expected) >= owls.sum()
    assert becomes(page, lambda: selected(page) == expected)


def test_classes_are_switched_off_and_named_at_their_medians(open_space, becomes):
    mark = space_mark()
    page = open_space(mark)
    pixels = "document.querySelector('.space canvas').toDataURL()"
    whole = page.evaluate(pixels)
    page.locator(".plot").hover()
    names = page.get_by_role("button", name="Names of the classes at their medians")
    names.click()
    assert becomes(page, lambda: page.evaluate(pixels) != whole)
    named = page.evaluate(pixels)
    page.get_by_role("button", name="owl").click()
    assert becomes(page, lambda: page.evaluate(pixels) != named)
    # What is switched off is not found by the pointer either.
    owl = int(np.flatnonzero(mark.color.codes == 2)[0])
    page.mouse.move(*spots(page, len(mark.x))[owl])
    tip = page.locator("[role=tooltip]")
    assert becomes(page, lambda: f"sample {1000 + owl}" not in (tip.all_text_contents() or [""])[0])


@pytest.mark.parametrize("width", [390, 1280])
def test_places_that_are_not_finite_are_counted(open_space, width):
    nan = np.array([0.0, np.nan, 1.0])
    page = open_space(Points3D(nan, nan, np.zeros(3)), width=width)
    text = page.locator(".space").inner_text()
    assert "1 of 3 points have no place" in text
    assert "z is the same for all points." in text
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_hundred_thousand_points_turn(open_space, becomes):
    rng = np.random.default_rng(0)
    page = open_space(Points3D(*rng.normal(size=(3, 100_000))))
    canvas = page.locator("canvas.above")
    canvas.focus()
    canvas.press("ArrowRight")
    assert becomes(page, lambda: eye(page)["azimuth"] == -54)

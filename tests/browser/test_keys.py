"""What a pointer does on a picture, done with keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bathyscope import views
from bathyscope.figures import (
    Axis,
    ColorScale,
    Figure,
    Ids,
    Panel,
    Points,
    Points3D,
    Tiles,
    Tokens,
    web,
)

SPOKEN = "[aria-live].unseen"


def selected(page: Any, kind: str = "sample") -> list:
    return sorted(page.evaluate(f"[...(window.bathyscope.selection.get('{kind}') ?? [])]"))


def spoken(page: Any) -> str:
    return page.locator(SPOKEN).first.text_content() or ""


def focus(page: Any, selector: str) -> None:
    page.mouse.move(1, 1)
    page.locator(selector).first.focus()


def grid_of_points() -> Figure:
    """Nine points, named by row and column, of which none lies where 10 pixels lead."""
    x, y = np.meshgrid([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
    names = tuple(f"r{r}c{c}" for r in range(3) for c in range(3))
    mark = Points(x.ravel(), y.ravel(), text=names, ids=Ids("sample", np.arange(9)))
    return Figure("Grid", (Panel((mark,), x=Axis("u"), y=Axis("v")),))


def test_arrow_keys_walk_from_point_to_point(open_figure, becomes):
    page = open_figure(grid_of_points())
    focus(page, "canvas.above")
    page.keyboard.press("ArrowRight")
    assert becomes(page, lambda: spoken(page).startswith("r1c1"))
    for key, name in (("ArrowRight", "r1c2"), ("ArrowUp", "r2c2"), ("ArrowLeft", "r2c1")):
        page.keyboard.press(key)
        assert becomes(page, lambda name=name: spoken(page).startswith(name))
    page.keyboard.press("ArrowUp")  # there is none above
    page.keyboard.press("Enter")
    assert becomes(page, lambda: selected(page) == [7])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+Enter")
    assert becomes(page, lambda: selected(page) == [6, 7])


def test_a_box_of_keys_selects_the_points_inside(open_figure, becomes, at):
    page = open_figure(grid_of_points())
    focus(page, "canvas.above")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert becomes(page, lambda: spoken(page).startswith("r1c0"))
    (x0, _), (x1, _) = at(page, 0, 1), at(page, 1, 1)
    page.keyboard.press("Shift+Space")
    for key, times in (("ArrowRight", int((x1 - x0) / 10) + 3), ("ArrowDown", 100)):
        for _ in range(times):
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    # The point it began at lies on its edge, as do those beside and below.
    assert becomes(page, lambda: 1 in selected(page))
    assert set(selected(page)) <= {0, 1, 3, 4}
    page.keyboard.press("Shift+Space")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    assert selected(page), "a box that is left changes nothing"
    page.keyboard.press("Escape")
    assert becomes(page, lambda: selected(page) == [])


def test_a_box_of_keys_zooms(open_figure, figures, domain, becomes):
    page = open_figure(figures.lines())
    before = domain(page, "x")
    focus(page, "canvas.above")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert becomes(
        page, lambda: domain(page, "x")[1] - domain(page, "x")[0] < before[1] - before[0]
    )
    page.keyboard.press("0")
    assert becomes(page, lambda: domain(page, "x") == before)


def test_arrow_keys_walk_from_cell_to_cell_however_large(open_figure, figures, becomes):
    mark = figures.matrix().panels[0].marks[0]
    page = open_figure(figures.matrix())
    focus(page, "canvas.above")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert becomes(page, lambda: len(selected(page)) > 0)
    (element,) = {
        int(code)
        for code, sample in zip(mark.ids.elements, mark.ids.values, strict=True)
        if sample in selected(page)
    }
    assert element % 3 == 2, "two to the right of the middle, or at the edge"
    assert element // 3 != 1, "one up or down from the middle"


def test_bars_are_walked_one_by_one(open_figure, figures, becomes):
    heights = figures.bars().panels[0].marks[0].heights
    page = open_figure(figures.bars())
    focus(page, "canvas.above")
    page.keyboard.press("ArrowRight")
    for _ in range(len(heights)):
        page.keyboard.press("ArrowLeft")
    seen = []
    for _ in range(len(heights)):
        before = spoken(page)
        seen.append(before)
        page.keyboard.press("ArrowRight")
        becomes(page, lambda before=before: spoken(page) != before or len(seen) == len(heights))
    counts = [line.rsplit(" ", 1)[1] for line in seen]
    assert counts == [f"{height:g}" for height in heights]


@pytest.fixture
def pixels(open_html, rng):
    images = rng.normal(size=(6, 4, 5))
    scale = ColorScale.fit(images, kind="signed", label="weight")
    mark = Tiles(images, scale, columns=3)
    page = open_html(web.page(Figure("Filters", (Panel((mark,)),))))
    page.locator("[data-tile]").first.wait_for()
    return page, images


def test_pixels_of_an_image_are_read_by_keys_also_where_nothing_can_be_selected(pixels, becomes):
    page, images = pixels
    focus(page, "[role=listbox]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expected = f"{images[1, 2, 2]:.4g}".replace("-", "−")
    assert becomes(page, lambda: "row 2, column 2" in spoken(page) and expected in spoken(page))
    page.keyboard.press("Shift+ArrowDown")
    expected_below = f"{images[1, 3, 2]:.4g}".replace("-", "−")
    assert becomes(page, lambda: "row 3, column 2" in spoken(page))
    assert expected_below in spoken(page)
    assert expected_below in page.get_by_role("tooltip").inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("tooltip").wait_for(state="detached")


def test_weights_of_pieces_of_text_are_read_by_keys(open_html, becomes):
    mark = Tokens((("A", " film", " here"), ("b", "c")), ([0.5, -0.25, 1], [0, 1]))
    page = open_html(web.page(Figure("Words", (Panel((mark,)),))))
    focus(page, "[role=option]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert becomes(page, lambda: spoken(page) == "film: weight −0.25")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert becomes(page, lambda: spoken(page) == "b: weight 0")


def space(n: int = 40) -> Points3D:
    rng = np.random.default_rng(5)
    return Points3D(
        *rng.normal(size=(3, n)),
        axes=("u", "v", "w"),
        label="samples",
        ids=Ids("sample", np.arange(n)),
    )


@pytest.fixture
def open_space(open_html, until):
    page = open_html(web.page(Figure("Embedding", (Panel((space(),)),))))
    until(page, "window.bathyscope.spaces().length > 0")
    return page


def test_a_box_of_keys_selects_points_in_space(open_space, becomes):
    page = open_space
    focus(page, "canvas.above")
    before = page.evaluate("window.bathyscope.spaces()[0].eye().azimuth")
    page.keyboard.press("Space")
    for key in ("ArrowRight", "ArrowDown"):
        for _ in range(100):
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    box = page.locator("canvas.above").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    spots = page.evaluate(
        "Array.from({ length: 40 }, (_, i) => window.bathyscope.spaces()[0].locate(i))"
    )
    inside = [i for i, at in enumerate(spots) if at["x"] > middle[0] and at["y"] > middle[1]]
    assert inside
    assert becomes(page, lambda: selected(page) == inside)
    assert page.evaluate("window.bathyscope.spaces()[0].eye().azimuth") == before


def test_the_legend_hides_points_in_space_without_classes(open_space, becomes):
    page = open_space
    drawn = """() => {
      const canvas = document.querySelector('.space canvas');
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      let colored = 0;
      for (let i = 0; i < data.length; i += 4) {
        const most = Math.max(data[i], data[i + 1], data[i + 2]);
        if (data[i + 3] > 60 && most - Math.min(data[i], data[i + 1], data[i + 2]) > 40) colored++;
      }
      return colored;
    }"""
    assert becomes(page, lambda: page.evaluate(drawn) > 100)
    button = page.get_by_role("group", name="Legend").get_by_role("button", name="samples")
    button.press("Enter")
    assert becomes(page, lambda: page.evaluate(drawn) == 0)
    focus(page, "canvas.above")
    page.keyboard.press(".")
    page.keyboard.press("Enter")
    assert selected(page) == []
    button.press("Enter")
    assert becomes(page, lambda: page.evaluate(drawn) > 100)


def test_runs_of_parallel_coordinates_are_walked_and_selected(open_figure, becomes):
    configs = {f"run-{i}": {"rate": 10.0**-i} for i in range(4)}
    results = {f"run-{i}": float(i) for i in range(4)}
    page = open_figure(views.hyperparameters(configs, results, label="loss").figure())
    focus(page, ".area canvas")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert becomes(
        page, lambda: page.locator(".area [aria-live]").text_content().startswith("run-2")
    )
    page.keyboard.press("Enter")
    assert becomes(page, lambda: selected(page, "run") == ["run-2"])
    axis = page.get_by_role("button", name="loss", exact=True)
    axis.press("ArrowUp")
    assert becomes(page, lambda: selected(page, "run") == ["run-0"])
    for _ in range(2):
        page.locator(".area button", has_text="loss").press("Shift+ArrowUp")
    assert becomes(page, lambda: selected(page, "run") == ["run-0", "run-1"])


def test_a_strip_of_buttons_is_one_stop(open_figure, figures, becomes):
    page = open_figure(figures.points())
    focus(page, "canvas.above")
    page.keyboard.press("Tab")
    name = "document.activeElement.ariaLabel"
    first = page.evaluate(name)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(name) != first
    page.keyboard.press("Home")
    assert page.evaluate(name) == first
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[role=toolbar]')") is None


def test_the_keys_are_told(open_html, report, becomes):
    page = open_html(report)
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog")
    help_.wait_for()
    assert "Begin a box" in help_.inner_text()
    assert "Run table" not in help_.inner_text(), "a report has none"
    page.keyboard.press("Escape")
    assert becomes(page, lambda: page.locator("dialog").count() == 0)

"""Parallel coordinates on a page: brushes select runs everywhere, axes change places."""

from __future__ import annotations

import pytest

from bathyscope import views

CHOSEN = "[...(window.bathyscope.selection.get('run') ?? [])].sort()"
NAMES = "[...document.querySelectorAll('.area button')].map((one) => one.innerText)"
#: Where a height on an axis lies in the window.
PLACE = """([slot, height]) => {
  const box = document.querySelectorAll('.area .grip')[slot].getBoundingClientRect();
  return [box.left + box.width / 2, box.bottom - height * box.height];
}"""


@pytest.fixture
def page(open_figure):
    configs = {f"run-{i}": {"rate": 10.0**-i, "kind": "ab"[i % 2]} for i in range(5)}
    configs["run-4"].pop("rate")
    results = {f"run-{i}": float(i) for i in range(5)}
    opened = open_figure(views.hyperparameters(configs, results, label="loss").figure())
    opened.locator(".area canvas").wait_for()
    return opened


def brush(page, slot: int, low: float, high: float) -> None:
    (x, start), (_, end) = (page.evaluate(PLACE, [slot, height]) for height in (low, high))
    page.mouse.move(x, start)
    page.mouse.down()
    page.mouse.move(x, (start + end) / 2)
    page.mouse.move(x, end)
    page.mouse.up()


def names(page) -> list[str]:
    return [name.replace("\u200b", "").replace("\n", "") for name in page.evaluate(NAMES)]


def test_brushes_select_the_runs_that_pass_all_of_them(page, becomes):
    assert names(page) == ["rate", "kind", "loss"]
    brush(page, 0, 0.5, 1.0)  # of 0.001 to 1, on a logarithmic axis; run-4 has none
    assert becomes(page, lambda: page.evaluate(CHOSEN) == ["run-0", "run-1"])
    brush(page, 2, 0.0, 0.1)
    assert becomes(page, lambda: page.evaluate(CHOSEN) == ["run-0"])
    x, y = page.evaluate(PLACE, [0, 0.2])
    page.mouse.click(x, y)  # takes the brush of this axis away
    assert becomes(page, lambda: page.evaluate(CHOSEN) == ["run-0"])
    brush(page, 2, 0.4, 1.0)
    assert becomes(page, lambda: page.evaluate(CHOSEN) == ["run-2", "run-3", "run-4"])
    page.keyboard.press("Escape")
    assert becomes(page, lambda: page.evaluate(CHOSEN) == [])
    assert becomes(page, lambda: page.locator(".area .brush").count() == 0)


def test_axes_change_places_by_keyboard_and_by_pointer(page, becomes):
    page.get_by_role("button", name="rate", exact=True).press("ArrowRight")
    assert becomes(page, lambda: names(page) == ["kind", "rate", "loss"])
    assert becomes(page, lambda: "controls=" in page.url)
    loss = page.get_by_role("button", name="loss", exact=True).bounding_box()
    target = page.get_by_role("button", name="kind", exact=True).bounding_box()
    page.mouse.move(loss["x"] + loss["width"] / 2, loss["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + target["width"] / 2, target["y"] + 10, steps=3)
    page.mouse.up()
    assert becomes(page, lambda: names(page) == ["loss", "kind", "rate"])
    brush(page, 0, 0.9, 1.0)
    assert becomes(page, lambda: page.evaluate(CHOSEN) == ["run-4"])


def test_a_brush_is_made_by_keyboard(page, becomes):
    axis = page.get_by_role("button", name="loss", exact=True)
    axis.press("ArrowUp")
    assert becomes(page, lambda: page.evaluate(CHOSEN) == ["run-0", "run-1"])
    axis = page.get_by_role("button", name="loss: 0 to 1", exact=True)
    axis.press("Escape")
    assert becomes(page, lambda: page.evaluate(CHOSEN) == [])

"""What may be drawn over a scatter: names of classes and of what is selected, lines of density."""

from __future__ import annotations

import numpy as np
import pytest

from bathyscope.figures import Axis, Figure, Ids, Panel, Points

PIXELS = "document.querySelector('.plot canvas').toDataURL()"


@pytest.mark.parametrize(
    "button", ["Names of the classes at their medians", "Lines around the densest"]
)
def test_they_are_drawn_and_taken_away_and_kept_in_the_address(
    open_figure, figures, becomes, button
):
    page = open_figure(figures.points())
    plain = page.evaluate(PIXELS)
    page.locator(".plot").first.hover()
    switch = page.get_by_role("button", name=button)
    switch.click()
    assert switch.get_attribute("aria-pressed") == "true"
    assert becomes(page, lambda: page.evaluate(PIXELS) != plain)
    assert becomes(page, lambda: "controls=" in page.url)
    switch.click()
    assert becomes(page, lambda: page.evaluate(PIXELS) == plain)


def test_pictures_without_points_offer_neither(open_figure, figures):
    page = open_figure(figures.lines())
    page.locator(".plot").first.hover()
    assert page.get_by_role("button", name="Names of the classes").count() == 0
    assert page.get_by_role("button", name="Lines around").count() == 0


#: How many dark pixels there are beside a place in the window: the ink of a name.
INK_BESIDE = """
([x, y]) => {
  const canvas = document.querySelector('.plot canvas');
  const box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  const [left, top] = [(x - box.left + 9) * scale, (y - box.top - 7) * scale];
  const [width, height] = [26 * scale, 14 * scale];
  const part = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  part.drawImage(canvas, left, top, width, height, 0, 0, width, height);
  const { data } = part.getImageData(0, 0, width, height);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] + data[i + 2] < 450) dark++;
  return dark;
}
"""


def test_selected_points_are_named_beside_them(open_figure, at, becomes):
    ids = Ids("sample", np.array([6, 17, 28, 39]))
    mark = Points(np.arange(4.0), np.arange(4.0), ids=ids)
    panel = Panel((mark,), x=Axis("u"), y=Axis("v"))
    page = open_figure(Figure("Four", (panel,)), color_scheme="light")
    first, second = at(page, 1, 1), at(page, 2, 2)

    def ink() -> tuple[bool, bool]:
        return tuple(page.evaluate(INK_BESIDE, list(spot)) > 12 for spot in (first, second))

    assert ink() == (False, False)
    page.evaluate("window.bathyscope.selection.set('sample', [28])")
    assert becomes(page, lambda: ink() == (False, True))
    page.evaluate("window.bathyscope.selection.set('sample', [17, 28])")
    assert becomes(page, lambda: ink() == (True, True))
    page.evaluate("window.bathyscope.selection.clear()")
    assert becomes(page, lambda: ink() == (False, False))

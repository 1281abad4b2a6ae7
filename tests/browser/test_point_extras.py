"""What may be drawn over a scatter: names of its classes, lines of equal density."""

from __future__ import annotations

import pytest

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

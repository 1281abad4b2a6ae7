from __future__ import annotations

import numpy as np
import pytest

#: Rooms with what must be in each of them.
ROOMS = {
    "overview": "Layers of the model",
    "parameters": "Biases of the layers",
    "loss": "loss",
    "features": "Feature vectors of hidden, test samples",
    "predictions": "Confusion matrix of the test samples",
}


#: Beside no card there is room for another.
ROWS_ARE_FULL = """(() => {
  const grid = document.querySelector('.card-grid');
  const ends = new Map();
  for (const { top, right } of [...grid.children].map((card) => card.getBoundingClientRect())) {
    ends.set(Math.round(top), Math.max(right, ends.get(Math.round(top)) ?? 0));
  }
  const { right } = grid.getBoundingClientRect();
  return [...ends.values()].every((end) => Math.abs(end - right) < 2);
})()"""


def scroll_through(page, until, drawn) -> None:
    top = 0
    while top < page.evaluate("document.documentElement.scrollHeight"):
        page.evaluate(f"window.scrollTo(0, {top})")
        until(page, drawn)
        top += 800
    # Pictures above that came late may have moved some past the window.
    while page.evaluate(
        "(() => { const left = document.querySelector('main .waiting');"
        " left?.scrollIntoView({ block: 'center' }); return left !== null; })()"
    ):
        until(page, drawn)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("room", ROOMS)
def test_every_picture_of_every_room_is_drawn(open_room, shown, until, drawn, room, width, scheme):
    page = open_room(shown, room, width=width, color_scheme=scheme)
    scroll_through(page, until, drawn)
    assert page.locator("main article").count() > 0
    assert page.locator(".card-failure").all_inner_texts() == []
    assert page.locator("main .waiting").count() == 0
    assert page.get_by_role("article", name=ROOMS[room], exact=True).count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    until(page, ROWS_ARE_FULL)


def test_the_tabs_lead_to_the_rooms_and_say_where_one_is(open_room, shown, until):
    page = open_room(shown, "overview")
    page.get_by_role("link", name="Predictions").click()
    until(page, "location.hash.includes('/predictions')")
    current = page.locator('nav [aria-current="page"]')
    assert current.inner_text().startswith("Predictions")
    page.keyboard.press("2")
    until(page, "location.hash.includes('/parameters')")


def test_the_confusion_matrix_equals_the_recorded_predictions(open_room, shown, until, demo):
    from sklearn.metrics import confusion_matrix

    from bathyscope.runs import Run

    title = "Confusion matrix of the test samples"
    page = open_room(shown, "predictions")
    page.get_by_role("article", name=title, exact=True).scroll_into_view_if_needed()
    until(page, "(t) => window.bathyscope.panels().some((p) => p.title === t)", title)
    shown_counts = page.evaluate(
        "(t) => Array.from(window.bathyscope.panels().find((p) => p.title === t)"
        ".marks[0].values.data)",
        title,
    )
    table = Run(demo.run).table("predictions/test")
    expected = confusion_matrix(table["true"], table["predicted"], labels=range(10))
    np.testing.assert_array_equal(np.reshape(shown_counts, (10, 10)), expected)


def test_the_curve_holds_the_recorded_loss_bit_for_bit(open_room, shown, until, demo):
    from bathyscope.runs import Run

    page = open_room(shown, "loss")
    until(page, "window.bathyscope.panels().some((p) => p.title === 'loss')")
    mark = page.evaluate(
        """() => {
          const panel = window.bathyscope.panels().find((p) => p.title === 'loss');
          const mark = panel.marks.find((m) => m.label === 'val_loss');
          return [Array.from(mark.x.data), Array.from(mark.y.data)];
        }"""
    )
    recorded = Run(demo.run).scalars("val_loss")
    np.testing.assert_array_equal(mark[0], recorded.steps)
    np.testing.assert_array_equal(mark[1], recorded.values)


def test_a_run_that_is_not_there_says_so(visit, shown, becomes):
    visit.forgive("404")  # the browser itself notes this answer
    page = visit(shown, "#/run/no-such-run/loss")
    page.get_by_role("heading", name="This run is not here").wait_for()
    assert page.get_by_role("link", name="All runs").first.is_visible()
    assert becomes(page, lambda: any("404" in fault for fault in visit.faults))

from __future__ import annotations

import numpy as np

CONFUSION = "Confusion matrix of the test samples"
VECTORS = "Feature vectors of hidden, test samples"

SELECTED = "() => [...(window.bathyscope.selection.get('sample') ?? [])].map(Number)"


def _scroll_to(page, settle, title: str) -> None:
    """Bring a picture into sight; what comes above it meanwhile would push it away again."""
    for _ in range(2):
        settle(page)
        page.get_by_role("article", name=title, exact=True).scroll_into_view_if_needed()
    settle(page)


def _click(page, title: str, x: float, y: float) -> None:
    spot = page.evaluate(
        "([t, x, y]) => window.bathyscope.panels().find((p) => p.title === t).locate(x, y)",
        [title, x, y],
    )
    page.mouse.click(spot["x"], spot["y"])


def test_a_cell_selects_its_samples_in_every_room_and_at_every_step(
    open_room, shown, until, settle, demo
):
    from bathyscope.runs import Run

    table = Run(demo.run).table("predictions/test")
    right = (np.asarray(table["true"]) == 3) & (np.asarray(table["predicted"]) == 3)
    expected = np.sort(np.asarray(table["sample"])[right]).tolist()
    page = open_room(shown, "predictions")
    _scroll_to(page, settle, CONFUSION)
    _click(page, CONFUSION, 3, 3)
    until(page, f"({SELECTED})().length === {len(expected)}")
    assert sorted(page.evaluate(SELECTED)) == expected
    tiles = page.get_by_role("article", name="Predictions of test samples", exact=True)
    # The gallery brings them into sight: all that are marked are threes taken for threes.
    until(page, "document.querySelectorAll('[role=option][aria-selected=true]').length > 0")
    marked = tiles.locator('[aria-selected="true"] .caption').all_text_contents()
    assert marked
    assert all(text.split()[1] == "3" and text.endswith("true 3") for text in marked)

    page.keyboard.press("4")
    until(page, "location.hash.includes('/features')")
    _scroll_to(page, settle, VECTORS)
    assert sorted(page.evaluate(SELECTED)) == expected
    page.keyboard.press("Home")
    settle(page)
    assert sorted(page.evaluate(SELECTED)) == expected


def test_the_address_brings_everything_back(open_room, shown, visit, until):
    page = open_room(shown, "predictions")
    page.evaluate("window.bathyscope.selection.set('sample', [3, 4, 5, 9])")
    page.keyboard.press("Home")
    until(page, "location.hash.includes('select=sample:3-5.9') && location.hash.includes('step=')")
    address = page.evaluate("location.hash")
    step = page.evaluate("window.bathyscope.cursor.step")
    again = visit(shown, address)
    until(again, f"({SELECTED})().length === 4")
    assert sorted(again.evaluate(SELECTED)) == [3, 4, 5, 9]
    until(again, "(step) => window.bathyscope.cursor.step === step", step)
    assert "/predictions" in again.evaluate("location.hash")
    again.keyboard.press("Escape")
    until(again, "!location.hash.includes('select=')")


#: The parts of the axes of the chart of the loss that are seen, and what of it is switched off.
LOSS = """(() => {
  const chart = window.bathyscope.panels().find((panel) => panel.title === 'loss');
  return chart ? [...chart.x.domain, ...chart.y.domain, ...chart.hidden] : [];
})()"""


def test_the_address_brings_back_what_is_seen_of_a_chart(open_room, shown, visit, until):
    page = open_room(shown, "loss")
    until(page, f"{LOSS}.length === 4")
    whole = page.evaluate(LOSS)
    canvas = page.locator('[data-chart="loss"] canvas.above')
    canvas.focus()
    for key in ("ArrowRight", "+", "+"):
        page.keyboard.press(key)
    until(page, f"{LOSS}[1] - {LOSS}[0] < 0.6 * {whole[1] - whole[0]}")
    page.locator('[data-chart="loss"] .legend button').first.click()
    until(page, f"{LOSS}.length === 5")
    seen = page.evaluate(LOSS)
    until(page, "/controls=.*zoom/.test(location.hash) && /controls=.*off/.test(location.hash)")
    again = visit(shown, page.evaluate("location.hash"))
    until(again, f"{LOSS}.length === 5")
    assert np.allclose(again.evaluate(LOSS)[:4], seen[:4], rtol=1e-4)
    assert again.evaluate(LOSS)[4] == seen[4]

    # A part of the steps is none of the epochs, and is there again with the steps.
    again.get_by_role("radio", name="epoch").click()
    until(again, f"{LOSS}[1] < 100")
    again.get_by_role("radio", name="step").click()
    until(again, f"Math.abs({LOSS}[0] - {seen[0]}) < 0.01 * {seen[1] - seen[0]}")
    again.locator('[data-chart="loss"] canvas.above').focus()
    again.keyboard.press("0")
    until(again, "!location.hash.includes('zoom')")


def test_two_runs_lie_over_each_other_and_equal_runs_differ_by_nothing(
    open_room, shown, until, run_id
):
    page = open_room(shown, "loss")
    other = run_id(page, "second")
    page.goto(f"{page.url.split('?')[0]}?compare={other}")
    until(
        page,
        "window.bathyscope.panels().some((p) => p.title === 'loss'"
        " && new Set(p.marks.map((m) => m.tone)).size === 2)",
    )
    page.keyboard.press("5")
    page.get_by_role("radio", name="Difference").click()
    article = page.get_by_role("article", name=CONFUSION, exact=True)
    article.scroll_into_view_if_needed()
    until(
        page,
        "window.bathyscope.panels().some((p) => p.title === "
        f"'{CONFUSION}' && p.marks[0].color.kind === 'signed'"
        " && p.marks[0].values.data.every((v) => v === 0))",
    )
    assert "difference=1" in page.evaluate("location.hash")


def test_a_brush_over_losses_selects_their_samples_everywhere(
    open_room, shown, until, demo, settle
):
    from bathyscope.runs import Run

    title = "Losses of single test samples"
    table = Run(demo.run).table("predictions/test")
    page = open_room(shown, "predictions")
    _scroll_to(page, settle, title)
    panel = f"window.bathyscope.panels().find((p) => p.title === '{title}')"
    edges = page.evaluate(f"[...{panel}.marks[0].edges.data]")
    loss, samples = np.asarray(table["loss"]), np.asarray(table["sample"])
    start = int(np.searchsorted(edges, np.quantile(loss, 0.9)))
    expected = np.sort(samples[loss >= edges[start]]).tolist()
    low, high = page.evaluate(f"{panel}.y.domain")
    left = page.evaluate(f"{panel}.locate({edges[start] * 1.01}, {high})")
    right = page.evaluate(f"{panel}.locate({edges[-1] * 0.99}, {low})")
    page.keyboard.down("Shift")
    page.mouse.move(left["x"], left["y"] + 2)
    page.mouse.down()
    page.mouse.move(right["x"], left["y"] + 3)
    page.mouse.move(right["x"], right["y"] - 2)
    page.mouse.move(left["x"], right["y"] - 2)
    page.mouse.up()
    page.keyboard.up("Shift")
    until(page, f"({SELECTED})().length === {len(expected)}")
    assert sorted(page.evaluate(SELECTED)) == expected
    assert page.locator(".chip", has_text=title).count() == 1

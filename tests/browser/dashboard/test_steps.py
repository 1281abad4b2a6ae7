from __future__ import annotations

import time

import numpy as np

MATRIX = "Confusion matrix of the probe samples"

#: The counts that are drawn now; null while there are none.
COUNTS = """
(title) => {
  const panel = window.bathyscope.panels().find((each) => each.title === title);
  return panel ? JSON.stringify(Array.from(panel.marks[0].values.data)) : null;
}
"""
#: Whether these are the counts drawn now.
ARE_DRAWN = f"([title, counts]) => ({COUNTS})(title) === JSON.stringify(counts)"


def _counts(run, step: int) -> list[int]:
    from sklearn.metrics import confusion_matrix

    table = run.table("predictions/probe", step=step)
    counts = confusion_matrix(table["true"], table["predicted"], labels=range(10))
    return counts.ravel().tolist()


def _scroll_to(page, title: str) -> None:
    page.get_by_role("article", name=title, exact=True).scroll_into_view_if_needed()


def test_every_recorded_step_is_reached_and_shown(open_room, shown, until, demo):
    from bathyscope.runs import Run

    run = Run(demo.run)
    steps = run.table_steps("predictions/probe")
    page = open_room(shown, "predictions")
    _scroll_to(page, MATRIX)
    reached = page.evaluate("window.bathyscope.cursor.steps")
    assert set(steps) <= set(reached)
    slider = page.get_by_role("slider", name="Step")
    card = page.get_by_role("article", name=MATRIX, exact=True)
    for step in steps:
        slider.fill(str(reached.index(step)))
        until(page, ARE_DRAWN, [MATRIX, _counts(run, step)])
        assert f"step {step:,}" in card.locator(".step").inner_text()


def test_the_picture_never_vanishes_between_steps(open_room, shown, until, drawn):
    page = open_room(shown, "predictions")
    _scroll_to(page, MATRIX)
    until(page, f"Boolean(({COUNTS})('{MATRIX}'))")
    page.evaluate(
        """(title) => {
          window.emptied = 0;
          const card = [...document.querySelectorAll('article')]
            .find((each) => each.getAttribute('aria-label') === title);
          new MutationObserver(() => {
            if (!card.querySelector('canvas')) window.emptied += 1;
          }).observe(card, { childList: true, subtree: true });
        }""",
        MATRIX,
    )
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
        until(page, drawn)
    assert page.evaluate("window.emptied") == 0


def test_keys_move_the_step_and_the_address_keeps_it(open_room, shown, until):
    page = open_room(shown, "parameters")
    steps = page.evaluate("window.bathyscope.cursor.steps")
    page.keyboard.press("Home")
    until(page, "(step) => window.bathyscope.cursor.step === step", steps[0])
    page.keyboard.press("ArrowRight")
    until(page, "(step) => window.bathyscope.cursor.step === step", steps[1])
    until(page, "(step) => location.hash.includes(`step=${step}`)", steps[1])
    page.reload()
    until(page, "(step) => window.bathyscope?.cursor.step === step", steps[1])
    page.keyboard.press("End")
    until(page, "!location.hash.includes('step=')")


def test_play_shows_every_step_and_stops_at_the_end(open_room, shown, until):
    page = open_room(shown, "parameters")
    page.evaluate(
        "() => { window.seen = []; new MutationObserver(() => {"
        " const { step } = window.bathyscope.cursor;"
        " if (window.seen.at(-1) !== step) window.seen.push(step); })"
        ".observe(document.querySelector('.bar input[type=range]'), { attributes: true }); }"
    )
    page.get_by_role("button", name="Play the steps").click()
    until(page, "window.seen.length > 1 && !window.bathyscope.cursor.playing")
    steps = page.evaluate("window.bathyscope.cursor.steps")
    seen = page.evaluate("window.seen")
    assert [step for step in seen if step in steps][-len(steps) :] == steps


def test_a_click_on_a_metric_moves_the_cursor_of_all_views(open_room, shown, until, settle):
    page = open_room(shown, "loss")
    until(page, "window.bathyscope.panels().some((p) => p.title === 'loss')")
    settle(page)
    steps = page.evaluate("window.bathyscope.cursor.steps")
    where = page.evaluate(
        """(step) => {
          const panel = window.bathyscope.panels().find((p) => p.title === 'loss');
          const [low, high] = panel.y.domain;
          return panel.locate(step, (low + high) / 2);
        }""",
        steps[1],
    )
    page.mouse.click(where["x"], where["y"])
    until(page, "(step) => window.bathyscope.cursor.step === step", steps[1])


def test_one_step_minus_another(open_room, shown, until, demo):
    from bathyscope.runs import Run

    run = Run(demo.run)
    steps = run.table_steps("predictions/probe")
    first, last = (np.array(_counts(run, step)) for step in (steps[0], steps[-1]))
    page = open_room(shown, "predictions", query=f"?step={steps[0]}")
    _scroll_to(page, MATRIX)
    until(page, ARE_DRAWN, [MATRIX, first.tolist()])
    card = page.get_by_role("article", name=MATRIX, exact=True)
    card.get_by_role("button", name=f"Actions for {MATRIX}").click()
    page.get_by_role("menuitem", name="Subtract the step shown now").click()
    until(page, ARE_DRAWN, [MATRIX, (first - first).tolist()])
    assert f"minus step {steps[0]}" in card.inner_text()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("End")
    until(page, ARE_DRAWN, [MATRIX, (last - first).tolist()])


#: Notes what is told, and whether the steps play then.
HEAR = """
() => {
  window.told = [];
  const place = document.querySelector('.bar [aria-live]');
  new MutationObserver(() => window.told.push({
    text: place.textContent, playing: window.bathyscope.cursor.playing,
  })).observe(place, { childList: true, characterData: true, subtree: true });
}
"""


def _heard(page) -> list[str]:
    """What the tree that screen readers are given tells politely."""
    session = page.context.new_cdp_session(page)
    nodes = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
    session.detach()
    found = []
    for node in nodes.values():
        held = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
        if held.get("live") == "polite" and not node["ignored"]:
            inside = (nodes[child] for child in node["childIds"])
            found.append("".join(each.get("name", {}).get("value", "") for each in inside))
    return found


def test_a_move_of_the_step_is_told_and_of_playing_only_now_and_then(open_room, shown, until):
    page = open_room(shown, "overview")
    steps = page.evaluate("window.bathyscope.cursor.steps")
    page.evaluate(HEAR)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    until(page, "(step) => window.told.at(-1)?.text.startsWith(`step ${step}, epoch `)", steps[1])
    assert page.evaluate("window.told.at(-1).text") in _heard(page)
    page.keyboard.press("Home")
    begun = time.monotonic()
    page.keyboard.press("Space")
    until(page, "window.bathyscope.cursor.atEnd && !window.bathyscope.cursor.playing")
    seconds = time.monotonic() - begun
    until(page, "(step) => window.told.at(-1).text.startsWith(`step ${step}, `)", steps[-1])
    playing = [each for each in page.evaluate("window.told") if each["playing"]]
    assert len(playing) <= 1 + seconds / 5

"""The pages by keyboard alone: nothing here moves a mouse, clicks or focuses but by a key."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

ROOMS = ("overview", "parameters", "loss", "features", "predictions")
CONFUSION = "Confusion matrix of the test samples"
SELECTED = "[...(window.bathyscope.selection.get('sample') ?? [])].length"
MOST_STOPS = 900

#: Nothing near the window is still to come: charts far from it are not in the page.
HAS_COME = """
document.querySelectorAll('main .waiting').length === 0
&& [...document.querySelectorAll('[data-chart]')].every((card) => {
  const { top, bottom } = card.getBoundingClientRect();
  return top > innerHeight + 500 || bottom < -500 || card.querySelector('canvas') !== null;
})
"""
#: The next frame, and what it set off.
NEXT = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
#: What the focus is on: what it is called, which element it is, and in which card.
FOCUSED = """
() => {
  const at = document.activeElement;
  return {
    name: at.getAttribute('aria-label') ?? at.textContent.trim(),
    tag: at.tagName.toLowerCase(),
    role: at.getAttribute('role') ?? '',
    card: at.closest('article')?.getAttribute('aria-label') ?? '',
  };
}
"""


def rest(page: Any, condition: str) -> None:
    """Wait for the next frame, and until this is true; asked once, not again and again."""
    page.evaluate(
        f"""async () => {{
          const end = performance.now() + 120_000;
          do {{
            await {NEXT};
            await {NEXT};  // what comes near is noticed in the frame after
            if (performance.now() > end) throw new Error('the page never came to rest');
          }} while (!({condition}));
        }}"""
    )


def tab_to(page: Any, key: str = "Tab", **wanted: str) -> dict[str, str]:
    """Press Tab until the focus is on something like this."""
    seen: list[dict[str, str]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        at = page.evaluate(FOCUSED)
        if all(at[what] == value for what, value in wanted.items()):
            return at
        seen.append(at)
    raise AssertionError(f"Tab never came to {wanted}. It came to {seen}")


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@pytest.fixture
def writable(serve: Any, demo: Any, tmp_path: Path) -> Any:
    root = tmp_path / "runs"
    for name in ("first", "second"):
        shutil.copytree(demo.run, root / name)
    return serve(root)


def look_into_every_room(page: Any, until: Any, drawn: str) -> None:
    for number, room in enumerate(ROOMS, start=1):
        press(page, str(number))
        until(page, "(room) => location.hash.includes(`/${room}`)", room)
        until(page, drawn)


def move_the_steps(page: Any, until: Any) -> None:
    press(page, "Home")
    until(page, "window.bathyscope.cursor.index === 0")
    press(page, "ArrowRight")
    until(page, "window.bathyscope.cursor.index === 1")
    press(page, "End")
    until(page, "window.bathyscope.cursor.atEnd")


def zoom_a_chart_by_a_box(page: Any, until: Any) -> None:
    press(page, "3")
    until(page, "location.hash.includes('/loss')")
    until(page, "window.bathyscope.panels().some((panel) => panel.title === 'loss')")
    width = (
        "(() => { const { domain } = window.bathyscope.panels()"
        ".find((panel) => panel.title === 'loss').x; return domain[1] - domain[0]; })()"
    )
    before = page.evaluate(width)
    tab_to(page, tag="canvas", card="loss")
    press(page, "ArrowRight", "Space", *["ArrowRight"] * 8, *["ArrowDown"] * 3, "Enter")
    until(page, f"{width} < {before}")
    press(page, "0")
    until(page, f"{width} === {before}")


def select_a_cell_and_see_its_samples_elsewhere(page: Any, until: Any, drawn: str) -> None:
    press(page, "5")
    until(page, "location.hash.includes('/predictions')")
    until(page, drawn)
    tab_to(page, tag="canvas", card=CONFUSION)
    press(page, "ArrowRight")
    spoken = (
        f"document.querySelector('article[aria-label=\"{CONFUSION}\"] [aria-live]').textContent"
    )
    until(page, f"/ [1-9]/.test({spoken})")
    reading = page.evaluate(spoken)
    press(page, "Enter")
    until(page, f"{SELECTED} > 0")
    count = page.evaluate(SELECTED)
    assert f" {count}" in reading
    until(page, "document.querySelectorAll('[role=option][aria-selected=true]').length > 0")
    press(page, "4")
    until(page, "location.hash.includes('/features')")
    until(page, drawn)
    until(page, "(text) => document.querySelector('.chip').textContent.includes(text)", str(count))


def choose_from_menu(page: Any, until: Any, item: str) -> None:
    """Open the menu that has the focus, and go to one of its items."""
    press(page, "Enter")
    until(page, "document.activeElement.role === 'menuitem'")
    while page.evaluate("document.activeElement.textContent.trim()") != item:
        press(page, "ArrowDown")


def rename_and_move_a_card(page: Any, until: Any) -> None:
    """The focus stays with its menu."""
    first = page.evaluate("document.querySelector('main article').getAttribute('aria-label')")
    tab_to(page, tag="button", name=f"Actions for {first}")
    choose_from_menu(page, until, "Rename this view")
    press(page, "Enter")
    until(page, "document.activeElement.matches('dialog input')")
    page.keyboard.type("What matters")
    press(page, "Enter")
    until(page, "document.activeElement.ariaLabel === 'Actions for What matters'")
    choose_from_menu(page, until, "Move down")
    press(page, "Enter")
    until(page, "document.querySelectorAll('main article')[1].ariaLabel === 'What matters'")
    until(page, "document.activeElement.ariaLabel === 'Actions for What matters'")


def save_its_picture(page: Any, until: Any) -> None:
    choose_from_menu(page, until, "Save as PNG")
    with page.expect_download() as waiting:
        press(page, "Enter")
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")


def compare_two_runs(page: Any, until: Any) -> None:
    press(page, "g", "r")
    until(page, "document.querySelectorAll('tr[data-run]').length === 2")
    tab_to(page, tag="tr")
    press(page, "Space", "ArrowDown")
    until(page, "document.activeElement.dataset.position === '1'")
    press(page, "Space")
    until(page, "document.querySelectorAll('tr[aria-selected=true]').length === 2")
    tab_to(page, "Shift+Tab", tag="button", name="Compare")
    press(page, "Enter")
    until(page, "location.hash.includes('compare=')")
    until(page, "document.querySelector('main [role=radio]') !== null")


def delete_a_run_and_take_that_back(page: Any, visit: Any, until: Any, becomes: Any) -> None:
    press(page, "g", "r")
    until(page, "document.querySelectorAll('tr[data-run]').length === 2")
    assert becomes(page, lambda: not visit.open), "else it would be asked for what is deleted"
    tab_to(page, tag="tr")
    press(page, "Space")
    tab_to(page, "Shift+Tab", tag="button", name="Delete")
    press(page, "Enter")
    # Asked for together: undo is offered for some seconds only.
    until(
        page,
        "document.querySelectorAll('tr[data-run]').length === 1"
        " && document.activeElement.matches('tr[data-run]')"
        " && document.querySelector('.toast button') !== null",
    )
    press(page, "Control+z")
    until(page, "document.querySelectorAll('tr[data-run]').length === 2")


def test_the_main_job(visit: Any, writable: Any, until: Any, becomes: Any, drawn: str) -> None:
    page = visit(writable)
    until(page, "document.querySelectorAll('tr[data-run]').length === 2")
    tab_to(page, tag="tr")
    press(page, "Enter")
    until(page, "location.hash.startsWith('#/run/')")
    look_into_every_room(page, until, drawn)
    move_the_steps(page, until)
    zoom_a_chart_by_a_box(page, until)
    select_a_cell_and_see_its_samples_elsewhere(page, until, drawn)
    rename_and_move_a_card(page, until)
    save_its_picture(page, until)
    compare_two_runs(page, until)
    delete_a_run_and_take_that_back(page, visit, until, becomes)


WATCH = (Path(__file__).parent / "watched_focus.js").read_text(encoding="utf-8")


def nameless(page: Any) -> list[str]:
    """What can have the focus, but has no name in the tree that screen readers are given."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    found = []
    for node in nodes:
        held = node.get("properties", [])
        properties = {each["name"]: each["value"].get("value") for each in held}
        role = node.get("role", {}).get("value", "")
        named = node.get("name", {}).get("value", "").strip()
        if properties.get("focusable") and not named and role != "RootWebArea":
            found.append(f"{role} {node.get('backendDOMNodeId')}")
    return found


def see_all(page: Any, drawn: str) -> None:
    """Scroll through the page, so that all its pictures are there."""
    top = 0
    while top < page.evaluate("document.documentElement.scrollHeight"):  # pictures make it longer
        page.evaluate(f"window.scrollTo(0, {top})")
        rest(page, drawn)
        top += 400
    rest(page, HAS_COME)


def walk_through(page: Any, drawn: str, *, least: int) -> list[str]:
    """Go through the page with Tab; give what is wrong with what it came to, or did not."""
    see_all(page, drawn)
    # From the top of the page on, as if it was just opened.
    page.evaluate(
        "document.body.tabIndex = -1; document.body.focus();"
        "document.body.removeAttribute('tabindex')"
    )
    page.evaluate(WATCH)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        rest(page, f"({drawn}) && ({HAS_COME})")
        if not page.evaluate("window.watchedStop()"):
            break
    found = page.evaluate("window.watchedFaults()")
    few = [f"only {found['count']} stops"] if found["count"] <= least else []
    return [*found["faults"], *(f"nameless: {each}" for each in nameless(page)), *few]


def test_everything_is_reached_named_and_seen_to_have_the_focus(
    open_room: Any, shown: Any, until: Any, drawn: str, run_id: Any
) -> None:
    page = open_room(shown, "overview")
    faults = {"narrow": walk_narrow(page, drawn)}
    for number, room in enumerate(ROOMS, start=1):
        press(page, str(number))
        until(page, "(room) => location.hash.includes(`/${room}`)", room)
        until(page, drawn)
        faults[room] = walk_through(page, drawn, least=15)
    page.goto(f"{page.url.split('?')[0]}?compare={run_id(page, 'second')}")
    press(page, "1")
    until(page, "document.querySelector('main [role=radio]') !== null")
    until(page, "document.querySelector('main select') !== null")
    until(page, drawn)
    faults["compared"] = walk_through(page, drawn, least=25)
    press(page, "g", "r")
    until(page, "document.querySelectorAll('tr[data-run]').length === 2")
    faults["runs"] = walk_through(page, "true", least=8)
    assert {place: found for place, found in faults.items() if found} == {}


def walk_narrow(page: Any, drawn: str) -> list[str]:
    wide = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 900})
    found = walk_through(page, drawn, least=15)
    page.set_viewport_size(wide)
    return found


def test_everything_in_a_report_is_reached(open_html: Any, report: str) -> None:
    page = open_html(report, width=390)
    assert walk_through(page, "true", least=20) == []


def leave_the_focus_beside_a_button_that_goes(page: Any, until: Any) -> None:
    page.evaluate("window.bathyscope.selection.set('sample', [3])")
    tab_to(page, tag="button", name="clear")
    press(page, "Enter")
    until(page, f"{SELECTED} === 0")
    until(page, "document.activeElement.ariaLabel === 'Play the steps'")


def open_a_window_that_gives_the_focus_back_and_keeps_the_keys(page: Any, until: Any) -> None:
    page.evaluate("window.bathyscope.selection.set('sample', [3])")
    tab_to(page, tag="button", name="Keyboard and help")
    for close in ("Escape", "Enter"):  # Enter is on its close button
        press(page, "Enter")
        until(page, "document.activeElement.matches('dialog button')")
        press(page, "2", close)
        until(page, "document.querySelector('dialog') === null")
        assert page.evaluate("document.activeElement.ariaLabel") == "Keyboard and help"
    assert "/overview" in page.evaluate("location.hash")
    assert page.evaluate(SELECTED) == 1


def choose_among_radio_buttons_by_arrow_keys(page: Any, until: Any) -> None:
    tab_to(page, role="radio")
    press(page, "End")
    until(page, "document.activeElement.ariaChecked === 'true'")
    until(page, "document.documentElement.dataset.theme === 'dark'")
    press(page, "ArrowLeft")
    until(page, "document.documentElement.dataset.theme === 'light'")
    press(page, "Tab")
    assert page.evaluate(FOCUSED)["role"] != "radio", "they are one stop"


def search_the_pictures_of_a_room(page: Any, until: Any) -> None:
    """Escape empties the field, then leaves it, and only then clears the selection."""
    press(page, "5")
    until(page, "location.hash.includes('/predictions')")
    page.goto(page.evaluate("location.href.split('?')[0] + '?find=ROC+curves'"))
    until(page, "document.querySelectorAll('main article').length === 1")
    until(page, "document.querySelector('main h3').textContent.startsWith('ROC curves of ')")
    page.evaluate("window.bathyscope.selection.set('sample', [3])")
    press(page, "/")
    until(page, "document.activeElement.value === 'ROC curves'")
    press(page, "End", "x")
    until(page, "document.querySelectorAll('main article').length === 0")
    until(page, "location.hash.includes('find=ROC%20curvesx')")
    press(page, "Escape")
    until(page, "document.activeElement.matches('[type=search]')")
    until(page, "document.querySelectorAll('main article').length > 1")
    press(page, "?")
    until(page, "document.activeElement.value === '?'")
    assert page.evaluate("document.querySelector('dialog') === null"), "it is typed"
    press(page, "Escape", "Escape")
    until(page, "document.activeElement === document.body")
    assert page.evaluate(SELECTED) == 1
    until(page, "!location.hash.includes('find=')")
    press(page, "Escape")
    until(page, f"{SELECTED} === 0")


def test_the_focus_stays_where_people_are(open_room: Any, shown: Any, until: Any) -> None:
    page = open_room(shown, "overview")
    leave_the_focus_beside_a_button_that_goes(page, until)
    open_a_window_that_gives_the_focus_back_and_keeps_the_keys(page, until)
    choose_among_radio_buttons_by_arrow_keys(page, until)
    search_the_pictures_of_a_room(page, until)


def test_states_are_seen_where_the_system_chooses_the_colours(
    open_room: Any, shown: Any, until: Any
) -> None:
    page = open_room(shown, "predictions", forced_colors="active")
    tab_to(page, role="radio")
    colors = page.evaluate(
        "[...document.querySelectorAll('header [role=radio]')]"
        ".map((each) => [each.ariaChecked, getComputedStyle(each).backgroundColor])"
    )
    chosen = {color for checked, color in colors if checked == "true"}
    others = {color for checked, color in colors if checked == "false"}
    assert len(chosen) == 1
    assert not chosen & others
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(ring.removesuffix("px")) >= 2

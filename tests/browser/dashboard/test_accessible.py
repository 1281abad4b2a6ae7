"""Every page as axe-core judges it: no violation of WCAG 2.1, levels A and AA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
SCHEMES = ("light", "dark")
#: Some of whatever the views of a room can select.
SELECT = """
for (const [kind, ids] of [['sample', [3, 5, 8]], ['layer', ['hidden']], ['class', ['3', 3]]]) {
  window.bathyscope.selection.set(kind, ids);
}
"""
ROOMS = ("overview", "parameters", "loss", "features", "predictions")

widths = pytest.mark.parametrize("width", [1280, 390])


def violations(page: Any) -> list[str]:
    """Give what axe-core finds, one line for each element, in the light and in the dark."""
    # Given to the browser's console, so that the page's own policy stays as it is.
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        answer = page.evaluate(
            "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } })", RULES
        )
        found += [
            f"{scheme}: {rule['id']}: {' '.join(node['target'])}: {node['failureSummary']}"
            for rule in answer["violations"]
            for node in rule["nodes"]
        ]
    return found


@pytest.fixture(autouse=True)
def _need_axe() -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci` in web/.")


@widths
def test_every_room_of_a_run_also_with_something_selected(
    open_room: Any, shown: Any, until: Any, drawn: str, width: int
) -> None:
    page = open_room(shown, ROOMS[0], width=width)
    found: list[str] = []
    dimmed = 0
    for room in ROOMS:
        page.locator(f"nav [data-room={room}]").click()
        until(page, "(room) => location.hash.includes(`/${room}`)", room)
        until(page, drawn)
        found += [f"{room}: {line}" for line in violations(page)]
        page.evaluate(SELECT)
        until(page, drawn)
        found += [f"{room}, selected: {line}" for line in violations(page)]
        dimmed += page.locator(".dim").count()
        page.keyboard.press("Escape")
    assert found == []
    assert dimmed > 20, "what is not selected was dimmed while it was judged"


@widths
def test_the_run_table_and_runs_compared(
    visit: Any, shown: Any, until: Any, drawn: str, width: int
) -> None:
    page = visit(shown, width=width)
    until(page, "window.bathyscope.live.runList.rows.length === 2")
    found = [f"runs: {line}" for line in violations(page)]
    first, second = page.evaluate("window.bathyscope.live.runList.rows.map((row) => row.id)")
    page.goto(f"{shown.base}#/run/{first}/predictions?compare={second}&difference=1")
    until(page, drawn)
    found += [f"compared: {line}" for line in violations(page)]
    assert found == []


def test_what_opens_over_a_page(open_room: Any, shown: Any, until: Any, drawn: str) -> None:
    page = open_room(shown, "predictions")
    until(page, drawn)
    page.locator("main [aria-haspopup=menu]").first.click()
    until(page, "document.querySelector('[role=menuitem]') !== null")
    found = [f"menu: {line}" for line in violations(page)]
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    until(page, "document.querySelector('dialog[open]') !== null")
    found += [f"help: {line}" for line in violations(page)]
    assert found == []


@widths
def test_a_report(new_context: Any, demo: Any, until: Any, width: int) -> None:
    context = new_context(
        viewport={"width": width, "height": 900}, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(demo.report.as_uri())
    until(page, "Boolean(window.bathyscope)")
    assert violations(page) == []
    context.close()

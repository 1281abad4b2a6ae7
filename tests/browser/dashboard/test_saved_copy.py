"""The page saved as one file: opened from a disk, it stands as it stood, with no server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MENU = "header [aria-haspopup=menu]"


@pytest.fixture(scope="module")
def saved(
    new_context: Any, shown: Any, until: Any, tmp_path_factory: Any, drawn: str
) -> tuple[Path, Any]:
    """Compare two runs at a step, in the dark and in Chinese, select and arrange; then save."""
    context = new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    context.request.get(shown.url)
    page.goto(f"{shown.base}#/runs")
    until(page, "window.bathyscope?.live.runList.loaded")
    ids = page.evaluate("window.bathyscope.live.runList.rows.map((row) => row.id)")
    assert len(ids) == 2
    page.goto(f"{shown.base}#/run/{ids[0]}/predictions?compare={ids[1]}")
    until(page, drawn)
    page.evaluate("window.bathyscope.theme.setting = 'dark'")
    page.select_option("header select", "zh")
    page.evaluate("window.bathyscope.selection.set('sample', [1, 2, 3])")
    page.evaluate("window.bathyscope.cursor.go(1)")
    until(page, "location.hash.includes('step=') && location.hash.includes('select=')")
    until(page, drawn)
    state = page.evaluate("[location.hash, window.bathyscope.cursor.step]")
    page.locator("header button[aria-haspopup=menu]").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="将此页面保存为单个 HTML 文件").click()
    path = tmp_path_factory.mktemp("saved") / download.value.suggested_filename
    download.value.save_as(path)
    context.close()
    return path, state


@pytest.fixture
def copy(new_context: Any, saved: Any, until: Callable[..., None]) -> Any:
    """Open the file, offline; nothing may go wrong in it, and it may ask for nothing."""
    path, _ = saved
    faults: list[str] = []
    context = new_context(
        viewport={"width": 1280, "height": 900}, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))

    def note(request: Any) -> None:
        own = request.url.split("#")[0] == path.as_uri()
        if not own and not request.url.startswith(("data:", "blob:")):
            faults.append(f"request: {request.url}")

    page.on("request", note)
    page.goto(path.as_uri())
    until(page, "Boolean(window.bathyscope)")
    yield page
    context.close()
    assert faults == []


def test_a_saved_page_opens_as_it_stood(copy: Any, saved: Any, until: Any, drawn: str) -> None:
    _, (address, step) = saved
    until(copy, drawn)
    assert copy.evaluate("window.bathyscope.cursor.step") == step
    assert copy.evaluate("[...window.bathyscope.selection.get('sample')]") == [1, 2, 3]
    assert copy.evaluate("document.documentElement.dataset.theme") == "dark"
    assert copy.evaluate("document.documentElement.lang") == "zh-CN"
    assert copy.evaluate("window.bathyscope.live.route.query.compare") in address
    assert copy.evaluate("window.bathyscope.live.route.path[2]") == "predictions"
    assert copy.locator("header .copy").inner_text().endswith("的副本")


def test_its_rooms_and_steps_still_work(copy: Any, until: Any, drawn: str) -> None:
    until(copy, drawn)
    before = copy.evaluate("window.bathyscope.cursor.step")
    for room in ("parameters", "loss", "features", "overview"):
        copy.locator(f"nav [data-room={room}]").click()
        until(copy, f"window.bathyscope.live.route.path[2] === '{room}'")
        until(copy, drawn)
        assert copy.locator("main [role=alert]").count() == 0, room
    copy.evaluate("window.bathyscope.cursor.go(0)")
    until(copy, drawn)
    assert copy.evaluate("window.bathyscope.cursor.step") < before
    until(copy, "location.hash.includes('step=')")


def test_nothing_in_it_asks_for_a_server(copy: Any, until: Any, drawn: str) -> None:
    until(copy, drawn)
    assert copy.locator("a[href*='/api/']").count() == 0
    assert copy.evaluate("window.bathyscope.live.runList.readOnly") is True

"""A page asks for what it begins with while its program is on its way, and once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit


def test_every_answer_that_is_asked_for_early_is_taken(
    shown: Any, visit: Any, until: Any, run_id: Any
) -> None:
    page = visit(shown)
    until(page, "Object.keys(window.bathyscopeAsked).length === 0")
    run = run_id(page, "first")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("about:blank")
    page.goto(f"{shown.base}#/run/{run}/overview")
    until(page, "Boolean(window.bathyscope?.live.runList.loaded)")
    until(page, "Object.keys(window.bathyscopeAsked).length === 0")
    until(page, "document.querySelectorAll('main .facts').length > 0")
    paths = [urlsplit(url).path for url in asked if not urlsplit(url).query.startswith("since")]
    for path in ("/static/begin.js", "/api/palettes", "/api/runs", f"/api/runs/{run}"):
        assert paths.count(path) == 1, paths
    assert paths.index("/api/runs") < paths.index(f"/api/runs/{run}")


def test_the_first_pictures_of_a_room_are_asked_for_with_the_run(
    shown: Any, visit: Any, until: Any, becomes: Any, run_id: Any
) -> None:
    page = visit(shown)
    run = run_id(page, "first")
    asked: list[str] = []
    held: list[Any] = []
    page.on("request", lambda request: asked.append(request.url))

    def hold(route: Any) -> None:
        held.append(route)

    # Before the program is there it cannot be who asked.
    page.route("**/static/bathyscope.js*", hold)
    page.goto("about:blank")
    page.goto(f"{shown.base}#/run/{run}/predictions", wait_until="commit")
    taken = "Object.keys(window.bathyscopeAsked ?? {}).filter((path) => path.includes('/figures/'))"
    until(page, f"{taken}.length === 2")
    # What was asked is told here when it was let through, which may be a little later.
    assert becomes(page, lambda: sum("/figures/" in url for url in asked) == 2)
    early = [url for url in asked if "/figures/" in url]
    assert becomes(page, lambda: len(held) == 1)
    held[0].continue_()
    until(page, "Object.keys(window.bathyscopeAsked).length === 0")
    until(page, "document.querySelectorAll('article.view:not(:has(.waiting))').length >= 2")
    assert [asked.count(url) for url in early] == [1, 1]

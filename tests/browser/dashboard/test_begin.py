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

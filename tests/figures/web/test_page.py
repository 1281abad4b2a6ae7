from __future__ import annotations

import base64
import hashlib
import importlib
import json
import re

import numpy as np
import pytest

from bathyscope.figures import Axis, Figure, Film, Line, Note, Panel, web

# `web.page` is the function; this is the file of the same name.
page_module = importlib.import_module("bathyscope.figures.web.page")


@pytest.fixture
def curve() -> Figure:
    mark = Line(np.arange(300.0), np.random.default_rng(0).normal(size=300))
    return Figure("Loss", (Panel((mark,), x=Axis("step"), y=Axis("loss")),))


def _content(html: str) -> dict:
    found = re.search(r'<script type="application/json" id="document">(.*?)</script>', html, re.S)
    assert found
    return json.loads(found[1])


def test_a_page_is_one_complete_document(curve):
    html = web.page(curve)
    assert html.startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")
    assert "<title>Loss</title>" in html


def test_the_title_of_a_page_can_be_chosen(curve):
    assert _content(web.page(curve, title="Another"))["title"] == "Another"


def test_a_film_is_titled_as_its_last_figure(curve):
    film = Film((0, 5), (curve, curve.titled("At the end")))
    assert _content(web.page(film))["title"] == "At the end"


def test_nothing_outside_is_named_as_a_source(curve):
    html = web.page(curve)
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b", html)
    assert not re.search(r"<script[^>]*\bsrc=", html)
    assert not re.search(r"url\(\s*['\"]?https?:", html)


def test_the_policy_allows_the_one_script_and_nothing_else(curve):
    html = web.page(curve)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert "default-src 'none'" in policy[1]
    script = html[html.rindex("<script>") + len("<script>") : html.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]
    assert "unsafe-eval" not in policy[1]


def test_text_cannot_leave_its_element():
    nasty = "</script><script>alert(1)</script><!--"
    figure = Figure(nasty, (Panel((Note(nasty),)),))
    html = web.document(nasty, (web.Section(nasty, (figure,)),), facts=((nasty, nasty),))
    assert nasty not in html
    assert "<script>alert" not in html
    assert _content(html)["title"] == nasty
    assert "<title>&lt;/script&gt;" in html


@pytest.mark.parametrize("written", ["</script", "</SCRIPT", "</Script >", "<!--"])
def test_a_script_cannot_end_its_own_element(written):
    safe = page_module.script_safe(f"const text = '{written}';")
    assert written not in safe
    assert safe.startswith("const text = '\\x3c")


def test_epochs_are_sorted_by_step(curve):
    sections = (web.Section("", (curve,)),)
    html = web.document("Run", sections, epochs={200: 2, 0: 0.0, 100: 1})
    found = re.search(r'<script type="application/json" id="epochs">(.*?)</script>', html)
    assert found
    assert json.loads(found[1]) == [[0, 0.0], [100, 1.0], [200, 2.0]]


def test_an_equal_array_is_written_once(curve):
    one = web.document("One", (web.Section("", (curve,)),))
    twice = web.document("Two", (web.Section("", (curve, curve)),))
    assert one.count("application/octet-stream") == twice.count("application/octet-stream")


def test_only_figures_and_films_have_pages():
    with pytest.raises(TypeError, match="`item` must be a Figure or a Film; got str"):
        web.page("not a figure")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"`Section\.items` must hold figures and films; got int"):
        web.Section("Numbers", (3,))  # pyright: ignore[reportArgumentType]


def test_pages_that_were_not_built_say_what_to_do(curve, monkeypatch):
    monkeypatch.setattr(page_module, "SCRIPT", "absent.js")
    with pytest.raises(FileNotFoundError, match=r"`absent\.js` is not there.*npm run build"):
        web.page(curve)


def test_the_built_pages_are_small():
    folder = page_module.files("bathyscope.figures.web") / "static"
    sizes = [len((folder / name).read_bytes()) for name in page_module.STATIC]
    assert sum(sizes) <= 500_000

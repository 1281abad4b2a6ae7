"""The pages Plotly makes, in a real browser: no error, and no text on another or cut off."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import plotly
import pytest

from bathyscope.figures.plotly import draw

pytestmark = pytest.mark.browser
SCRIPT = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
#: Pairs of drawn texts whose boxes overlap, and texts beyond the page. Slanted names of a category
#: axis lie beside each other although their boxes overlap; rows of a table scroll.
OVERLAPS = r"""() => {
  const rotated = e => /rotate\((-?[1-9])/.test(
    (e.getAttribute('transform') || '') + (e.parentNode.getAttribute('transform') || ''));
  const texts = [...document.querySelectorAll('svg text')]
    .filter(e => e.textContent.trim() && e.getClientRects().length)
    .filter(e => !e.closest('.table') || e.getBoundingClientRect().bottom < innerHeight)
    .map(e => ({words: e.textContent, box: e.getBoundingClientRect(), rotated: rotated(e)}))
    .filter(t => t.box.width > 0);
  const found = [];
  texts.forEach((a, i) => {
    if (a.box.left < -1 || a.box.top < -2 || a.box.right > innerWidth + 1
        || a.box.bottom > innerHeight + 2) found.push(['beyond the page', a.words]);
    for (const b of texts.slice(i + 1)) {
      const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (width > 2 && height > 3 && !(a.rotated && b.rotated)) found.push([a.words, b.words]);
    }
  });
  return {n: texts.length, found};
}"""


@pytest.fixture(scope="module")
def page():
    sync_api = pytest.importorskip("playwright.sync_api")
    names = (os.environ.get("BATHYSCOPE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = [path for name in names if name and (path := shutil.which(name))]
    if not found:
        pytest.skip("no Chromium is installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


def test_texts_do_not_overlap_in_a_browser(sample, page, tmp_path):
    figure = draw(sample)
    body = figure.to_html(include_plotlyjs=False, full_html=False)
    (tmp_path / "page.html").write_text(
        f'<!doctype html><meta charset="utf-8"><script src="{SCRIPT.as_uri()}"></script>'
        f'<body style="margin:0">{body}</body>',
        encoding="utf-8",
    )
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_viewport_size(
        {"width": int(figure.layout.width) + 1, "height": int(figure.layout.height) + 1}
    )
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.wait_for_function("document.querySelectorAll('svg text').length > 0")
    result = page.evaluate(OVERLAPS)
    assert result["n"] > 0
    assert result["found"] == []
    assert errors == []

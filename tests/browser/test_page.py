from __future__ import annotations

import numpy as np
import pytest

from bathyscope.figures import Axis, Figure, Line, Note, Panel, web


def test_title_facts_and_rooms_are_shown(open_html, report):
    page = open_html(report)
    assert page.title() == "A run & its pictures"
    assert page.locator("h1").inner_text() == "A run & its pictures"
    assert page.locator("dt").all_inner_texts() == ["Framework", "Parameters"]
    assert page.locator("dd").all_inner_texts() == ["Keras <3>", "407,050"]
    links = page.locator("nav a").all_inner_texts()
    assert [link.lower() for link in links] == ["loss", "features", "predictions"]


def test_a_room_link_leads_to_its_room(open_html, report, becomes):
    page = open_html(report, reduced_motion="reduce")
    page.locator("nav a").nth(2).click()
    room = page.locator("main > section").nth(2)
    assert becomes(page, lambda: 0 <= room.bounding_box()["y"] < 200)
    link = page.locator("nav a").nth(2)
    assert becomes(page, lambda: link.get_attribute("aria-current") == "location")


def test_a_single_figure_needs_no_navigation(open_figure, figures):
    page = open_figure(figures.lines())
    assert page.locator("nav").count() == 0
    assert page.locator("h1").inner_text() == "Loss"
    assert page.locator("h4").count() == 0, "the card must not repeat the title of the page"


def test_values_arrive_bit_for_bit(open_figure):
    x = np.concatenate([np.linspace(0, 1, 500), [2.0]])
    y = np.concatenate([np.random.default_rng(0).normal(size=498), [np.nan, np.inf, -np.inf]])
    figure = Figure("Exact", (Panel((Line(x, y),), x=Axis("x"), y=Axis("y")),))
    page = open_figure(figure)
    got = page.evaluate(
        "(() => { const mark = window.bathyscope.panels()[0].marks[0];"
        " return [Array.from(mark.x.data), Array.from(mark.y.data)]; })()"
    )
    np.testing.assert_array_equal(got[0], x)
    np.testing.assert_array_equal(got[1], y)


def test_text_that_looks_like_markup_stays_text(open_html):
    nasty = "</script><script>window.hacked = 1</script><!-- <img src=x onerror=alert(1)>"
    figure = Figure(nasty, (Panel((Note(nasty),), title=nasty, note=nasty),), note=nasty)
    page = open_html(web.document(nasty, (web.Section(nasty, (figure,)),), facts=((nasty, nasty),)))
    assert page.evaluate("window.hacked") is None
    assert page.locator("h1").inner_text() == nasty
    assert page.title() == nasty
    assert page.locator("img").count() == 0


def test_no_script_but_the_pages_own_may_run(new_context, tmp_path, figures, until):
    html = web.page(figures.lines()).replace("<body>", "<body><script>window.hacked = 1</script>")
    path = tmp_path / "injected.html"
    path.write_text(html, encoding="utf-8")
    page = new_context().new_page()
    page.goto(path.as_uri())
    until(page, "Boolean(window.bathyscope)")
    assert page.evaluate("window.hacked") is None
    page.context.close()


def test_a_file_cut_short_says_so(new_context, tmp_path, figures):
    html = web.page(figures.lines())
    start = html.index('<script type="application/json" id="document">')
    end = html.index("<script>", start)
    path = tmp_path / "cut.html"
    path.write_text(html[:start] + html[end:], encoding="utf-8")
    page = new_context().new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("#app[role=alert]")
    assert "document" in page.locator("#app").inner_text()
    page.context.close()


@pytest.fixture(scope="module")
def samples_html(all_samples) -> str:
    sections = [web.Section(name, (figure,)) for name, figure in all_samples.items()]
    return web.document("Samples", sections)


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "dark"), (768, "light"), (1280, "light"), (1920, "dark")]
)
def test_every_sample_is_drawn(
    open_html, samples_html, all_samples, until, becomes, show_all, width, scheme
):
    page = open_html(samples_html, width=width, color_scheme=scheme)
    show_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".card-failure").count() == 0
    wanted = sum(panel.cartesian for figure in all_samples.values() for panel in figure.panels)
    until(page, "(n) => window.bathyscope.panels().length === n", wanted)
    assert becomes(page, lambda: page.evaluate(_BLANK_CANVASES) == [])


def test_folded_pictures_are_seen_when_a_reader_opens_them(open_html, all_samples, until):
    figures = tuple(all_samples.values())[:3]
    sections = [
        web.Section("Loss", figures[:1], "loss"),
        web.Section("Histograms", figures[1:], "loss", folded=True),
    ]
    page = open_html(web.document("Folded", sections))
    until(page, "() => document.querySelectorAll('main article').length === 3")
    assert [card.is_visible() for card in page.locator("main article").all()] == [
        True,
        False,
        False,
    ]
    page.get_by_text("Histograms: 2 more").click()
    until(page, "() => [...document.querySelectorAll('main article')].every((c) => c.offsetHeight)")


#: Titles of panels whose canvas holds a single colour.
_BLANK_CANVASES = """
[...document.querySelectorAll('canvas.above')].flatMap((above) => {
  const canvas = above.parentElement.querySelector('canvas');
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, i) => value !== data[i % 4]) ? [] : [above.getAttribute('aria-label')];
})
"""

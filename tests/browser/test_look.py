"""Light and dark, narrow and printed; and names for people who do not see the page."""

from __future__ import annotations

import re

import pytest


def _luminance(color: str) -> float:
    parts = [int(value) / 255 for value in re.findall(r"\d+", color)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _background(page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_system(open_html, report, scheme):
    page = open_html(report, color_scheme=scheme)
    dark = _luminance(_background(page)) < 0.05
    assert dark == (scheme == "dark")


def test_the_system_may_change_its_mind(open_html, report, becomes):
    page = open_html(report, color_scheme="light")
    page.emulate_media(color_scheme="dark")
    assert becomes(page, lambda: _luminance(_background(page)) < 0.05)


def test_the_reader_may_choose(open_html, report, becomes):
    page = open_html(report, color_scheme="light")
    page.get_by_role("radio", name="Dark").click()
    assert becomes(page, lambda: _luminance(_background(page)) < 0.05)
    page.get_by_role("radio", name="Light").click()
    assert becomes(page, lambda: _luminance(_background(page)) > 0.8)
    page.get_by_role("radio", name="As the system").click()
    assert becomes(page, lambda: _luminance(_background(page)) > 0.8)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(open_html, report, scheme):
    page = open_html(report, color_scheme=scheme)
    pairs = page.evaluate(
        """() => {
          const style = getComputedStyle(document.documentElement);
          const probe = document.body.appendChild(document.createElement('i'));
          const color = (name) => {
            probe.style.color = `var(${name})`;
            return getComputedStyle(probe).color;
          };
          const inks = ['--ink', '--ink-2', '--accent', '--good', '--bad'];
          return inks.flatMap((ink) => ['--page', '--card'].map(
            (ground) => [ink, ground, color(ink), color(ground)]));
        }"""
    )
    for ink, ground, one, other in pairs:
        low, high = sorted((_luminance(one), _luminance(other)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{ink} on {ground} in {scheme}"


@pytest.mark.parametrize("width", [390, 1920])
def test_nothing_is_wider_than_the_window(open_html, report, show_all, width):
    page = open_html(report, width=width)
    show_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_has_a_name(open_html, report, show_all):
    page = open_html(report)
    show_all(page)
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, input, a, canvas[tabindex], [role=img]')]
          .filter((node) => !node.closest('[aria-hidden=true]'))
          .filter((node) => !(node.getAttribute('aria-label') || node.textContent.trim()
                              || node.getAttribute('title')))
          .map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_an_enlarged_figure_takes_the_whole_width(open_html, report, becomes):
    page = open_html(report)
    card = page.get_by_role("article", name="Loss")
    before = card.bounding_box()["width"]
    card.get_by_role("button", name="Enlarge Loss").click()
    assert becomes(page, lambda: card.bounding_box()["width"] > 1.8 * before)
    card.get_by_role("button", name="Shrink Loss").click()
    assert becomes(page, lambda: card.bounding_box()["width"] == pytest.approx(before))


def test_print_leaves_the_controls_out(open_html, report, becomes):
    page = open_html(report)
    page.emulate_media(media="print")
    for selector in ("nav", ".dock", ".toggle", ".tools"):
        hidden = becomes(page, lambda s=selector: not page.locator(s).first.is_visible())
        assert hidden, selector


def test_a_sound_is_a_wav_file_that_plays(open_figure, figures, until):
    page = open_figure(figures.wave())
    page.get_by_role("button", name="Play tone").click()
    until(page, "document.querySelector('audio').duration > 0")
    assert page.evaluate("document.querySelector('audio').duration") == pytest.approx(0.5)
    assert page.evaluate("document.querySelector('audio').error") is None


#: How bright the ink at the axis is: what differs most from the ground, 0 black to 255 white.
_AXIS_INK = """
(() => {
  const canvas = document.querySelector('.plot canvas');
  const copy = new OffscreenCanvas(26, canvas.height).getContext('2d');
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, 26, canvas.height);
  const found = [];
  for (let i = 0; i < data.length; i += 4) {
    found.push(Math.abs((data[i] + data[i + 1] + data[i + 2]) / 3 - data[0]));
  }
  const contrast = Math.max(...found);
  return data[0] > 128 ? data[0] - contrast : data[0] + contrast;
})()
"""


def test_pictures_follow_the_readers_choice(open_figure, figures, becomes):
    page = open_figure(figures.lines(), color_scheme="light")
    assert becomes(page, lambda: page.evaluate(_AXIS_INK) < 120)
    page.get_by_role("radio", name="Dark").click()
    assert becomes(page, lambda: page.evaluate(_AXIS_INK) > 140)


def test_paper_is_white_whatever_the_screen_is(open_figure, figures, becomes):
    page = open_figure(figures.lines(), color_scheme="dark")
    assert _luminance(_background(page)) < 0.05
    page.emulate_media(media="print")
    assert becomes(page, lambda: _luminance(_background(page)) > 0.8)
    ink = "getComputedStyle(document.querySelector('h1')).color"
    assert becomes(page, lambda: _luminance(page.evaluate(ink)) < 0.05)


def test_a_picture_brings_its_own_ground(open_figure, figures):
    page = open_figure(figures.lines(), color_scheme="dark")
    corner = page.evaluate(
        """() => {
          const copy = new OffscreenCanvas(1, 1).getContext('2d');
          copy.drawImage(document.querySelector('.plot canvas'), 0, 0);
          return [...copy.getImageData(0, 0, 1, 1).data];
        }"""
    )
    assert corner[3] == 255
    assert max(corner[:3]) < 60

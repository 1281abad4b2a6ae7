from __future__ import annotations

import numpy as np


def _to_confusion(until, page) -> None:
    for title in ("Confusion", "Later"):
        page.get_by_role("article", name=title).scroll_into_view_if_needed()
        until(page, "(t) => window.bathyscope.panels().some((p) => p.title === t)", title)


def _shows(page, title: str, values: np.ndarray) -> bool:
    return np.array_equal(_values(page, title), values)


def _values(page, title: str) -> np.ndarray:
    return np.array(
        page.evaluate(
            "(title) => Array.from(window.bathyscope.panels()"
            ".find((panel) => panel.title === title).marks[0].values.data)",
            title,
        )
    ).reshape(3, 3)


def _step_of(page, name: str) -> str:
    return page.get_by_role("article", name=name).locator(".step").inner_text()


def test_films_start_at_their_last_step(open_html, report, figures, until, becomes):
    page = open_html(report)
    _to_confusion(until, page)
    counts = figures.matrix(200).panels[0].marks[0].values
    assert becomes(page, lambda: _shows(page, "Confusion", counts))
    assert becomes(page, lambda: "step 200" in _step_of(page, "Confusion"))
    assert "the last one recorded up to 300" in _step_of(page, "Confusion")
    assert becomes(page, lambda: _step_of(page, "Later") == "step 300")


def test_the_slider_moves_every_film_to_its_latest_step(open_html, report, figures, until, becomes):
    page = open_html(report)
    _to_confusion(until, page)
    slider = page.get_by_role("slider", name="Step")
    slider.fill("2")  # of 0, 100, 150, 200, 300
    counts = figures.matrix(100).panels[0].marks[0].values
    assert becomes(page, lambda: _shows(page, "Confusion", counts))
    assert becomes(page, lambda: "step 100" in _step_of(page, "Confusion"))
    assert becomes(page, lambda: _step_of(page, "Later") == "step 150")
    assert slider.get_attribute("aria-valuetext") == "step 150, epoch 1"


def test_before_its_first_step_a_film_says_so(open_html, report, until):
    page = open_html(report)
    _to_confusion(until, page)
    page.get_by_role("slider", name="Step").fill("0")
    text = page.get_by_role("article").filter(has_text="Nothing recorded").inner_text()
    assert "up to step 0" in text
    assert "the first is step 150" in text


def test_arrow_keys_move_the_step(open_html, report, until):
    page = open_html(report)
    page.keyboard.press("ArrowLeft")
    until(page, "window.bathyscope.cursor.step === 200")
    page.get_by_role("slider", name="Step").focus()
    page.keyboard.press("ArrowLeft")
    until(page, "window.bathyscope.cursor.step === 150")


def test_play_runs_to_the_end_and_stops(open_html, report, until):
    page = open_html(report)
    page.evaluate(
        "() => { window.seen = []; new MutationObserver(() =>"
        " window.seen.push(window.bathyscope.cursor.step))"
        ".observe(document.querySelector('input[type=range]'), { attributes: true }); }"
    )
    page.get_by_role("button", name="Play the steps").click()
    until(page, "window.seen.includes(100)")
    until(page, "window.bathyscope.cursor.step === 300")
    until(page, "window.bathyscope.cursor.playing === false")


def test_zoom_stays_when_the_step_changes(open_html, report, figures, until, becomes):
    page = open_html(report)
    _to_confusion(until, page)
    read = "window.bathyscope.panels().find((panel) => panel.title === 'Confusion').x.domain"
    whole = page.evaluate(read)
    page.get_by_role("article", name="Confusion").locator("canvas.above").focus()
    page.keyboard.press("+")
    assert becomes(page, lambda: page.evaluate(read) != whole)
    before = page.evaluate(read)
    page.get_by_role("slider", name="Step").fill("1")
    counts = figures.matrix(100).panels[0].marks[0].values
    assert becomes(page, lambda: _shows(page, "Confusion", counts))
    assert page.evaluate(read) == before


def test_a_page_without_films_has_no_slider(open_figure, figures):
    page = open_figure(figures.lines())
    assert page.get_by_role("slider").count() == 0

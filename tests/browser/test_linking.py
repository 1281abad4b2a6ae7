from __future__ import annotations

import numpy as np


def _selected(page, kind: str) -> set:
    got = page.evaluate(f"[...(window.bathyscope.selection.get('{kind}') ?? [])]")
    return set(got)


def _scroll_to(show_all, page, heading: str) -> None:
    show_all(page)
    page.get_by_role("article", name=heading).first.scroll_into_view_if_needed()


def _locate(page, title: str, x: float, y: float) -> tuple[float, float]:
    spot = page.evaluate(
        "([title, x, y]) => window.bathyscope.panels().find((p) => p.title === title).locate(x, y)",
        [title, x, y],
    )
    return spot["x"], spot["y"]


def test_a_lasso_selects_exactly_the_points_inside(open_figure, figures, at):
    mark = figures.points().panels[0].marks[0]
    page = open_figure(figures.points())
    corners = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]
    page.keyboard.down("Shift")
    page.mouse.move(*at(page, *corners[0]))
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*at(page, *corner), steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    inside = (mark.x > 0) & (mark.x < 2) & (mark.y > 0) & (mark.y < 2)
    margin = 0.02  # a pixel
    near = (np.abs(mark.x) < margin) | (np.abs(mark.x - 2) < margin)
    near |= (np.abs(mark.y) < margin) | (np.abs(mark.y - 2) < margin)
    got = _selected(page, "sample")
    assert set((1000 + np.flatnonzero(inside & ~near)).tolist()) <= got
    assert got <= set((1000 + np.flatnonzero(inside | near)).tolist())
    assert len(got) > 20
    chip = page.locator(".chip").inner_text()
    assert f"{len(got)} samples" in chip


def test_clicking_a_confusion_cell_selects_its_samples(open_figure, figures, at):
    mark = figures.matrix().panels[0].marks[0]
    page = open_figure(figures.matrix())
    page.mouse.click(*at(page, 2, 1))
    expected = set(mark.ids.values[mark.ids.elements == 1 * 3 + 2].tolist())
    assert _selected(page, "sample") == expected
    page.mouse.click(*at(page, 2, 1))
    assert _selected(page, "sample") == set(), "a second click takes the selection away"


def test_ctrl_click_adds_to_the_selection(open_figure, figures, at):
    mark = figures.matrix().panels[0].marks[0]
    page = open_figure(figures.matrix())
    page.mouse.click(*at(page, 0, 0))
    page.keyboard.down("Control")
    page.mouse.click(*at(page, 1, 2))
    page.keyboard.up("Control")
    expected = set(mark.ids.values[np.isin(mark.ids.elements, [0, 7])].tolist())
    assert _selected(page, "sample") == expected


def test_escape_and_the_chip_clear_the_selection(open_figure, figures, at):
    page = open_figure(figures.matrix())
    page.mouse.click(*at(page, 0, 0))
    page.wait_for_selector(".chip")
    page.keyboard.press("Escape")
    page.wait_for_selector(".chip", state="detached")
    page.mouse.click(*at(page, 0, 0))
    page.locator(".chip button").click()
    assert _selected(page, "sample") == set()


def test_a_selection_dims_the_other_points_of_another_figure(
    open_html, report, figures, show_all, becomes
):
    mark = figures.points().panels[0].marks[0]
    page = open_html(report)
    _scroll_to(show_all, page, "Embedding")
    kept = int(np.argmax(mark.x))
    other = int(np.argmin(mark.x))
    before = [_pixel(page, mark, index) for index in (kept, other)]
    page.evaluate(f"window.bathyscope.selection.set('sample', [{1000 + kept}], 'a test')")
    assert becomes(page, lambda: _pixel(page, mark, other) < 0.4 * before[1]), "the others fade"
    assert _pixel(page, mark, kept) >= before[0] - 10, "the selected point keeps its colour"


def _pixel(page, mark, index: int) -> int:
    """How much the middle of a point differs from the white card."""
    x, y = _locate(page, "Embedding", float(mark.x[index]), float(mark.y[index]))
    return page.evaluate(
        """([x, y]) => {
          const above = document.elementFromPoint(x, y);
          const canvas = above.parentElement.querySelector('canvas');
          const box = canvas.getBoundingClientRect();
          const ratio = canvas.width / box.width;
          const at = [(x - box.left) * ratio, (y - box.top) * ratio].map(Math.round);
          const copy = new OffscreenCanvas(1, 1).getContext('2d');
          copy.drawImage(canvas, ...at, 1, 1, 0, 0, 1, 1);
          return 255 - Math.min(...copy.getImageData(0, 0, 1, 1).data.slice(0, 3));
        }""",
        [x, y],
    )


def test_a_cell_selects_points_and_tiles_across_the_page(open_html, report, figures, show_all):
    page = open_html(report)
    _scroll_to(show_all, page, "Confusion")
    mark = figures.matrix(200).panels[0].marks[0]
    page.mouse.click(*_locate(page, "Confusion", 0, 0))
    expected = set(mark.ids.values[mark.ids.elements == 0].tolist())
    assert _selected(page, "sample") == expected
    assert f"{len(expected)} samples" in page.locator(".chip").inner_text()


def test_a_line_of_one_run_is_selected_whole(open_figure, figures, at):
    page = open_figure(figures.lines())
    page.mouse.click(*at(page, 80, float(np.exp(-2.0))))
    assert _selected(page, "run") == {"a"}


def test_dimmed_cells_fade_into_the_ground(open_figure, figures, at, becomes):
    page = open_figure(figures.matrix())
    first = int(figures.matrix().panels[0].marks[0].ids.values[0])
    element = int(figures.matrix().panels[0].marks[0].ids.elements[0])
    page.evaluate(f"window.bathyscope.selection.set('sample', [{first}])")
    faded = (element + 1) % 9
    x, y = at(page, faded % 3 - 0.3, faded // 3 - 0.3)
    ground = 255  # the card is white
    dimmed = becomes(page, lambda: min(_color(page, x, y)) >= 0.7 * ground)
    assert dimmed, "a dimmed cell is nearly the colour of the card"


def _color(page, x: float, y: float) -> list[int]:
    return page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector('.plot canvas');
          const box = canvas.getBoundingClientRect();
          const ratio = canvas.width / box.width;
          const at = [(x - box.left) * ratio, (y - box.top) * ratio].map(Math.round);
          const copy = new OffscreenCanvas(1, 1).getContext('2d');
          copy.drawImage(canvas, ...at, 1, 1, 0, 0, 1, 1);
          return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        [x, y],
    )

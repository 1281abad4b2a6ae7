from __future__ import annotations

import numpy as np
import pytest

from bathyscope.figures import Axis, Bars, Figure, Line, Panel, Points


def _tooltip(page) -> str:
    page.wait_for_selector("[role=tooltip]")
    return page.locator("[role=tooltip]").inner_text()


def _step(text: str) -> int:
    return int(text.split("step: ")[1].split(maxsplit=1)[0])


def _rows(page) -> dict[str, str]:
    page.wait_for_selector("[role=tooltip] tr")
    rows = page.locator("[role=tooltip] tr").all()
    return {row.locator("th").inner_text().strip(): row.locator("td").inner_text() for row in rows}


def test_hover_reads_every_line_at_the_nearest_step(open_figure, figures, at):
    page = open_figure(figures.lines())
    page.mouse.move(*at(page, 41.3, 0.4))
    rows = _rows(page)
    assert "step: 40" in _tooltip(page)
    assert rows["training"] == "0.3679"  # exp(-1)
    assert rows["validation"] == "0.5493"  # exp(-0.8) + 0.1
    assert rows["broken"] == "0.5"


def test_hover_says_nan_where_there_is_no_number(open_figure, figures, at):
    page = open_figure(figures.lines())
    page.mouse.move(*at(page, 50, 0.4))
    assert _rows(page)["broken"] == "NaN"


def test_leaving_the_panel_hides_the_tooltip(open_figure, figures, at):
    page = open_figure(figures.lines())
    page.mouse.move(*at(page, 40, 0.4))
    page.wait_for_selector("[role=tooltip]")
    page.mouse.move(5, 5)
    page.wait_for_selector("[role=tooltip]", state="detached")


def test_hover_finds_the_nearest_point_with_its_picture(open_figure, figures, at):
    figure = figures.points()
    mark = figure.panels[0].marks[0]
    page = open_figure(figure)
    lonely = int(np.argmax(mark.x))  # the rightmost point has no other close to it
    x, y = at(page, float(mark.x[lonely]), float(mark.y[lonely]))
    page.mouse.move(x + 2, y + 1)
    text = _tooltip(page)
    assert f"image {lonely}" in text
    assert _rows(page)["animal"] == ("cat", "dog", "owl")[lonely % 3]
    picture = page.evaluate(
        "(() => { const c = document.querySelector('[role=tooltip] canvas');"
        " return Array.from(c.getContext('2d').getImageData(0, 0, 8, 8).data); })()"
    )
    np.testing.assert_array_equal(np.reshape(picture, (8, 8, 4))[..., 0], mark.thumbnails[lonely])


def test_hover_names_the_row_and_column_of_a_cell(open_figure, figures, at):
    figure = figures.matrix()
    page = open_figure(figure)
    page.mouse.move(*at(page, 2, 1))
    rows = _rows(page)
    assert rows["predicted class"] == "dog"
    assert rows["true class"] == "owl"
    assert rows["samples"] == str(int(figure.panels[0].marks[0].values[1, 2]))


def test_hover_reads_a_histogram_bin(open_figure, figures, at):
    figure = figures.bars()
    mark = figure.panels[0].marks[0]
    page = open_figure(figure)
    page.mouse.move(*at(page, float(mark.edges[3:5].mean()), 1))
    assert _rows(page)["weights"] == str(int(mark.heights[3]))


def test_lying_bars_are_read_from_the_top(open_figure, at):
    names = ("first", "second", "third")
    mark = Bars(np.array([1.0, 2.0, -3.0]), horizontal=True, label="score")
    axes = {"x": Axis("score"), "y": Axis("name", scale="category", categories=names)}
    page = open_figure(Figure("Lying", (Panel((mark,), **axes),)))
    tops = [at(page, 0, i)[1] for i in range(3)]
    assert tops == sorted(tops)
    page.mouse.move(*at(page, -1, 2))
    assert "name: third" in _tooltip(page)
    assert _rows(page)["score"] == "-3".replace("-", "−")


def test_wheel_zooms_about_the_pointer_once_the_panel_was_clicked(
    open_figure, figures, at, domain, becomes
):
    page = open_figure(figures.lines())
    before = domain(page, "x")
    x, y = at(page, 40, 0.4)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    assert domain(page, "x") == before, "the page scrolls until the panel is clicked"
    page.mouse.click(x, y)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    assert becomes(page, lambda: np.ptp(domain(page, "x")) < 0.7 * np.ptp(before))
    assert at(page, 40, 0.4)[0] == pytest.approx(x, abs=0.5), "the value under the pointer stays"


def test_dragging_zooms_into_the_box_and_double_click_shows_all(open_figure, figures, at, domain):
    page = open_figure(figures.lines())
    before = domain(page, "x"), domain(page, "y")
    page.mouse.move(*at(page, 20, 0.9))
    page.mouse.down()
    page.mouse.move(*at(page, 40, 0.5), steps=4)
    page.mouse.move(*at(page, 60, 0.3), steps=4)
    page.mouse.up()
    np.testing.assert_allclose(domain(page, "x"), [20, 60], atol=0.2)
    np.testing.assert_allclose(domain(page, "y"), [0.3, 0.9], atol=0.01)
    page.mouse.dblclick(*at(page, 40, 0.6))
    assert (domain(page, "x"), domain(page, "y")) == before


def test_a_flat_drag_zooms_one_axis(open_figure, figures, at, domain):
    page = open_figure(figures.lines())
    before = domain(page, "y")
    page.mouse.move(*at(page, 20, 0.5))
    page.mouse.down()
    page.mouse.move(*at(page, 60, 0.5), steps=5)
    page.mouse.up()
    np.testing.assert_allclose(domain(page, "x"), [20, 60], atol=0.2)
    assert domain(page, "y") == before


def test_panning_moves_the_picture_with_the_pointer(open_figure, figures, at, becomes):
    page = open_figure(figures.points())
    page.get_by_role("button", name="Drag to move").click()
    start = at(page, 0.5, 0.5)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 60, start[1] + 40, steps=5)
    page.mouse.up()
    moved = pytest.approx((start[0] + 60, start[1] + 40), abs=0.5)
    assert becomes(page, lambda: at(page, 0.5, 0.5) == moved)


def test_keys_zoom_and_reset(open_figure, figures, domain):
    page = open_figure(figures.lines())
    before = domain(page, "x")
    page.locator("canvas.above").focus()
    page.keyboard.press("+")
    after = domain(page, "x")
    assert after[1] - after[0] == pytest.approx(0.7 * (before[1] - before[0]))
    page.keyboard.press("0")
    assert domain(page, "x") == before


def test_arrow_keys_read_from_point_to_point(open_figure, figures, becomes):
    page = open_figure(figures.lines())
    page.locator("canvas.above").focus()
    page.keyboard.press("ArrowRight")
    first = _tooltip(page)
    page.keyboard.press("ArrowRight")
    assert becomes(page, lambda: _step(_tooltip(page)) == _step(first) + 5)
    spoken = page.locator("[aria-live] >> text=training").first
    assert becomes(page, lambda: f"step: {_step(first) + 5}" in spoken.inner_text())


def test_legend_hides_a_series_and_rescales(open_figure, figures, domain):
    page = open_figure(figures.lines())
    before = domain(page, "y")
    button = page.get_by_role("group", name="Legend").get_by_role("button", name="validation")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert page.evaluate("window.bathyscope.panels()[0].hidden") == ["mark:validation"]
    assert domain(page, "y")[1] < before[1]
    button.click()
    assert domain(page, "y") == before


def test_shift_click_shows_a_series_alone(open_figure, figures):
    page = open_figure(figures.lines())
    legend = page.get_by_role("group", name="Legend")
    legend.get_by_role("button", name="training").click(modifiers=["Shift"])
    pressed = [b.get_attribute("aria-pressed") for b in legend.get_by_role("button").all()]
    assert pressed == ["true", "false", "false"]
    legend.get_by_role("button", name="training").click(modifiers=["Shift"])
    pressed = [b.get_attribute("aria-pressed") for b in legend.get_by_role("button").all()]
    assert pressed == ["true", "true", "true"]


def test_legend_is_operated_with_the_keyboard(open_figure, figures):
    page = open_figure(figures.lines())
    button = page.get_by_role("group", name="Legend").get_by_role("button", name="broken")
    button.focus()
    page.keyboard.press("Space")
    assert button.get_attribute("aria-pressed") == "false"


def test_hidden_classes_are_not_found_by_the_pointer(open_figure, figures, at, domain):
    figure = figures.points()
    mark = figure.panels[0].marks[0]
    lonely = int(np.argmax(mark.x))
    page = open_figure(figure)
    name = ("cat", "dog", "owl")[lonely % 3]
    page.get_by_role("group", name="Legend").get_by_role("button", name=name).click()
    page.mouse.move(*at(page, float(mark.x[lonely]), float(mark.y[lonely])))
    domain(page, "x")  # waits until it would be drawn
    assert page.locator("[role=tooltip]").count() == 0


def test_a_panel_is_saved_as_a_picture(open_figure, figures, tmp_path):
    page = open_figure(figures.lines())
    page.locator(".plot").hover()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as PNG").click()
    path = tmp_path / "saved.png"
    waiting.value.save_as(path)
    assert waiting.value.suggested_filename == "Loss.png"
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_axes_are_named_with_units_and_whole_numbers(open_figure, figures):
    page = open_figure(figures.lines())
    label = page.locator("canvas.above").get_attribute("aria-label")
    assert "loss (nats)" in label
    assert "step" in label
    ticks = page.evaluate("window.bathyscope.panels()[0].x.ticks.map((tick) => tick.value)")
    assert len(ticks) >= 3
    assert all(float(tick).is_integer() for tick in ticks)


def test_ticks_of_a_log_axis_are_powers_of_ten(open_figure):
    x = np.arange(1.0, 9.0)
    mark = Line(x, 10.0**-x)
    axes = {"x": Axis("epoch"), "y": Axis("loss", scale="log")}
    page = open_figure(Figure("Log", (Panel((mark,), **axes),)))
    ticks = page.evaluate("window.bathyscope.panels()[0].y.ticks.map((tick) => tick.value)")
    assert len(ticks) >= 3
    np.testing.assert_allclose(np.log10(ticks), np.round(np.log10(ticks)), atol=1e-9)


def test_a_million_points_are_drawn_and_read(open_figure, at):
    rng = np.random.default_rng(11)
    x, y = rng.normal(size=(2, 1_000_000)).astype(np.float32)
    x[123_456], y[123_456] = 9.0, 9.0
    mark = Points(x, y, text=None, label="cloud")
    page = open_figure(Figure("Cloud", (Panel((mark,), x=Axis("u"), y=Axis("v")),)))
    page.mouse.move(*at(page, 9.0, 9.0))
    assert _rows(page) == {"u": "9", "v": "9"}


def test_a_line_of_a_million_points_keeps_its_spike(open_figure, at):
    y = np.zeros(1_000_000)
    y[777_777] = 5.0
    mark = Line(np.arange(1_000_000.0), y, tone="bad")
    page = open_figure(Figure("Spike", (Panel((mark,), x=Axis("step"), y=Axis("loss")),)))
    colors = page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector('.plot canvas');
          const box = canvas.getBoundingClientRect();
          const ratio = canvas.width / box.width;
          const copy = new OffscreenCanvas(7, 20).getContext('2d');
          copy.drawImage(
            canvas, Math.round((x - box.left) * ratio) - 3, Math.round((y - box.top) * ratio),
            7, 20, 0, 0, 7, 20);
          return Array.from(copy.getImageData(0, 0, 7, 20).data);
        }""",
        list(at(page, 777_777, 4.0)),
    )
    pixels = np.reshape(colors, (20, 7, 4))
    reddish = pixels[..., 0] > pixels[..., 2] + 60
    assert reddish.any(axis=1).all(), "every row of the spike must show its colour"

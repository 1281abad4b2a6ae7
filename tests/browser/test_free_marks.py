"""Tiles, texts, graphs, tables and notes: what is drawn, and what happens when it is touched."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bathyscope.figures import (
    Boxes,
    ColorScale,
    Figure,
    Graph,
    Heat,
    Ids,
    Note,
    Panel,
    Table,
    Tiles,
    Tokens,
    web,
)
from bathyscope.figures.color import tone_color
from bathyscope.figures.raster import heat_opacity


def figure_of(*marks, title="Figure"):
    return Figure(title, tuple(Panel((mark,)) for mark in marks))


@pytest.fixture
def open_marks(open_html):
    """Open marks as the panels of one figure, and wait until they are drawn."""

    def open_them(*marks, **options):
        page = open_html(web.page(figure_of(*marks)), **options)
        page.wait_for_selector(".panel")
        settle(page)
        return page

    return open_them


def settle(page):
    """Wait until what was measured has been laid out and drawn."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def selected(page, kind="sample"):
    return set(page.evaluate(f"[...(window.bathyscope.selection.get('{kind}') ?? [])]"))


def select(page, values, kind="sample"):
    page.evaluate("([kind, ids]) => window.bathyscope.selection.set(kind, ids)", [kind, values])
    settle(page)


def pixels(page, tile, layer=0):
    """RGB pixels of a canvas of a tile: of the image, or of the heat above it."""
    return rgba_pixels(page, tile, layer)[..., :3]


def rgba_pixels(page, tile, layer=0):
    """Pixels of a canvas of a tile with their opacity, from 0 to 255."""
    flat, height, width = page.evaluate(
        """([tile, layer]) => {
          const canvas = document.querySelectorAll(`[data-tile="${tile}"] canvas`)[layer];
          const { width, height } = canvas;
          const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
          return [[...data], height, width];
        }""",
        [tile, layer],
    )
    return np.array(flat, dtype=np.uint8).reshape(height, width, 4)


def rgb(css):
    return tuple(int(number) for number in re.findall(r"\d+", css)[:3])


def contrast(one, other):
    """Contrast ratio of two sRGB colours by WCAG 2.2."""

    def luminance(color):
        c = np.asarray(color) / 255
        linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def computed(locator, name):
    return locator.evaluate(f"(element) => getComputedStyle(element).getPropertyValue('{name}')")


# --- tiles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_tile_has_the_colors_of_its_scale(open_marks, rng, theme):
    images = rng.normal(size=(5, 7, 9))
    images[2, 3, 4] = np.nan
    scale = ColorScale.fit(images, kind="signed", label="weight")
    page = open_marks(Tiles(images, scale), color_scheme=theme)
    for tile in range(5):
        assert np.array_equal(pixels(page, tile), scale.rgb(images[tile], theme=theme))
    assert "weight" in page.locator(".scales").inner_text()


def test_tiles_follow_the_theme(open_marks, rng):
    images = rng.normal(size=(1, 4, 4))
    scale = ColorScale.fit(images, kind="signed")
    page = open_marks(Tiles(images, scale), color_scheme="light")
    page.get_by_role("radio", name="Dark").click()
    settle(page)
    assert np.array_equal(pixels(page, 0), scale.rgb(images[0], theme="dark"))


def test_rgb_tiles_have_their_own_colors(open_marks, rng):
    whole = rng.integers(0, 256, size=(2, 4, 5, 3)).astype(np.uint8)
    page = open_marks(Tiles(whole))
    assert np.array_equal(pixels(page, 1), whole[1])
    page = open_marks(Tiles((whole / 255).astype(np.float32)))
    assert np.array_equal(pixels(page, 1), whole[1])
    ends = np.array([0.0, 1.0]).reshape(1, 1, 2, 1) * np.ones(3)
    page = open_marks(Tiles(ends))
    assert pixels(page, 0).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_small_pixels_are_enlarged_equally_and_stay_crisp(open_marks, rng):
    page = open_marks(Tiles(rng.random((20, 28, 28))))
    image = page.locator("[data-image]").first
    box = image.bounding_box()
    assert box["width"] == box["height"]
    assert box["width"] % 28 == 0
    assert computed(image.locator("canvas"), "image-rendering") == "pixelated"


def test_heat_lies_over_its_image_as_transparent_as_it_was_asked(open_marks, rng):
    heat = rng.random(size=(2, 3, 3)).astype(np.float32)
    scale = ColorScale.fit(heat, label="saliency")
    page = open_marks(Tiles(rng.random((2, 12, 12)), overlays=(Heat(heat, scale, 0.4),)))
    found = rgba_pixels(page, 1, layer=1)
    assert np.array_equal(found[..., :3], scale.rgb(heat[1]))
    assert (found[..., 3] == 255).all()
    image, above = (page.locator('[data-tile="1"] canvas').nth(i) for i in (0, 1))
    assert above.bounding_box() == image.bounding_box()
    assert float(computed(above, "opacity")) == pytest.approx(0.4)


def test_a_signed_heat_leaves_its_image_as_it_is_at_zero(open_marks, rng):
    heat = np.array([[[0.0, 0.5, -1.0], [1.0, np.nan, -0.25]]], dtype=np.float32)
    scale = ColorScale.fit(heat, kind="signed")
    overlay = Heat(heat, scale)
    page = open_marks(Tiles(rng.random((1, 12, 12)), overlays=(overlay,)))
    found = rgba_pixels(page, 0, layer=1)
    expected = 255 * heat_opacity(overlay, heat[0]) / overlay.opacity
    np.testing.assert_allclose(found[..., 3], expected, atol=1)
    # The browser keeps colours multiplied by their opacity, and so to fewer levels where it is low.
    strong = expected > 100
    np.testing.assert_allclose(found[strong][:, :3], scale.rgb(heat[0])[strong], atol=2)


def test_boxes_lie_where_they_were_found(open_marks, rng):
    boxes = Boxes([1, 1], [[8, 4, 24, 20], [-5, 30, 16, 99]], ("cat 0.9", ""), ("good", 1))
    page = open_marks(Tiles(rng.random((2, 40, 32)), overlays=(boxes,)))
    assert page.locator('[data-tile="0"] .box').count() == 0
    image = page.locator('[data-tile="1"] [data-image]').bounding_box()
    scale = image["width"] / 32
    # The second reaches beyond the image and is cut at its edge.
    for index, (x0, y0, x1, y1) in enumerate([(8, 4, 24, 20), (0, 30, 16, 40)]):
        box = page.locator('[data-tile="1"] .box').nth(index).bounding_box()
        assert box["x"] - image["x"] == pytest.approx(x0 * scale, abs=0.6)
        assert box["y"] - image["y"] == pytest.approx(y0 * scale, abs=0.6)
        assert box["width"] == pytest.approx((x1 - x0) * scale, abs=0.6)
        assert box["height"] == pytest.approx((y1 - y0) * scale, abs=0.6)
    label = page.get_by_text("cat 0.9")
    assert rgb(computed(label, "background-color")) == _hex(tone_color("good"))
    assert contrast(rgb(computed(label, "color")), _hex(tone_color("good"))) > 4.5


def _hex(color):
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


def test_captions_and_verdicts_are_told_in_signs_and_words(open_marks, rng):
    page = open_marks(
        Tiles(
            rng.random((3, 8, 8)),
            captions=("7 (99%)", "3 (51%)\ntrue: 8", "<b>猫</b>"),
            verdicts=("right", "wrong", ""),
            ids=Ids("sample", [4, 5, 6]),
        )
    )
    options = page.get_by_role("option")
    assert options.nth(0).inner_text().split() == ["✓", "7", "(99%)"]
    assert options.nth(1).inner_text().split() == ["✗", "3", "(51%)", "true:", "8"]
    assert options.nth(2).inner_text().strip() == "<b>猫</b>"
    assert page.get_by_role("option", name="3 (51%), true: 8, wrong").count() == 1


def test_clicks_select_samples_and_ctrl_adds(open_marks, rng):
    page = open_marks(Tiles(rng.random((6, 8, 8)), ids=Ids("sample", 100 + np.arange(6))))
    page.locator('[data-tile="2"]').click()
    assert selected(page) == {102}
    page.locator('[data-tile="4"]').click(modifiers=["Control"])
    assert selected(page) == {102, 104}
    dim = page.locator(".tile.dim")
    assert dim.count() == 4
    assert page.locator('[aria-selected="true"]').count() == 2
    page.locator('[data-tile="2"]').click(modifiers=["Control"])
    page.locator('[data-tile="4"]').click()
    assert selected(page) == set()
    assert dim.count() == 0


def test_the_keyboard_moves_and_selects(open_marks, rng):
    page = open_marks(Tiles(rng.random((30, 8, 8)), columns=6, ids=Ids("sample", np.arange(30))))
    page.get_by_role("listbox").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    assert selected(page) == {12}
    page.keyboard.press("End")
    page.keyboard.press("Control+ ")
    assert selected(page) == {12, 29}
    active = page.get_by_role("listbox").get_attribute("aria-activedescendant")
    assert page.locator(f"[id='{active}']").get_attribute("data-tile") == "29"


def test_pointing_at_a_pixel_tells_its_numbers(open_marks, rng):
    images = rng.normal(size=(2, 4, 5))
    heat = rng.random((2, 2, 2)).astype(np.float32)
    boxes = Boxes([1], [[2, 1, 4, 3]], ("cat 0.9",), (0,))
    page = open_marks(
        Tiles(
            images,
            ColorScale.fit(images, kind="signed", label="weight", unit="V"),
            captions=("unit 0", "unit 1"),
            overlays=(Heat(heat, ColorScale(label="saliency")), boxes),
        )
    )
    box = page.locator('[data-tile="1"] [data-image]').bounding_box()
    page.mouse.move(box["x"] + box["width"] * 3.5 / 5, box["y"] + box["height"] * 2.5 / 4)
    words = page.get_by_role("tooltip").inner_text()
    assert "unit 1" in words
    assert "row 2, column 3" in words
    assert f"{images[1, 2, 3]:.4g} V".replace("-", "−") in words
    assert f"{heat[1, 1, 1]:.4g}" in words
    assert "cat 0.9" in words
    page.mouse.move(2, 2)
    page.get_by_role("tooltip").wait_for(state="detached")


def test_thousands_of_tiles_are_in_the_page_only_where_they_are_seen(open_marks, rng):
    images = rng.random((3000, 6, 6)).astype(np.float32)
    scale = ColorScale()
    page = open_marks(Tiles(images, scale, ids=Ids("sample", np.arange(3000))))
    tiles = page.locator("[data-tile]")
    assert 20 < tiles.count() < 400
    page.get_by_role("listbox").focus()
    page.keyboard.press("End")
    page.locator('[data-tile="2999"]').wait_for()
    assert tiles.count() < 400
    assert np.array_equal(pixels(page, 2999), scale.rgb(images[2999]))


def test_a_selection_made_elsewhere_comes_into_sight_and_can_stand_alone(open_marks, rng):
    page = open_marks(Tiles(rng.random((3000, 6, 6)), ids=Ids("sample", np.arange(3000))))
    select(page, [1500, 1700, 9999])
    page.locator('[data-tile="1500"]').wait_for()
    page.get_by_label("only the 2 selected of 3,000").check()
    assert page.locator("[data-tile]").evaluate_all(
        "(tiles) => tiles.map((tile) => tile.dataset.tile)"
    ) == ["1500", "1700"]


def test_empty_tiles_say_nothing_and_break_nothing(open_marks):
    page = open_marks(Tiles(np.zeros((0, 8, 8))))
    assert page.locator("[data-tile]").count() == 0


# --- texts -----------------------------------------------------------------------------------

TEXT = ("A", " film", " with <b>tags</b>", "\n", "次", "", "  two  spaces")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pieces_have_the_colors_of_their_weights_and_can_be_read(open_marks, theme):
    weights = np.array([-1.0, -0.37, 0.02, 0.3, np.nan, 0.5, 1.0])
    mark = Tokens((TEXT,), (weights,), ColorScale("signed", -1, 1))
    page = open_marks(mark, color_scheme=theme)
    pieces = page.locator("[data-piece]")
    expected = mark.color.rgb(weights, theme=theme)
    for index in range(len(TEXT)):
        background = rgb(computed(pieces.nth(index), "background-color"))
        assert background == tuple(expected[index].tolist())
        assert contrast(rgb(computed(pieces.nth(index), "color")), background) > 4.5


def test_text_is_drawn_as_it_is(open_marks):
    page = open_marks(Tokens((TEXT, ())))
    assert page.locator(".text").first.evaluate("(p) => p.textContent") == "".join(TEXT)
    assert computed(page.locator(".text").first, "white-space-collapse") == "preserve"
    assert page.locator(".text").nth(1).inner_text() == "empty text"
    assert page.locator(".text b").count() == 0


def test_pointing_at_a_piece_tells_its_weight(open_marks):
    page = open_marks(Tokens((TEXT,), (np.linspace(-1, 1, 7) / 3,)))
    page.locator("[data-piece='1']").hover()
    words = page.get_by_role("tooltip").inner_text()
    assert "film" in words
    assert f"{-2 / 9:.4g}".replace("-", "−") in words


def test_texts_select_and_follow(open_marks):
    mark = Tokens(
        (TEXT, TEXT, TEXT),
        captions=("positive", "negative", "neutral"),
        verdicts=("right", "wrong", ""),
        ids=Ids("sample", ["a", "b", "c"]),
    )
    page = open_marks(mark)
    page.get_by_role("option", name="negative").click()
    assert selected(page) == {"b"}
    assert page.locator("li.dim").count() == 2
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    assert selected(page) == {"b", "c"}
    assert page.get_by_role("option").nth(0).inner_text().startswith("✓")


def test_many_texts_come_when_asked_for(open_marks):
    page = open_marks(Tokens(((" word",) * 5,) * 100))
    assert page.locator("li").count() == 40
    page.get_by_role("button", name="Show 40 more of 60").click()
    page.get_by_role("button", name="Show 20 more of 20").click()
    assert page.locator("li").count() == 100
    assert page.get_by_role("button", name="more of").count() == 0


# --- graphs ----------------------------------------------------------------------------------


def diamond():
    return Graph(
        ("input\n784", "left", "right", "output"),
        [0.5, 0, 1, 0.5],
        [0, 1, 1, 2],
        [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)],
        tones=(0, 1, "good", "muted"),
        ids=Ids("layer", ["input", "left", "right", "output"]),
    )


def test_arrows_join_the_boxes_they_name(open_marks):
    mark = diamond()
    page = open_marks(mark)
    boxes = [page.locator("g.box rect").nth(i).bounding_box() for i in range(4)]
    ends = page.locator("path.edge").evaluate_all(
        """(paths) => paths.map((path) => {
          const matrix = path.getScreenCTM();
          const length = path.getTotalLength();
          return [0, length].map((at) => {
            const { x, y } = path.getPointAtLength(at).matrixTransform(matrix);
            return [x, y];
          });
        })"""
    )
    assert len(ends) == 5
    for (source, target), (start, end) in zip(mark.edges.tolist(), ends, strict=True):
        below, above = boxes[source], boxes[target]
        assert below["x"] < start[0] < below["x"] + below["width"]
        assert start[1] == pytest.approx(below["y"] + below["height"], abs=2)
        assert above["x"] < end[0] < above["x"] + above["width"]
        assert end[1] == pytest.approx(above["y"], abs=2)


def test_a_long_arrow_crosses_no_box(open_marks):
    labels = tuple(f"layer {i}" for i in range(6))
    edges = [(i, i + 1) for i in range(5)] + [(0, 5), (1, 4)]
    page = open_marks(Graph(labels, np.zeros(6), np.arange(6), edges))
    crossed = page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll('g.box rect')]
            .map((rect) => rect.getBoundingClientRect());
          const inside = ({ x, y }) => boxes.some((box) =>
            box.left + 2 < x && x < box.right - 2 && box.top + 2 < y && y < box.bottom - 2);
          return [...document.querySelectorAll('path.edge')].filter((path) => {
            const [matrix, length] = [path.getScreenCTM(), path.getTotalLength()];
            return Array.from({ length: 200 }, (_, i) => i / 199).some((part) =>
              inside(path.getPointAtLength(part * length).matrixTransform(matrix)));
          }).length;
        }"""
    )
    assert crossed == 0


def test_pointing_at_a_box_shows_what_it_is_joined_to(open_marks):
    page = open_marks(diamond())
    page.locator("g.box").nth(1).hover()
    assert page.locator("path.edge.lit").count() == 2
    assert page.locator("g.box.dim").evaluate_all(
        "(boxes) => boxes.map((box) => box.querySelector('title').textContent)"
    ) == ["right"]
    page.mouse.move(2, 2)
    assert page.locator("g.dim, path.dim, path.lit").count() == 0


def test_boxes_select_layers_by_click_and_by_key(open_marks):
    page = open_marks(diamond())
    page.locator("g.box").nth(2).click()
    assert selected(page, "layer") == {"right"}
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    assert selected(page, "layer") == {"right", "output"}
    words = page.get_by_role("button", name="output; from left, right, input")
    assert words.get_attribute("aria-pressed") == "true"


def test_two_hundred_layers_scroll_within_their_panel(open_marks):
    labels = tuple(f"layer_{i}" for i in range(200))
    edges = [(i, i + 1) for i in range(199)]
    page = open_marks(Graph(labels, np.zeros(200), np.arange(200), edges))
    window = page.locator(".scroller").bounding_box()
    assert window["height"] < 700
    page.get_by_role("button", name="Fit").click()
    settle(page)
    drawing = page.locator("svg[role=group]").bounding_box()
    assert drawing["height"] <= window["height"]
    page.get_by_role("button", name="1:1").click()
    page.get_by_role("button", name="Zoom in").click()
    settle(page)
    assert page.locator("svg[role=group]").bounding_box()["height"] > 200 * 50


# --- tables ----------------------------------------------------------------------------------


def cells(page, column):
    return page.locator(f"tbody tr td:nth-child({column})").all_inner_texts()


def test_cells_are_written_as_python_writes_them(open_marks, rng):
    numbers = np.concatenate([rng.normal(size=8) * 10.0 ** np.arange(-4, 4), [np.nan, np.inf]])
    whole = np.array([0, -1, 12, 1234567, 2**40, 5, 6, 7, 8, 9])
    formats = {"f": ".3f", "pct": ".1%", "e": ".2e", "g": ".4g", "signed": "+,.2f", "n": ",d"}
    columns = {name: whole if name == "n" else numbers for name in formats}
    page = open_marks(Table(columns | {"raw": whole}, formats))
    for index, (name, spec) in enumerate(formats.items(), start=1):
        expected = [
            format(value, spec).replace("-", "−")
            for value in columns[name].tolist()
            if np.isfinite(value)
        ]
        assert cells(page, index)[: len(expected)] == expected, name
    assert cells(page, 1)[-2:] == ["NaN", "∞"]
    assert cells(page, 7) == [str(value).replace("-", "−") for value in whole]


def test_a_number_that_does_not_exist_is_a_dash(open_marks):
    column = np.array([1.5, np.nan])
    page = open_marks(Table({"rank": column, "mean": column}, {"rank": ".1f"}, dashes=("rank",)))
    assert cells(page, 1) == ["1.5", "–"]
    assert cells(page, 2) == ["1.5", "NaN"]


def test_columns_sort_as_numbers_and_as_names(open_marks):
    values = np.array([10.0, np.nan, 9.0, -2.0, np.inf])
    names = np.array(["layer_10", "layer_9", "layer_1", "b", "a"])
    page = open_marks(Table({"name": names, "loss": values}))
    header = page.get_by_role("columnheader", name="loss")
    header.get_by_role("button").click()
    assert cells(page, 2) == ["−2", "9", "10", "∞", "NaN"]
    assert header.get_attribute("aria-sort") == "ascending"
    header.get_by_role("button").click()
    assert cells(page, 2) == ["∞", "10", "9", "−2", "NaN"]
    assert header.get_attribute("aria-sort") == "descending"
    header.get_by_role("button").click()
    assert cells(page, 1) == names.tolist()
    page.get_by_role("columnheader", name="name").get_by_role("button").click()
    assert cells(page, 1) == ["a", "b", "layer_1", "layer_9", "layer_10"]


def test_numbers_stand_at_the_right_and_text_at_the_left(open_marks):
    page = open_marks(Table({"name": np.array(["a"]), "loss": np.array([1.5])}))
    aligned = page.locator("td").evaluate_all(
        "(cells) => cells.map((cell) => getComputedStyle(cell).textAlign)"
    )
    assert aligned == ["start", "right"]


def test_bars_are_as_long_as_their_numbers(open_marks):
    values = np.array([0.0, 1.0, 2.5, 4.0])
    page = open_marks(Table({"loss": values}, bars=("loss",)))
    widths = page.locator(".bar span").evaluate_all(
        "(bars) => bars.map((bar) => bar.getBoundingClientRect().width)"
    )
    assert np.array(widths) / widths[-1] == pytest.approx(values / 4, abs=0.01)


def test_ten_thousand_rows_are_searched_and_scrolled(open_marks, rng):
    n = 10_000
    columns = {"sample": np.arange(n), "text": np.array([f"row <{i}>" for i in range(n)])}
    page = open_marks(Table(columns, ids=Ids("sample", np.arange(n))))
    rows = page.locator("tbody tr:not([aria-hidden])")
    assert rows.count() < 60
    page.locator(".scroller").evaluate("(box) => { box.scrollTop = box.scrollHeight; }")
    page.get_by_text("row <9999>").wait_for()
    top = page.locator(".scroller").bounding_box()["y"]
    assert page.locator("thead").bounding_box()["y"] == pytest.approx(top, abs=2)
    page.get_by_role("searchbox").fill("ROW <77")
    assert page.get_by_role("status").inner_text() == "111 of 10,000 rows"
    assert cells(page, 1)[:3] == ["77", "770", "771"]
    page.get_by_role("searchbox").fill("nothing like this")
    assert page.get_by_text("No row matches.").is_visible()


def test_rows_select_and_follow(open_marks):
    n = 200
    columns = {"sample": np.arange(n), "loss": np.linspace(1, 0, n)}
    page = open_marks(Table(columns, ids=Ids("sample", 1000 + np.arange(n))))
    page.get_by_role("row", name="3 ", exact=False).first.click()
    first = selected(page)
    assert len(first) == 1
    page.keyboard.press("ArrowDown")
    settle(page)
    page.keyboard.press("Control+Enter")
    assert selected(page) == first | {min(first) + 1}
    select(page, [1150, 1160])
    page.locator("tr.chosen").first.wait_for()
    assert page.locator("tr.chosen td:first-child").first.inner_text() == "150"
    page.get_by_label("only the 2 selected of 200").check()
    assert cells(page, 1) == ["150", "160"]


def test_a_table_without_rows_says_so(open_marks):
    page = open_marks(Table({"sample": np.array([], dtype=int)}))
    assert page.get_by_text("No rows.").is_visible()


# --- notes -----------------------------------------------------------------------------------


def test_notes_have_a_role_a_word_and_their_text(open_marks):
    page = open_marks(
        Note("No maps. Pass `probe=` <b>."), Note("Left out.", "warning"), Note("Damaged.", "error")
    )
    notes = page.get_by_role("note")
    assert notes.nth(0).inner_text().endswith("No maps. Pass probe= <b>.")
    assert notes.nth(0).locator("code").inner_text() == "probe="
    assert notes.nth(1).evaluate("(note) => note.textContent.trim()") == "Warning: Left out."
    assert "Damaged." in page.get_by_role("alert").inner_text()


# --- all of them -----------------------------------------------------------------------------


def test_one_selection_moves_every_mark(open_marks, rng):
    ids = Ids("sample", np.arange(4))
    page = open_marks(
        Tiles(rng.random((4, 8, 8)), ids=ids),
        Tokens((TEXT,) * 4, ids=ids),
        Table({"sample": np.arange(4)}, ids=ids),
    )
    page.locator('[data-tile="3"]').click()
    settle(page)
    assert page.locator(".tile:not(.dim)").count() == 1
    assert page.locator("li:not(.dim)").count() == 1
    assert page.locator("tr.chosen td").inner_text() == "3"


def test_hovering_one_mark_marks_the_same_thing_in_the_others(open_marks, rng):
    ids = Ids("sample", np.arange(4))
    page = open_marks(Tiles(rng.random((4, 8, 8)), ids=ids), Table({"n": np.arange(4)}, ids=ids))
    page.locator("tbody tr").nth(2).hover()
    assert page.locator(".tile.hovered").get_attribute("data-tile") == "2"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_free_mark_makes_the_page_scroll_sideways(open_html, all_samples, width):
    free = [figure for figure in all_samples.values() if not figure.panels[0].cartesian]
    assert len(free) > 15
    page = open_html(web.document("Free", [web.Section("", tuple(free))]), width=width)
    for article in page.locator("article").all():
        article.scroll_into_view_if_needed()
        article.locator(".waiting").wait_for(state="detached")
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_sounds_of_tiles_are_played_one_at_a_time(open_html, until) -> None:
    times = np.arange(80_000) / 8_000
    sounds = np.stack([1_000 * np.sin(2_000 * times), 900 * np.cos(900 * times)]).astype(np.int16)
    tiles = Tiles(np.zeros((2, 20, 30)), sounds=sounds, rate_hz=8_000, ids=Ids("sample", [3, 4]))
    page = open_html(web.page(Figure("Sounds", (Panel((tiles,)),))))
    until(page, "document.querySelectorAll('[data-play]').length === 2")
    heard = """[...document.querySelectorAll('[data-play] path')]
      .map((path) => path.getAttribute('d').startsWith('M9'))"""
    first_heard = f"String({heard}) === 'true,false'"
    page.locator("[data-play]").nth(0).click()
    until(page, first_heard)
    assert not page.evaluate("window.bathyscope.selection.entries.length"), "it is not selected"
    page.locator("[data-play]").nth(1).click()
    until(page, f"String({heard}) === 'false,true'")
    page.get_by_role("listbox").focus()
    page.keyboard.press("Home")
    page.keyboard.press("p")
    until(page, first_heard)
    page.keyboard.press("p")
    until(page, f"String({heard}) === 'false,false'")

from __future__ import annotations

import io
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text
from PIL import Image

from bathyscope.figures import Axis, Figure, Line, Note, Panel
from bathyscope.figures import mpl as renderer
from bathyscope.figures.color import SURFACES

PNG, SVG, PDF = b"\x89PNG", b"<?xml", b"%PDF"


def visible_texts(figure) -> list[Text]:
    """Texts that are drawn: ticks beyond the ends of an axis are not."""
    hidden: set[int] = set()
    for ax in figure.findobj(Axes):
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = {id(tick.label1) for tick in axis.get_major_ticks()
                     if low <= tick.get_loc() <= high and tick.label1.get_visible()
                     and ax.axison}  # fmt: skip
            ticks = [*axis.majorTicks, *axis.minorTicks]
            hidden |= {id(t) for tick in ticks for t in (tick.label1, tick.label2)} - shown
            hidden.add(id(axis.offsetText))
            if not ax.axison:
                hidden.add(id(axis.label))
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and id(text) not in hidden
    ]


def boxes_of(figure):
    figure.canvas.draw()
    renderer_ = RendererAgg(1, 1, figure.dpi)
    texts = visible_texts(figure)
    boxes = [text.get_window_extent(renderer_) for text in texts]
    return texts, np.array([[b.x0, b.y0, b.x1, b.y1] for b in boxes])


def overlapping(texts, boxes, tolerance=1.5):
    """Pairs of texts whose boxes overlap; slanted ticks lie beside each other, not on them."""
    width = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(
        boxes[:, None, 0], boxes[None, :, 0]
    )
    height = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) - np.maximum(
        boxes[:, None, 1], boxes[None, :, 1]
    )
    found = np.argwhere((width > tolerance) & (height > tolerance))
    return [
        (texts[i].get_text(), texts[j].get_text())
        for i, j in found
        if i < j and not (texts[i].get_rotation() == texts[j].get_rotation() == 45)
    ]


def test_no_texts_overlap_and_none_leaves_the_figure(drawn_sample):
    figure = drawn_sample[0].figure
    texts, boxes = boxes_of(figure)
    assert overlapping(texts, boxes) == []
    width, height = figure.get_size_inches() * figure.dpi
    beyond = (
        (boxes[:, :2] < -1).any(axis=1) | (boxes[:, 2] > width + 1) | (boxes[:, 3] > height + 1)
    )
    assert [text.get_text() for text, out in zip(texts, beyond, strict=True) if out] == []


def test_sizes_are_sensible(drawn_sample):
    width, height = drawn_sample[0].figure.get_size_inches()
    assert 2 < width < 17
    assert 0.4 < height < 24


def test_one_axes_for_one_panel_else_a_list(sample_figure):
    assert isinstance(renderer.draw(sample_figure("line_few_points")), Axes)
    axes = renderer.draw(sample_figure("panels_mixed"))
    assert [type(ax) for ax in axes] == [Axes] * 6


def test_draw_is_shown_by_pyplot():
    ax = renderer.draw(Figure("a", (Panel((Note("b"),)),)))
    assert plt.figure(plt.get_fignums()[-1]) is ax.figure


def test_settings_are_left_as_they_were(sample_figure, tmp_path):
    before = dict(mpl.rcParams)
    renderer.draw(sample_figure("panels_mixed"), theme="dark")
    renderer.save(sample_figure("panels_mixed"), tmp_path / "a.png")
    assert dict(mpl.rcParams) == before


def test_save_needs_no_pyplot_and_leaves_no_figure(tmp_path):
    code = (
        "import sys\n"
        "from bathyscope.figures import Figure, Note, Panel\n"
        "from bathyscope.figures import mpl\n"
        f"mpl.save(Figure('a', (Panel((Note('b'),)),)), {str(tmp_path / 'a.png')!r})\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    assert (tmp_path / "a.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ending", "magic"), [("png", PNG), ("svg", SVG), ("pdf", PDF)])
def test_files_are_what_their_ending_says_and_always_the_same(
    sample_figure, tmp_path, ending, magic, theme
):
    for name in ("panels_chinese", "tiles_boxes", "tokens_hard"):
        first = renderer.save(sample_figure(name), tmp_path / f"a.{ending}", theme=theme)
        again = renderer.save(sample_figure(name), tmp_path / f"b.{ending}", theme=theme)
        assert first.read_bytes().startswith(magic)
        assert first.read_bytes() == again.read_bytes()


def test_dpi_scales_the_picture_not_its_layout(sample_figure, tmp_path):
    sizes = []
    for dpi in (100, 200):
        path = renderer.save(sample_figure("line_few_points"), tmp_path / f"{dpi}.png", dpi=dpi)
        with Image.open(path) as opened:
            sizes.append(np.array(opened.size))
    assert np.abs(sizes[1] - 2 * sizes[0]).max() <= 12


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_the_colour_of_the_theme(sample_figure, tmp_path, theme):
    path = renderer.save(sample_figure("line_few_points"), tmp_path / "a.png", theme=theme)
    with Image.open(path) as opened:
        corner = opened.convert("RGB").getpixel((0, 0))
    assert "#" + bytes(corner).hex() == SURFACES["page"][theme == "dark"]


@pytest.mark.parametrize(
    ("path", "dpi", "message"),
    [("a.jpg", 150, r"\.png, \.svg, \.pdf; got 'a.jpg'"), ("a.png", 0, "`dpi` must be positive")],
)
def test_wrong_files_are_refused(tmp_path, path, dpi, message):
    with pytest.raises(ValueError, match=message):
        renderer.save(Figure("a", (Panel((Note("b"),)),)), tmp_path / path, dpi=dpi)


def test_titles_and_notes_are_in_the_figure(sample_figure, drawn):
    figure = drawn(sample_figure("panels_mixed"))[0].figure
    assert [text.get_text() for text in figure.texts] == [
        "One sample, all we know", "All panels follow one selection.",
    ]  # fmt: skip


def test_panels_of_a_row_line_up(sample_figure, drawn):
    axes = drawn(sample_figure("panels_biases"))
    tops = np.array([ax.get_position().y1 for ax in axes]).reshape(3, 3)
    lefts = np.array([ax.get_position().x0 for ax in axes]).reshape(3, 3)
    assert np.allclose(tops, tops[:, :1])
    assert np.allclose(lefts, lefts[:1])


def test_columns_take_their_widths(sample_figure, drawn):
    small, large = drawn(sample_figure("panels_widths"))
    assert large.get_position().width > 2 * small.get_position().width


def test_long_words_are_wrapped_or_shortened(sample_figure, drawn):
    ax = drawn(sample_figure("panels_long_words"))[0]
    assert "…" in ax.get_xlabel()
    assert ax.get_xlabel().endswith("(m·s⁻²)")
    title = next(text for text in ax.texts if text.get_gid() == "panel title")
    assert title.get_text().count("\n") == 1


def test_special_characters_are_literal(sample_figure, drawn):
    (ax,) = drawn(sample_figure("panels_special_characters"))
    words = [text for text in visible_texts(ax.figure) if "$" in text.get_text()]
    assert len(words) >= 5
    assert not any(text.get_parse_math() for text in words)


def test_category_names_with_dollars_are_literal(drawn):
    axis = Axis("class", scale="category", categories=("$a$", "b_$c$"))
    (ax,) = drawn(Figure("", (Panel((Line([0, 1], [0, 1]),), axis, Axis("y")),)))
    labels = ax.get_xticklabels()
    assert [label.get_text() for label in labels] == ["$a$", "b_$c$"]
    assert not any(label.get_parse_math() for label in labels)


def test_characters_without_a_font_become_boxes(tmp_path):
    figure = Figure("\U0001f9ff \ue000 \x07 深度", (Panel((Note("\U000e0000 🙂"),)),))
    renderer.save(figure, tmp_path / "a.png")


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [(Axis("epoch", integers=True), True), (Axis("x"), False)],
)
def test_ticks_of_whole_numbers_are_whole(drawn, axis, ticks):
    (ax,) = drawn(Figure("", (Panel((Line([1, 2, 3], [1, 2, 3]),), axis, Axis("y")),)))
    assert np.allclose(ax.get_xticks() % 1, 0) == ticks


def test_domains_are_the_ends(drawn):
    (ax,) = drawn(
        Figure("", (Panel((Line([0, 1], [0.2, 0.4]),), Axis("x"), Axis("y", domain=(0, 1))),))
    )
    assert ax.get_ylim() == (0.0, 1.0)


def test_axis_titles_hold_their_units(sample_figure, drawn):
    (ax,) = drawn(sample_figure("line_loss_curves"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "cross-entropy (nats)")


def test_legends_do_not_cover_the_data(drawn_sample):
    for ax in drawn_sample:
        legend = ax.get_legend()
        if legend is not None:
            ax.figure.canvas.draw()
            inside, box = ax.get_window_extent(), legend.get_window_extent()
            assert box.y0 >= inside.y1 - 1 or box.x0 >= inside.x1 - 1


# --- axes that the caller gives ------------------------------------------------------------


def test_given_axes_are_drawn_into(sample_figure):
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5))
    assert renderer.draw(sample_figure("line_few_points"), ax=left) is left
    assert renderer.draw(sample_figure("matrix_ten_classes"), ax=right) is right
    assert len(left.lines) == 2
    assert plt.get_fignums() == [figure.number]


def test_given_axes_are_divided_among_panels(sample_figure):
    figure, ax = plt.subplots(figsize=(10, 8))
    axes = renderer.draw(sample_figure("panels_biases"), ax=ax)
    assert len(axes) == 9
    outer = ax.get_window_extent()
    figure.canvas.draw()
    for inner in axes:
        box = inner.get_window_extent()
        assert outer.x0 <= box.x0 < box.x1 <= outer.x1
        assert outer.y0 <= box.y0 < box.y1 <= outer.y1
    boxes = [inner.get_window_extent() for inner in axes]
    for i, a in enumerate(boxes):
        assert not any(a.overlaps(b) for b in boxes[i + 1 :])


def test_every_sample_can_be_drawn_into_given_axes(sample):
    figure, ax = plt.subplots(figsize=(8, 6), layout="constrained")
    renderer.draw(sample, ax=ax)
    figure.savefig(io.BytesIO(), format="png")

from __future__ import annotations

import itertools

import matplotlib
import numpy as np
import pytest

from bathyscope.figures import ColorScale
from bathyscope.figures.color import (
    CATEGORICAL,
    CATEGORICAL_DARK,
    SURFACES,
    TONES,
    categorical_color,
    color_table,
    tone_color,
)

THEMES = ("light", "dark")
#: G. Machado, M. Oliveira, L. Fernandes (2009), severity 1.0, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip


def linear(color: str) -> np.ndarray:
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2."""
    low, high = sorted(float(linear(c) @ (0.2126, 0.7152, 0.0722)) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """B. Ottosson, "A perceptual color space for image processing" (2020)."""
    cone = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                     [0.2119034982, 0.6806995451, 0.1073969566],
                     [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
    lab = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                    [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
    return lab @ np.cbrt(cone @ np.clip(rgb, 0, 1))


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("index", range(10))
def test_categories_can_be_seen_on_the_page(index, theme):
    page = SURFACES["page"][theme == "dark"]
    assert contrast(categorical_color(index, theme=theme), page) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tone", TONES)
def test_tones_can_be_seen_on_the_page(tone, theme):
    page = SURFACES["page"][theme == "dark"]
    least = 7.0 if tone == "ink" else 3.0
    assert contrast(tone_color(tone, theme=theme), page) >= least


@pytest.mark.parametrize("theme", THEMES)
def test_small_text_reaches_the_contrast_of_text(theme):
    page, subtle = (SURFACES[name][theme == "dark"] for name in ("page", "subtle"))
    assert contrast(subtle, page) >= 4.5


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("palette", [CATEGORICAL, CATEGORICAL_DARK], ids=THEMES)
def test_categories_stay_apart_for_colour_blind_readers(palette, deficiency):
    seen = [oklab(DEFICIENCIES[deficiency] @ linear(color)) for color in palette]
    closest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))
    assert closest >= 0.06  # three times a just noticeable difference of about 0.02


def test_right_and_wrong_stay_apart_for_colour_blind_readers():
    for theme, matrix in itertools.product((0, 1), DEFICIENCIES.values()):
        good, bad = (oklab(matrix @ linear(TONES[tone][theme])) for tone in ("good", "bad"))
        assert np.linalg.norm(good - bad) >= 0.06


def test_sequential_is_viridis():
    ours = color_table("sequential").astype(int)
    theirs = np.rint(matplotlib.colormaps["viridis"](np.arange(256))[:, :3] * 255).astype(int)
    anchors = np.rint(np.linspace(0, 255, 11)).astype(int)
    assert np.abs(ours[anchors] - theirs[anchors]).max() <= 2
    assert np.abs(ours - theirs).max() <= 14  # straight lines between the anchors


def test_signed_light_is_rdbu_reversed():
    ours = color_table("signed").astype(int)
    theirs = np.rint(matplotlib.colormaps["RdBu_r"](np.arange(256))[:, :3] * 255).astype(int)
    anchors = np.rint(np.linspace(0, 255, 11)).astype(int)
    assert np.abs(ours[anchors] - theirs[anchors]).max() <= 4


def test_gray_is_an_even_ramp():
    table = color_table("gray")
    assert np.array_equal(table[:, 0], np.arange(256))
    assert np.array_equal(table, table[:, :1].repeat(3, axis=1))


@pytest.mark.parametrize("kind", ["sequential", "gray"])
def test_lightness_increases_along_the_scale(kind):
    table = color_table(kind) / 255
    lightness = [oklab(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4))[0]
                 for c in table]  # fmt: skip
    assert (np.diff(lightness) > -1e-3).all()  # 8 bits round
    assert (np.diff(lightness[::4]) > 0).all()


@pytest.mark.parametrize("theme", THEMES)
def test_zero_recedes_into_the_page_on_a_signed_scale(theme):
    zero = "#" + bytes(ColorScale("signed", -1, 1).rgb([0.0], theme=theme)[0]).hex()
    assert contrast(zero, SURFACES["page"][theme == "dark"]) < 1.25


def test_signed_scale_is_centred_on_zero():
    scale = ColorScale.fit([-1.0, 3.0], kind="signed")
    assert (scale.low, scale.high) == (-3.0, 3.0)
    assert scale.fractions([0.0])[0] == 0.5


def test_signed_scale_off_centre_is_refused():
    with pytest.raises(ValueError, match=r"centred on zero .* low=-1, high=2"):
        ColorScale("signed", -1, 2)


@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 1.0), (0.0, np.inf), (np.nan, 1.0)])
def test_scale_without_extent_is_refused(ends):
    with pytest.raises(ValueError, match=r"low < high.*`ColorScale.fit`"):
        ColorScale("sequential", *ends)


@pytest.mark.parametrize("values", [[], [np.nan, np.inf], [5.0, 5.0], [0, 0]])
@pytest.mark.parametrize("kind", ["sequential", "signed", "gray"])
def test_fit_survives_empty_constant_and_non_finite_values(values, kind):
    scale = ColorScale.fit(values, kind=kind)
    assert scale.low < scale.high


def test_fit_ignores_what_is_not_finite():
    scale = ColorScale.fit([np.nan, 1.0, np.inf, 4.0, -np.inf])
    assert (scale.low, scale.high) == (1.0, 4.0)


def test_values_beyond_the_ends_take_the_colours_of_the_ends():
    scale = ColorScale("sequential", 0, 1)
    table = color_table("sequential")
    rgb = scale.rgb([-5.0, 0.0, 1.0, 9.0, np.inf, -np.inf])
    assert np.array_equal(rgb, table[[0, 0, 255, 255, 255, 0]])


def test_nan_is_neutral_grey():
    assert ColorScale().rgb([[np.nan]]).tolist() == [[[128, 128, 128]]]


def test_categories_repeat_after_ten():
    assert categorical_color(13) == categorical_color(3)


def test_unknown_tone_names_the_known_ones():
    with pytest.raises(ValueError, match=r"`tone` must be .*ink, muted.*'loud'"):
        tone_color("loud")

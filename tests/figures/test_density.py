from __future__ import annotations

import numpy as np

from bathyscope.figures import Categories, ColorScale, Continuous, Points
from bathyscope.figures.color import categorical_color
from bathyscope.figures.density import density
from bathyscope.figures.extent import Limits

UNIT = Limits(0.0, 1.0)


def rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def test_pixels_hold_exactly_the_counts_of_a_histogram():
    rng = np.random.default_rng(0)
    x, y = rng.random(5000), rng.random(5000)
    pixels = density(Points(x, y), UNIT, UNIT, (8, 10))
    counts = np.histogram2d(y, x, bins=(8, 10), range=((0, 1), (0, 1)))[0][::-1]
    opacity = 255 * (0.25 + 0.75 * np.log1p(counts) / np.log1p(counts.max()))
    assert np.array_equal(pixels[..., 3], np.rint(opacity))


def test_a_single_point_is_seen_beside_a_crowd():
    x = np.concatenate([np.full(100_000, 0.05), [0.95]])
    pixels = density(Points(x, np.full(len(x), 0.5)), UNIT, UNIT, (1, 10))
    assert pixels[0, 9, 3] >= 63
    assert pixels[0, 0, 3] == 255
    assert pixels[0, 5, 3] == 0


def test_a_pixel_of_two_classes_is_their_mean():
    color = Categories(np.array([0, 1]), ("a", "b"))
    pixels = density(Points([0.5, 0.5], [0.5, 0.5], color=color), UNIT, UNIT, (1, 1))
    mean = (np.array(rgb(categorical_color(0))) + rgb(categorical_color(1))) / 2
    assert np.abs(pixels[0, 0, :3] - mean).max() <= 0.5


def test_numbers_take_the_colours_of_their_scale():
    scale = ColorScale("sequential", 0, 1)
    mark = Points([0.1, 0.9], [0.5, 0.5], color=Continuous([0.0, 1.0], scale))
    pixels = density(mark, UNIT, UNIT, (1, 2))
    assert np.array_equal(pixels[0, :, :3], scale.rgb([0.0, 1.0]))


def test_points_off_the_axes_and_nan_are_left_out():
    pixels = density(Points([2.0, np.nan, 0.5], [0.5, 0.5, np.inf]), UNIT, UNIT, (2, 2))
    assert pixels[..., 3].max() == 0


def test_log_axes_bin_by_logarithm():
    pixels = density(
        Points([1.0, 10.0, 100.0], [0.5] * 3), Limits(0.5, 200.0, log=True), UNIT, (1, 3)
    )
    assert (pixels[0, :, 3] > 0).all()

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from bathyscope.figures import ColorScale, Heat, Tiles
from bathyscope.figures.png import data_uri, png
from bathyscope.figures.raster import enlarged, heat_opacity, tile_pixels


@pytest.mark.parametrize("channels", [3, 4])
def test_png_is_read_back_by_pillow(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, channels), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)


def test_data_uri_holds_the_png():
    pixels = np.zeros((2, 2, 3), dtype=np.uint8)
    kind, content = data_uri(pixels).split(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == png(pixels)


def test_numbers_are_coloured_by_the_scale():
    images = np.linspace(-1, 1, 8).reshape(2, 2, 2)
    scale = ColorScale("signed", -1, 1)
    assert np.array_equal(tile_pixels(Tiles(images, scale)), scale.rgb(images))


def test_rgb_passes_unchanged_as_bytes_and_scaled_as_floats():
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 3, 3), dtype=np.uint8)
    assert np.array_equal(tile_pixels(Tiles(images)), images)
    assert np.array_equal(tile_pixels(Tiles(images / 255.0)), images)


def test_signed_heat_is_transparent_at_zero_and_nan():
    heat = Heat(np.array([[[0.0, np.nan, 2.0, -1.0]]]), ColorScale("signed", -2, 2), opacity=0.5)
    assert heat_opacity(heat, heat.values[0]).tolist() == [[0.0, 0.0, 0.5, 0.25]]


def test_heat_is_blended_by_its_opacity():
    scale = ColorScale("sequential", 0, 1)
    tiles = Tiles(np.full((1, 2, 2, 3), 100, dtype=np.uint8),
                  overlays=(Heat(np.ones((1, 2, 2)), scale, 0.5),))  # fmt: skip
    expected = (100 + scale.rgb([1.0])[0].astype(float)) / 2
    assert np.abs(tile_pixels(tiles)[0, 0, 0] - expected).max() <= 0.5


def test_enlarging_is_exact_for_the_same_size_and_keeps_ramps():
    values = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(enlarged(values, (2, 3)), values)
    ramp = enlarged(np.arange(4.0)[None], (1, 400))[0]
    assert (np.diff(ramp) >= 0).all()
    assert (ramp[0], ramp[-1]) == (0.0, 3.0)

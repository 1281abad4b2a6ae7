"""Images of tiles as pixels, with their heat blended in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.color import Theme
from bathyscope.figures.marks import Heat, Tiles


def heat_opacity(heat: Heat, values: NDArray[Any]) -> NDArray[np.float64]:
    """Opacity of each value: a signed scale is transparent at zero, and NaN everywhere.

    Returns
    -------
    array of float, of the shape of ``values``
    """
    strength = np.ones(values.shape)
    if heat.color.kind == "signed":
        strength = np.clip(np.abs(values) / heat.color.high, 0.0, 1.0)
    return heat.opacity * np.where(np.isnan(values), 0.0, strength)


def tile_pixels(mark: Tiles, *, theme: Theme = "light") -> NDArray[np.uint8]:
    """Colour the images and blend the heat over them.

    Returns
    -------
    array of uint8, shape (n, height, width, 3)
    """
    pixels = _plain_pixels(mark, theme)
    for overlay in mark.overlays:
        if isinstance(overlay, Heat):
            pixels = _blended(pixels, overlay, theme)
    return pixels


def _plain_pixels(mark: Tiles, theme: Theme) -> NDArray[np.uint8]:
    if mark.images.ndim == 3:
        assert mark.color is not None
        return mark.color.rgb(mark.images, theme=theme)
    if mark.images.dtype.kind == "f":
        shown = np.clip(np.nan_to_num(mark.images, nan=0.5), 0.0, 1.0)
        return np.rint(shown * 255).astype(np.uint8)
    return np.clip(mark.images, 0, 255).astype(np.uint8)


def _blended(pixels: NDArray[np.uint8], heat: Heat, theme: Theme) -> NDArray[np.uint8]:
    if not len(pixels):
        return pixels
    values = np.stack([enlarged(one, pixels.shape[1:3]) for one in heat.values])
    opacity = heat_opacity(heat, values)[..., None]
    colors = heat.color.rgb(values, theme=theme)
    return np.rint(pixels * (1 - opacity) + colors * opacity).astype(np.uint8)


def enlarged(values: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Resize by linear interpolation between the centres of the cells."""
    rows = _weights(values.shape[0], shape[0])
    columns = _weights(values.shape[1], shape[1])
    return rows @ values.astype(np.float64) @ columns.T


def _weights(n: int, wanted: int) -> NDArray[np.float64]:
    at = np.clip((np.arange(wanted) + 0.5) * n / wanted - 0.5, 0, n - 1)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, n - 1)
    weights = np.zeros((wanted, n))
    weights[np.arange(wanted), low] += 1 - (at - low)
    weights[np.arange(wanted), high] += at - low
    return weights

"""A great many points as one picture: where they are, and which kind prevails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.color import Theme, categorical_color, tone_color
from bathyscope.figures.extent import Limits
from bathyscope.figures.marks import Categories, Continuous, Points

#: More points than this are drawn as a density.
DENSE = 200_000
#: Opacity of a pixel that holds a single point.
FAINTEST = 0.25


def opacity(n: int) -> float:
    """Opacity of one of n points that are drawn one by one."""
    return 0.9 if n <= 500 else 0.75 if n <= 5_000 else 0.5


def density(
    mark: Points, x: Limits, y: Limits, shape: tuple[int, int], *, theme: Theme = "light"
) -> NDArray[np.uint8]:
    """Count points per pixel: opacity grows with the logarithm of the count.

    A pixel's colour is the mean of the colours of its points, so that no class hides another.

    Returns
    -------
    array of uint8, shape (height, width, 4)
        RGBA, the top row first.
    """
    rows, columns, inside = _pixels(mark, x, y, shape)
    flat = rows * shape[1] + columns
    counts = np.bincount(flat, minlength=shape[0] * shape[1]).astype(np.float64)
    colors = _colors(mark, inside, theme)
    pixels = np.zeros((shape[0] * shape[1], 4))
    for channel in range(3):
        sums = np.bincount(flat, weights=colors[:, channel], minlength=len(counts))
        pixels[:, channel] = sums / np.maximum(counts, 1)
    busiest = np.log1p(counts.max()) if counts.size else 1.0
    opacity = FAINTEST + (1 - FAINTEST) * np.log1p(counts) / max(busiest, 1e-9)
    pixels[:, 3] = np.where(counts > 0, opacity * 255, 0)
    return np.rint(pixels).astype(np.uint8).reshape(*shape, 4)


def _pixels(
    mark: Points, x: Limits, y: Limits, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    across, up = x.fractions(mark.x), y.fractions(mark.y)
    up = up if y.reversed else 1.0 - up
    with np.errstate(invalid="ignore"):
        inside = (across >= 0) & (across <= 1) & (up >= 0) & (up <= 1)
    columns = np.minimum((across[inside] * shape[1]).astype(np.int64), shape[1] - 1)
    rows = np.minimum((up[inside] * shape[0]).astype(np.int64), shape[0] - 1)
    return rows, columns, inside


def _colors(mark: Points, inside: NDArray[np.bool_], theme: Theme) -> NDArray[np.float64]:
    if isinstance(mark.color, Continuous):
        return mark.color.scale.rgb(mark.color.values[inside], theme=theme).astype(np.float64)
    if isinstance(mark.color, Categories):
        names = [categorical_color(i, theme=theme) for i in range(len(mark.color.names))]
        table = np.array([_rgb(name) for name in [*names, tone_color("muted", theme=theme)]])
        return table[mark.color.codes[inside]]
    return np.tile(_rgb(tone_color(mark.tone, theme=theme)), (int(inside.sum()), 1))


def _rgb(color: str) -> NDArray[np.float64]:
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)


def density_remark(mark: Points) -> str:
    """Say that a scatter is drawn as a density."""
    return (
        f"{len(mark.x):,} points, drawn as their density: opacity grows with the logarithm of the "
        "count in a pixel, and its colour is the mean of its points'."
    )

"""Scatter plots; a great many points are drawn as a density."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.lines import Line2D

from bathyscope.figures.density import DENSE, density, density_remark, opacity
from bathyscope.figures.marks import Categories, Continuous, Points, Points3D
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.line import draw_off_scale
from bathyscope.figures.mpl.theme import norm

#: More points than this are stored as pixels in vector files.
RASTERIZED = 5_000


def draw(mark: Points, canvas: Canvas) -> None:
    """Draw points one by one, or their density."""
    if len(mark.x) > DENSE:
        _draw_density(mark, canvas)
    else:
        _draw_points(mark, canvas)
    explain(mark, canvas)
    draw_off_scale(canvas, mark.x, mark.y, canvas.style.tone(mark.tone))


def _draw_points(mark: Points, canvas: Canvas) -> None:
    options: dict[str, Any] = {"color": colors(mark, canvas)}
    if isinstance(mark.color, Continuous):
        scale = mark.color.scale
        options = {
            "c": mark.color.values,
            "cmap": canvas.style.colormap(scale.kind),
            "norm": norm(scale),
            "plotnonfinite": True,
        }
    canvas.ax.scatter(
        mark.x,
        mark.y,
        s=mark.size**2,
        linewidths=0,
        alpha=opacity(len(mark.x)),
        rasterized=len(mark.x) > RASTERIZED,
        zorder=3,
        **options,
    )


def colors(mark: Points | Points3D, canvas: Canvas) -> Any:
    """Give one colour per point by its class, or one for all."""
    if isinstance(mark.color, Categories):
        table = [canvas.style.category(i) for i in range(len(mark.color.names))]
        table.append(canvas.style.tone("muted"))  # code -1: no class
        return [table[code] for code in mark.color.codes]
    return canvas.style.tone(mark.tone)


def _draw_density(mark: Points, canvas: Canvas) -> None:
    pixels = density(
        mark, canvas.x, canvas.y, (round(canvas.height * 100), round(canvas.width * 100)),
        theme=canvas.style.theme,
    )  # fmt: skip
    canvas.ax.imshow(
        pixels,
        extent=(0, 1, 0, 1),
        transform=canvas.ax.transAxes,
        origin="upper",
        aspect="auto",
        interpolation="nearest",
        zorder=3,
    )
    canvas.remarks.append(density_remark(mark))


def explain(mark: Points | Points3D, canvas: Canvas) -> None:
    """Enter the colours into the legend, or ask for a colour bar."""
    if isinstance(mark.color, Continuous):
        canvas.key(mark.color.scale)
    elif isinstance(mark.color, Categories):
        canvas.legend_title = mark.color.label
        codes = np.unique(mark.color.codes)
        for index in [*codes[codes >= 0], *codes[codes < 0]]:
            name = mark.color.names[index] if index >= 0 else "no class"
            color = canvas.style.category(int(index)) if index >= 0 else None
            canvas.enter(name, _dot(color or canvas.style.tone("muted")))
    else:
        canvas.enter(mark.label, _dot(canvas.style.tone(mark.tone)))


def _dot(color: str) -> Line2D:
    return Line2D([], [], linestyle="none", marker="o", markersize=5, color=color, mew=0)

"""Images side by side, with captions, frames, heat and boxes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from bathyscope.figures.marks import Boxes, Heat, Tiles
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import norm
from bathyscope.figures.sizing import TileGrid, tile_grid

CAPTION = 7.5
SIGNS = {"right": "✓", "wrong": "✗"}
TONES = {"right": "good", "wrong": "bad"}


def grid(mark: Tiles, columns: int) -> TileGrid:
    """Lay out the tiles in a figure of so many columns."""
    return tile_grid(mark, columns, caption_line=text.line_height(CAPTION))


def size(mark: Tiles, columns: int) -> tuple[float, float]:
    """Width and height in inches."""
    found = grid(mark, columns)
    return found.width, found.height


def draw(mark: Tiles, canvas: Canvas) -> None:
    """Draw in units of inches, so that a tile keeps its shape."""
    layout = grid(mark, canvas.columns)
    canvas.ax.set_axis_off()
    canvas.ax.set_xlim(0.0, layout.width)
    canvas.ax.set_ylim(layout.height, 0.0)
    canvas.ax.set_aspect("equal", anchor="NW")
    scale = layout.width / max(canvas.width, layout.width) if canvas.width else 1.0
    del scale
    for index in range(len(mark.images)):
        _draw_image(mark, canvas, layout, index)
    for overlay in mark.overlays:
        if isinstance(overlay, Heat):
            _draw_heat(overlay, canvas, layout)
        else:
            _draw_boxes(overlay, mark, canvas, layout)
    _draw_verdicts(mark, canvas, layout)
    _draw_captions(mark, canvas, layout)
    if mark.images.ndim == 3 and mark.color is not None:
        canvas.key(mark.color)


def _extent(layout: TileGrid, index: int) -> tuple[float, float, float, float]:
    left, top = layout.corner(index)
    return (left, left + layout.tile_width, top + layout.tile_height, top)


def _draw_image(mark: Tiles, canvas: Canvas, layout: TileGrid, index: int) -> None:
    options: dict[str, Any] = {}
    if mark.images.ndim == 3 and mark.color is not None:
        options = {"cmap": canvas.style.colormap(mark.color.kind), "norm": norm(mark.color)}
    image = AxesImage(canvas.ax, extent=_extent(layout, index), origin="upper", **options)
    values = mark.images[index]
    if values.ndim == 3 and values.dtype.kind == "f":
        values = np.clip(np.nan_to_num(values, nan=0.5), 0.0, 1.0)
    image.set_data(np.ma.masked_invalid(values) if values.ndim == 2 else values)
    canvas.ax.add_image(image)


def _draw_heat(heat: Heat, canvas: Canvas, layout: TileGrid) -> None:
    for index, values in enumerate(heat.values):
        image = AxesImage(
            canvas.ax,
            extent=_extent(layout, index),
            origin="upper",
            cmap=canvas.style.colormap(heat.color.kind),
            norm=norm(heat.color),
            interpolation="bilinear",
            alpha=heat.opacity,
        )
        image.set_data(np.ma.masked_invalid(values))
        canvas.ax.add_image(image)
    canvas.key(heat.color)


def _draw_boxes(boxes: Boxes, mark: Tiles, canvas: Canvas, layout: TileGrid) -> None:
    inches = layout.tile_width / mark.images.shape[2]
    for tile, corners, label, tone in zip(
        boxes.tile, boxes.corners, boxes.labels, boxes.tones, strict=True
    ):
        left, top = layout.corner(int(tile))
        x0, y0, x1, y1 = corners * inches
        color = canvas.style.tone(tone)
        canvas.ax.add_patch(
            Rectangle((left + x0, top + y0), x1 - x0, y1 - y0, fill=False, ec=color, lw=1.5)
        )
        room = max(left + layout.tile_width - (left + x0), 0.3)
        canvas.ax.annotate(
            text.fitted(label, room, CAPTION),
            (left + x0, top + y0),
            (1.5, -1.5),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=CAPTION,
            color=canvas.style.text_on(_rgb(color)),
            bbox={"facecolor": color, "edgecolor": "none", "pad": 1.0},
        )


def _rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def _draw_verdicts(mark: Tiles, canvas: Canvas, layout: TileGrid) -> None:
    for index, verdict in enumerate(mark.verdicts or ()):
        if verdict:
            left, top = layout.corner(index)
            color = canvas.style.tone(TONES[verdict])
            canvas.ax.add_patch(
                Rectangle((left, top), layout.tile_width, layout.tile_height, fill=False,
                          ec=color, lw=1.6, clip_on=False, gid=f"verdict {verdict}")
            )  # fmt: skip


def _draw_captions(mark: Tiles, canvas: Canvas, layout: TileGrid) -> None:
    captions = mark.captions or ("",) * len(mark.images)
    verdicts = mark.verdicts or ("",) * len(mark.images)
    for index, (caption, verdict) in enumerate(zip(captions, verdicts, strict=True)):
        left, top = layout.corner(index)
        bottom = top + layout.tile_height + 0.02
        indent = 0.0
        if verdict:
            sign_top = bottom if mark.captions is not None else top + layout.tile_height - 0.16
            canvas.ax.text(
                left, sign_top, SIGNS[verdict], va="top", ha="left", fontsize=CAPTION + 1,
                fontweight="bold", color=canvas.style.tone(TONES[verdict]),
            )  # fmt: skip
            indent = 0.13
        room = layout.tile_width + layout.gap * 0.6
        for number, line in enumerate(caption.split("\n")[:4] if caption else ()):
            shift = indent if number == 0 else 0.0
            canvas.ax.text(
                left + shift,
                bottom + number * text.line_height(CAPTION),
                text.fitted(line, room - shift, CAPTION),
                va="top",
                ha="left",
                fontsize=CAPTION,
                color=canvas.style.ink if number == 0 else canvas.style.subtle,
            )

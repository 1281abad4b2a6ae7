"""Images side by side, with captions, frames, heat and boxes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from bathyscope.figures.marks import Boxes, Heat, Tiles
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import norm
from bathyscope.figures.raster import heat_opacity
from bathyscope.figures.sizing import Room, TileGrid, tile_grid

CAPTION = 7.5
MOST_LINES, CAPTION_GAP, SIGN_WIDTH = 4, 0.05, 0.13
SIGNS = {"right": "✓", "wrong": "✗"}
TONES = {"right": "good", "wrong": "bad"}


def grid(mark: Tiles, room: Room) -> TileGrid:
    """Lay out the tiles, with room for the longest caption."""
    found = _grid(mark, room, None)
    while found.height > room.height and found.columns < found.n:
        found = _grid(mark, room, found.columns + 1)
    return found


def _grid(mark: Tiles, room: Room, across: int | None) -> TileGrid:
    found = tile_grid(mark, room.width, across=across)
    lines = max((len(caption) for caption in _captions(mark, found)), default=0)
    height = lines * text.line_height(CAPTION) + CAPTION_GAP if lines else 0.0
    return replace(found, caption_height=height)


def _captions(mark: Tiles, layout: TileGrid) -> list[list[str]]:
    """Break the captions into lines as wide as a tile."""
    room = layout.tile_width + layout.gap * 0.5
    return [
        [
            line
            for number, part in enumerate(caption.split("\n"))
            for line in _caption_lines(part, room, signed=mark.verdicts is not None and not number)
        ][:MOST_LINES]
        for caption in mark.captions or ()
    ]


def _caption_lines(part: str, room: float, *, signed: bool) -> list[str]:
    room = room - SIGN_WIDTH if signed else room
    return text.wrapped(part, max(room, 0.2), CAPTION, max_lines=2)


def size(mark: Tiles, room: Room) -> tuple[float, float]:
    """Width and height in inches."""
    found = grid(mark, room)
    return found.width, found.height


def draw(mark: Tiles, canvas: Canvas) -> None:
    """Draw in units of inches, so that a tile keeps its shape."""
    layout = grid(mark, canvas.room)
    canvas.free()
    for index in range(len(mark.images)):
        _draw_image(mark, canvas, layout, index)
    for overlay in mark.overlays:
        if isinstance(overlay, Heat):
            _draw_heat(overlay, canvas, layout)
        else:
            _draw_boxes(overlay, mark, canvas, layout)
    _draw_verdicts(mark, canvas, layout)
    _draw_captions(mark, canvas, layout)
    if mark.images.ndim == 3 and mark.color is not None and mark.color.label:
        canvas.key(mark.color)


def _extent(layout: TileGrid, index: int) -> tuple[float, float, float, float]:
    left, top = layout.corner(index)
    return (left, left + layout.tile_width, top + layout.tile_height, top)


def _draw_image(mark: Tiles, canvas: Canvas, layout: TileGrid, index: int) -> None:
    options: dict[str, Any] = {}
    if mark.images.ndim == 3 and mark.color is not None:
        options = {"cmap": canvas.style.colormap(mark.color.kind), "norm": norm(mark.color)}
    image = AxesImage(
        canvas.ax,
        extent=_extent(layout, index),
        origin="upper",
        interpolation=_interpolation(mark, layout),
        **options,
    )
    values = mark.images[index]
    if values.ndim == 3 and values.dtype.kind == "f":
        values = np.clip(np.nan_to_num(values, nan=0.5), 0.0, 1.0)
    image.set_data(np.ma.masked_invalid(values) if values.ndim == 2 else values)
    canvas.ax.add_image(image)


def _interpolation(mark: Tiles, layout: TileGrid) -> str:
    """Pixels keep sharp borders unless the tile has fewer pixels than its image."""
    return "nearest" if mark.images.shape[2] <= layout.tile_width * 100 else "antialiased"


def _draw_heat(heat: Heat, canvas: Canvas, layout: TileGrid) -> None:
    for index, values in enumerate(heat.values):
        image = AxesImage(
            canvas.ax,
            extent=_extent(layout, index),
            origin="upper",
            cmap=canvas.style.colormap(heat.color.kind),
            norm=norm(heat.color),
            interpolation="bilinear",
            alpha=heat_opacity(heat, values),
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
            if mark.captions is not None:
                _sign_caption(canvas, layout, index, verdict)
            else:
                _sign_image(canvas, layout, index, verdict)


def _sign_caption(canvas: Canvas, layout: TileGrid, index: int, verdict: str) -> None:
    color = canvas.style.tone(TONES[verdict])
    left, top = layout.corner(index)
    middle = top + layout.tile_height + CAPTION_GAP + text.line_height(CAPTION) / 2
    canvas.ax.text(left, middle, SIGNS[verdict], va="center_baseline", ha="left",
                   fontsize=CAPTION + 0.5, fontweight="bold", color=color)  # fmt: skip


def _sign_image(canvas: Canvas, layout: TileGrid, index: int, verdict: str) -> None:
    """Put the sign on a ground of its own colour: it must be seen on any image."""
    color = canvas.style.tone(TONES[verdict])
    left, top = layout.corner(index)
    canvas.ax.annotate(
        SIGNS[verdict],
        (left + layout.tile_width, top + layout.tile_height),
        (-3, 3),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=CAPTION,
        fontweight="bold",
        color=canvas.style.text_on(_rgb(color)),
        bbox={"facecolor": color, "edgecolor": "none", "pad": 1.5},
    )


def _draw_captions(mark: Tiles, canvas: Canvas, layout: TileGrid) -> None:
    for index, lines in enumerate(_captions(mark, layout)):
        left, top = layout.corner(index)
        bottom = top + layout.tile_height + CAPTION_GAP
        verdict = mark.verdicts[index] if mark.verdicts else ""
        for number, line in enumerate(lines):
            shift = SIGN_WIDTH if verdict and number == 0 else 0.0
            canvas.ax.text(
                left + shift,
                bottom + (number + 0.5) * text.line_height(CAPTION),
                line,
                va="center_baseline",
                ha="left",
                fontsize=CAPTION,
                color=canvas.style.ink if number == 0 else canvas.style.subtle,
            )

"""Images side by side, with captions, frames, heat and boxes.

All tiles are one picture, so that five hundred of them are as fast as one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.marks import Boxes, Heat, Tiles
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, linked
from bathyscope.figures.plotly.theme import PIXELS_PER_INCH, SMALL
from bathyscope.figures.png import data_uri
from bathyscope.figures.raster import tile_pixels
from bathyscope.figures.sizing import Room, TileGrid, tile_grid

CAPTION = SMALL - 0.5
MOST_LINES, CAPTION_GAP, SIGN_WIDTH = 4, 6.0, 13.0
SIGNS = {"right": "✓", "wrong": "✗"}
TONES = {"right": "good", "wrong": "bad"}


def grid(mark: Tiles, room: Room) -> TileGrid:
    """Lay out the tiles in pixels, with room for the longest caption."""
    inches = tile_grid(mark, room.width)
    found = replace(
        inches,
        tile_width=float(round(inches.tile_width * PIXELS_PER_INCH)),
        tile_height=float(round(inches.tile_height * PIXELS_PER_INCH)),
        gap=float(round(inches.gap * PIXELS_PER_INCH)),
    )
    lines = max((len(caption) for caption in _captions(mark, found)), default=0)
    return replace(found, caption_height=lines * CAPTION * 1.3 + CAPTION_GAP if lines else 0.0)


def size(mark: Tiles, room: Room) -> tuple[float, float]:
    """Width and height in pixels."""
    found = grid(mark, room)
    return found.width, found.height


def _captions(mark: Tiles, layout: TileGrid) -> list[list[str]]:
    room = layout.tile_width + layout.gap * 0.5
    return [
        [
            line
            for number, part in enumerate(caption.split("\n"))
            for line in text.wrapped(
                part,
                room - (SIGN_WIDTH if mark.verdicts is not None and not number else 0.0),
                CAPTION,
                max_lines=2,
            )
        ][:MOST_LINES]
        for caption in mark.captions or ()
    ]


def draw(mark: Tiles, canvas: Canvas) -> None:
    """Draw the picture, then what lies on it and below it."""
    layout = grid(mark, canvas.room)
    if len(mark.images):
        _draw_picture(mark, canvas, layout)
    for overlay in mark.overlays:
        if isinstance(overlay, Boxes):
            _draw_boxes(overlay, mark, canvas, layout)
        else:
            _explain_heat(overlay, canvas)
    _draw_verdicts(mark, canvas, layout)
    _draw_captions(mark, canvas, layout)
    _draw_hover(mark, canvas, layout)
    if mark.images.ndim == 3 and mark.color is not None and mark.color.label:
        canvas.show_color_bar(mark.color)


def _explain_heat(heat: Heat, canvas: Canvas) -> None:
    canvas.show_color_bar(heat.color)


def _draw_picture(mark: Tiles, canvas: Canvas, layout: TileGrid) -> None:
    pixels = composed(tile_pixels(mark, theme=canvas.style.theme), layout)
    canvas.images.append(
        {**canvas.refs, "source": data_uri(pixels), "x": 0, "y": 0, "sizex": layout.width,
         "sizey": layout.height, "sizing": "stretch", "layer": "below", "xanchor": "left",
         "yanchor": "top"}
    )  # fmt: skip


def composed(pixels: NDArray[np.uint8], layout: TileGrid) -> NDArray[np.uint8]:
    """Put the images on one transparent picture, at twice the resolution of the screen."""
    scale = 2.0
    height, width = round(layout.height * scale), round(layout.width * scale)
    picture = np.zeros((height, width, 4), dtype=np.uint8)
    rows = _nearest(pixels.shape[1], round(layout.tile_height * scale))
    columns = _nearest(pixels.shape[2], round(layout.tile_width * scale))
    for index, image in enumerate(pixels):
        left, top = (round(place * scale) for place in layout.corner(index))
        tile = picture[top : top + len(rows), left : left + len(columns)]
        tile[..., :3] = image[rows][:, columns][: tile.shape[0], : tile.shape[1]]
        tile[..., 3] = 255
    return picture


def _nearest(n: int, wanted: int) -> NDArray[np.intp]:
    return np.minimum(((np.arange(wanted) + 0.5) * n / wanted).astype(np.intp), n - 1)


def _draw_boxes(boxes: Boxes, mark: Tiles, canvas: Canvas, layout: TileGrid) -> None:
    scale = layout.tile_width / mark.images.shape[2]
    for tile, corners, label, tone in zip(
        boxes.tile.tolist(), boxes.corners * scale, boxes.labels, boxes.tones, strict=True
    ):
        left, top = layout.corner(tile)
        x0, y0, x1, y1 = (float(corner) for corner in corners)
        color = canvas.style.tone(tone)
        canvas.shapes.append(
            {**canvas.refs, "type": "rect", "x0": left + x0, "x1": left + x1, "y0": top + y0,
             "y1": top + y1, "line": {"color": color, "width": 2}}
        )  # fmt: skip
        room = max(layout.tile_width - x0 - 4, 28)
        canvas.annotations.append(
            {**canvas.refs, "x": left + x0, "y": top + y0, "xanchor": "left", "yanchor": "top",
             "showarrow": False, "text": text.fitted(label, room, CAPTION), "bgcolor": color,
             "borderpad": 2, "font": canvas.style.font(CAPTION, canvas.style.text_on(_rgb(color)))}
        )  # fmt: skip


def _rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def _draw_verdicts(mark: Tiles, canvas: Canvas, layout: TileGrid) -> None:
    for verdict in ("right", "wrong"):
        members = [i for i, given in enumerate(mark.verdicts or ()) if given == verdict]
        if members:
            _draw_frames(members, verdict, canvas, layout)
            _draw_signs(members, verdict, canvas, layout, below=mark.captions is not None)


def _draw_frames(members: list[int], verdict: str, canvas: Canvas, layout: TileGrid) -> None:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for index in members:
        left, top = layout.corner(index)
        right, bottom = left + layout.tile_width, top + layout.tile_height
        xs += [left, right, right, left, left, None]
        ys += [top, top, bottom, bottom, top, None]
    canvas.add(
        {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "name": verdict,
         "line": {"color": canvas.style.tone(TONES[verdict]), "width": 2}, "hoverinfo": "skip",
         "cliponaxis": False}
    )  # fmt: skip


def _draw_signs(
    members: list[int], verdict: str, canvas: Canvas, layout: TileGrid, *, below: bool
) -> None:
    color = canvas.style.tone(TONES[verdict])
    for index in () if below else members:
        left, top = layout.corner(index)
        canvas.annotations.append(
            {**canvas.refs, "x": left + layout.tile_width, "y": top + layout.tile_height,
             "xanchor": "right", "yanchor": "bottom", "showarrow": False, "bgcolor": color,
             "text": SIGNS[verdict], "borderpad": 2,
             "font": canvas.style.font(CAPTION, canvas.style.text_on(_rgb(color)), bold=True)}
        )  # fmt: skip
    if below:
        corners = [layout.corner(index) for index in members]
        canvas.add(
            {"type": "scatter", "mode": "text", "hoverinfo": "skip", "cliponaxis": False,
             "x": [left for left, _ in corners], "textposition": "bottom right",
             "y": [top + layout.tile_height + CAPTION_GAP - 1 for _, top in corners],
             "text": [SIGNS[verdict]] * len(members),
             "textfont": canvas.style.font(CAPTION + 1, color, bold=True)}
        )  # fmt: skip


def _draw_captions(mark: Tiles, canvas: Canvas, layout: TileGrid) -> None:
    first: list[tuple[float, float, str]] = []
    others: list[tuple[float, float, str]] = []
    for index, lines in enumerate(_captions(mark, layout)):
        left, top = layout.corner(index)
        signed = bool(mark.verdicts and mark.verdicts[index])
        y = top + layout.tile_height + CAPTION_GAP - 1
        for number, line in enumerate(lines):
            shift = SIGN_WIDTH if signed and number == 0 else 0.0
            into = others if number else first
            into.append((left + shift, y + number * CAPTION * 1.3, line))
    for places, color in ((first, canvas.style.ink), (others, canvas.style.subtle)):
        if places:
            canvas.add(
                {"type": "scatter", "mode": "text", "hoverinfo": "skip", "cliponaxis": False,
                 "x": [x for x, _, _ in places], "y": [y for _, y, _ in places],
                 "text": [line for _, _, line in places], "textposition": "bottom right",
                 "textfont": canvas.style.font(CAPTION, color)}
            )  # fmt: skip


def _draw_hover(mark: Tiles, canvas: Canvas, layout: TileGrid) -> None:
    """Lay an unseen square over each tile, which can be pointed at and carries its id."""
    n = len(mark.images)
    corners = [layout.corner(index) for index in range(n)]
    words: Any = [text.literal(caption) for caption in mark.captions or ()]
    canvas.add(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [left + layout.tile_width / 2 for left, _ in corners],
            "y": [top + layout.tile_height / 2 for _, top in corners],
            "marker": {
                "symbol": "square",
                "size": min(layout.tile_width, layout.tile_height),
                "color": "rgba(0,0,0,0)",
                "line": {"width": 0},
            },
            "text": words or [f"tile {index}" for index in range(n)],
            "hovertemplate": "%{text}<extra></extra>",
            "name": text.literal(mark.label or "tiles"),
            **linked(mark.ids, n),
        }
    )

"""Scatters in space, seen from one side: what is nearer is larger and stronger."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.density import opacity
from bathyscope.figures.marks import Continuous, Points3D
from bathyscope.figures.mpl import points, text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import HAIRLINE, SMALL, norm
from bathyscope.figures.sizing import Room
from bathyscope.figures.ticks import tick_labels
from bathyscope.figures.turning import (
    CORNERS,
    EDGES,
    Box,
    axis_edges,
    box_of,
    hidden_corner,
    placed,
    remarks,
    turned,
    turning,
)

MOST_WIDTH, RATIO = 5.6, 0.8
#: Room around the box for the names of its axes, in inches.
AROUND = 0.42
#: Diameter and opacity of the farthest points as shares of those of the nearest.
FAR_SIZE, FAR_OPACITY = 0.6, 0.4
NUMBER_GAP = 0.11
#: Numbers stand so far from the ends of an axis, and only at axes longer than so many inches.
INSET, LEAST_LENGTH = 0.08, 0.5
UPWARDS = 2


def size(mark: Points3D, room: Room) -> tuple[float, float]:
    """Width and height in inches."""
    del mark
    width = min(room.width, MOST_WIDTH)
    return width, min(width * RATIO, room.height)


def draw(mark: Points3D, canvas: Canvas) -> None:
    """Draw the back of the box, the points from far to near, and the names of the axes."""
    canvas.free()
    box = box_of(mark)
    if box.empty:
        words = "no finite values" if len(mark.x) else "no data"
        canvas.ax.text(canvas.width / 2, canvas.height / 2, words, ha="center", va="center",
                       color=canvas.style.subtle, fontsize=SMALL)  # fmt: skip
        return
    corners = turned(box.middle + CORNERS * box.half, box, turning())
    place = _Place(corners, canvas)
    _draw_box(corners, place, canvas)
    _draw_points(mark, box, place, canvas)
    _name_axes(mark, box, corners, place=place, canvas=canvas)
    points.explain(mark, canvas)
    canvas.remarks += remarks(mark)


class _Place:
    """From right and up to inches of the canvas, as large as there is room."""

    def __init__(self, corners: NDArray[Any], canvas: Canvas) -> None:
        low, high = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
        room = np.maximum(np.array([canvas.width, canvas.height]) - 2 * AROUND, 0.1)
        self.scale = float((room / np.maximum(high - low, 1e-9)).min())
        self.middle = (low + high) / 2
        self.center = np.array([canvas.width, canvas.height]) / 2

    def __call__(self, points: NDArray[Any]) -> NDArray[Any]:
        return self.center + (points[..., :2] - self.middle) * self.scale * np.array([1, -1])


def _draw_box(corners: NDArray[Any], place: _Place, canvas: Canvas) -> None:
    behind = hidden_corner(corners)
    named = axis_edges(corners)
    for edge in EDGES:
        if behind in edge or edge in named:
            (x0, y0), (x1, y1) = place(corners[list(edge)])
            canvas.ax.plot([x0, x1], [y0, y1], color=canvas.style.surface("line"), lw=HAIRLINE,
                           zorder=1, gid="axis" if edge in named else "box")  # fmt: skip


def _draw_points(mark: Points3D, box: Box, place: _Place, canvas: Canvas) -> None:
    index = np.flatnonzero(placed(mark))
    seen = turned(np.stack([mark.x, mark.y, mark.z], axis=1)[index], box, turning())
    order = np.argsort(seen[:, 2], kind="stable")
    seen, index = seen[order], index[order]
    near = _nearness(seen[:, 2])
    options: dict[str, Any]
    if isinstance(mark.color, Continuous):
        scale = mark.color.scale
        colormap = canvas.style.colormap(scale.kind)
        options = {"c": mark.color.values[index], "cmap": colormap, "norm": norm(scale),
                   "plotnonfinite": True}  # fmt: skip
    else:
        colors = points.colors(mark, canvas)
        options = {"color": colors if isinstance(colors, str) else [colors[i] for i in index]}
    x, y = place(seen).T
    opacities: Any = opacity(len(index)) * (FAR_OPACITY + (1 - FAR_OPACITY) * near)
    canvas.ax.scatter(
        x,
        y,
        s=(mark.size * (FAR_SIZE + (1 - FAR_SIZE) * near)) ** 2,
        alpha=opacities,
        linewidths=0,
        rasterized=len(index) > points.RASTERIZED,
        zorder=3,
        clip_on=False,
        **options,
    )


def _nearness(depth: NDArray[Any]) -> NDArray[Any]:
    """From 0 at the farthest to 1 at the nearest point."""
    span = float(np.ptp(depth))
    return (depth - depth.min()) / span if span > 0 else np.ones(len(depth))


def _name_axes(
    mark: Points3D, box: Box, corners: NDArray[Any], *, place: _Place, canvas: Canvas
) -> None:
    """Write the names of the two lower axes beside the corner where they meet, and the third's."""
    edges = [place(corners[list(edge)]) for edge in axis_edges(corners)]
    for axis in np.flatnonzero(box.half > 0).tolist():
        numbers = tick_labels([_short(value) for value in box.ends(axis)])
        widest = max(text.width(number, SMALL) for number in numbers)
        if axis == UPWARDS:
            _name_upwards(mark.axes[axis], numbers, edges[axis], widest=widest, canvas=canvas)
        else:
            _name_sideways(mark.axes[axis], numbers, edges[axis], widest=widest, canvas=canvas)


def _name_upwards(
    name: str, numbers: list[str], ends: NDArray[Any], *, widest: float, canvas: Canvas
) -> None:
    (x, y0), (_, y1) = ends
    length = y0 - y1
    if length > LEAST_LENGTH:
        for y, number in ((y0 - length * INSET, numbers[0]), (y1 + length * INSET, numbers[1])):
            _write(canvas, (x - 0.06, y), number, canvas.style.subtle, ha="right")
    words = text.fitted(name, max(length, LEAST_LENGTH), SMALL)
    at = (x - widest - 0.2, (y0 + y1) / 2)
    _write(canvas, at, words, canvas.style.ink, rotation=90, rotation_mode="anchor")


def _name_sideways(
    name: str, numbers: list[str], ends: NDArray[Any], *, widest: float, canvas: Canvas
) -> None:
    lower = int(ends[:, 1].argmax())
    near, far = ends[lower], ends[1 - lower]
    away = 1.0 if far[0] > near[0] else -1.0
    side = "left" if away > 0 else "right"
    start = near[0] + away * 0.08
    if float(np.hypot(*(far - near))) > LEAST_LENGTH + 2 * widest:
        row = near[1] + NUMBER_GAP
        _write(canvas, (start, row), numbers[lower], canvas.style.subtle, ha=side)
        at = far + (near - far) * INSET + np.array([away * 0.05, NUMBER_GAP])
        _write(canvas, at, numbers[1 - lower], canvas.style.subtle, ha=side)
        start += away * (widest + 0.12)
    room = canvas.width - start if away > 0 else start
    words = text.fitted(name, max(room, 0.3), SMALL)
    _write(canvas, (start, near[1] + NUMBER_GAP + 0.14), words, canvas.style.ink, ha=side)


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _write(canvas: Canvas, at: Any, words: str, color: str, **style: Any) -> None:
    style = {"ha": "center", "va": "center", "fontsize": SMALL, "zorder": 4, **style}
    canvas.ax.text(float(at[0]), float(at[1]), words, color=color, **style)

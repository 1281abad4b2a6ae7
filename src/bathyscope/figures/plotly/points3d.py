"""Scatters in space, which the reader turns with the mouse."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.density import opacity
from bathyscope.figures.marks import Categories, Continuous, Points3D
from bathyscope.figures.plotly.canvas import Canvas, Json, linked
from bathyscope.figures.plotly.text import literal
from bathyscope.figures.plotly.theme import LABEL, PIXELS_PER_INCH, SMALL
from bathyscope.figures.sizing import Room
from bathyscope.figures.turning import placed, remarks, turning

MOST_WIDTH, RATIO = 6.4, 0.8
#: Distance of the eye, in sides of the box.
_FAR = 2.2


def size(mark: Points3D, room: Room) -> tuple[float, float]:
    """Width and height in pixels."""
    del mark
    width = min(room.width, MOST_WIDTH) * PIXELS_PER_INCH
    return width, width * RATIO


def draw(mark: Points3D, canvas: Canvas) -> None:
    """Draw one trace per class, in a scene of the panel's own."""
    canvas.scene = _scene(mark, canvas)
    kept = placed(mark)
    if isinstance(mark.color, Categories):
        canvas.legend_title = mark.color.label
        codes = np.unique(mark.color.codes[kept])
        for code in [*codes[codes >= 0].tolist(), *codes[codes < 0].tolist()]:
            name = mark.color.names[code] if code >= 0 else "no class"
            tone = canvas.style.category(code) if code >= 0 else canvas.style.tone("muted")
            of_class = np.flatnonzero(kept & (mark.color.codes == code))
            _draw_points(mark, canvas, of_class, name=name, color={"color": tone})
    else:
        every = np.flatnonzero(kept)
        _draw_points(mark, canvas, every, name=mark.label, color=_color(mark, canvas, every))
    if not kept.any():
        canvas.remarks.append("No finite values." if len(kept) else "No data.")
    canvas.remarks += remarks(mark)


def _color(mark: Points3D, canvas: Canvas, index: NDArray[Any]) -> Json:
    if isinstance(mark.color, Continuous):
        axis = canvas.color_axis(mark.color.scale)
        return {"color": mark.color.values[index], "coloraxis": axis}
    return {"color": canvas.style.tone(mark.tone)}


def _draw_points(
    mark: Points3D, canvas: Canvas, index: NDArray[Any], *, name: str, color: Json
) -> None:
    ids = linked(mark.ids, len(mark.x))
    if "customdata" in ids:
        ids["customdata"] = [ids["customdata"][i] for i in index.tolist()]
    words = {"text": [literal(mark.text[i]) for i in index.tolist()]} if mark.text else {}
    canvas.traces.append(
        {
            "type": "scatter3d",
            "mode": "markers",
            "scene": f"scene{canvas.number}",
            "x": mark.x[index],
            "y": mark.y[index],
            "z": mark.z[index],
            "name": literal(name),
            "marker": {"size": mark.size, "line": {"width": 0},
                       "opacity": opacity(len(mark.x)), **color},
            "hovertemplate": _hover(mark, name),
            "showlegend": False,
            **words,
            **canvas.entry(name),
            **ids,
        }
    )  # fmt: skip


def _hover(mark: Points3D, name: str) -> str:
    """Say the text, the class and the coordinates by the names of their axes."""
    parts = ["%{text}"] if mark.text else []
    parts += [f"<b>{literal(name)}</b>"] if name else []
    parts += [f"{literal(axis)}: %{{{c}}}" for axis, c in zip(mark.axes, "xyz", strict=True)]
    return "<br>".join(parts) + "<extra></extra>"


def _scene(mark: Points3D, canvas: Canvas) -> Json:
    eye = turning()[2] * _FAR
    axes = {
        f"{side}axis": {
            "title": {"text": literal(name), "font": canvas.style.font(LABEL)},
            "tickfont": canvas.style.font(SMALL, canvas.style.subtle),
            "gridcolor": canvas.style.surface("line"),
            "linecolor": canvas.style.surface("line"),
            "zeroline": False,
            "showbackground": False,
            "nticks": 5,
        }
        for side, name in zip("xyz", mark.axes, strict=True)
    }
    return {
        **axes,
        "aspectmode": "data",
        "dragmode": "turntable",
        "camera": {"eye": dict(zip("xyz", eye.tolist(), strict=True)),
                   "projection": {"type": "orthographic"}},
    }  # fmt: skip

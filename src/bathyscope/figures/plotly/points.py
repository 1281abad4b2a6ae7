"""Scatter plots; a great many points are drawn as a density."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.density import density, density_remark, opacity
from bathyscope.figures.marks import Categories, Continuous, Points
from bathyscope.figures.plotly.canvas import Canvas, Json, linked
from bathyscope.figures.plotly.line import draw_off_scale, hover
from bathyscope.figures.plotly.text import literal
from bathyscope.figures.png import data_uri

#: More points than this are drawn with WebGL, and more than that as a density.
MANY, DENSE = 10_000, 100_000


def draw(mark: Points, canvas: Canvas) -> None:
    """Draw points one by one, or their density."""
    if len(mark.x) > DENSE:
        _draw_density(mark, canvas)
    elif isinstance(mark.color, Categories):
        _draw_classes(mark, mark.color, canvas)
    else:
        _draw_points(
            mark, canvas, np.arange(len(mark.x)), name=mark.label, marker=_marker(mark, canvas)
        )
    draw_off_scale(canvas, mark.x, mark.y, canvas.style.tone(mark.tone))


def _marker(mark: Points, canvas: Canvas) -> Json:
    if isinstance(mark.color, Continuous):
        axis = canvas.color_axis(mark.color.scale)
        return {"color": mark.color.values, "coloraxis": axis}
    return {"color": canvas.style.tone(mark.tone)}


def _draw_classes(mark: Points, color: Categories, canvas: Canvas) -> None:
    canvas.legend_title = color.label
    codes = np.unique(color.codes)
    for code in [*codes[codes >= 0].tolist(), *codes[codes < 0].tolist()]:
        name = color.names[code] if code >= 0 else "no class"
        tone = canvas.style.category(code) if code >= 0 else canvas.style.tone("muted")
        _draw_points(
            mark, canvas, np.flatnonzero(color.codes == code), name=name, marker={"color": tone}
        )


def _draw_points(
    mark: Points, canvas: Canvas, index: NDArray[Any], *, name: str, marker: Json
) -> None:
    ids = linked(mark.ids, len(mark.x))
    if "customdata" in ids:
        ids["customdata"] = [ids["customdata"][i] for i in index.tolist()]
    words = {"text": [literal(mark.text[i]) for i in index.tolist()]} if mark.text else {}
    n = len(mark.x)
    canvas.add(
        {
            "type": "scattergl" if n > MANY else "scatter",
            "mode": "markers",
            "x": mark.x[index],
            "y": mark.y[index],
            "name": literal(name),
            "marker": {"size": mark.size * 96 / 72, "line": {"width": 0},
                       "opacity": opacity(n), **marker},
            "hovertemplate": hover(canvas, name, "%{text}" if words else ""),
            **words,
            **canvas.entry(name),
            **ids,
        }
    )  # fmt: skip


def _draw_density(mark: Points, canvas: Canvas) -> None:
    shape = (round(canvas.height), round(canvas.width))
    pixels = density(mark, canvas.x, canvas.y, shape, theme=canvas.style.theme)
    (x0, x1), (_, top) = (_on_axis(limits) for limits in (canvas.x, canvas.y))
    bottom = _on_axis(canvas.y)[0]
    canvas.images.append(
        {**canvas.refs, "source": data_uri(pixels), "x": x0, "y": top, "sizex": x1 - x0,
         "sizey": abs(top - bottom), "sizing": "stretch", "layer": "above", "xanchor": "left",
         "yanchor": "top"}
    )  # fmt: skip
    canvas.remarks.append(density_remark(mark))
    _explain_density(mark, canvas)


def _on_axis(limits: Any) -> tuple[float, float]:
    """Ends as an image wants them: logarithms on a log axis."""
    low, high = limits.ends
    return (float(np.log10(low)), float(np.log10(high))) if limits.log else (low, high)


def _explain_density(mark: Points, canvas: Canvas) -> None:
    if isinstance(mark.color, Continuous):
        canvas.show_color_bar(mark.color.scale)
    elif isinstance(mark.color, Categories):
        canvas.legend_title = mark.color.label
        for code, name in enumerate(mark.color.names):
            canvas.add(
                {"type": "scatter", "mode": "markers", "x": [None], "y": [None],
                 "name": literal(name), "marker": {"color": canvas.style.category(code), "size": 7},
                 **canvas.entry(name)}
            )  # fmt: skip

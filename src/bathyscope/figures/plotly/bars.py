"""Bar charts and histograms."""

from __future__ import annotations

import numpy as np

from bathyscope.figures.marks import Bars
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, Json, linked
from bathyscope.figures.plotly.text import literal
from bathyscope.figures.plotly.theme import SMALL

THICKNESS, MOST_APART, OVERLAID_OPACITY = 0.72, 100, 0.6


def draw(mark: Bars, canvas: Canvas) -> None:
    """Draw one bar per height that is finite, and the text at their ends."""
    tones = mark.tones or (mark.tone,) * len(mark.heights)
    heights = np.where(np.isfinite(mark.heights), mark.heights, np.nan)
    at, width = _places(mark)
    whole = [other for other in canvas.panel.marks if isinstance(other, Bars) and not other.part]
    several = len(whole) > 1
    across = {"x": heights, "y": at} if mark.horizontal else {"x": at, "y": heights}
    canvas.add(
        {
            "type": "bar",
            "orientation": "h" if mark.horizontal else "v",
            **across,
            "width": width,
            "name": literal(mark.label),
            "marker": {"color": [canvas.style.tone(tone) for tone in tones], "line": {"width": 0}},
            "opacity": OVERLAID_OPACITY if several else 1.0,
            "hovertemplate": _hover(mark, canvas),
            "hovertext": _names(mark, canvas),
            **_texts(mark, canvas),
            **(canvas.entry(mark.label) if mark.tones is None else {}),
            **linked(mark.ids, len(mark.heights)),
        }
    )
    _tell_bad(mark, canvas, at)


def _places(mark: Bars) -> tuple[np.ndarray, np.ndarray | float]:
    if mark.edges is None:
        n = len(mark.heights)
        return np.arange(n, dtype=float), THICKNESS if n <= MOST_APART else 1.0
    return (mark.edges[:-1] + mark.edges[1:]) / 2, np.diff(mark.edges)


def _names(mark: Bars, canvas: Canvas) -> list[str]:
    """What each bar stands for: its category, or the ends of its bin."""
    if mark.edges is not None:
        ends = zip(mark.edges[:-1], mark.edges[1:], strict=True)
        return [f"{low:.4g} to {high:.4g}" for low, high in ends]
    axis = canvas.panel.y if mark.horizontal else canvas.panel.x
    names = axis.categories if axis is not None else ()
    return [literal(names[i]) if i < len(names) else str(i) for i in range(len(mark.heights))]


def _hover(mark: Bars, canvas: Canvas) -> str:
    x, y = canvas.panel.x, canvas.panel.y
    assert x is not None and y is not None
    along, across = (x, y) if mark.horizontal else (y, x)
    value = "%{x}" if mark.horizontal else "%{y}"
    return (
        f"{literal(across.title)}: %{{hovertext}}<br>{literal(along.title)}: {value}<extra></extra>"
    )


def _texts(mark: Bars, canvas: Canvas) -> Json:
    if mark.text is None:
        return {}
    each = (canvas.height if mark.horizontal else canvas.width) / max(len(mark.heights), 1)
    widest = max((text.width(words, SMALL) for words in mark.text), default=0.0)
    if each < (11 if mark.horizontal else widest + 2):
        return {}
    return {
        "text": [text.fitted(words, 110, SMALL) for words in mark.text],
        "textposition": "outside",
        "textangle": 0,
        "textfont": canvas.style.font(SMALL),
        "cliponaxis": False,
        "constraintext": "none",
    }


def _tell_bad(mark: Bars, canvas: Canvas, at: np.ndarray) -> None:
    """Say how many heights are not finite, and write their texts where the bars would start."""
    bad = np.flatnonzero(~np.isfinite(mark.heights))
    if not bad.size:
        return
    canvas.remarks.append(f"{bad.size} of {len(mark.heights)} heights are not finite: no bar.")
    written = mark.text if mark.text is not None and _texts(mark, canvas) else ()
    for index in bad.tolist() if written else ():
        x, y = (0.0, float(at[index])) if mark.horizontal else (float(at[index]), 0.0)
        canvas.annotations.append(
            {**canvas.refs, "x": x, "y": y, "text": text.fitted(written[index], 110, SMALL),
             "showarrow": False, "xanchor": "left" if mark.horizontal else "center",
             "yanchor": "middle" if mark.horizontal else "bottom",
             "font": canvas.style.font(SMALL, canvas.style.tone("bad"))}
        )  # fmt: skip

"""A sentence the reader must see."""

from __future__ import annotations

from bathyscope.figures.marks import Note
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas
from bathyscope.figures.plotly.theme import LABEL
from bathyscope.figures.sizing import Room

SIGNS = {"info": "i", "warning": "!", "error": "✗"}
TONES = {"info": "accent", "warning": 1, "error": "bad"}
SIZE, INDENT, PAD, RULE, MOST_WIDTH = LABEL + 1, 26.0, 10.0, 3.0, 640.0


def _lines(mark: Note, room: Room) -> list[str]:
    return text.wrapped(mark.text, _width(room) - INDENT - PAD, SIZE)


def _width(room: Room) -> float:
    return min(room.width * 96, MOST_WIDTH)


def size(mark: Note, room: Room) -> tuple[float, float]:
    """Width and height in pixels."""
    return _width(room), len(_lines(mark, room)) * SIZE * 1.35 + 2 * PAD


def draw(mark: Note, canvas: Canvas) -> None:
    """Draw the sentence beside a coloured rule and a sign."""
    width, height = size(mark, canvas.room)
    color = canvas.style.tone(TONES[mark.tone])
    for right, fill in ((width, canvas.style.surface("box")), (RULE, color)):
        canvas.shapes.append(
            {**canvas.refs, "type": "rect", "x0": 0, "x1": right, "y0": 0, "y1": height,
             "fillcolor": fill, "line": {"width": 0}, "layer": "below"}
        )  # fmt: skip
    for at, words, ink, bold in (
        (12.0, SIGNS[mark.tone], color, True),
        (INDENT, "<br>".join(_lines(mark, canvas.room)), canvas.style.ink, False),
    ):
        canvas.annotations.append(
            {**canvas.refs, "x": at, "y": PAD, "xanchor": "left", "yanchor": "top",
             "showarrow": False, "align": "left", "borderpad": 0, "text": words,
             "font": canvas.style.font(SIZE, ink, bold=bold)}
        )  # fmt: skip
    # A trace that draws nothing: Plotly shows shapes only on axes that a trace uses.
    canvas.add({"type": "scatter", "x": [0], "y": [0], "mode": "markers", "hoverinfo": "skip",
                "marker": {"opacity": 0}})  # fmt: skip

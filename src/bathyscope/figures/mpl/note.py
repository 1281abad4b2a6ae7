"""A sentence the reader must see."""

from __future__ import annotations

from matplotlib.patches import Rectangle

from bathyscope.figures.marks import Note
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import LABEL
from bathyscope.figures.sizing import Room

SIGNS = {"info": "i", "warning": "!", "error": "✗"}
TONES = {"info": "accent", "warning": 1, "error": "bad"}
SIZE = LABEL + 0.5
INDENT, PAD, RULE, MOST_WIDTH = 0.24, 0.1, 0.03, 6.4


def _lines(mark: Note, room: Room) -> list[str]:
    return text.wrapped(mark.text, min(room.width, MOST_WIDTH) - INDENT - PAD, SIZE)


def size(mark: Note, room: Room) -> tuple[float, float]:
    """Width and height in inches."""
    lines = len(_lines(mark, room))
    return min(room.width, MOST_WIDTH), lines * text.line_height(SIZE) + 2 * PAD


def draw(mark: Note, canvas: Canvas) -> None:
    """Draw the sentence beside a coloured rule and a sign."""
    width, height = size(mark, canvas.room)
    ax = canvas.ax
    canvas.free()
    color = canvas.style.tone(TONES[mark.tone])
    ax.add_patch(Rectangle((0, 0), width, height, color=canvas.style.surface("box"), linewidth=0))
    ax.add_patch(Rectangle((0, 0), RULE, height, color=color, linewidth=0))
    ax.text(0.13, PAD + text.line_height(SIZE) / 2, SIGNS[mark.tone], color=color, fontsize=SIZE,
            fontweight="bold", va="center_baseline", ha="center")  # fmt: skip
    for number, line in enumerate(_lines(mark, canvas.room)):
        middle = PAD + (number + 0.5) * text.line_height(SIZE)
        ax.text(INDENT, middle, line, fontsize=SIZE, va="center_baseline", color=canvas.style.ink)

"""A sentence the reader must see."""

from __future__ import annotations

from bathyscope.figures.marks import Note
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import LABEL

SIGNS = {"info": "i", "warning": "!", "error": "✗"}
TONES = {"info": "accent", "warning": 1, "error": "bad"}
SIZE = LABEL + 0.5
INDENT, PAD = 0.22, 0.1


def _room(columns: int) -> float:
    return {1: 6.4, 2: 4.2}.get(columns, 3.1)


def _lines(mark: Note, columns: int) -> list[str]:
    return text.wrapped(mark.text, _room(columns) - INDENT - PAD, SIZE)


def size(mark: Note, columns: int) -> tuple[float, float]:
    """Width and height in inches."""
    return _room(columns), len(_lines(mark, columns)) * text.line_height(SIZE) + 2 * PAD


def draw(mark: Note, canvas: Canvas) -> None:
    """Draw the sentence beside a coloured rule and a sign."""
    width, height = size(mark, canvas.columns)
    ax = canvas.ax
    ax.set_axis_off()
    ax.set_xlim(0.0, width)
    ax.set_ylim(height, 0.0)
    color = canvas.style.tone(TONES[mark.tone])
    ax.axvspan(0.0, width, color=canvas.style.surface("box"), linewidth=0)
    ax.axvline(0.015, color=color, linewidth=2.2, solid_capstyle="butt")
    ax.text(0.11, PAD + text.line_height(SIZE) / 2, SIGNS[mark.tone], color=color, fontsize=SIZE,
            fontweight="bold", va="center_baseline", ha="center")  # fmt: skip
    for number, line in enumerate(_lines(mark, canvas.columns)):
        middle = PAD + (number + 0.5) * text.line_height(SIZE)
        ax.text(INDENT, middle, line, fontsize=SIZE, va="center_baseline", color=canvas.style.ink)

"""Texts in pieces, each on a ground of the colour of its weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from bathyscope.figures.flow import Piece, flow
from bathyscope.figures.marks import Tokens
from bathyscope.figures.mpl import fonts, text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import SMALL
from bathyscope.figures.mpl.tiles import SIGNS, TONES
from bathyscope.figures.sizing import Room

SIZE = 9.5
LINE, GAP = 0.235, 0.14
MOST_PIECES, MOST_WIDTH = 3_000, 7.2


def _width(piece: str) -> float:
    """Width with the spaces at its ends, which the measure of a line leaves out."""
    bar = text.width("|", SIZE)
    return text.width(f"|{piece}|", SIZE) - 2 * bar if piece else 0.0


@dataclass(frozen=True, eq=False)
class Text:
    """One text, broken into lines."""

    index: int
    pieces: list[Piece]
    height: float


def size(mark: Tokens, room: Room) -> tuple[float, float]:
    """Width and height in inches."""
    texts = _shown(mark, room)
    return min(room.width, MOST_WIDTH), max(sum(t.height for t in texts) - GAP, LINE)


def _shown(mark: Tokens, room: Room) -> list[Text]:
    """Break the texts that there is room for."""
    shown: list[Text] = []
    n_pieces, height = 0, 0.0
    caption = LINE if mark.captions or mark.verdicts else 0.0
    for index, words in enumerate(mark.texts):
        printable = [fonts.printable(piece) for piece in words[:MOST_PIECES]]
        placed, lines = flow(printable, min(room.width, MOST_WIDTH), measure=_width)
        n_pieces, height = n_pieces + len(words), height + caption + lines * LINE + GAP
        if shown and (n_pieces > MOST_PIECES or height > room.height):
            break
        shown.append(Text(index, placed, caption + lines * LINE + GAP))
    return shown


def draw(mark: Tokens, canvas: Canvas) -> None:
    """Draw text below text, each under its caption."""
    canvas.free()
    top = 0.0
    shown = _shown(mark, canvas.room)
    for words in shown:
        below = _draw_caption(mark, canvas, words.index, top)
        _draw_pieces(mark, canvas, words, below)
        top += words.height
    left_out = len(mark.texts) - len(shown)
    if left_out:
        canvas.remarks.append(f"{left_out:,} of {len(mark.texts):,} texts left out.")
    if mark.weights is not None and mark.color is not None:
        canvas.key(mark.color)


def _draw_caption(mark: Tokens, canvas: Canvas, index: int, top: float) -> float:
    if mark.captions is None and mark.verdicts is None:
        return top
    x = 0.0
    verdict = mark.verdicts[index] if mark.verdicts else ""
    if verdict:
        color = canvas.style.tone(TONES[verdict])
        canvas.ax.text(x, top + LINE / 2, SIGNS[verdict], va="center_baseline", color=color,
                       fontsize=SMALL + 1, fontweight="bold")  # fmt: skip
        x = 0.16
    caption = mark.captions[index] if mark.captions else ""
    canvas.ax.text(x, top + LINE / 2, text.fitted(caption, canvas.width - x, SMALL),
                   va="center_baseline", fontsize=SMALL, color=canvas.style.subtle)  # fmt: skip
    return top + LINE


def _draw_pieces(mark: Tokens, canvas: Canvas, words: Text, top: float) -> None:
    if not words.pieces:
        canvas.ax.text(0.0, top + LINE / 2, "(empty text)", va="center_baseline",
                       fontsize=SMALL, color=canvas.style.subtle)  # fmt: skip
    colors = _colors(mark, canvas, words.index)
    for piece in words.pieces:
        middle = top + (piece.line + 0.5) * LINE
        ink = canvas.style.ink
        if colors is not None:
            ground = colors[piece.index]
            ink = canvas.style.text_on(ground)
            canvas.ax.add_patch(
                Rectangle((piece.x, middle - LINE * 0.43), piece.width, LINE * 0.86,
                          facecolor=ground / 255.0, linewidth=0)
            )  # fmt: skip
        shift = piece.width - _width(piece.text.lstrip())
        canvas.ax.text(
            piece.x + shift, middle, piece.text.strip(), fontsize=SIZE, color=ink,
            va="center_baseline", ha="left",
        )  # fmt: skip


def _colors(mark: Tokens, canvas: Canvas, index: int) -> np.ndarray | None:
    if mark.weights is None or mark.color is None:
        return None
    return mark.color.rgb(mark.weights[index], theme=canvas.style.theme).astype(float)

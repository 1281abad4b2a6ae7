"""Texts in pieces, each on a ground of the colour of its weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from bathyscope.figures.marks import Tokens
from bathyscope.figures.mpl import fonts, text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import SMALL
from bathyscope.figures.mpl.tiles import SIGNS, TONES

SIZE = 9.5
LINE, GAP = 0.235, 0.14
MOST_PIECES = 3_000


@dataclass(frozen=True)
class Piece:
    """A piece, or the part of it that stands on one line."""

    text: str
    x: float
    width: float
    line: int
    index: int


def flow(pieces: tuple[str, ...], room: float) -> tuple[list[Piece], int]:
    """Break a text into lines; gives the placed pieces and the number of lines."""
    placed: list[Piece] = []
    x, line = 0.0, 0
    for index, piece in enumerate(pieces):
        for number, part in enumerate(fonts.printable(piece).split("\n")):
            if number:
                x, line = 0.0, line + 1
            for chunk in _chunks(part, room):
                width = _width(chunk)
                if x + width > room and x > 0:
                    x, line = 0.0, line + 1
                    chunk = chunk.lstrip()
                    width = _width(chunk)
                if chunk:
                    placed.append(Piece(chunk, x, width, line, index))
                x += width
    return placed, line + 1


def _chunks(part: str, room: float) -> list[str]:
    """Cut a piece that is wider than a whole line."""
    chunks: list[str] = []
    while _width(part) > room:
        fitting = len(part)
        while fitting > 1 and _width(part[:fitting]) > room:
            fitting = max(1, int(fitting * 0.9))
        chunks.append(part[:fitting])
        part = part[fitting:]
    return [*chunks, part]


def _width(piece: str) -> float:
    """Width with the spaces at its ends, which the measure of a line leaves out."""
    bar = text.width("|", SIZE)
    return text.width(f"|{piece}|", SIZE) - 2 * bar if piece else 0.0


def _room(columns: int) -> float:
    return {1: 7.2, 2: 4.4}.get(columns, 3.4)


def size(mark: Tokens, columns: int) -> tuple[float, float]:
    """Width and height in inches."""
    room = _room(columns)
    height = 0.0
    for _, (_, lines) in _shown(mark, room):
        height += lines * LINE + GAP + (LINE if mark.captions or mark.verdicts else 0.0)
    return room, max(height - GAP, LINE)


def _shown(mark: Tokens, room: float) -> list[tuple[int, tuple[list[Piece], int]]]:
    shown: list[tuple[int, tuple[list[Piece], int]]] = []
    pieces = 0
    for index, words in enumerate(mark.texts):
        if pieces > MOST_PIECES:
            break
        shown.append((index, flow(words[:MOST_PIECES], room)))
        pieces += len(words)
    return shown


def draw(mark: Tokens, canvas: Canvas) -> None:
    """Draw text below text, each under its caption."""
    room, height = size(mark, canvas.columns)
    canvas.ax.set_axis_off()
    canvas.ax.set_xlim(0.0, room)
    canvas.ax.set_ylim(height, 0.0)
    top = 0.0
    shown = _shown(mark, room)
    for index, (placed, lines) in shown:
        top = _draw_caption(mark, canvas, index, top, room)
        _draw_pieces(mark, canvas, index, placed, top)
        top += lines * LINE + GAP
    left_out = len(mark.texts) - len(shown)
    if left_out:
        canvas.remarks.append(f"{left_out:,} of {len(mark.texts):,} texts left out.")
    if mark.weights is not None and mark.color is not None:
        canvas.key(mark.color)


def _draw_caption(mark: Tokens, canvas: Canvas, index: int, top: float, room: float) -> float:
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
    canvas.ax.text(x, top + LINE / 2, text.fitted(caption, room - x, SMALL),
                   va="center_baseline", fontsize=SMALL, color=canvas.style.subtle)  # fmt: skip
    return top + LINE


def _draw_pieces(mark: Tokens, canvas: Canvas, index: int, placed: list[Piece], top: float) -> None:
    colors = _colors(mark, canvas, index)
    for piece in placed:
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

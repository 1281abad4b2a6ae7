"""Pieces of a text, placed one after the other on lines of limited width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bathyscope.figures.text import Measure, fitting


@dataclass(frozen=True)
class Piece:
    """A piece, or the part of it that stands on one line.

    Parameters
    ----------
    text : str
    x, width : float
        Left end and width, in the unit of the measure.
    line : int
        Counted from the top.
    index : int
        Which piece of the text it is, or is a part of.
    """

    text: str
    x: float
    width: float
    line: int
    index: int


def flow(pieces: Sequence[str], room: float, *, measure: Measure) -> tuple[list[Piece], int]:
    """Break a text into lines; gives the placed pieces and the number of lines.

    Parameters
    ----------
    pieces : sequence of str
        A newline character in a piece starts a new line.
    room : float
        Width of a line.
    measure : function
        Width of a string.
    """
    placed: list[Piece] = []
    x, line = 0.0, 0
    for index, piece in enumerate(pieces):
        for number, part in enumerate(piece.split("\n")):
            if number:
                x, line = 0.0, line + 1
            for chunk in _chunks(part, room, measure):
                breaks = x > 0 and x + measure(chunk) > room
                if breaks:
                    x, line = 0.0, line + 1
                words = chunk.lstrip() if breaks else chunk
                if words:
                    placed.append(Piece(words, x, measure(words), line, index))
                x += measure(words)
    return placed, line + 1


def _chunks(part: str, room: float, measure: Measure) -> list[str]:
    """Cut a piece that is wider than a whole line."""
    chunks: list[str] = []
    while measure(part) > room:
        head = fitting(part, room, measure=measure)
        chunks.append(head)
        part = part[len(head) :]
    return [*chunks, part]

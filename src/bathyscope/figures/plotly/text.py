"""Texts for a page whose fonts cannot be measured here: widths are those of Helvetica."""

from __future__ import annotations

import html
import unicodedata

from bathyscope.figures import text as plain

#: Widths of the characters from space to tilde, in thousandths of the size.
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_OTHER = 600
_BOLD = 1.07
#: Width of a character of a fixed-width font over its size.
MONOSPACE = 0.602
LINE = 1.3


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line in pixels."""
    total = sum(_width_of(character) for character in text) / 1000 * size
    return total * _BOLD if bold else total


def _width_of(character: str) -> float:
    code = ord(character) - 32
    if 0 <= code < len(_WIDTHS):
        return _WIDTHS[code]
    if unicodedata.combining(character):
        return 0
    return 1000 if unicodedata.east_asian_width(character) in "WF" else _OTHER


def line_height(size: float) -> float:
    """Height of one line in pixels."""
    return size * LINE


def literal(text: str) -> str:
    """Keep Plotly from reading tags, entities and formulas in a text."""
    escaped = html.escape(text, quote=False).replace("$", "&#36;")
    return "<br>".join(escaped.split("\n"))


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """One literal line, shortened to the room in pixels."""
    line = plain.one_line(text)
    return literal(plain.shorten(line, room, measure=lambda part: width(part, size, bold=bold)))


def wrapped(
    text: str, room: float, size: float, *, bold: bool = False, max_lines: int | None = None
) -> list[str]:
    """Literal lines no wider than the room in pixels."""
    lines = plain.wrap(
        text, room, measure=lambda part: width(part, size, bold=bold), max_lines=max_lines
    )
    return [literal(line) for line in lines]

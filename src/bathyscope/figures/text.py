"""Text cut to the room there is, counted in columns: a Chinese character takes two."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

ELLIPSIS = "…"
Measure = Callable[[str], float]


def columns(text: str) -> float:
    """Width of a text in columns of a fixed-width font."""
    return float(sum(_columns_of(character) for character in text))


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def one_line(text: str) -> str:
    """Join lines and runs of white space by single spaces."""
    return " ".join(text.split())


def shorten(text: str, room: float, *, measure: Measure = columns) -> str:
    """Cut a text to the room by an ellipsis in its middle, which keeps both ends of a name.

    Parameters
    ----------
    text : str
    room : float
        In the units of ``measure``.
    measure : callable
        Gives the width of a text; by default in columns.
    """
    if measure(text) <= room:
        return text
    shortest, longest = 0, len(text)
    while shortest < longest:
        kept = (shortest + longest + 1) // 2
        if measure(_with_ellipsis(text, kept)) <= room:
            shortest = kept
        else:
            longest = kept - 1
    return _with_ellipsis(text, shortest)


def _with_ellipsis(text: str, kept: int) -> str:
    head = (kept * 3 + 4) // 5
    tail = kept - head
    return text[:head].rstrip() + ELLIPSIS + (text[-tail:].lstrip() if tail else "")


def wrap(
    text: str, room: float, *, measure: Measure = columns, max_lines: int | None = None
) -> list[str]:
    """Break a text into lines at spaces, and inside words that are wider than the room.

    Lines beyond ``max_lines`` are dropped, and the last one kept then ends in an ellipsis.
    """
    lines = [line for part in text.split("\n") for line in _wrapped(part, room, measure)]
    if max_lines is None or len(lines) <= max_lines:
        return lines
    kept = lines[:max_lines]
    last = kept[-1]
    while last and measure(last + ELLIPSIS) > room:
        last = last[:-1]
    return [*kept[:-1], last.rstrip() + ELLIPSIS]


def _wrapped(text: str, room: float, measure: Measure) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if measure((line + word).rstrip()) <= room:
            line += word
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = word.lstrip()
        while measure(line.rstrip()) > room and len(line) > 1:
            head = fitting(line, room, measure=measure)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line.rstrip()]


def _words(text: str) -> list[str]:
    """Pieces between which a line may break: before a space, and around wide characters."""
    words: list[str] = []
    for character in text:
        wide = _columns_of(character) == 2
        after_wide = bool(words) and _columns_of(words[-1][-1]) == 2
        starts = character == " " and not (words and words[-1].isspace())
        if not words or wide or starts or (after_wide and character.isalnum()):
            words.append(character)
        else:
            words[-1] += character
    return words


def fitting(text: str, room: float, *, measure: Measure = columns) -> str:
    """Give the longest head of a text that fits, at least its first character."""
    shortest, longest = 1, len(text)
    while shortest < longest:
        kept = (shortest + longest + 1) // 2
        if measure(text[:kept]) <= room:
            shortest = kept
        else:
            longest = kept - 1
    return text[:shortest]

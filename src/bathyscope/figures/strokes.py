"""How lines stay apart when there are more of them than colours."""

from __future__ import annotations

from typing import Literal

from bathyscope.figures.color import CATEGORICAL
from bathyscope.figures.marks import Line

Dash = Literal["solid", "dash", "dot"]
_DASHES: tuple[Dash, ...] = ("solid", "dash", "dot")


def dash_of(mark: Line) -> Dash:
    """Dash of a line: its own, unless its colour has come round again."""
    if mark.dash == "solid" and isinstance(mark.tone, int):
        return _DASHES[mark.tone // len(CATEGORICAL) % len(_DASHES)]
    return mark.dash

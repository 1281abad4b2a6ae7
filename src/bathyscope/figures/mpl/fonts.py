"""Fonts that are installed, and text they can all show.

A title may mix Latin, Chinese and signs. Every text passes `printable`, so that
matplotlib never meets a character that none of its fonts has.
"""

from __future__ import annotations

import logging
import unicodedata
from functools import cache

from matplotlib import font_manager, ft2font

#: Tried in this order; DejaVu Sans comes with matplotlib and has many signs.
_LATIN = ("Arial", "Liberation Sans", "DejaVu Sans")
_FALLBACKS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "SimHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Noto Sans CJK JP",
    "Noto Sans CJK TC", "Noto Sans CJK KR", "Hiragino Sans", "Yu Gothic", "Malgun Gothic",
    "Droid Sans Fallback", "Arial Unicode MS", "Noto Sans Arabic", "Noto Sans Devanagari",
    "Noto Sans Thai", "Noto Sans Hebrew",
)  # fmt: skip
_ABSENT = "□"


@cache
def families() -> list[str]:
    """Names of the installed fonts to use, best first."""
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    latin = [name for name in _LATIN if name in installed]
    wide = [name for name in _FALLBACKS if name in installed]
    return [*latin, *wide[:4]]


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Whether matplotlib says more than that a font of ours has no bold cut.

    The fallbacks for other scripts often have none. matplotlib would say so at any time: a notebook
    draws an axes anew when its cell has ended.
    """
    if "Failed to find font weight" not in record.msg:
        return True
    return isinstance(record.args, tuple) and not {*_LATIN, *_FALLBACKS} & {*record.args}


logging.getLogger("matplotlib.font_manager").addFilter(_is_worth_saying)


@cache
def _known() -> frozenset[int]:
    known: set[int] = set()
    for name in families():
        path = font_manager.findfont(font_manager.FontProperties(family=name))
        known.update(ft2font.FT2Font(path).get_charmap())
    return frozenset(known)


def printable(text: str) -> str:
    """Replace what no font can show by a box, and control characters by spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\n":
        return character
    if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return " " if character.isspace() else ""
    return character if ord(character) in _known() else _ABSENT

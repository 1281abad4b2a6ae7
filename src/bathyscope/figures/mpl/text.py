"""Text measured with the fonts it is drawn in."""

from __future__ import annotations

from functools import cache, lru_cache

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from bathyscope.figures import text as plain
from bathyscope.figures.mpl import fonts

#: Height of a line over the size of its font.
LINE = 1.3
POINTS_PER_INCH = 72.0
#: High, so that widths do not depend on the grid of pixels.
MEASURING_DPI = 720.0


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, MEASURING_DPI)


@cache
def _properties(size: float, bold: bool) -> FontProperties:
    return FontProperties(family=fonts.families(), size=size, weight="bold" if bold else "normal")


@lru_cache(maxsize=50_000)
def width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line in inches."""
    if not text:
        return 0.0
    found = _renderer().get_text_width_height_descent(text, _properties(size, bold), False)
    return found[0] / MEASURING_DPI


def line_height(size: float) -> float:
    """Height of one line in inches."""
    return size * LINE / POINTS_PER_INCH


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """One printable line, shortened to the room in inches."""
    line = fonts.printable(plain.one_line(text))
    return plain.shorten(line, room, measure=lambda part: width(part, size, bold))


def wrapped(
    text: str, room: float, size: float, *, bold: bool = False, max_lines: int | None = None
) -> list[str]:
    """Printable lines no wider than the room in inches."""
    return plain.wrap(
        fonts.printable(text),
        room,
        measure=lambda part: width(part, size, bold),
        max_lines=max_lines,
    )

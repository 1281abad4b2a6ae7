"""Colours, sizes and defaults of Plotly's figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bathyscope.figures.color import (
    SURFACES,
    TONES,
    ColorScale,
    Theme,
    categorical_color,
    color_table,
    tone_color,
)

PIXELS_PER_INCH = 96
#: Sizes of text in pixels.
TITLE, PANEL_TITLE, LABEL, SMALL = 17, 14, 12, 11
FONT = (
    "Arial, Helvetica, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'DejaVu Sans', "
    "sans-serif"
)
MONOSPACE_FONT = "Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"
_STOPS = range(0, 256, 5)


@dataclass(frozen=True)
class Style:
    """The colours of one theme."""

    theme: Theme

    @property
    def page(self) -> str:
        """Ground of the figure."""
        return self.surface("page")

    @property
    def ink(self) -> str:
        """Text that is data."""
        return self.tone("ink")

    @property
    def subtle(self) -> str:
        """Text around the data."""
        return self.surface("subtle")

    def surface(self, name: str) -> str:
        """Colour of a key of `SURFACES`."""
        return SURFACES[name][self.theme == "dark"]

    def tone(self, tone: int | str) -> str:
        """Colour of a category index or of a key of `TONES`."""
        return tone_color(tone, theme=self.theme)

    def category(self, index: int) -> str:
        """Colour of a category."""
        return categorical_color(index, theme=self.theme)

    def colorscale(self, scale: ColorScale) -> list[tuple[float, str]]:
        """Every fifth colour of the table of `figures.color`, with its place."""
        table = color_table(scale.kind, theme=self.theme)
        return [(i / 255, rgb(table[i])) for i in _STOPS]

    def text_on(self, color: Any) -> str:
        """Ink that can be read on a colour: dark on light grounds, light on dark ones."""
        red, green, blue = (float(part) for part in color[:3])
        light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 140
        return TONES["ink"][0] if light else "#ffffff"

    def font(self, size: float, color: str = "", *, bold: bool = False) -> dict[str, Any]:
        """Describe a font as Plotly wants it."""
        weight = {"weight": "bold"} if bold else {}
        return {"size": size, "color": color or self.ink, "family": FONT, **weight}

    def layout(self) -> dict[str, Any]:
        """Defaults of the whole figure; places are shares of it, without margins."""
        return {
            "template": {},
            "paper_bgcolor": self.page,
            "plot_bgcolor": self.page,
            "font": self.font(LABEL),
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0, "autoexpand": False},
            "barmode": "overlay",
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": self.surface("box"),
                "bordercolor": self.surface("line"),
                "font": self.font(LABEL),
                "align": "left",
            },
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": self.subtle,
                        "activecolor": self.ink, "orientation": "v"},
        }  # fmt: skip


def rgb(color: Any) -> str:
    """Write three numbers up to 255 as a colour."""
    return f"rgb({int(color[0])},{int(color[1])},{int(color[2])})"


def faded(color: str, opacity: float) -> str:
    """Make a ``#rrggbb`` colour partly transparent."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"

"""The colours of one theme, as every renderer in Python asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bathyscope.figures.color import SURFACES, TONES, Theme, categorical_color, tone_color

#: Grounds of more luminance than this (of 255) carry dark text.
_LIGHT_GROUND = 140


@dataclass(frozen=True)
class ThemeColors:
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

    def text_on(self, rgb: Any) -> str:
        """Ink that can be read on a colour (0 to 255): dark on light grounds, light on dark."""
        red, green, blue = (float(part) for part in rgb[:3])
        luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        return TONES["ink"][0] if luminance > _LIGHT_GROUND else "#ffffff"

"""Colours, sizes and settings of matplotlib, used while drawing and never left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import Colormap, ListedColormap, Normalize

from bathyscope.figures.color import (
    SURFACES,
    TONES,
    ColorScale,
    ScaleKind,
    Theme,
    categorical_color,
    color_table,
    tone_color,
)
from bathyscope.figures.mpl import fonts

#: Sizes of text in points.
TITLE, PANEL_TITLE, LABEL, SMALL = 13.0, 10.5, 9.0, 8.0
HAIRLINE = 0.7


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

    def colormap(self, kind: ScaleKind) -> Colormap:
        """Give the table of `figures.color`, with its grey for NaN."""
        table = color_table(kind, theme=self.theme) / 255.0
        return ListedColormap(table).with_extremes(bad="#808080")

    def text_on(self, rgb: Any) -> str:
        """Ink that can be read on a colour: dark on light grounds, light on dark ones."""
        linear = np.asarray(rgb, dtype=float)[:3] @ (0.2126, 0.7152, 0.0722)
        return TONES["ink"][0] if linear > 140 else "#ffffff"


def norm(scale: ColorScale) -> Normalize:
    """Map the ends of a scale to the ends of its colours."""
    return Normalize(scale.low, scale.high, clip=False)


def settings(style: Style) -> dict[Any, Any]:
    """Settings for `matplotlib.rc_context` while drawing."""
    return {
        "font.family": fonts.families(),
        "font.size": LABEL,
        "text.color": style.ink,
        "text.parse_math": False,
        "text.usetex": False,
        "text.hinting": "no_hinting",  # else the width of a text depends on the resolution
        "axes.facecolor": style.page,
        "axes.edgecolor": style.surface("line"),
        "axes.labelcolor": style.subtle,
        "axes.linewidth": HAIRLINE,
        "axes.unicode_minus": True,
        "axes.grid": False,
        "axes.xmargin": 0.0,
        "axes.ymargin": 0.0,
        "figure.facecolor": style.page,
        "figure.edgecolor": style.page,
        "figure.autolayout": False,
        "figure.constrained_layout.use": False,
        "xtick.color": style.surface("line"),
        "ytick.color": style.surface("line"),
        "xtick.labelcolor": style.subtle,
        "ytick.labelcolor": style.subtle,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.direction": "out",
        "ytick.direction": "out",
        "xtick.major.width": HAIRLINE,
        "ytick.major.width": HAIRLINE,
        "xtick.major.size": 3.0,
        "ytick.major.size": 3.0,
        "xtick.minor.visible": False,
        "ytick.minor.visible": False,
        "image.interpolation": "antialiased",
        "image.resample": True,
        "lines.solid_capstyle": "round",
        "lines.solid_joinstyle": "round",
        "path.simplify": True,
        "agg.path.chunksize": 20_000,
    }

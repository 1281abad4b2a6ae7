"""Colours, sizes and settings of matplotlib, used while drawing and never left behind."""

from __future__ import annotations

from typing import Any

from matplotlib.colors import Colormap, ListedColormap, Normalize

from bathyscope.figures.color import ColorScale, ScaleKind, color_table
from bathyscope.figures.mpl import fonts
from bathyscope.figures.style import ThemeColors

#: Sizes of text in points.
TITLE, PANEL_TITLE, LABEL, SMALL = 13.0, 10.5, 9.0, 8.0
HAIRLINE = 0.7


class Style(ThemeColors):
    """The colours of one theme, as matplotlib takes them."""

    def colormap(self, kind: ScaleKind) -> Colormap:
        """Give the table of `figures.color`, with its grey for NaN."""
        table = color_table(kind, theme=self.theme) / 255.0
        return ListedColormap(table).with_extremes(bad="#808080")


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

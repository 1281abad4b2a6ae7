"""Colours, sizes and defaults of Plotly's figures."""

from __future__ import annotations

from typing import Any

from bathyscope.figures.color import ColorScale, color_table
from bathyscope.figures.style import ThemeColors

PIXELS_PER_INCH = 96
#: Sizes of text in pixels.
TITLE, PANEL_TITLE, LABEL, SMALL = 17, 14, 12, 11
FONT = (
    "Arial, Helvetica, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'DejaVu Sans', "
    "sans-serif"
)
MONOSPACE_FONT = "Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"
_STOPS = range(0, 256, 5)


class Style(ThemeColors):
    """The colours of one theme, as Plotly takes them."""

    def colorscale(self, scale: ColorScale) -> list[tuple[float, str]]:
        """Every fifth colour of the table of `figures.color`, with its place."""
        table = color_table(scale.kind, theme=self.theme)
        return [(i / 255, rgb(table[i])) for i in _STOPS]

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

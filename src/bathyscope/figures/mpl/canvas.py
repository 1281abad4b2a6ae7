"""What a mark needs in order to draw itself, and what it tells its panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes

from bathyscope.figures.color import ColorScale
from bathyscope.figures.extent import Limits
from bathyscope.figures.figure import Panel
from bathyscope.figures.mpl.theme import Style


@dataclass(frozen=True)
class Entry:
    """One line of a legend."""

    label: str
    handle: Any


@dataclass(frozen=True)
class ColorKey:
    """One colour bar; ``table`` names the colours, which an overlay may blend."""

    scale: ColorScale


@dataclass(eq=False)
class Canvas:
    """A place to draw one panel.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    panel : Panel
    style : Style
    width, height : float
        Of the axes, in inches.
    columns : int
        Panels beside each other in the figure.
    x, y : Limits
        Of a cartesian panel.
    """

    ax: Axes
    panel: Panel
    style: Style
    width: float
    height: float
    columns: int
    x: Limits = field(default_factory=lambda: Limits(0.0, 1.0))
    y: Limits = field(default_factory=lambda: Limits(0.0, 1.0))
    legend: list[Entry] = field(default_factory=list[Entry])
    legend_title: str = ""
    color_keys: list[ColorKey] = field(default_factory=list[ColorKey])
    remarks: list[str] = field(default_factory=list[str])
    #: Set by a mark that puts more axes below: the axes that carries the x label.
    lowest: Axes | None = None

    def enter(self, label: str, handle: Any) -> None:
        """Add a legend entry, once per label."""
        if label and all(entry.label != label for entry in self.legend):
            self.legend.append(Entry(label, handle))

    def key(self, scale: ColorScale) -> None:
        """Ask for a colour bar; plain grey images need none."""
        if scale.kind == "gray" and not scale.label:
            return
        if all(key.scale != scale for key in self.color_keys):
            self.color_keys.append(ColorKey(scale))

    @property
    def bottom_axes(self) -> Axes:
        return self.lowest or self.ax

"""What a mark needs in order to draw itself, and what it tells its panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.text import Annotation

from bathyscope.figures.color import ColorScale
from bathyscope.figures.extent import Limits
from bathyscope.figures.figure import Panel
from bathyscope.figures.mpl.theme import Style
from bathyscope.figures.sizing import Room


@dataclass(frozen=True)
class Entry:
    """One line of a legend."""

    label: str
    handle: Any
    faint: bool = False


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
    room : Room
        For a free mark, which may be smaller than it.
    x, y : Limits
        Of a cartesian panel.
    origins : (float, float)
        What was subtracted from its x and y: see `near`.
    """

    ax: Axes
    panel: Panel
    style: Style
    width: float
    height: float
    room: Room
    x: Limits = field(default_factory=lambda: Limits(0.0, 1.0))
    y: Limits = field(default_factory=lambda: Limits(0.0, 1.0))
    origins: tuple[float, float] = (0.0, 0.0)
    legend: list[Entry] = field(default_factory=list[Entry])
    legend_title: str = ""
    color_keys: list[ColorScale] = field(default_factory=list[ColorScale])
    remarks: list[str] = field(default_factory=list[str])
    #: Set by a mark that puts more axes below: the axes that carries the x label.
    lowest: Axes | None = None
    lowest_height: float = 0.0
    #: The title, which the layout lines up with those of the panels beside.
    title: Annotation | None = None

    def enter(self, label: str, handle: Any, *, faint: bool = False) -> None:
        """Add a legend entry, once per label; a faint line gives way to its strong one."""
        place = {entry.label: index for index, entry in enumerate(self.legend)}
        if label in place and self.legend[place[label]].faint:
            self.legend[place[label]] = Entry(label, handle, faint)
        elif label and label not in place:
            self.legend.append(Entry(label, handle, faint))

    def key(self, scale: ColorScale) -> None:
        """Ask for a colour bar; plain grey images need none."""
        if scale.kind == "gray" and not scale.label:
            return
        if scale not in self.color_keys:
            self.color_keys.append(scale)

    def free(self) -> None:
        """Measure the axes in inches from the top left corner, and hide them."""
        self.ax.set_axis_off()
        self.ax.set_xlim(0.0, self.width)
        self.ax.set_ylim(self.height, 0.0)
        self.ax.set_autoscale_on(False)

    @property
    def bottom_axes(self) -> Axes:
        """The axes that carries the name of the x axis."""
        return self.lowest or self.ax

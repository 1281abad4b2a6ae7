"""A figure: a title and a grid of panels, each with its axes and marks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from bathyscope.figures.marks import Line, Mark

Scale = Literal["linear", "log", "category"]


@dataclass(frozen=True)
class Axis:
    """One axis of a panel.

    Parameters
    ----------
    label, unit : str
        What is measured, and in what. An axis is never left unnamed.
    scale : {"linear", "log", "category"}
    domain : (float, float), optional
        Ends of the axis; by default the data's.
    categories : tuple of str
        Names at 0, 1, 2, ... of a category axis.
    integers : bool
        Ticks only at whole numbers: epochs, steps, channels.
    slider : bool
        Whether a page lets its reader move a line along this axis, and reads all curves there: at
        the place itself, or else at their next point to the right.
    """

    label: str
    unit: str = ""
    scale: Scale = "linear"
    domain: tuple[float, float] | None = None
    categories: tuple[str, ...] = ()
    integers: bool = False
    slider: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "categories", tuple(str(name) for name in self.categories))
        if not self.label:
            raise ValueError("An axis must have a label; got an empty one.")
        if (self.scale == "category") != bool(self.categories):
            raise ValueError(
                "An axis has `categories` exactly when its scale is 'category'; "
                f"got scale {self.scale!r} with {len(self.categories)} categories."
            )

    @property
    def title(self) -> str:
        """Label with its unit: ``wall time (s)``."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, eq=False)
class Panel:
    """Marks that share two axes, or one free mark without axes.

    Parameters
    ----------
    marks : tuple of Mark
        Drawn in order, later ones on top.
    x, y : Axis, optional
        Needed by cartesian marks.
    title : str
    note : str
        Shown under the panel: what was sampled, clipped or left out.
    coordinates : tuple of Axis
        Of parallel coordinates, whose lines run from axis to axis: one axis for each place 0, 1,
        2, ... along x, from its first value (or name) at height 0 to its last at height 1.
    """

    marks: tuple[Mark, ...]
    x: Axis | None = None
    y: Axis | None = None
    title: str = ""
    note: str = ""
    coordinates: tuple[Axis, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "marks", tuple(self.marks))
        if not self.marks:
            raise ValueError("A panel must hold a mark. Use `Note` to say that there is no data.")
        cartesian = self.marks[0].cartesian
        if any(mark.cartesian != cartesian for mark in self.marks):
            kinds = ", ".join(mark.type for mark in self.marks)
            raise ValueError(f"A panel must not mix cartesian and free marks; got {kinds}.")
        if cartesian and (self.x is None or self.y is None):
            raise ValueError(f"A panel with `{self.marks[0].type}` needs an x and a y axis.")
        if not cartesian and len(self.marks) > 1:
            raise ValueError("A free mark needs a panel of its own; got several in one panel.")
        object.__setattr__(self, "coordinates", tuple(self.coordinates))
        n_axes = len(self.coordinates)
        if n_axes and any(not isinstance(m, Line) or len(m.x) != n_axes for m in self.marks):
            raise ValueError(f"With {n_axes} `coordinates`, marks must be lines of as many points.")

    @property
    def cartesian(self) -> bool:
        """Whether the panel has axes."""
        return self.marks[0].cartesian


@dataclass(frozen=True, eq=False)
class Figure:
    """A title and a grid of panels.

    Parameters
    ----------
    title : str
    panels : tuple of Panel
        Laid out row by row.
    columns : int
        Panels per row on a wide surface; a narrow one may use fewer.
    note : str
        Shown under the figure.
    widths : tuple of float
        Relative widths of the columns, for a small picture beside a large one; equal by default.
    """

    title: str
    panels: tuple[Panel, ...]
    columns: int = 1
    note: str = ""
    widths: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "panels", tuple(self.panels))
        object.__setattr__(self, "widths", tuple(float(width) for width in self.widths))
        if not self.panels:
            raise ValueError("A figure must hold a panel. Use `Note` to say that there is no data.")
        if self.widths and (len(self.widths) != self.columns or min(self.widths) <= 0):
            raise ValueError(
                f"`widths` must hold one positive number per column ({self.columns}); "
                f"got {self.widths}."
            )

    def titled(self, title: str) -> Figure:
        """Give the same figure another title."""
        return replace(self, title=title)


@dataclass(frozen=True, eq=False)
class Film:
    """The same figure at several steps, for surfaces with a step cursor.

    Parameters
    ----------
    steps : tuple of int
        Increasing.
    figures : tuple of Figure
        One per step.
    note : str
        Says which recorded steps are left out, if any are.
    """

    steps: tuple[int, ...]
    figures: tuple[Figure, ...]
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(int(step) for step in self.steps))
        object.__setattr__(self, "figures", tuple(self.figures))
        if not self.steps or len(self.steps) != len(self.figures):
            raise ValueError(
                "A film must have one figure per step and at least one; "
                f"got {len(self.steps)} steps and {len(self.figures)} figures."
            )
        if any(b <= a for a, b in zip(self.steps, self.steps[1:], strict=False)):
            raise ValueError(f"The steps of a film must increase; got {self.steps}.")

    @property
    def last(self) -> Figure:
        """The figure at the last step, for surfaces that do not move."""
        return self.figures[-1]

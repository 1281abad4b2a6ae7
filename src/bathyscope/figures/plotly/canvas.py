"""What a mark needs in order to draw itself, and what it tells its panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bathyscope.figures.color import ColorScale
from bathyscope.figures.extent import Limits
from bathyscope.figures.figure import Panel
from bathyscope.figures.marks import Ids
from bathyscope.figures.plotly.theme import Style
from bathyscope.figures.sizing import Room

Json = dict[str, Any]


@dataclass(eq=False)
class Canvas:
    """A place to draw one panel; lengths in pixels.

    Parameters
    ----------
    number : int
        Of the panel, from 1: its axes are ``x<number>`` and ``y<number>``.
    room : Room
        For a free mark.
    traces, shapes, annotations, images : list
        What was drawn, in the coordinates of the panel's axes.
    color_keys : list of ColorScale
        Scale i of the panel has a colour axis of its own, `color_axis`.
    """

    number: int
    panel: Panel
    style: Style
    width: float
    height: float
    room: Room
    x: Limits = field(default_factory=lambda: Limits(0.0, 1.0))
    y: Limits = field(default_factory=lambda: Limits(0.0, 1.0))
    traces: list[Json] = field(default_factory=list[Json])
    shapes: list[Json] = field(default_factory=list[Json])
    annotations: list[Json] = field(default_factory=list[Json])
    images: list[Json] = field(default_factory=list[Json])
    legend: list[str] = field(default_factory=list[str])
    legend_title: str = ""
    color_keys: list[ColorScale] = field(default_factory=list[ColorScale])
    remarks: list[str] = field(default_factory=list[str])
    #: Height of a second pair of axes below the first, and the gap between them.
    below: float = 0.0
    below_gap: float = 0.0
    below_axes: Json = field(default_factory=dict[str, Any])
    #: Axes in space, where the panel has them instead of flat ones.
    scene: Json = field(default_factory=dict[str, Any])

    @property
    def axes(self) -> Json:
        """The axes of this panel, for a trace."""
        return {"xaxis": f"x{self.number}", "yaxis": f"y{self.number}"}

    @property
    def refs(self) -> Json:
        """The axes of this panel, for a shape, an annotation or an image."""
        return {"xref": f"x{self.number}", "yref": f"y{self.number}"}

    def add(self, trace: Json) -> None:
        """Add a trace to the panel's axes."""
        self.traces.append({**self.axes, "showlegend": False, **trace})

    def entry(self, label: str) -> Json:
        """Options that give a trace its legend entry; marks of one label share one."""
        if not label:
            return {}
        shown = label not in self.legend
        if shown:
            self.legend.append(label)
        return {"legendgroup": label, "showlegend": shown}

    def color_axis(self, scale: ColorScale) -> str:
        """Name of the colour axis of a scale, with a colour bar."""
        if scale not in self.color_keys:
            self.color_keys.append(scale)
        return f"coloraxis{self.number * 10 + self.color_keys.index(scale)}"

    def show_color_bar(self, scale: ColorScale) -> None:
        """Draw the colour bar of a scale that no trace uses: an image has none of its own."""
        if scale.kind == "gray" and not scale.label:
            return
        name = self.color_axis(scale)
        self.add(
            {"type": "scatter", "mode": "markers", "x": [None, None], "y": [None, None],
             "marker": {"color": [scale.low, scale.high], "coloraxis": name},
             "hoverinfo": "skip"}
        )  # fmt: skip


def linked(ids: Ids | None, n: int) -> Json:
    """Put ids where a page's script finds them: in ``customdata``, or ``meta`` for the whole.

    Parameters
    ----------
    ids : Ids, optional
    n : int
        Number of elements of the trace; several ids of one element become a list.
    """
    if ids is None:
        return {}
    values = ids.values.tolist()
    if ids.elements is not None:
        groups: list[list[Any]] = [[] for _ in range(n)]
        for element, value in zip(ids.elements.tolist(), values, strict=True):
            groups[element].append(value)
        return {"customdata": groups, "meta": {"ids": ids.kind}}
    if len(values) == n and n != 1:
        return {"customdata": values, "meta": {"ids": ids.kind}}
    return {"meta": {"ids": ids.kind, "id": values[0] if len(values) == 1 else values}}

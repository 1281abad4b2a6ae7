"""Meshes and clouds of points of TensorBoard logs: listed, and their points from two sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope.figures import Axis, ColorScale, Continuous, Figure, Note, Panel, Points, Table
from bathyscope.views import _recorded as recorded
from bathyscope.views._stepped import choose_name, recorded_names
from bathyscope.views._words import count_text, nonfinite_text, sentences, shape_text
from bathyscope.views.base import Offer, RunData, View, register

#: What TensorBoard adds to the tag of a mesh for each of its parts.
_PARTS = ("VERTEX", "FACE", "COLOR")
#: How many meshes of a batch are drawn.
DRAWN = 2
_SIDES = (("front", 0, 1, 2), ("side", 2, 1, 0))
_AXES = "xyz"


@register(room="features", place=100)
@dataclass(frozen=True, eq=False, repr=False)
class Meshes(View):
    """Meshes of one name at one step.

    Parameters
    ----------
    name : str
        What they are called.
    parts : mapping of str to array
        ``VERTEX`` of shape (n_meshes, n_points, 3); ``FACE`` and ``COLOR`` where there are some.
    subject : str
        At which step; part of the title.
    """

    name: str
    parts: Mapping[str, NDArray[Any]]
    subject: str = ""

    @classmethod
    def from_run(cls, run: RunData, name: str | None = None, *, step: int = -1) -> Meshes:
        """Show meshes a run holds.

        Parameters
        ----------
        run : Run
        name : str, optional
            By default the first recorded.
        step : int
            A recorded step; -1 is the last.

        Raises
        ------
        UnknownName, NotRecorded
            If there is no such mesh, or none at all.
        """
        found = _meshes(run)
        how = "They come with TensorBoard logs by `bathyscope import`."
        name = choose_name(run, tuple(found), name, what="meshes", how=how)
        parts: dict[str, NDArray[Any]] = {}
        at = run.resolve_step(step, _steps(run, found[name]), what=names.MESHES + name)
        for part, group in found[name].items():
            # A part that does not change may be written once.
            earlier = [item for item in run.array_steps(group) if item <= at]
            if earlier:
                parts[part] = next(iter(recorded.read_arrays(run, group, earlier[-1])[1].values()))
        return cls(name, parts, f"step {at:,}")

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every mesh, at every recorded step."""
        for name, parts in _meshes(run).items():
            yield Offer(f"Meshes: {name}", {"name": name}, _steps(run, parts))

    def figure(self) -> Figure:
        """List the parts, and draw the points from the front and from the side."""
        title = f"Meshes: {self.name}" + (f", {self.subject}" if self.subject else "")
        panels = [self._list_panel()]
        points = self._points()
        for index in range(min(DRAWN, len(points))):
            panels += [_side_panel(points[index], index, side) for side in _SIDES]
        if not len(points):
            panels.append(Panel((Note("No points of three coordinates are recorded."),)))
        note = sentences(
            [
                f"{DRAWN} of {count_text(len(points), 'mesh', 'meshes')} are drawn."
                if len(points) > DRAWN
                else "",
                "Faces are listed, not drawn." if "FACE" in self.parts else "",
            ]
        )
        return Figure(title, tuple(panels), columns=min(3, len(panels)), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per point: its mesh, its number and its place."""
        points = self._points().astype(np.float64)
        n_meshes, n_points = points.shape[:2]
        flat = points.reshape(-1, 3)
        return {
            "mesh": np.repeat(np.arange(n_meshes), n_points),
            "point": np.tile(np.arange(n_points), n_meshes),
            **{axis: flat[:, place] for place, axis in enumerate(_AXES)},
        }

    def _points(self) -> NDArray[Any]:
        vertex = self.parts.get("VERTEX", np.zeros((0, 0, 3)))
        points = vertex[None] if vertex.ndim == 2 else vertex
        return points if points.ndim == 3 and points.shape[2] == 3 else np.zeros((0, 0, 3))

    def _list_panel(self) -> Panel:
        words = {"VERTEX": "points", "FACE": "faces", "COLOR": "colours of points"}
        table = Table(
            {
                "part": np.array([words.get(part, part) for part in self.parts], dtype=np.str_),
                "shape": np.array([shape_text(a.shape) for a in self.parts.values()], np.str_),
            }
        )
        return Panel((table,), title="Parts")


def _side_panel(points: NDArray[Any], index: int, side: tuple[str, int, int, int]) -> Panel:
    word, across, up, depth = side
    values = points.astype(np.float64)
    color = Continuous(values[:, depth], ColorScale.fit(values[:, depth], label=_AXES[depth]))
    mark = Points(values[:, across], values[:, up], color=color, size=3.0)
    return Panel(
        (mark,),
        Axis(_AXES[across]),
        Axis(_AXES[up]),
        title=f"mesh {index} from the {word}",
        note=nonfinite_text(values),
    )


def _meshes(run: RunData) -> dict[str, dict[str, str]]:
    """Find the meshes, and the group of arrays that holds each of their parts."""
    found: dict[str, dict[str, str]] = {}
    for tag in recorded_names(run.array_groups(), names.MESHES):
        name, _, part = tag.rpartition("_")
        if not name or part not in _PARTS:
            name, part = tag, "VERTEX"
        found.setdefault(name, {})[part] = names.MESHES + tag
    return found


def _steps(run: RunData, parts: Mapping[str, str]) -> tuple[int, ...]:
    return tuple(sorted({step for group in parts.values() for step in run.array_steps(group)}))


def meshes(points: ArrayLike, *, faces: ArrayLike | None = None, name: str = "mesh") -> Meshes:
    """Show clouds of points.

    Parameters
    ----------
    points : array, shape (n_points, 3) or (n_meshes, n_points, 3)
    faces : array of int, optional
        Listed only.
    name : str
        What they are called.

    Raises
    ------
    ValueError
        If the points have another shape.

    Examples
    --------
    >>> meshes([[0, 0, 0], [1, 2, 3]]).columns()["z"].tolist()
    [0.0, 3.0]
    """
    array = np.asarray(points, dtype=np.float64)
    if array.ndim not in (2, 3) or array.shape[-1] != 3:
        raise ValueError(
            f"`points` must have shape (n_points, 3) or (n_meshes, n_points, 3); got {array.shape}."
        )
    parts: dict[str, NDArray[Any]] = {"VERTEX": array[None] if array.ndim == 2 else array}
    if faces is not None:
        parts["FACE"] = np.asarray(faces)
    return Meshes(name, parts)

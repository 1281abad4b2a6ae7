"""Points in space on a flat picture: how the box around them is turned, and where its axes go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.marks import Points3D

Floats = NDArray[np.float64]

#: From where a picture that cannot be turned is seen, in degrees; the page begins there too.
AZIMUTH, ELEVATION = -60.0, 22.0
#: Corners of a box as signs, and its edges as pairs of corners.
CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
EDGES = tuple(
    (i, j) for i in range(8) for j in range(i + 1, 8) if (CORNERS[i] != CORNERS[j]).sum() == 1
)


@dataclass(frozen=True, eq=False)
class Box:
    """The box of all points that have a place; all three axes have one scale.

    Parameters
    ----------
    middle, half : array of float64, shape (3,)
        In units of the data.
    empty : bool
        There is no such point.
    """

    middle: Floats
    half: Floats
    empty: bool = False

    @property
    def unit(self) -> float:
        """Half the longest side."""
        return float(self.half.max())

    def ends(self, axis: int) -> tuple[float, float]:
        """Give the smallest and the largest coordinate along an axis."""
        middle, half = float(self.middle[axis]), float(self.half[axis])
        return middle - half, middle + half


def placed(mark: Points3D) -> NDArray[np.bool_]:
    """Say which points have three finite coordinates."""
    return np.isfinite(mark.x) & np.isfinite(mark.y) & np.isfinite(mark.z)


def box_of(mark: Points3D) -> Box:
    """Find the box around the points."""
    points = np.stack([mark.x, mark.y, mark.z], axis=1)[placed(mark)]
    if not len(points):
        return Box(np.zeros(3), np.ones(3), empty=True)
    low, high = points.min(axis=0), points.max(axis=0)
    half = high / 2 - low / 2
    # A single place has room around it, as on flat axes.
    return Box(low / 2 + high / 2, half if half.any() else np.ones(3))


def turning(azimuth: float = AZIMUTH, elevation: float = ELEVATION) -> Floats:
    """Give the rotation to (right, up, towards the eye): shape (3, 3), a row for each.

    Parameters
    ----------
    azimuth, elevation : float
        Of the eye, in degrees: around the third axis from the first, and above their plane.
    """
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.array(
        [
            [-np.sin(a), np.cos(a), 0.0],
            [-np.cos(a) * np.sin(e), -np.sin(a) * np.sin(e), np.cos(e)],
            [np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)],
        ]
    )


def turned(points: Floats, box: Box, rotation: Floats) -> Floats:
    """Give right, up and depth of points; the longest side of the box is 2.

    Parameters
    ----------
    points : array, shape (n, 3)
    box : Box
    rotation : array, shape (3, 3)
        Of `turning`.
    """
    return ((points - box.middle) / box.unit) @ rotation.T


def axis_edges(corners: Floats) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Choose the edge of the box that carries each axis, from its low end to its high one.

    The first two lie at the bottom on the side of the eye, the third at the left: so that
    names stand beside the points and not on them.

    Parameters
    ----------
    corners : array, shape (8, 3)
        Right, up and depth of `CORNERS`.
    """
    chosen: list[tuple[int, int]] = []
    for axis in range(3):
        along = [edge for edge in EDGES if CORNERS[edge[0], axis] != CORNERS[edge[1], axis]]
        if axis == 2:
            chosen.append(min(along, key=lambda edge: float(corners[list(edge), 0].sum())))
            continue
        floor = [edge for edge in along if CORNERS[edge[0], 2] < 0]
        chosen.append(max(floor, key=lambda edge: float(corners[list(edge), 2].sum())))
    return chosen[0], chosen[1], chosen[2]


def remarks(mark: Points3D) -> list[str]:
    """Say which points have no place, and which axes have no length."""
    kept, box = placed(mark), box_of(mark)
    lost = int((~kept).sum())
    told = [f"{lost:,} without a finite place left out."] if lost and not box.empty else []
    for name, half, middle in zip(mark.axes, box.half, box.middle, strict=True):
        if half == 0:
            told.append(f"{name} is {middle + 0.0:.4g} throughout.")
    return told


def hidden_corner(corners: Floats) -> int:
    """Give the corner farthest from the eye: its edges lie behind the points."""
    return int(corners[:, 2].argmin())

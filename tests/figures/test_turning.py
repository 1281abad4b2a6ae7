"""How a box is turned agrees with SciPy's rotations, and its axes stand beside the points."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bathyscope.figures import Points3D
from bathyscope.figures.turning import (
    CORNERS,
    EDGES,
    axis_edges,
    box_of,
    hidden_corner,
    turned,
    turning,
)

EYES = [(-60.0, 22.0), (0.0, 0.0), (135.0, -40.0), (-10.0, 89.0)]


@pytest.mark.parametrize(("azimuth", "elevation"), EYES)
def test_the_eye_stands_where_it_is_said(azimuth: float, elevation: float) -> None:
    rotation = turning(azimuth, elevation)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    eye = Rotation.from_euler("ZY", [azimuth, -elevation], degrees=True).apply([1, 0, 0])
    np.testing.assert_allclose(rotation[2], eye, atol=1e-12)
    assert rotation[0, 2] == 0.0 and rotation[1, 2] >= 0.0  # the third axis points up


def test_turning_keeps_distances() -> None:
    points = np.random.default_rng(0).normal(size=(40, 3)) * [1, 5, 0.1]
    box = box_of(Points3D(*points.T))
    seen = turned(points, box, turning(33.0, -12.0)) * box.unit
    np.testing.assert_allclose(
        np.linalg.norm(seen[1:] - seen[:-1], axis=1),
        np.linalg.norm(points[1:] - points[:-1], axis=1),
    )
    assert np.abs(turned(points, box, np.eye(3))).max() == pytest.approx(1.0)


def test_a_box_has_twelve_edges() -> None:
    assert len(EDGES) == 12
    assert sorted({corner for edge in EDGES for corner in edge}) == list(range(8))


@pytest.mark.parametrize(("azimuth", "elevation"), EYES)
def test_axes_run_upwards_along_edges_that_are_not_behind(azimuth: float, elevation: float) -> None:
    corners = CORNERS @ turning(azimuth, elevation).T
    behind = hidden_corner(corners)
    assert corners[behind, 2] == corners[:, 2].min()
    for axis, (low, high) in enumerate(axis_edges(corners)):
        assert np.flatnonzero(CORNERS[low] != CORNERS[high]).tolist() == [axis]
        assert CORNERS[low, axis] < CORNERS[high, axis]


def test_a_single_place_has_room_around_it() -> None:
    box = box_of(Points3D([2.0, np.nan], [3.0, 1.0], [4.0, 1.0]))
    assert box.ends(0) == (1.0, 3.0)
    assert box_of(Points3D([np.nan], [0.0], [0.0])).empty

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.views.meshes import Meshes


def _sphere(n: int = 400) -> Any:
    points = np.random.default_rng(0).normal(size=(n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def examples() -> dict[str, views.View]:
    broken = _sphere(20)
    broken[3, 2] = np.nan
    return {
        "a sphere": views.meshes(_sphere(), faces=np.zeros((10, 3), int), name="shapes/sphere"),
        "not finite": views.meshes(broken),
    }


def test_points_are_seen_from_two_sides() -> None:
    sphere = _sphere()
    _, front, side = views.meshes(sphere).figure().panels
    assert (front.x.label, front.y.label) == ("x", "y")
    assert np.array_equal(front.marks[0].x, sphere[:, 0])
    assert np.array_equal(front.marks[0].color.values, sphere[:, 2])
    assert np.array_equal(side.marks[0].x, sphere[:, 2])


def test_parts_of_one_mesh_are_put_together(run_writer: Any) -> None:
    writer = run_writer()
    for step in (1, 2):
        vertex = np.full((1, 4, 3), float(step))
        writer.log_arrays("meshes/ball_VERTEX", {"tensor": vertex}, step=step)
    writer.log_arrays("meshes/ball_FACE", {"tensor": np.zeros((1, 2, 3), np.int32)}, step=1)
    run = bs.open(writer.path)
    assert [(o.title, o.steps) for o in Meshes.offers(run)] == [("Meshes: ball", (1, 2))]
    view = run.meshes("ball")
    assert set(view.parts) == {"VERTEX", "FACE"}
    assert view.columns()["x"].tolist() == [2, 2, 2, 2]
    assert "Faces are listed" in view.figure().note


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"`points` must have shape \(n_points, 3\)"):
        views.meshes(np.zeros((3, 2)))

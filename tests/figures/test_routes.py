from __future__ import annotations

import itertools

import numpy as np
import pytest

from bathyscope.figures import Graph
from bathyscope.figures.layout import layered
from bathyscope.figures.routes import plan

BOX, GAP = (1.0, 0.4), (0.3, 0.3)


def planned(n, edges, most_rows=1000):
    x, y = layered(n, np.array(edges).reshape(-1, 2))
    mark = Graph(tuple(map(str, range(n))), x, y, np.array(edges).reshape(-1, 2))
    return plan(mark, box=BOX, gap=GAP, most_rows=most_rows)


def crosses(start, end, center) -> bool:
    """Whether a segment along an axis goes through the inside of a box."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    half = np.array(BOX) / 2 - 0.01
    return bool(((high > center - half) & (low < center + half)).all())


@pytest.mark.parametrize(
    ("n", "edges"),
    [
        (3, [(0, 1), (1, 2), (0, 2)]),
        (13, [(i, i + 1) for i in range(12)] + [(0, 3), (3, 6), (6, 9), (0, 12), (1, 11)]),
        (7, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 5), (4, 6), (5, 6), (3, 6)]),
    ],
)
def test_arrows_do_not_go_through_boxes(n, edges):
    found = planned(n, edges)
    centers = np.stack([found.x, found.y], axis=1)
    for route in found.routes:
        points = np.array(route)
        for start, end in itertools.pairwise(points):
            assert not any(crosses(start, end, center) for center in centers)


def test_arrows_begin_and_end_at_the_borders_of_their_boxes():
    edges = [(0, 1), (1, 2), (0, 2)]
    found = planned(3, edges)
    borders = np.array(BOX) / 2
    centers = np.stack([found.x, found.y], axis=1)
    for route in found.routes:
        for end in (route[0], route[-1]):
            away = np.abs(np.array(end) - centers)
            assert (
                (away <= borders + 1e-9).all(axis=1) & (away >= borders - 1e-9).any(axis=1)
            ).any()


def test_everything_lies_inside_the_plan():
    found = planned(40, [(i, i + 1) for i in range(39)] + [(0, 39), (5, 30)], most_rows=10)
    points = np.array([point for route in found.routes for point in route])
    assert (points >= 0).all()
    assert (points <= (found.width, found.height)).all()
    assert found.x.max() + BOX[0] / 2 <= found.width
    assert found.y.max() + BOX[1] / 2 <= found.height


def test_long_chains_are_folded():
    found = planned(100, [(i, i + 1) for i in range(99)], most_rows=25)
    assert len(set(found.y.round(6))) == 25
    assert len(set(found.x.round(6))) == 4
    assert len(found.routes) == 99


def test_parallel_skips_have_lanes_of_their_own():
    edges = [(i, i + 1) for i in range(5)] + [(0, 4), (1, 5)]
    found = planned(6, edges)
    lanes = [max(x for x, _ in route) for route in found.routes if len(route) == 4]
    assert len(lanes) == 2
    assert abs(lanes[0] - lanes[1]) > 0.05


def test_an_empty_graph_has_a_plan():
    assert planned(0, []).routes == []

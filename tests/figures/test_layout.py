from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope.figures.layout import layered


@st.composite
def dags(draw):
    n = draw(st.integers(1, 30))
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    edges = draw(st.lists(pairs, max_size=60))
    return n, [(min(a, b), max(a, b)) for a, b in edges if a != b]


@given(dags())
@settings(deadline=None, max_examples=80)
def test_edges_point_down_and_nodes_of_a_row_do_not_touch(dag):
    n, edges = dag
    x, y = layered(n, np.array(edges).reshape(-1, 2))
    assert x.shape == y.shape == (n,)
    assert all(y[a] < y[b] for a, b in edges)
    assert x.min() == 0
    assert y.min() == 0
    for row in np.unique(y):
        gaps = np.diff(np.sort(x[y == row]))
        assert (gaps >= 1 - 0.002).all()  # places are rounded to thousandths


@given(dags(), st.randoms())
@settings(deadline=None, max_examples=30)
def test_cycles_do_not_stop_the_layout(dag, random):
    n, edges = dag
    turned = [(b, a) if random.random() < 0.5 else (a, b) for a, b in edges]
    x, y = layered(n, np.array(turned).reshape(-1, 2))
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()


def test_a_chain_is_straight_even_with_skip_connections():
    edges = [(i, i + 1) for i in range(199)] + [(i, i + 3) for i in range(0, 196, 3)]
    x, y = layered(200, edges)
    assert (x == 0).all()
    assert np.array_equal(y, np.arange(200))


def test_branches_stand_beside_each_other_under_their_source():
    x, y = layered(5, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)])
    assert y.tolist() == [0, 1, 1, 1, 2]
    assert sorted(x[1:4]) == [0, 1, 2]
    assert x[0] == pytest.approx(1.0, abs=0.01)
    assert x[4] == pytest.approx(1.0, abs=0.01)


def test_crossings_are_removed():
    x, _ = layered(4, [(0, 3), (1, 2)])
    assert (x[0] - x[1]) * (x[3] - x[2]) > 0


def test_a_source_stands_right_above_its_first_target():
    _, y = layered(4, [(0, 1), (1, 2), (3, 2)])
    assert y.tolist() == [0, 1, 2, 1]


def test_nothing_and_single_nodes():
    assert layered(0, [])[0].shape == (0,)
    assert [part.tolist() for part in layered(1, [])] == [[0], [0]]
    assert layered(2, [(1, 1)])[1].tolist() == [0, 0]


def test_many_dense_edges_end():
    edges = [(i, j) for i in range(120) for j in range(i + 1, 120)]
    x, y = layered(120, edges)
    assert len(set(y)) == 120
    assert np.isfinite(x).all()


def test_the_same_graph_gets_the_same_places():
    edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]
    assert np.array_equal(layered(4, edges)[0], layered(4, edges[::-1])[0])


def test_unknown_nodes_are_refused():
    with pytest.raises(ValueError, match=r"nodes 0 .. 1; got 0 .. 2"):
        layered(2, [(0, 2)])
    with pytest.raises(ValueError, match="`n_nodes` must not be negative"):
        layered(-1, [])

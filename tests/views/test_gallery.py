"""Which samples a picture of samples holds: the first of every order in turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bathyscope.views._gallery import MOST, held, in_turn


@given(
    n=st.integers(1, 60),
    n_orders=st.integers(1, 5),
    least=st.integers(1, 70),
    seed=st.integers(0, 99),
)
def test_the_first_of_every_order_are_held_in_turn(
    n: int, n_orders: int, least: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    orders = {str(i): rng.permutation(n) for i in range(n_orders)}
    wanted: list[int] = []
    for place in range(n):
        for order in orders.values():
            if order[place] not in wanted and len(wanted) < least:
                wanted.append(int(order[place]))
    assert held(orders, sample_bytes=1 << 40, least=least).tolist() == sorted(wanted)


@pytest.mark.parametrize("n", [MOST, MOST + 1, 10 * MOST])
def test_no_more_are_held_than_there_is_room_for(n: int) -> None:
    orders = {"first": np.arange(n), "last": np.arange(n)[::-1]}
    assert len(held(orders, sample_bytes=1, least=1)) == MOST


@given(
    n=st.integers(1, 60),
    n_groups=st.integers(1, 9),
    least=st.integers(1, 70),
    seed=st.integers(0, 99),
)
def test_groups_take_turns(n: int, n_groups: int, least: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    order, groups = rng.permutation(n), rng.integers(-1, n_groups, n)
    by_group = [
        [at for at in order.tolist() if groups[at] == group] for group in range(-1, n_groups)
    ]
    wanted = [
        at
        for turn in range(n)
        for at in order.tolist()
        if any(group[turn : turn + 1] == [at] for group in by_group)
    ]
    found = in_turn(order, groups, least=least).tolist()
    assert found == wanted[: len(found)] and len(found) >= min(least, n)
    assert in_turn(order, groups * 100_000, least=least).tolist() == found

"""Which samples a picture of samples holds, and how a reader may go through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures import Browse, Categories

Rows = NDArray[np.int64]

#: A picture holds at most this many samples, and about this many bytes of them.
MOST = 400
BYTES = 1 << 20


def held(orders: Mapping[str, Rows], *, sample_bytes: int, least: int) -> Rows:
    """Choose the samples a picture holds: the first of every order in turn, until it is full.

    Parameters
    ----------
    orders : mapping of str to array of int, shape (n,)
        The same positions in different orders.
    sample_bytes : int
        What one sample takes.
    least : int
        So many are held, however large they are.

    Returns
    -------
    array of int64
        Positions, increasing.
    """
    most = max(least, min(MOST, BYTES // max(1, sample_bytes)))
    count = len(next(iter(orders.values())))
    if count <= most:
        return np.sort(next(iter(orders.values())))
    # So many of one order alone fill the picture.
    firsts = np.stack([order[:most] for order in orders.values()], axis=1).ravel()
    _, seen_at = np.unique(firsts, return_index=True)
    return np.sort(firsts[np.sort(seen_at)[:most]])


def in_turn(order: Rows, groups: NDArray[np.int64]) -> Rows:
    """Put the first of every group in front, then the second of every group, and so on.

    Parameters
    ----------
    order : array of int, shape (n,)
        Positions.
    groups : array of int, shape (n_all,)
        The group of each position.
    """
    of = groups[order]
    by_group = np.argsort(of, kind="stable")
    first = np.searchsorted(of[by_group], of[by_group])
    place = np.empty(len(of), dtype=np.int64)
    place[by_group] = np.arange(len(of)) - first
    return order[np.argsort(place, kind="stable")]


def browse(
    orders: Mapping[str, Rows],
    at: Rows,
    *,
    facets: Sequence[Categories],
    numbers: Mapping[str, NDArray[Any]],
    first: int,
) -> Browse | None:
    """Say how to go through the held samples; None where there is nothing to choose from.

    Parameters
    ----------
    orders : mapping of str to array of int, shape (n,)
        Positions of all samples that could be held.
    at : array of int, shape (n_held,)
        Positions of those that are, increasing.
    facets : sequence of Categories
        Of the held samples; those that say the same of all are left out.
    numbers : mapping of str to array, shape (n_held,)
        Those that are not known of any sample are left out.
    first : int
        How many are drawn at first.
    """
    if len(at) < 2:
        return None
    total = len(next(iter(orders.values())))
    found = {name: _within(order, at) for name, order in orders.items()}
    return Browse(
        found,
        tuple(facet for facet in facets if len(np.unique(facet.codes)) > 1),
        {name: v.astype(np.float64) for name, v in numbers.items() if not np.isnan(v).all()},
        first,
        total,
    )


def _within(order: Rows, at: Rows) -> Rows:
    """Give the places among ``at`` of those positions of an order that are there."""
    place = np.searchsorted(at, order)
    there = at[np.minimum(place, len(at) - 1)] == order
    return place[there].astype(np.int64)

"""Which samples a picture of samples holds, and how a reader may go through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures import Asked, Browse, Categories
from bathyscope.views._choosing import Choice

Rows = NDArray[np.int64]
#: Puts positions, which increase, in an order.
Sorting = Callable[[Rows], Rows]

#: A picture holds at most this many samples, and about this many bytes of them.
MOST = 400
BYTES = 1 << 20
#: However many a reader asks for, no answer holds more than so many times that.
MOST_TIMES = 10


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


def in_turn(order: Rows, groups: NDArray[np.int64], *, least: int) -> Rows:
    """Give the first of every group, then the second of every group, and so on.

    Parameters
    ----------
    order : array of int, shape (n,)
        Positions.
    groups : array of int, shape (n_all,)
        The group of each position.
    least : int
        So many positions are given at least, where there are so many.
    """
    of = groups[order]
    if of.min(initial=0) >= -1 and of.max(initial=0) < np.iinfo(np.int16).max:
        of = of.astype(np.int16)  # NumPy sorts these ten times as fast
    by_group = np.argsort(of, kind="stable")
    first = np.searchsorted(of[by_group], of[by_group])
    place = np.empty(len(of), dtype=np.int64)
    place[by_group] = np.arange(len(of)) - first
    enough = np.searchsorted(np.cumsum(np.bincount(place)), least)
    early = np.flatnonzero(place <= enough)
    return order[early[np.argsort(place[early], kind="stable")]]


def browse(
    every: Rows,
    at: Rows,
    sortings: Mapping[str, Sorting],
    *,
    facets: Sequence[Categories],
    numbers: Mapping[str, NDArray[Any]],
    first: int,
    asked: Asked | None = None,
) -> Browse | None:
    """Say how to go through the held samples; None where there is nothing to choose from.

    Parameters
    ----------
    every : array of int, shape (n,)
        Positions of all samples that could be held, increasing.
    at : array of int, shape (n_held,)
        Positions of those that are, increasing.
    sortings : mapping of str to callable
        The orders there are: each puts some of these positions in its order.
    facets : sequence of Categories
        Of all positions; those that say the same of all that could be held are left out.
    numbers : mapping of str to array, shape (n_all,)
        Those that are not known of any held sample are left out.
    first : int
        How many are drawn at first.
    asked : Asked, optional
        What a reader asked for, if these are the samples held for that.
    """
    if len(every) < 2:
        return None
    found = {name: np.searchsorted(at, put(at)) for name, put in sortings.items()}
    told = {name: values[at].astype(np.float64) for name, values in numbers.items()}
    return Browse(
        found,
        tuple(taken(facet, at) for facet in telling(facets, every)),
        {name: values for name, values in told.items() if not np.isnan(values).all()},
        first,
        len(every),
        asked=asked,
    )


def telling(facets: Sequence[Categories], at: Rows) -> list[Categories]:
    """Give the facets that do not say the same of all samples."""
    return [facet for facet in facets if np.ptp(facet.codes[at]) > 0]


def taken(facet: Categories, at: Rows) -> Categories:
    """Give what a facet says of some samples."""
    return Categories(facet.codes[at], facet.names, facet.label)


def counts_of(facet: Categories, at: Rows) -> NDArray[np.int64]:
    """Count how many of some samples each name of a facet stands for."""
    codes = facet.codes[at]
    return np.bincount(codes[codes >= 0], minlength=len(facet.names))


def answered(
    choice: Choice,
    every: Rows,
    sortings: Mapping[str, Sorting],
    *,
    facets: Sequence[Categories],
    found: NDArray[np.bool_],
    column: NDArray[Any] | None,
    sample_bytes: int,
    least: int,
) -> tuple[Rows, Asked]:
    """Choose the samples a picture holds for a reader's choice: the first that are like that.

    Parameters
    ----------
    choice : Choice
    every : array of int, shape (n,)
        Positions of all samples that could be held, increasing.
    sortings : mapping of str to callable
        The orders there are: each puts some of these positions in its order.
    facets : sequence of Categories
        Of all positions.
    found : array of bool, shape (n_all,)
        Which samples hold the words and are among the ids that were asked for.
    column : array, shape (n_all,), optional
        By whose values they are ordered instead.
    sample_bytes, least : int
        As for `held`.

    Returns
    -------
    at : array of int64
        Positions, increasing.
    asked : Asked
        With the places among ``at``.
    """
    asked_of = telling(facets, every)
    fits = {facet.label: _fits(facet, choice) for facet in asked_of}
    # Few of a million samples may be like that: only these are put in order.
    put = sortings.get(choice.order, next(iter(sortings.values())))
    kept = put(every[_all_of(found, *fits.values())[every]])
    kept = kept[::-1] if choice.is_reversed else kept
    if column is not None:
        kept = kept[by_values(column[kept], is_descending=choice.is_descending)]
    room = max(least, min(MOST, BYTES // max(1, sample_bytes)))
    drawn = kept[: int(np.clip(choice.count, room, MOST_TIMES * room))]
    counts = {
        facet.label: counts_of(facet, every[_all_of(found, *_others(fits, facet.label))[every]])
        for facet in asked_of
    }
    # None is like that: a picture holds something all the same.
    at = np.sort(drawn) if len(drawn) else every[:1]
    return at, Asked(choice.text, np.searchsorted(at, drawn), len(kept), counts)


def by_values(values: NDArray[Any], *, is_descending: bool) -> Rows:
    """Order rows by their values as tables do: equal ones stay as they are, NaN comes last."""
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    ranks = np.unique(values, return_inverse=True)[1]
    return np.lexsort((-ranks if is_descending else ranks, missing))


def _fits(facet: Categories, choice: Choice) -> NDArray[np.bool_]:
    """Tell which samples have the name that was asked for; all where the name is unknown."""
    name = choice.only.get(facet.label)
    if name is None or name not in facet.names:
        return np.ones(len(facet.codes), dtype=bool)
    return facet.codes == facet.names.index(name)


def _others(fits: Mapping[str, NDArray[np.bool_]], label: str) -> list[NDArray[np.bool_]]:
    return [fit for name, fit in fits.items() if name != label]


def _all_of(*among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.logical_and.reduce(among)

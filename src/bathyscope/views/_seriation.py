"""Order classes so that those that are confused stand side by side."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: With more classes the best order is not looked for: time and memory grow with their third power.
OPTIMAL = 200


@dataclass(frozen=True, eq=False)
class _Cluster:
    """Classes that stand side by side.

    ``cost[i, j]`` is the least total distance between neighbours, where ``leaves[i]`` is the first
    and ``leaves[j]`` the last; infinite where the tree does not allow it.
    """

    leaves: NDArray[np.int64]
    cost: NDArray[np.float64] | None
    parts: tuple[_Cluster, _Cluster] | None = None


def clustered_order(counts: NDArray[Any], *, optimal: int = OPTIMAL) -> NDArray[np.int64]:
    """Order classes by average-linkage clustering of how often they are confused.

    Of all orders that keep the clusters together, that in which neighbours are confused most is
    taken; classes that are never confused stay in their order.

    Parameters
    ----------
    counts : array, shape (n_classes, n_classes)
        Rows are true classes.
    optimal : int
        With more classes, of two clusters that are joined the one with the smaller first class
        comes first.

    Returns
    -------
    array of int64, shape (n_classes,)

    References
    ----------
    R. R. Sokal and C. D. Michener, "A statistical method for evaluating systematic
    relationships", University of Kansas Science Bulletin 38 (1958), 1409-1438.
    Z. Bar-Joseph, D. K. Gifford and T. S. Jaakkola, "Fast optimal leaf ordering for hierarchical
    clustering", Bioinformatics 17 (2001), S22-S29.
    """
    similarity = _confusion_rates(counts)
    best = len(counts) <= optimal
    distance = _distances(similarity, len(counts)) if best else np.zeros((0, 0))
    clusters = {index: _single(index, best) for index in range(len(counts))}
    for kept, gone in _joins(similarity, len(counts)):
        clusters[kept] = _joined(clusters[kept], clusters.pop(gone), distance)
    # The rest are never confused, and stay in their order.
    ordered = [_best_order(cluster, distance) for cluster in clusters.values()]
    ordered.sort(key=lambda leaves: int(leaves.min()))
    return np.concatenate(ordered) if ordered else np.arange(0)


def _single(index: int, best: bool) -> _Cluster:
    return _Cluster(np.array([index]), np.zeros((1, 1)) if best else None)


def _joined(one: _Cluster, other: _Cluster, distance: NDArray[np.float64]) -> _Cluster:
    leaves = np.concatenate([one.leaves, other.leaves])
    if one.cost is None or other.cost is None:
        return _Cluster(leaves, None, (one, other))
    between = distance[np.ix_(one.leaves, other.leaves)]
    if len(one.leaves) >= len(other.leaves):
        across = _cheapest(one.cost, between, other.cost)
    else:
        across = _cheapest(other.cost, between.T, one.cost).T
    split = len(one.leaves)
    cost = np.full((len(leaves), len(leaves)), np.inf)
    cost[:split, split:], cost[split:, :split] = across, across.T
    return _Cluster(leaves, cost, (one, other))


def _cheapest(
    large: NDArray[np.float64], between: NDArray[np.float64], small: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give min over m, k of ``large[u, m] + between[m, k] + small[k, w]``, for every u and w."""
    to_edge = np.stack([(large + column).min(axis=1) for column in between.T], axis=1)
    found = np.full(between.shape, np.inf)
    for k, row in enumerate(small):
        np.minimum(found, to_edge[:, k, None] + row, out=found)
    return found


def _best_order(cluster: _Cluster, distance: NDArray[np.float64]) -> NDArray[np.int64]:
    """Put the leaves into the order of least cost, the end with the smaller class first."""
    if cluster.cost is None or cluster.parts is None:
        return cluster.leaves
    first, last = np.unravel_index(int(cluster.cost.argmin()), cluster.cost.shape)
    ends = int(cluster.leaves[first]), int(cluster.leaves[last])
    return np.array(_between(cluster, min(ends), max(ends), distance), dtype=np.int64)


def _between(cluster: _Cluster, first: int, last: int, distance: NDArray[np.float64]) -> list[int]:
    """Give the leaves from one end to the other, in the order of least cost."""
    if cluster.parts is None:
        return [first]
    left, right = cluster.parts
    if first not in left.leaves:
        left, right = right, left
    assert left.cost is not None
    assert right.cost is not None
    from_first = left.cost[np.flatnonzero(left.leaves == first)[0]]
    to_last = right.cost[:, np.flatnonzero(right.leaves == last)[0]]
    total = from_first[:, None] + distance[np.ix_(left.leaves, right.leaves)] + to_last
    m, k = np.unravel_index(int(total.argmin()), total.shape)
    before = _between(left, first, int(left.leaves[m]), distance)
    return before + _between(right, int(right.leaves[k]), last, distance)


class _Pairs(NamedTuple):
    """Pairs of classes that are confused, each twice; all arrays have shape (n_pairs,)."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    similarity: NDArray[np.float64]


def _confusion_rates(counts: NDArray[Any]) -> _Pairs:
    """Give how often two classes are confused, both ways, as shares of the true classes."""
    totals = np.maximum(counts.sum(axis=1), 1)
    true, taken = np.nonzero(counts)
    true, taken = true[true != taken], taken[true != taken]
    rates = counts[true, taken] / totals[true]
    places = np.concatenate([true * len(counts) + taken, taken * len(counts) + true])
    pairs, which = np.unique(places, return_inverse=True)
    one, other = np.divmod(pairs, max(1, len(counts)))
    similarity = np.zeros(len(pairs))
    np.add.at(similarity, which, np.tile(rates, 2))
    return _Pairs(one, other, similarity)


def _distances(similarity: _Pairs, count: int) -> NDArray[np.float64]:
    """Give how far apart every two classes are: 0 for those that are confused most."""
    most = similarity.similarity.max(initial=0.0)
    distance = np.full((count, count), most)
    distance[similarity.one, similarity.other] -= similarity.similarity
    return distance


def _joins(similarity: _Pairs, count: int) -> Iterator[tuple[int, int]]:
    """Give which cluster takes up which, the most similar ones first.

    A cluster is called by its first class, and its similarity to another is the mean over all
    pairs of their classes: that of two joined clusters follows from those of both.
    """
    near: list[dict[int, float]] = [{} for _ in range(count)]
    for one, other, similar in zip(*(column.tolist() for column in similarity), strict=True):
        near[one][other] = similar
    # What has changed since it was put there is passed over.
    waiting = [(-near[a][b], a, b) for a in range(count) for b in near[a] if a < b]
    heapq.heapify(waiting)
    sizes = [1] * count
    while waiting:
        negative, kept, gone = heapq.heappop(waiting)
        if near[kept].get(gone) != -negative:
            continue
        yield kept, gone
        joined, taken = near[kept], near[gone]
        near[gone] = {}
        del joined[gone], taken[kept]
        weight = sizes[kept] / sizes[gone]
        for third in joined.keys() | taken.keys():
            similar = (weight * joined.get(third, 0.0) + taken.get(third, 0.0)) / (weight + 1)
            joined[third] = near[third][kept] = similar
            near[third].pop(gone, None)
            heapq.heappush(waiting, (-similar, min(kept, third), max(kept, third)))
        sizes[kept] += sizes[gone]

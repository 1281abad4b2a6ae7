"""Order classes so that those that are confused stand side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    finite = similarity[np.isfinite(similarity)]
    distance = (finite.max() if finite.size else 0.0) - similarity
    best = len(counts) <= optimal
    clusters = {index: _single(index, best) for index in range(len(counts))}
    # The most similar other cluster of each, kept up to date: finding it anew is what takes long.
    nearest = similarity.argmax(axis=1)
    closeness = similarity[np.arange(len(counts)), nearest]
    while len(clusters) > 1:
        one = int(closeness.argmax())
        if closeness[one] <= 0:  # the rest are never confused, and stay in their order
            break
        other = int(nearest[one])
        first = clusters[one].leaves.min() < clusters[other].leaves.min()
        kept, gone = (one, other) if first else (other, one)
        sizes = len(clusters[kept].leaves), len(clusters[gone].leaves)
        _join(similarity, kept, gone, weight=sizes[0] / sizes[1])
        clusters[kept] = _joined(clusters[kept], clusters.pop(gone), distance)
        _follow(similarity, nearest, closeness, (kept, gone))
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


def _follow(
    similarity: NDArray[np.float64],
    nearest: NDArray[np.int64],
    closeness: NDArray[np.float64],
    joined: tuple[int, int],
) -> None:
    """Bring up to date who is nearest to whom, after two clusters were joined into the first."""
    kept, gone = joined
    anew = (nearest == kept) | (nearest == gone)
    anew[[kept, gone]] = True
    rows = np.flatnonzero(anew)
    nearest[rows] = similarity[rows].argmax(axis=1)
    closeness[rows] = similarity[rows, nearest[rows]]
    to_kept = similarity[:, kept]
    closer = (to_kept > closeness) | ((to_kept == closeness) & (kept < nearest))
    nearest[closer], closeness[closer] = kept, to_kept[closer]


def _confusion_rates(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Give how often two classes are confused, both ways, as shares of the true classes."""
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rates = counts / totals
    similarity = (rates + rates.T).astype(np.float64)
    np.fill_diagonal(similarity, -np.inf)
    return similarity


def _join(similarity: NDArray[np.float64], kept: int, gone: int, *, weight: float) -> None:
    """Let one cluster stand for two; ``weight`` is how many times larger it was."""
    joint = (weight * similarity[kept] + similarity[gone]) / (weight + 1)
    similarity[kept] = similarity[:, kept] = joint
    similarity[kept, kept] = -np.inf
    similarity[gone] = similarity[:, gone] = -np.inf

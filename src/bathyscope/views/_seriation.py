"""Order classes so that those that are confused stand side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def clustered_order(counts: NDArray[Any]) -> NDArray[np.int64]:
    """Order classes by average-linkage clustering of how often they are confused.

    Parameters
    ----------
    counts : array, shape (n_classes, n_classes)
        Rows are true classes.

    Returns
    -------
    array of int64, shape (n_classes,)
        Of two clusters that are joined, the one with the smaller first class comes first.

    References
    ----------
    R. R. Sokal and C. D. Michener, "A statistical method for evaluating systematic
    relationships", University of Kansas Science Bulletin 38 (1958), 1409-1438.
    """
    similarity = _confusion_rates(counts)
    clusters = {index: [index] for index in range(len(counts))}
    # The most similar other cluster of each, kept up to date: finding it anew is what takes long.
    nearest = similarity.argmax(axis=1)
    closeness = similarity[np.arange(len(counts)), nearest]
    while len(clusters) > 1:
        one = int(closeness.argmax())
        if closeness[one] <= 0:  # the rest are never confused, and stay in their order
            break
        other = int(nearest[one])
        kept, gone = (one, other) if clusters[one] < clusters[other] else (other, one)
        _join(similarity, kept, gone, weight=len(clusters[kept]) / len(clusters[gone]))
        clusters[kept] += clusters.pop(gone)
        _follow(similarity, nearest, closeness, (kept, gone))
    return np.array([index for first in sorted(clusters) for index in clusters[first]], np.int64)


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

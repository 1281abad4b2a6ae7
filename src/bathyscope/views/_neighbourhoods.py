"""Who is near whom: nearest neighbours, and how well a picture keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope.views._words import check_choice

Floats = NDArray[np.float64]
Metric = Literal["euclidean", "cosine"]
METRICS: tuple[Metric, ...] = ("euclidean", "cosine")

#: Whether neighbours are kept is asked of all pairs; of more samples so many are judged.
JUDGED = 2000
#: So many samples are compared with all others at a time.
_BLOCK = 256
#: So many candidates more than neighbours are compared exactly: products round.
_SPARE = 8


@dataclass(frozen=True)
class Kept:
    """How well a picture keeps neighbours, from 0 to 1.

    Parameters
    ----------
    trustworthiness : float
        1 if no neighbour in the picture is a false one.
    continuity : float
        1 if no neighbour is missing from the picture.
    n_neighbors : int
    n_judged : int
        On how many samples it rests.
    """

    trustworthiness: float
    continuity: float
    n_neighbors: int
    n_judged: int


def distances(vectors: NDArray[Any], to: NDArray[Any], metric: Metric) -> Floats:
    """Give the distance of every vector to one.

    Parameters
    ----------
    vectors : array, shape (n_samples, n_features)
    to : array, shape (n_features,)
    metric : {"euclidean", "cosine"}
        Cosine: 1 minus the cosine of the angle; a vector of zeros is at distance 1 of all.
    """
    check_choice("metric", metric, METRICS)
    table, one = np.asarray(vectors, np.float64), np.asarray(to, np.float64)
    if metric == "euclidean":
        return np.linalg.norm(table - one, axis=1)
    unit, direction = _unit(table), _unit(one[None])[0]
    # Halved squares of differences are exact where vectors almost agree; products are not.
    apart = ((unit - direction) ** 2).sum(axis=1) / 2
    nothing = ~unit.any(axis=1) | (not direction.any())
    return np.where(nothing, 1.0, apart)


def _unit(table: Floats) -> Floats:
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    return np.divide(table, lengths, out=np.zeros_like(table), where=lengths > 0)


def nearest(
    vectors: NDArray[Any], row: int, *, count: int, metric: Metric = "euclidean"
) -> tuple[NDArray[np.int64], Floats]:
    """Find the nearest neighbours of one sample, exactly.

    Parameters
    ----------
    vectors : array, shape (n_samples, n_features)
    row : int
        Whose neighbours.
    count : int
        How many; fewer where there are no more samples.
    metric : {"euclidean", "cosine"}

    Returns
    -------
    rows : array of int, shape (k,)
        Without ``row`` itself; the nearest first, of equals the first.
    distances : array of float64, shape (k,)
    """
    if count < 1:
        raise ValueError(f"`count` must be at least 1; got {count}.")
    if not 0 <= row < len(vectors):
        raise ValueError(f"`row` must lie in 0 .. {len(vectors) - 1}; got {row}.")
    apart = distances(vectors, vectors[row], metric)
    order = np.argsort(apart, kind="stable")
    found = order[order != row][:count]
    return found, apart[found]


def nearest_of_all(
    vectors: NDArray[Any], *, count: int, metric: Metric = "euclidean"
) -> tuple[NDArray[np.int64], Floats]:
    """Find the nearest neighbours of every sample.

    Parameters
    ----------
    vectors : array, shape (n_samples, n_features)
    count : int
        How many of each; fewer where there are no more samples.
    metric : {"euclidean", "cosine"}

    Returns
    -------
    rows : array of int, shape (n_samples, k)
        Without the sample itself; the nearest first, of equals any.
    distances : array of float64, shape (n_samples, k)
    """
    if count < 1:
        raise ValueError(f"`count` must be at least 1; got {count}.")
    check_choice("metric", metric, METRICS)
    table = np.asarray(vectors, np.float64)
    # Products tell near from far well enough to choose candidates, which are then compared exactly.
    points = table - table.mean(axis=0) if metric == "euclidean" else _unit(table)
    squares = (points**2).sum(axis=1) if metric == "euclidean" else np.zeros(len(points))
    k = min(count, len(table) - 1)
    most = min(k + _SPARE, len(table) - 1)
    rows, apart = np.empty((len(table), k), np.int64), np.empty((len(table), k))
    for start in range(0, len(table) if k else 0, _BLOCK):
        own = np.arange(start, min(start + _BLOCK, len(table)))
        far = squares - 2 * points[own] @ points.T
        far[np.arange(len(own)), own] = np.inf
        near = np.sort(np.argpartition(far, most - 1, axis=1)[:, :most], axis=1)
        exact = np.stack(
            [
                distances(table[found], table[row], metric)
                for row, found in zip(own, near, strict=True)
            ]
        )
        order = np.argsort(exact, axis=1, kind="stable")[:, :k]
        rows[own] = np.take_along_axis(near, order, axis=1)
        apart[own] = np.take_along_axis(exact, order, axis=1)
    return rows, apart


def kept(vectors: NDArray[Any], positions: Floats, *, n_neighbors: int, seed: int) -> Kept:
    """Measure how well a picture keeps the neighbours of its samples.

    Parameters
    ----------
    vectors : array, shape (n_samples, n_features)
    positions : array, shape (n_samples, n_dimensions)
    n_neighbors : int
        Less than half the samples.
    seed : int
        Of the choice of samples, where there are more than 2,000.

    References
    ----------
    J. Venna and S. Kaski, "Neighborhood preservation in nonlinear projection methods",
    ICANN (2001), 485-491.
    """
    count = len(vectors)
    at = np.arange(count)
    if count > JUDGED:
        at = np.sort(np.random.default_rng(seed).choice(count, JUDGED, replace=False))
    truth, picture = _orders(vectors[at]), _orders(positions[at])
    return Kept(
        _without_intruders(truth, picture, n_neighbors),
        _without_intruders(picture, truth, n_neighbors),
        n_neighbors,
        len(at),
    )


def _orders(points: NDArray[Any]) -> NDArray[np.int64]:
    """Order all samples by their distance to each, itself first: shape (n, n)."""
    table = np.asarray(points, np.float64)
    table = table - table.mean(axis=0)  # else far from 0 the squares hide what is near
    squares = (table**2).sum(axis=1)
    apart = squares[:, None] + squares - 2 * table @ table.T
    np.fill_diagonal(apart, -np.inf)
    return np.argsort(apart, axis=1, kind="stable")


def _without_intruders(
    truth: NDArray[np.int64], picture: NDArray[np.int64], n_neighbors: int
) -> float:
    """1 less the ranks by which neighbours of the second order miss the first, normalised."""
    count = len(truth)
    ranks = np.empty_like(truth)
    np.put_along_axis(ranks, truth, np.broadcast_to(np.arange(count), truth.shape), axis=1)
    of_neighbours = np.take_along_axis(ranks, picture[:, 1 : n_neighbors + 1], axis=1)
    excess = np.maximum(of_neighbours - n_neighbors, 0).sum()
    most = count * n_neighbors * (2 * count - 3 * n_neighbors - 1)
    return float(1 - 2 * excess / most)

"""Pictures of one set of samples at several steps, turned so that they can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Placed:
    """Where samples lay before.

    Parameters
    ----------
    sample : array, shape (n,)
        Ids.
    positions : array of float64, shape (n, n_dimensions)
    """

    sample: NDArray[Any]
    positions: Floats

    def rows_of(self, sample: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the rows, of those asked for and of those here, that are the same samples."""
        _, ours, theirs = np.intersect1d(sample, self.sample, return_indices=True)
        return ours, theirs


def aligned(positions: Floats, sample: NDArray[Any], before: Placed) -> Floats:
    """Turn and mirror a picture, and move it, until its samples lie nearest to where they lay.

    Distances within the picture stay as they are: nothing is stretched.

    Parameters
    ----------
    positions : array, shape (n, n_dimensions)
    sample : array, shape (n,)
        Ids; those that were not there before follow the others.
    before : Placed

    References
    ----------
    P. H. Schönemann, "A generalized solution of the orthogonal Procrustes problem",
    Psychometrika 31 (1966), 1-10.
    """
    ours, theirs = before.rows_of(sample)
    if not len(ours):
        return positions
    now, then = positions[ours], before.positions[theirs]
    left, _, right = np.linalg.svd((now - now.mean(axis=0)).T @ (then - then.mean(axis=0)))
    return (positions - now.mean(axis=0)) @ (left @ right) + then.mean(axis=0)


def starting_places(sample: NDArray[Any], before: Placed) -> Floats:
    """Give samples the places they had; new ones begin in the middle, apart by very little."""
    ours, theirs = before.rows_of(sample)
    spread = float(before.positions.std()) or 1.0
    noise = np.random.default_rng(0).normal(size=(len(sample), before.positions.shape[1]))
    places = before.positions.mean(axis=0) + noise * spread * 1e-3
    places[ours] = before.positions[theirs]
    return places

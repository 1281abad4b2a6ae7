"""From many dimensions to two: PCA, t-SNE and UMAP, each with a number for what is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope._optional import require

Floats = NDArray[np.float64]
Method = Literal["pca", "tsne", "umap", "raw"]

#: t-SNE and UMAP need at least this many points to have neighbours.
FEWEST = 5
#: Trustworthiness compares all pairs; of more points a sample is judged.
_JUDGED = 2000


@dataclass(frozen=True, eq=False)
class Pca:
    """Directions of largest variance.

    Parameters
    ----------
    mean : array, shape (n_features,)
    directions : array, shape (n_components, n_features)
        Orthonormal; the largest entry of each is positive.
    """

    mean: Floats
    directions: Floats

    @classmethod
    def fit(cls, vectors: NDArray[Any], n_components: int) -> Pca:
        """Find the directions by a singular value decomposition of the centred vectors."""
        values = np.asarray(vectors, dtype=np.float64)
        mean = values.mean(axis=0)
        _, _, rows = np.linalg.svd(values - mean, full_matrices=False)
        directions = _padded(rows[:n_components], n_components)
        largest = np.abs(directions).argmax(axis=1)
        signs = np.sign(directions[np.arange(len(directions)), largest])
        return cls(mean, directions * np.where(signs < 0, -1.0, 1.0)[:, None])

    def transform(self, vectors: NDArray[Any]) -> Floats:
        """Give coordinates along the directions: shape (n_samples, n_components)."""
        return (np.asarray(vectors, dtype=np.float64) - self.mean) @ self.directions.T

    def shares(self, vectors: NDArray[Any]) -> Floats:
        """Share of the vectors' own variance along each direction; NaN if there is none."""
        total = float(np.var(np.asarray(vectors, dtype=np.float64), axis=0).sum())
        along = np.var(self.transform(vectors), axis=0)
        return along / total if total > 0 else np.full(len(along), np.nan)


def _padded(rows: Floats, count: int) -> Floats:
    """Add directions of zeros where there are fewer samples or features than components."""
    return np.vstack([rows, np.zeros((count - len(rows), rows.shape[1]))])


def tsne(vectors: NDArray[Any], *, perplexity: float, seed: int) -> Floats:
    """Embed by t-SNE: shape (n_samples, 2).

    References
    ----------
    L. van der Maaten and G. Hinton, "Visualizing data using t-SNE", Journal of Machine Learning
    Research 9 (2008), 2579-2605.
    """
    manifold = require("sklearn.manifold", extra="projections", caller="method='tsne'")
    embedding = manifold.TSNE(
        perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed
    )
    return np.asarray(embedding.fit_transform(vectors), dtype=np.float64)


def umap(vectors: NDArray[Any], *, n_neighbors: int, min_dist: float, seed: int) -> Floats:
    """Embed by UMAP: shape (n_samples, 2).

    References
    ----------
    L. McInnes, J. Healy and J. Melville, "UMAP: uniform manifold approximation and projection for
    dimension reduction", arXiv:1802.03426 (2018).
    """
    library = require("umap", extra="projections", caller="method='umap'")
    # Its spectral start needs more points than it has components to spare.
    start = "spectral" if len(vectors) > 2 * FEWEST else "random"
    embedding = library.UMAP(
        n_neighbors=n_neighbors, min_dist=min_dist, random_state=seed, n_jobs=1, init=start
    )
    return np.asarray(embedding.fit_transform(vectors), dtype=np.float64)


def trustworthiness(
    vectors: NDArray[Any], positions: Floats, *, n_neighbors: int, seed: int
) -> tuple[float, int]:
    """Say how far neighbours in the picture are neighbours in truth.

    Parameters
    ----------
    vectors : array, shape (n_samples, n_features)
    positions : array, shape (n_samples, 2)
    n_neighbors : int
    seed : int
        Of the choice of samples, where there are more than 2,000.

    Returns
    -------
    value : float
        1 if no point has a false neighbour.
    n_judged : int
        On how many samples it rests.

    References
    ----------
    J. Venna and S. Kaski, "Neighborhood preservation in nonlinear projection methods",
    ICANN (2001), 485-491.
    """
    manifold = require("sklearn.manifold", extra="projections", caller="trustworthiness")
    count = len(vectors)
    at = np.arange(count)
    if count > _JUDGED:
        at = np.sort(np.random.default_rng(seed).choice(count, _JUDGED, replace=False))
    value = manifold.trustworthiness(vectors[at], positions[at], n_neighbors=n_neighbors)
    return float(value), len(at)

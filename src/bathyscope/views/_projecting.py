"""Choose and run a projection, and say what it did and what it loses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.views._projections import (
    FEWEST,
    Floats,
    Method,
    Pca,
    trustworthiness,
    tsne,
    umap,
)  # fmt: skip
from bathyscope.views._words import check_choice

#: More points than this take t-SNE minutes.
MOST_TSNE = 5000


@dataclass(frozen=True, eq=False)
class Projected:
    """Coordinates of samples.

    Parameters
    ----------
    positions : array of float64, shape (n_samples, 1 or 2)
    axes : tuple of str
        What each coordinate is; for axis labels.
    names : tuple of str
        The same, short; for columns.
    note : str
        Method, parameters, seed, and what is lost.
    """

    positions: Floats
    axes: tuple[str, ...]
    names: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Projector:
    """A projection with its parameters.

    Parameters
    ----------
    method : {"pca", "tsne", "umap", "raw"}
        ``raw`` shows the features themselves.
    components : tuple of int
        Which principal components or features, counted from 0.
    seed : int
        Of t-SNE and UMAP.
    perplexity : float
        Of t-SNE.
    n_neighbors : int
        Of UMAP, and of trustworthiness.
    min_dist : float
        Of UMAP.
    """

    method: Method = "pca"
    components: tuple[int, ...] = (0, 1)
    seed: int = 0
    perplexity: float = 30.0
    n_neighbors: int = 15
    min_dist: float = 0.1

    def __post_init__(self) -> None:
        check_choice("method", self.method, ("pca", "tsne", "umap", "raw"))
        if len(self.components) not in (1, 2) or min(self.components) < 0:
            raise ValueError(
                "`components` must be one or two numbers from 0, such as (0, 1); "
                f"got {self.components}."
            )

    def project(self, vectors: NDArray[Any], *, fit: NDArray[Any] | None = None) -> Projected:
        """Place vectors.

        Parameters
        ----------
        vectors : array, shape (n_samples, n_features)
        fit : array, shape (any, n_features), optional
            Vectors whose principal components are used; by default the vectors' own.
        """
        if fit is not None and self.method != "pca":
            raise ValueError(
                "`fit` needs `method='pca'`: t-SNE and UMAP give no axes that could be kept; "
                f"got {self.method!r}."
            )
        if self.method == "pca":
            return self._pca(vectors, vectors if fit is None else fit)
        return self._raw(vectors) if self.method == "raw" else self._neighbours(vectors)

    def _pca(self, vectors: NDArray[Any], fit: NDArray[Any]) -> Projected:
        self._check_components(vectors, "principal component")
        if fit.shape[1:] != vectors.shape[1:]:
            raise ValueError(
                f"`fit` must have {vectors.shape[1]} features, as the vectors; got {fit.shape}."
            )
        found = Pca.fit(fit, max(self.components) + 1)
        chosen = list(self.components)
        shares = found.shares(vectors)[chosen]
        axes = tuple(
            f"principal component {component + 1}{_percent(share)}"
            for component, share in zip(chosen, shares, strict=True)
        )
        names = tuple(f"pca_{component + 1}" for component in chosen)
        told = f"PCA: {shares.sum():.1%} of the variance is in this picture."
        if np.isnan(shares).any():
            told = "PCA: all vectors are equal, and have no variance."
        return Projected(found.transform(vectors)[:, chosen], axes, names, told)

    def _raw(self, vectors: NDArray[Any]) -> Projected:
        self._check_components(vectors, "feature")
        chosen = list(self.components)
        names = tuple(f"feature_{component}" for component in chosen)
        axes = tuple(f"feature {component}" for component in chosen)
        return Projected(vectors[:, chosen].astype(np.float64), axes, names)

    def _check_components(self, vectors: NDArray[Any], what: str) -> None:
        known = vectors.shape[1]
        # A scatter of vectors of one number has nothing on its second axis.
        if max(self.components) >= max(known, 2 if self.method == "pca" else 1):
            raise ValueError(
                f"`components` must lie in 0 .. {known - 1}: the vectors have {known} features; "
                f"got {what} {max(self.components)}."
            )

    def _neighbours(self, vectors: NDArray[Any]) -> Projected:
        count = len(vectors)
        if count < FEWEST:
            raise ValueError(
                f"`method={self.method!r}` needs at least {FEWEST} samples; got {count}. "
                "Use `method='pca'`."
            )
        if self.method == "tsne":
            perplexity = min(self.perplexity, (count - 1) / 3)
            positions = tsne(vectors, perplexity=perplexity, seed=self.seed)
            name, told = "t-SNE", f"perplexity {perplexity:.3g}"
        else:
            near = min(self.n_neighbors, count - 1)
            positions = umap(vectors, n_neighbors=near, min_dist=self.min_dist, seed=self.seed)
            name, told = "UMAP", f"{near} neighbours, minimal distance {self.min_dist:g}"
        axes = tuple(f"{name} {axis + 1}" for axis in range(2))
        names = tuple(f"{self.method}_{axis + 1}" for axis in range(2))
        note = f"{name}: {told}, seed {self.seed}. {self._trust(vectors, positions)}"
        return Projected(positions, axes, names, note)

    def _trust(self, vectors: NDArray[Any], positions: Floats) -> str:
        near = min(self.n_neighbors, (len(vectors) - 1) // 2)
        value, judged = trustworthiness(vectors, positions, n_neighbors=near, seed=self.seed)
        on = f", judged on {judged:,} samples" if judged < len(vectors) else ""
        return (
            f"Trustworthiness {value:.3f} ({near} neighbours{on}; 1: no false neighbours). "
            "Distances between clusters mean little."
        )


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f" ({share:.1%} of the variance)"

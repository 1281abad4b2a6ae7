"""Choose and run a projection, and say what it did and what it loses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.views._aligning import Placed, aligned, starting_places
from bathyscope.views._neighbourhoods import JUDGED, Kept, kept
from bathyscope.views._projections import FEWEST, Floats, Method, Pca, Told, tsne, umap
from bathyscope.views._words import check_choice, count_text, sentences

#: More points than this take t-SNE minutes.
MOST_TSNE = 5000


@dataclass(frozen=True, eq=False)
class Projected:
    """Coordinates of samples.

    Parameters
    ----------
    positions : array of float64, shape (n_samples, 1, 2 or 3)
    axes : tuple of str
        What each coordinate is; for axis labels.
    names : tuple of str
        The same, short; for columns.
    note : str
        Method, parameters, seed, and what is lost.
    kept : Kept, optional
        How well neighbours are kept, where it was measured.
    """

    positions: Floats
    axes: tuple[str, ...]
    names: tuple[str, ...]
    note: str = ""
    kept: Kept | None = None


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
        Of UMAP, and of the judgement how well neighbours are kept.
    min_dist : float
        Of UMAP.
    judge : bool
        Say of PCA too how well it keeps neighbours; t-SNE and UMAP always say it.
    """

    method: Method = "pca"
    components: tuple[int, ...] = (0, 1)
    seed: int = 0
    perplexity: float = 30.0
    n_neighbors: int = 15
    min_dist: float = 0.1
    judge: bool = False

    def __post_init__(self) -> None:
        check_choice("method", self.method, ("pca", "tsne", "umap", "raw"))
        if len(self.components) not in (1, 2, 3) or min(self.components) < 0:
            raise ValueError(
                "`components` must be one to three numbers from 0, such as (0, 1); "
                f"got {self.components}."
            )
        if not self.perplexity > 0 or self.n_neighbors < 2 or not 0 <= self.min_dist <= 1:
            raise ValueError(
                "`perplexity` must be positive, `n_neighbors` at least 2 and `min_dist` in 0 .. 1; "
                f"got {self.perplexity:g}, {self.n_neighbors} and {self.min_dist:g}."
            )

    @property
    def dimensions(self) -> int:
        """How many coordinates t-SNE and UMAP give: two, or three."""
        return max(2, len(self.components))

    def project(
        self,
        vectors: NDArray[Any],
        *,
        fit: NDArray[Any] | None = None,
        sample: NDArray[Any] | None = None,
        before: Placed | None = None,
        told: Told | None = None,
    ) -> Projected:
        """Place vectors.

        Parameters
        ----------
        vectors : array, shape (n_samples, n_features)
        fit : array, shape (any, n_features), optional
            Vectors whose principal components are used; by default the vectors' own.
        sample : array, shape (n_samples,), optional
            Ids, by which ``before`` knows the vectors.
        before : Placed, optional
            Where samples lay at another step: the picture is turned and mirrored to match, and
            t-SNE and UMAP begin from there.
        told : function, optional
            Called with the share that is done, from 0 to 1.
        """
        if fit is not None and self.method != "pca":
            raise ValueError(
                "`fit` needs `method='pca'`: t-SNE and UMAP give no axes that could be kept; "
                f"got {self.method!r}."
            )
        if before is not None and (sample is None or self.method == "raw" or fit is not None):
            raise ValueError("`before` needs `sample`, and neither 'raw' nor `fit`.")
        ids = np.arange(len(vectors)) if sample is None else sample
        if self.method == "raw":
            return self._raw(vectors)
        if self.method == "pca":
            return self._pca(vectors, vectors if fit is None else fit, ids, before=before)
        return self._neighbours(vectors, ids, before=before, told=told)

    def _pca(
        self, vectors: NDArray[Any], fit: NDArray[Any], ids: NDArray[Any], *, before: Placed | None
    ) -> Projected:
        self._check_components(vectors, "principal component")
        if fit.shape[1:] != vectors.shape[1:]:
            raise ValueError(
                f"`fit` must have {vectors.shape[1]} features, as the vectors; got {fit.shape}."
            )
        chosen = self.components
        found = Pca.fit(fit, max(chosen) + 1).only(chosen)
        positions = found.transform(vectors)
        shares = found.own_shares if fit is vectors else found.shares(vectors)
        # What is left of rounding is no direction: drawn, it would fill its axis.
        is_empty = shares <= _rounding(vectors)
        positions[:, is_empty] = 0.0
        told = _variance_text(shares, n_empty=int(is_empty.sum()))
        axes = tuple(
            f"principal component {component + 1}{_percent(share)}"
            for component, share in zip(chosen, np.where(is_empty, 0.0, shares), strict=True)
        )
        if before is not None:
            # Turned within their plane, the axes are no single components any more.
            positions = aligned(positions, ids, before)
            axes = tuple(f"PCA axis {axis + 1}, turned" for axis in range(len(chosen)))
        names = tuple(f"pca_{component + 1}" for component in chosen)
        judged = self._judge(vectors, positions) if self.judge else None
        return Projected(positions, axes, names, sentences([told, _kept_text(judged)]), judged)

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

    def _neighbours(
        self,
        vectors: NDArray[Any],
        ids: NDArray[Any],
        *,
        before: Placed | None,
        told: Told | None,
    ) -> Projected:
        count = len(vectors)
        if count < FEWEST:
            raise ValueError(
                f"`method={self.method!r}` needs at least {FEWEST} samples; got {count}. "
                "Use `method='pca'`."
            )
        start = None if before is None else starting_places(ids, before)
        options: dict[str, Any] = {
            "seed": self.seed, "dimensions": self.dimensions, "start": start, "told": told,
        }  # fmt: skip
        if self.method == "tsne":
            perplexity = min(self.perplexity, (count - 1) / 3)
            positions = tsne(vectors, perplexity=perplexity, **options)
            name, how = "t-SNE", f"perplexity {perplexity:.3g}"
        else:
            near = min(self.n_neighbors, count - 1)
            positions = umap(vectors, n_neighbors=near, min_dist=self.min_dist, **options)
            name, how = "UMAP", f"{near} neighbours, minimal distance {self.min_dist:g}"
        if before is not None:
            positions = aligned(positions, ids, before)
        axes = tuple(f"{name} {axis + 1}" for axis in range(self.dimensions))
        names = tuple(f"{self.method}_{axis + 1}" for axis in range(self.dimensions))
        judged = self._judge(vectors, positions)
        note = sentences([
            f"{name}: {how}, seed {self.seed}.", _kept_text(judged),
            "Distances between clusters mean little.",
        ])  # fmt: skip
        return Projected(positions, axes, names, note, judged)

    def _judge(self, vectors: NDArray[Any], positions: Floats) -> Kept | None:
        near = min(self.n_neighbors, (min(len(vectors), JUDGED) - 1) // 2)
        return kept(vectors, positions, n_neighbors=near, seed=self.seed) if near >= 1 else None


def _kept_text(found: Kept | None) -> str:
    if found is None:
        return ""
    return (
        f"Trustworthiness {found.trustworthiness:.3f} and continuity {found.continuity:.3f} "
        f"({found.n_neighbors} neighbours, {found.n_judged:,} samples; 1: no false and no missing "
        "neighbours)."
    )


def _variance_text(shares: Floats, *, n_empty: int) -> str:
    if np.isnan(shares).any():
        return "PCA: all vectors are equal, and have no variance."
    told = f"PCA: {shares.sum():.1%} of the variance is in this picture."
    if not n_empty:
        return told
    return f"{told} Along {count_text(n_empty, 'axis', 'axes')} the vectors do not vary."


def _rounding(vectors: NDArray[Any]) -> float:
    """Give the share of the variance that the rounding of the vectors' numbers can make up."""
    dtype = vectors.dtype if vectors.dtype.kind == "f" else np.dtype(np.float64)
    return float(np.finfo(dtype).eps) ** 2 * vectors.shape[1]


def _percent(share: float) -> str:
    if np.isnan(share):
        return ""
    return f" ({share:.1%} of the variance)" if share > 0 else " (no variance)"

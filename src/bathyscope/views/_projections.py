"""From many dimensions to two or three: PCA, t-SNE and UMAP."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope._optional import require

Floats = NDArray[np.float64]
Method = Literal["pca", "tsne", "umap", "raw"]
#: Takes the share that is done.
Told = Callable[[float], None]

#: t-SNE and UMAP need at least this many points to have neighbours.
FEWEST = 5
#: Tables with a side of at most so many are decomposed whole; or the products of that side are.
_SMALL, _MEDIUM = 256, 2048
_SPARE, _MOST_TURNS, _STILL, _TINY = 14, 100, 1e-9, 1e-300
#: Of tables with so many times more rows than columns, products of columns are all that is needed,
#: unless a wanted direction has less than this share of the largest variance.
_TALL, _EXACT = 4, 1e-8
#: So many numbers are worked on at a time: they stay in the processor's cache.
_BLOCK = 1 << 16
#: t-SNE from where points lay before needs no phase that draws clusters together, and fewer steps.
_STEPS_TSNE, _STEPS_ON_TSNE = 1000, 500


@dataclass(frozen=True, eq=False)
class Pca:
    """Directions of largest variance.

    Parameters
    ----------
    mean : array, shape (n_features,)
    directions : array, shape (n_components, n_features)
        Orthonormal; the largest entry of each is positive.
    own_shares : array, shape (n_components,)
        Shares of the variance of the vectors that they were found from; NaN if there is none.
    """

    mean: Floats
    directions: Floats
    own_shares: Floats

    @classmethod
    def fit(cls, vectors: NDArray[Any], n_components: int) -> Pca:
        """Find the directions of the centred vectors."""
        mean = _mean(vectors)
        rows, variances, total = _leading_directions(vectors, mean, n_components)
        missing = n_components - len(rows)
        directions = np.vstack([rows, np.zeros((missing, rows.shape[1]))])
        largest = np.abs(directions).argmax(axis=1)
        signs = np.sign(directions[np.arange(len(directions)), largest])
        directions *= np.where(signs < 0, -1.0, 1.0)[:, None]
        return cls(mean, directions, _shares(np.append(variances, np.zeros(missing)), total))

    def only(self, components: Sequence[int]) -> Pca:
        """Give the same with some of the directions."""
        at = list(components)
        return Pca(self.mean, self.directions[at], self.own_shares[at])

    def transform(self, vectors: NDArray[Any]) -> Floats:
        """Give coordinates along the directions: shape (n_samples, n_components)."""
        found = np.empty((len(self.directions), len(vectors)))
        for rows, block in _centred_blocks(vectors, self.mean):
            found[:, rows] = self.directions @ block
        return found.T

    def shares(self, vectors: NDArray[Any]) -> Floats:
        """Share of the vectors' own variance along each direction; NaN if there is none."""
        total, along = 0.0, np.zeros(len(self.directions))
        for _, block in _centred_blocks(vectors, _mean(vectors)):
            total += float(np.einsum("ij,ij->", block, block))
            places = self.directions @ block
            along += np.einsum("ij,ij->i", places, places)
        return _shares(along, total)


def _shares(along: Floats, total: float) -> Floats:
    return along / total if total > 0 else np.full(len(along), np.nan)


def _centred_blocks(vectors: NDArray[Any], mean: Floats) -> Iterator[tuple[slice, Floats]]:
    """Give some rows after the other less their mean, turned: shape (n_features, n_rows).

    Each feature lies in memory by itself: of few features and many rows, everything done with
    blocks that lie so is several times faster.
    """
    size = max(1, _BLOCK // max(1, vectors.shape[1]))
    for start in range(0, len(vectors), size):
        rows = slice(start, start + size)
        block = vectors[rows].T.astype(np.float64, order="C")
        block -= mean[:, None]
        yield rows, block


def _mean(vectors: NDArray[Any]) -> Floats:
    total = np.zeros(vectors.shape[1])
    for _, block in _centred_blocks(vectors, np.zeros(vectors.shape[1])):
        total += block.sum(axis=1)
    return total / len(vectors)


def _leading_directions(
    vectors: NDArray[Any], mean: Floats, count: int
) -> tuple[Floats, Floats, float]:
    """Give the first right singular vectors, as rows, by the cheapest way that is exact enough.

    With them the sums of squares along each of them, and along all there are.
    """
    n, d = vectors.shape
    is_small = min(n, d) <= max(_SMALL, count)
    if d <= min(n, _MEDIUM) and (d * _TALL <= n or not is_small):
        products = np.zeros((d, d))
        for _, block in _centred_blocks(vectors, mean):
            products += block @ block.T
        variances, found = np.linalg.eigh(products)
        # Of directions of small variance, products keep half of the digits.
        if not is_small or variances[-count:].min() > _EXACT * variances[-1]:
            leading = slice(None, -count - 1, -1)
            return found[:, leading].T, variances[leading], float(np.trace(products))
    centred = np.subtract(vectors, mean, dtype=np.float64)
    if is_small:
        _, sizes, rows = np.linalg.svd(centred, full_matrices=False)
        return rows[:count], sizes[:count] ** 2, float(np.sum(sizes**2))
    if n <= _MEDIUM:
        rows = np.linalg.eigh(centred @ centred.T)[1][:, : -count - 1 : -1].T @ centred
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _TINY)
    else:
        rows = _by_iteration(centred, count)
    return rows, np.sum((centred @ rows.T) ** 2, axis=0), float(np.vdot(centred, centred))


def _by_iteration(centred: Floats, count: int) -> Floats:
    """Turn a block of vectors towards the leading directions until their variances stand still.

    References
    ----------
    H. Rutishauser, "Simultaneous iteration method for symmetric matrices", Numerische
    Mathematik 16 (1970), 205-223.
    """
    block = np.random.default_rng(0).normal(size=(centred.shape[1], count + _SPARE))
    before = np.zeros(count)
    for _ in range(_MOST_TURNS):
        basis = np.linalg.qr(centred.T @ (centred @ block))[0]
        image = centred @ basis
        variances, turns = np.linalg.eigh(image.T @ image)
        block, leading = basis @ turns[:, ::-1], variances[: -count - 1 : -1]
        if np.allclose(leading, before, rtol=_STILL, atol=0.0):
            break
        before = leading
    return block[:, :count].T


def tsne(
    vectors: NDArray[Any],
    *,
    perplexity: float,
    seed: int,
    dimensions: int = 2,
    start: Floats | None = None,
    told: Told | None = None,
) -> Floats:
    """Embed by t-SNE: shape (n_samples, dimensions).

    Parameters
    ----------
    vectors : array, shape (n_samples, n_features)
    perplexity : float
    seed : int
    dimensions : int
    start : array, shape (n_samples, dimensions), optional
        Places to begin with; by default the principal components.
    told : function, optional
        Called with the share that is done, from 0 to 1.

    References
    ----------
    L. van der Maaten and G. Hinton, "Visualizing data using t-SNE", Journal of Machine Learning
    Research 9 (2008), 2579-2605.
    """
    manifold = require("sklearn.manifold", extra="projections", caller="method='tsne'")
    most = _STEPS_TSNE if start is None else _STEPS_ON_TSNE
    # The trees of its fast way have at most three dimensions, as our pictures have.
    embedding = manifold.TSNE(
        n_components=dimensions,
        perplexity=perplexity,
        init="pca" if start is None else start.astype(np.float32),
        early_exaggeration=12.0 if start is None else 1.0,
        max_iter=most,
        learning_rate="auto",
        random_state=seed,
        verbose=0 if told is None else 2,
    )
    with _listening(_Listener(r"Iteration (\d+)", told, most=most)):
        return np.asarray(embedding.fit_transform(vectors), dtype=np.float64)


def umap(
    vectors: NDArray[Any],
    *,
    n_neighbors: int,
    min_dist: float,
    seed: int,
    dimensions: int = 2,
    start: Floats | None = None,
    told: Told | None = None,
) -> Floats:
    """Embed by UMAP: shape (n_samples, dimensions).

    Parameters
    ----------
    vectors : array, shape (n_samples, n_features)
    n_neighbors : int
    min_dist : float
    seed : int
    dimensions : int
    start : array, shape (n_samples, dimensions), optional
        Places to begin with; by default the spectrum of the neighbourhood graph.
    told : function, optional
        Called with the share that is done, from 0 to 1.

    References
    ----------
    L. McInnes, J. Healy and J. Melville, "UMAP: uniform manifold approximation and projection for
    dimension reduction", arXiv:1802.03426 (2018).
    """
    library = require("umap", extra="projections", caller="method='umap'")
    # Its spectral start needs more points than it has components to spare.
    spectral = "spectral" if len(vectors) > 2 * FEWEST else "random"
    listener = _Listener(r"(\d+)%\|", told, most=100)
    embedding = library.UMAP(
        n_components=dimensions,
        n_neighbors=n_neighbors,
        min_dist=min_dist,
        random_state=seed,
        n_jobs=1,
        init=spectral if start is None else start.astype(np.float32),
        verbose=told is not None,
        tqdm_kwds={"file": listener} if told is not None else None,
    )
    with _listening(listener):
        return np.asarray(embedding.fit_transform(vectors), dtype=np.float64)


class _Listener(io.TextIOBase):
    """Reads from what a library prints how far it is: no other way is offered."""

    def __init__(self, pattern: str, told: Told | None, *, most: int) -> None:
        self._pattern, self._told, self._most = re.compile(pattern), told, most

    def write(self, text: str, /) -> int:
        """Tell the share that a line speaks of."""
        found = self._pattern.findall(text)
        if found and self._told is not None:
            self._told(min(1.0, int(found[-1]) / self._most))
        return len(text)

    @property
    def is_asked(self) -> bool:
        """Whether anybody wants to know."""
        return self._told is not None


@contextlib.contextmanager
def _listening(listener: _Listener) -> Generator[None]:
    if not listener.is_asked:
        yield
        return
    with contextlib.redirect_stdout(listener):
        yield

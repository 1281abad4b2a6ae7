"""The largest singular value of matrices of any size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Up to this many rows or columns (the fewer of both) all singular values are computed.
_SMALL = 512
_MOST_STEPS = 300
_TOLERANCE = 1e-9


def largest_singular_value(matrix: NDArray[np.float64]) -> float:
    """Compute the 2-norm of a finite matrix: exactly if it is small, else to 1e-9 relative.

    Large matrices are bidiagonalised step by step with full reorthogonalisation, until the
    largest singular value of the bidiagonal part no longer changes.

    References
    ----------
    G. Golub and W. Kahan, "Calculating the singular values and pseudo-inverse of a matrix",
    SIAM J. Numer. Anal. B 2 (1965), 205-224.
    """
    if min(matrix.shape) <= _SMALL:
        return float(np.linalg.norm(matrix, 2))
    return _by_bidiagonalisation(matrix)


def _by_bidiagonalisation(matrix: NDArray[np.float64]) -> float:
    start = np.random.default_rng(0).normal(size=matrix.shape[1])
    right, left = [start / np.linalg.norm(start)], []
    diagonal: list[float] = []
    beside: list[float] = []
    found = 0.0
    for _ in range(_MOST_STEPS):
        u = _orthogonal_to(left, matrix @ right[-1])
        diagonal.append(float(np.linalg.norm(u)))
        left.append(u / (diagonal[-1] or 1.0))
        v = _orthogonal_to(right, matrix.T @ left[-1])
        before, found = found, _norm_of_bidiagonal(diagonal, beside)
        beside.append(float(np.linalg.norm(v)))
        if abs(found - before) <= _TOLERANCE * found or beside[-1] <= _TOLERANCE * found:
            break
        right.append(v / beside[-1])
    return found


def _orthogonal_to(
    basis: list[NDArray[np.float64]], vector: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Remove from a vector what lies in the span of a basis; twice, against rounding."""
    if not basis:
        return vector
    stacked = np.stack(basis)
    for _ in range(2):
        vector = vector - stacked.T @ (stacked @ vector)
    return vector


def _norm_of_bidiagonal(diagonal: list[float], beside: list[float]) -> float:
    size = len(diagonal)
    small = np.zeros((size, size))
    small[np.arange(size), np.arange(size)] = diagonal
    small[np.arange(size - 1), np.arange(1, size)] = beside
    return float(np.linalg.norm(small, 2))

"""Confidence intervals of shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z_95 = 1.959963984540054


def wilson_interval(
    successes: ArrayLike, n: ArrayLike, *, z: float = Z_95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the score interval of shares, which holds near 0 and 1 too.

    Parameters
    ----------
    successes, n : array of int
        Where ``n`` is 0 the interval is NaN.
    z : float
        Quantile of the normal distribution; by default that of 95 %.

    Returns
    -------
    low, high : array of float64

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212.
    """
    trials = np.asarray(n, dtype=np.float64)
    count = np.where(trials > 0, trials, np.nan)
    share = np.asarray(successes, dtype=np.float64) / count
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) * z / (1 + z**2 / count)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def accuracy_sentence(right: int, n: int) -> str:
    """Say how many of n are right, with the interval."""
    low, high = wilson_interval(right, n)
    return (
        f"{right:,} of {n:,} right ({right / n:.2%}, "
        f"95 % interval {float(low):.2%} to {float(high):.2%})."
    )

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
        Quantile of the normal distribution; by default that of 95%.

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
        f"95% interval {float(low):.2%} to {float(high):.2%})."
    )


def student_95(degrees: int) -> float:
    """Give the quantile of Student's distribution that an interval of 95% is made with.

    Found by bisection of the finite series for whole degrees of freedom: M. Abramowitz and
    I. Stegun, "Handbook of Mathematical Functions" (1964), 26.7.3 and 26.7.4.
    """
    if degrees < 1:
        raise ValueError(f"`degrees` must be at least 1; got {degrees}.")
    low, high = 1.9, 13.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(middle, degrees) < 0.95 else (low, middle)
    return (low + high) / 2


def _inside(t: float, degrees: int) -> float:
    """Give the probability of a value between -t and t."""
    angle = np.arctan(t / np.sqrt(degrees))
    cosine = np.cos(angle)
    odd = degrees % 2
    term, total = (cosine, cosine if degrees > 1 else 0.0) if odd else (1.0, 1.0)
    for k in range(3 if odd else 2, degrees - 1, 2):
        term *= (k - 1) / k * cosine**2
        total += term
    if odd:
        return float(2 / np.pi * (angle + np.sin(angle) * total))
    return float(np.sin(angle) * total)


def mean_interval(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the mean of each column and its 95% interval (Student's).

    Parameters
    ----------
    values : array, shape (n, m)

    Returns
    -------
    mean, low, high : array of float64, shape (m,)
        The interval is NaN for a single row.
    """
    n = len(values)
    mean = values.mean(axis=0)
    if n < 2:
        unknown = np.full(mean.shape, np.nan)
        return mean, unknown, unknown
    half = student_95(n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n)
    return mean, mean - half, mean + half


def rank_correlation(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[float, float, float, int]:
    """Correlate ranks (Spearman), over the pairs of finite values.

    Returns
    -------
    rho, low, high : float
        The correlation and its 95% interval; NaN for less than 4 pairs or a constant side.
    n : int
        How many pairs there are.

    References
    ----------
    D. Bonett and T. Wright, "Sample size requirements for estimating Pearson, Kendall and
    Spearman correlations", Psychometrika 65 (2000), 23-28.
    """
    both = np.isfinite(x) & np.isfinite(y)
    n = int(both.sum())
    if n < 4 or np.ptp(x[both]) == 0 or np.ptp(y[both]) == 0:
        return float("nan"), float("nan"), float("nan"), n
    rho = float(np.corrcoef(_ranks(x[both]), _ranks(y[both]))[0, 1])
    rho = min(max(rho, -1.0), 1.0)
    if abs(rho) > 1 - 1e-12:
        return rho, rho, rho, n
    half = Z_95 * np.sqrt((1 + rho**2 / 2) / (n - 3))
    return rho, float(np.tanh(np.arctanh(rho) - half)), float(np.tanh(np.arctanh(rho) + half)), n


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank values; equal ones share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - counts + 1 + ends) / 2)[inverse]

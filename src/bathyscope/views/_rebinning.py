"""Histograms of unlike bins brought onto one grid, with no count lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Of all values together, this share may lie beyond each end of the grid if that is worth it.
TAIL = 0.001
#: It is worth it where what stays covers less than this share of the whole range.
_WORTH = 0.25


@dataclass(frozen=True, eq=False)
class Bins:
    """A histogram: counts between edges.

    Parameters
    ----------
    left, right, count : array of float64, shape (n_bins,)
        A bin without width holds equal values. Bins do not overlap.
    """

    left: Floats
    right: Floats
    count: Floats

    @property
    def total(self) -> float:
        """How many values there are."""
        return float(self.count.sum())

    def below(self, edges: Floats) -> Floats:
        """Count the values below each edge, those of a bin spread evenly over it."""
        order = np.argsort(self.left, kind="stable")
        left, right, count = self.left[order], self.right[order], self.count[order]
        wide = right > left
        below = np.zeros(len(edges))
        if wide.any():
            # Straight lines from the left to the right of each bin, level ones in between.
            sums = np.concatenate([[0.0], np.cumsum(count[wide])])
            places = np.stack([left[wide], right[wide]], axis=1).ravel()
            heights = np.stack([sums[:-1], sums[1:]], axis=1).ravel()
            below += np.interp(edges, places, heights, left=0.0)
        sums = np.concatenate([[0.0], np.cumsum(count[~wide])])
        return below + sums[np.searchsorted(left[~wide], edges, side="left")]

    def counts_on(self, edges: Floats) -> Floats:
        """Count the values between neighbouring edges; those beyond the ends are left out."""
        below = self.below(edges)
        # Equal values on the last edge belong to the last interval, as in `numpy.histogram`.
        at_end = self.count[(self.right == self.left) & (self.left == edges[-1])].sum()
        counts = np.diff(below)
        counts[-1] += at_end
        return counts

    def outline(self, grid: Floats) -> tuple[Floats, Floats]:
        """Give the density of the values as a histogram whose bins can be drawn.

        Parameters
        ----------
        grid : array of float64, shape (n + 1,)
            Evenly spaced edges. They take the place of the bins where one is narrower.

        Returns
        -------
        edges : array of float64, shape (m + 1,)
        density : array of float64, shape (m,)
            Share of the values per unit.
        """
        total = self.total or 1.0
        row = grid[1] - grid[0]
        order = np.argsort(self.left, kind="stable")
        left, right, count = self.left[order], self.right[order], self.count[order]
        # Edges of neighbours may differ by rounding; a difference that shows is a gap.
        gap = left[1:] - right[:-1]
        if (right - left).min() < 0.999 * row or (np.abs(gap[gap < row]) > 1e-6 * row).any():
            return grid, self.counts_on(grid) / total / row
        edges, density = [left[0]], list[float]()
        for i in range(len(left)):
            if left[i] > edges[-1] + 1e-6 * row:
                edges.append(left[i])
                density.append(0.0)
            edges.append(right[i])
            density.append(count[i] / (right[i] - left[i]) / total)
        return np.array(edges), np.array(density)


def as_steps(edges: Floats, heights: Floats) -> tuple[Floats, Floats]:
    """Trace a histogram as a line of steps that begins and ends at 0."""
    return np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])


def span_of(histograms: list[Bins]) -> tuple[float, float, float]:
    """Find where to draw histograms, each counting alike.

    Returns
    -------
    low, high : float
        All of the range; or, where a few far values would hide the others, what is left when a
        thousandth at either end is cut off.
    outside : float
        Share of the values that is cut off, the largest among the histograms.
    """
    low = min(float(item.left.min()) for item in histograms)
    high = max(float(item.right.max()) for item in histograms)
    if low == high:
        return low - 0.5, high + 0.5, 0.0
    grid = np.linspace(low, high, 4097)
    shares = np.array([item.below(grid) / item.total for item in histograms if item.total > 0])
    if not len(shares):
        return low, high, 0.0
    # An end is safe if no single histogram loses more than a tail beyond it.
    first = max(int(np.searchsorted(shares.max(axis=0), TAIL, side="right")) - 1, 0)
    last = min(int(np.searchsorted(shares.min(axis=0), 1 - TAIL, side="left")), len(grid) - 1)
    if grid[last] - grid[first] >= _WORTH * (high - low):
        return low, high, 0.0
    outside = float((shares[:, first] + 1 - shares[:, last]).max())
    return float(grid[first]), float(grid[last]), max(outside, 0.0)

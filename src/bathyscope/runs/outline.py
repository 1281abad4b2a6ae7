"""The outline of a long metric: of each block of points the first, the extremes and the last.

Whatever stands out of a curve stands out of its outline: a picture whose columns end where blocks
do is the same from either. The outline is a sixtieth of the size, and is there before the points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Points of a block; the last one of a metric's points in a file may have fewer.
BLOCK = 256


class Outline(NamedTuple):
    """What stands out of a metric, block by block.

    Parameters
    ----------
    steps, values : array of shape (n_blocks, 4), int64 and float64
        Points of each block in the order of their steps: the first, the smallest and the largest
        finite value, the last. Of a block without a finite value the extremes mean nothing.
    odd_steps, odd_values : array of shape (n_odd,), int64 and float64
        The first NaN, infinity and negative infinity of each block, sorted by step.
    starts : array of shape (n_blocks + 1,), int64
        Which point each block begins with, counted from 0; and how many there are.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    odd_steps: NDArray[np.int64]
    odd_values: NDArray[np.float64]
    starts: NDArray[np.int64]

    def take(self, blocks: slice) -> Outline:
        """Give some blocks that follow each other, as those of points of their own."""
        steps = self.steps[blocks]
        odd = slice(0, 0)
        if len(steps):
            odd = slice(
                int(np.searchsorted(self.odd_steps, steps[0, 0], "left")),
                int(np.searchsorted(self.odd_steps, steps[-1, -1], "right")),
            )
        starts = self.starts[blocks.start : blocks.stop + 1]
        return Outline(
            steps, self.values[blocks], self.odd_steps[odd], self.odd_values[odd],
            starts - starts[0],
        )  # fmt: skip


def outline_of(steps: NDArray[np.int64], values: NDArray[np.float64]) -> Outline:
    """Find what stands out of points.

    Parameters
    ----------
    steps : array of shape (n_points,), int64
        Sorted.
    values : array of shape (n_points,), float64
    """
    starts = starts_of(len(steps))
    is_odd = ~np.isfinite(values)
    odd = _first_of_each_kind(values, np.flatnonzero(is_odd))
    least = _places(np.where(is_odd, np.inf, values) if len(odd) else values, np.argmin)
    most = _places(np.where(is_odd, -np.inf, values) if len(odd) else values, np.argmax)
    extremes = np.minimum(least, most), np.maximum(least, most)
    rows = np.stack([starts[:-1], *extremes, starts[1:] - 1], axis=1)
    return Outline(steps[rows], values[rows], steps[odd], values[odd], starts)


def starts_of(count: int) -> NDArray[np.int64]:
    """Give where the blocks of so many points begin, and the end of the last."""
    return np.append(np.arange(0, count, BLOCK), count)


def join_outlines(outlines: Sequence[Outline]) -> Outline:
    """Put outlines of points that follow each other one behind the other."""
    if len(outlines) == 1:
        return outlines[0]
    before = np.cumsum([0, *(int(one.starts[-1]) for one in outlines)])
    starts = [one.starts[:-1] + start for one, start in zip(outlines, before[:-1], strict=True)]
    return Outline(
        np.concatenate([one.steps for one in outlines]),
        np.concatenate([one.values for one in outlines]),
        np.concatenate([one.odd_steps for one in outlines]),
        np.concatenate([one.odd_values for one in outlines]),
        np.append(np.concatenate(starts), before[-1]),
    )


def _places(values: NDArray[np.float64], find: Callable[..., Any]) -> NDArray[np.int64]:
    """Give the place of an extreme of every block."""
    whole = len(values) // BLOCK * BLOCK
    inside = find(values[:whole].reshape(-1, BLOCK), axis=1) + np.arange(0, whole, BLOCK)
    return np.append(inside, whole + find(values[whole:])) if whole < len(values) else inside


def _first_of_each_kind(values: NDArray[np.float64], odd: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give the places of the first NaN, infinity and negative infinity of every block."""
    if not len(odd):
        return odd
    held = values[odd]
    found: list[NDArray[np.intp]] = []
    for is_kind in (np.isnan(held), np.isposinf(held), np.isneginf(held)):
        places = odd[is_kind]
        found.append(places[np.diff(places // BLOCK, prepend=-1) > 0])
    return np.sort(np.concatenate(found))

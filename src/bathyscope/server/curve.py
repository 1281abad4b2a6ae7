"""What a picture of so many pixels needs of a curve of any length: nothing that stands out is lost.

Of every pixel column the first, the smallest, the largest and the last point are given, and the
first of each kind that is not finite. Where there are few points, all are.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope.server.series import BLOCK, KeptSeries

MOST_COLUMNS = 8192
#: So many points per column are given as they are.
_RAW_PER_COLUMN = 4
#: Shorter pieces are looked at point by point.
_FEW_BLOCKS = 4


def curve(
    kept: KeptSeries, *, first: float | None, last: float | None, columns: int
) -> dict[str, Any]:
    """Choose the points of a range of steps.

    Parameters
    ----------
    kept : KeptSeries
    first, last : float, optional
        Ends of the range, both within it; by default those of the series.
    columns : int
        Width of the picture, in pixels.

    Returns
    -------
    dict
        ``count`` points are in the range, ``total`` in the series, ``raw`` tells whether all of
        the range are given, ``step`` and ``value`` are arrays of those that are.
    """
    if not 1 <= columns <= MOST_COLUMNS:
        raise ValueError(f"`width` must be between 1 and {MOST_COLUMNS} pixels; got {columns}.")
    steps, values = kept.series.steps, kept.series.values
    begin = 0 if first is None else _place(steps, math.ceil(first), "left")
    end = len(steps) if last is None else _place(steps, math.floor(last), "right")
    is_raw = end - begin <= _RAW_PER_COLUMN * columns
    chosen = slice(begin, end) if is_raw else _extremes(kept, begin, end, columns)
    return {
        "count": max(0, end - begin),
        "total": len(steps),
        "raw": is_raw,
        "step": steps[chosen],
        "value": values[chosen],
        "domain": kept.domain,
    }


def _place(steps: NDArray[np.int64], step: int, side: Literal["left", "right"]) -> int:
    ends = np.iinfo(np.int64)
    return int(np.searchsorted(steps, np.int64(min(max(step, ends.min), ends.max)), side))


def _extremes(kept: KeptSeries, begin: int, end: int, columns: int) -> NDArray[np.intp]:
    steps, values = kept.series.steps, kept.series.values
    edges = np.linspace(float(steps[begin]), float(steps[end - 1]), columns + 1)[1:-1]
    # Whole numbers: for others NumPy would first make a copy of all steps.
    inner = begin + np.searchsorted(steps[begin:end], np.ceil(edges).astype(np.int64), "left")
    bounds = np.unique(np.concatenate([[begin], inner, [end]])).tolist()
    found: list[int] = []
    odd = kept.odd[(kept.odd >= begin) & (kept.odd < end)]
    has_odd = np.diff(np.searchsorted(odd, bounds)) > 0
    for (low, high), is_odd in zip(pairwise(bounds), has_odd.tolist(), strict=True):
        piece = values[low:high]
        found += (low, high - 1)
        if is_odd:
            found += (low + place for place in _of_each_kind(piece))
        else:
            found += _ends_of_piece(kept, low, high)
    return np.unique(np.array(found, dtype=np.intp))


def _ends_of_piece(kept: KeptSeries, low: int, high: int) -> tuple[int, int]:
    """Places of the smallest and the largest value of a piece that is finite."""
    values = kept.series.values
    first, last = -(-low // BLOCK), high // BLOCK
    if last - first < _FEW_BLOCKS:
        piece = values[low:high]
        return low + int(piece.argmin()), low + int(piece.argmax())
    lowest, highest = kept.block_extremes
    edges = np.r_[low : first * BLOCK, last * BLOCK : high]
    of_low = np.concatenate([edges, lowest[first:last]])
    of_high = np.concatenate([edges, highest[first:last]])
    return int(of_low[values[of_low].argmin()]), int(of_high[values[of_high].argmax()])


def _of_each_kind(piece: NDArray[np.float64]) -> list[int]:
    """Places of the smallest and the largest finite value, and of the first of each other kind."""
    kinds = (np.isnan(piece), np.isposinf(piece), np.isneginf(piece))
    found = [int(kind.argmax()) for kind in kinds if kind.any()]
    finite = np.flatnonzero(np.isfinite(piece))
    if len(finite):
        held = piece[finite]
        found += (int(finite[held.argmin()]), int(finite[held.argmax()]))
    return found

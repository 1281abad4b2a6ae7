"""What a picture of so many pixels needs of a curve of any length: nothing that stands out is lost.

Of every pixel column the first, the smallest, the largest and the last point are given, and the
first of each kind that is not finite. Where there are few points, all are.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.server.series import KeptSeries

MOST_COLUMNS = 8192
#: So many points per column are given as they are.
_RAW_PER_COLUMN = 4


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
    begin = 0 if first is None else int(np.searchsorted(steps, first, "left"))
    end = len(steps) if last is None else int(np.searchsorted(steps, last, "right"))
    is_raw = end - begin <= _RAW_PER_COLUMN * columns
    chosen = slice(begin, end) if is_raw else _extremes(kept, begin, end, columns)
    return {
        "count": max(0, end - begin),
        "total": len(steps),
        "raw": is_raw,
        "step": steps[chosen],
        "value": values[chosen],
        "domain": kept.domain(),
    }


def _extremes(kept: KeptSeries, begin: int, end: int, columns: int) -> NDArray[np.intp]:
    steps, values = kept.series.steps, kept.series.values
    edges = np.linspace(float(steps[begin]), float(steps[end - 1]), columns + 1)[1:-1]
    inner = begin + np.searchsorted(steps[begin:end], edges, "left")
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
            found += (low + int(piece.argmin()), low + int(piece.argmax()))
    return np.unique(np.array(found, dtype=np.intp))


def _of_each_kind(piece: NDArray[np.float64]) -> list[int]:
    """Places of the smallest and the largest finite value, and of the first of each other kind."""
    kinds = (np.isnan(piece), np.isposinf(piece), np.isneginf(piece))
    found = [int(kind.argmax()) for kind in kinds if kind.any()]
    finite = np.flatnonzero(np.isfinite(piece))
    if len(finite):
        held = piece[finite]
        found += (int(finite[held.argmin()]), int(finite[held.argmax()]))
    return found

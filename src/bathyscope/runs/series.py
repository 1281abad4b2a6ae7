"""The recorded values of one metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._optional import require
from bathyscope.runs.points import Points

_BLOCK = 1 << 15


@dataclass(frozen=True, eq=False)
class Series:
    """The recorded values of one metric, sorted by step.

    Parameters
    ----------
    name : str
        The metric.
    steps : array of shape (n_points,), int64
        Optimizer steps done.
    values : array of shape (n_points,), float64
        NaN and the infinities are kept as recorded.
    times : array of shape (n_points,), float64
        Seconds since 1970 (UTC), to the microsecond.
    """

    name: str
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)

    def to_frame(self) -> Any:
        """Give the values as a ``pandas.DataFrame`` with columns step, value and time."""
        pandas = require("pandas", extra="frame", caller="Series.to_frame")
        return pandas.DataFrame({"step": self.steps, "value": self.values, "time": self.times})


def series_from_points(name: str, pieces: Sequence[Points], *, keep_all: bool) -> Series:
    """Sort points by step.

    Parameters
    ----------
    name : str
    pieces : sequence of Points
        In recorded order, each at least in recorded order at every step. Their arrays may
        become the series'.
    keep_all : bool
        Keep every value of a step, in recorded order; otherwise the last one only.
    """
    steps = _joined([piece.steps for piece in pieces])
    values = _joined([piece.values for piece in pieces])
    times = _joined([piece.times_us for piece in pieces])
    is_later = steps[1:] > steps[:-1]
    if is_later.all():  # by far the most frequent case, in no need of sorting
        return Series(name, steps, values, _seconds(times))
    order = np.argsort(steps, kind="stable")
    if not keep_all:
        sorted_steps = steps[order]
        order = order[np.append(sorted_steps[1:] != sorted_steps[:-1], True)]
    return Series(name, steps[order], values[order], _seconds(times[order]))


def _seconds(times_us: NDArray[np.int64]) -> NDArray[np.float64]:
    """Turn microseconds into seconds, in their place: new memory costs more than dividing."""
    seconds = times_us.view(np.float64)
    for start in range(0, len(times_us), _BLOCK):
        block = slice(start, start + _BLOCK)
        seconds[block] = times_us[block] / 1e6
    return seconds


def _joined(columns: list[NDArray[Any]]) -> NDArray[Any]:
    return columns[0] if len(columns) == 1 else np.concatenate(columns)

"""The recorded values of one metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._optional import require
from bathyscope.runs.points import Points


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


def series_from_points(name: str, points: Points, *, keep_all: bool) -> Series:
    """Sort points, given in recorded order, by step.

    Parameters
    ----------
    name : str
    points : Points
    keep_all : bool
        Keep every value of a step, in recorded order; otherwise the last one only.
    """
    order = np.argsort(points.steps, kind="stable")
    steps = points.steps[order]
    if not keep_all and len(steps):
        is_last = np.append(steps[1:] != steps[:-1], True)
        order, steps = order[is_last], steps[is_last]
    return Series(name, steps, points.values[order], points.times_us[order] / 1e6)

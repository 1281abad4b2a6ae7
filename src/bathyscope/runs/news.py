"""What was recorded since one last looked: for readers that poll."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope._optional import require
from bathyscope.runs.points import Points

#: How many records of each part were seen: ``{"0001-4242-9f3a1c05-0": 120}``. JSON can hold it.
Cursor = dict[str, int]


class NewScalars(NamedTuple):
    """Points in recorded order, writer by writer: arrays of shape (n_points,).

    Parameters
    ----------
    metrics : array of str
    steps : array of int64
    values : array of float64
    times : array of float64
        Seconds since 1970 (UTC).
    """

    metrics: NDArray[np.object_]
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times: NDArray[np.float64]

    def to_frame(self) -> Any:
        """Give a ``pandas.DataFrame`` with columns metric, step, value and time."""
        pandas = require("pandas", extra="frame", caller="NewScalars.to_frame")
        return pandas.DataFrame(
            {"metric": self.metrics, "step": self.steps, "value": self.values, "time": self.times}
        )


class Labelled(NamedTuple):
    """Points, and the metric of each."""

    metrics: NDArray[np.object_]
    points: Points


def in_recorded_order(metrics: NDArray[np.object_], points: Points) -> Labelled:
    """Sort points by their records."""
    order = np.argsort(points.records, kind="stable")
    return Labelled(metrics[order], points.take(order))


def join_news(found: Iterable[Labelled]) -> NewScalars:
    """Put what several parts hold one behind the other."""
    pieces = list(found)
    return NewScalars(
        np.concatenate([np.empty(0, dtype=object), *(piece.metrics for piece in pieces)]),
        np.concatenate([np.empty(0, np.int64), *(piece.points.steps for piece in pieces)]),
        np.concatenate([np.empty(0), *(piece.points.values for piece in pieces)]),
        np.concatenate([np.empty(0), *(piece.points.times_us / 1e6 for piece in pieces)]),
    )


def check_cursor(cursor: Mapping[str, int] | None) -> Cursor:
    """Refuse what no call of `Run.new_scalars` gave."""
    if cursor is None:
        return {}
    is_one = isinstance(cursor, Mapping) and all(
        isinstance(part, str) and isinstance(count, int) for part, count in cursor.items()
    )
    if not is_one:
        raise TypeError(
            f"`cursor` must be what the last call of `new_scalars` gave, or None to begin; "
            f"got {cursor!r}."
        )
    return dict(cursor)

"""Checks and sorts whole columns of scalars, for what comes from elsewhere all at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.naming import check_name
from bathyscope.runs.points import Points, join

_LARGEST = 2**63


class Columns(NamedTuple):
    """Scalars as a sealed part holds them.

    Parameters
    ----------
    names : list of str
        Metrics, sorted by their bytes.
    counts : array of shape (n_metrics,)
        How many points each has.
    points : Points
        Metric by metric, each sorted by step, then in the order given.
    """

    names: list[str]
    counts: NDArray[np.int64]
    points: Points


def sort_columns(columns: Mapping[str, Any]) -> Columns:
    """Check columns, and sort them as a sealed part is sorted.

    Parameters
    ----------
    columns : mapping of str to (steps, values) or (steps, values, times)

    Raises
    ------
    TypeError, ValueError
        If something is no column of a metric.
    """
    if not isinstance(columns, Mapping):
        raise TypeError(
            f"`columns` must be a mapping of names to columns; got {type(columns).__name__}. "
            'Use a dict such as {"loss": (steps, values)}.'
        )
    now = time.time_ns() // 1000
    found: dict[str, Points] = {}
    first = 0
    for name, given in columns.items():
        checked = check_name(name, what="The name of a metric")
        points = _points(checked, given, first=first, now=now)
        first += len(points.steps)
        if len(points.steps):
            found[checked] = points
    names = sorted(found, key=str.encode)
    counts = np.array([len(found[name].steps) for name in names], np.int64)
    return Columns(names, counts, join([found[name] for name in names]))


def _points(name: str, given: Any, *, first: int, now: int) -> Points:
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise TypeError(
            f"`{name}` must have (steps, values) or (steps, values, times); got {given!r}."
        )
    steps = _steps(name, given[0])
    values = _numbers(name, "values", given[1], len(steps))
    times = np.full(len(steps), now) if len(given) == 2 else _times(name, given[2], len(steps))
    points = Points(steps, values, times, np.arange(first, first + len(steps)))
    if (steps[1:] >= steps[:-1]).all():
        return points
    return points.take(np.argsort(steps, kind="stable"))


def _steps(name: str, given: Any) -> NDArray[np.int64]:
    steps = np.asarray(given)
    if not steps.size:
        return np.empty(0, np.int64)
    is_whole = steps.dtype.kind in "iu" and (steps.dtype != np.uint64 or steps.max() < _LARGEST)
    if steps.ndim != 1 or not is_whole:
        raise ValueError(
            f"The steps of `{name}` must be whole numbers between -2**63 and 2**63 - 1, of shape "
            f"(n_points,); got {steps.dtype} of shape {steps.shape}."
        )
    return steps.astype(np.int64)


def _numbers(name: str, what: str, given: Any, count: int) -> NDArray[np.float64]:
    numbers = np.asarray(given)
    if numbers.shape != (count,) or (count and numbers.dtype.kind not in "biuf"):
        raise ValueError(
            f"The {what} of `{name}` must be {count} numbers, one for each step; got "
            f"{numbers.dtype} of shape {numbers.shape}."
        )
    return numbers.astype(np.float64)


def _times(name: str, given: Any, count: int) -> NDArray[np.int64]:
    moments = np.round(_numbers(name, "times", given, count) * 1e6)
    if not (np.abs(moments) < _LARGEST).all():
        raise ValueError(f"The times of `{name}` must be seconds since 1970; some are none.")
    return moments.astype(np.int64)

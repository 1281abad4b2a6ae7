"""The first and the last value of every metric, without reading what lies between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class ScalarSummary(NamedTuple):
    """A metric at a glance.

    Parameters
    ----------
    name : str
    n_points : int
        Points that were recorded, those that were replaced later too.
    first_step, last_step : int
        The smallest and the largest step.
    first, last : float
        The values there, the latest of each step.
    """

    name: str
    n_points: int
    first_step: int
    first: float
    last_step: int
    last: float


class Ends(NamedTuple):
    """The first and the last point of some metrics: arrays of shape (n_metrics,)."""

    names: Sequence[str]
    counts: NDArray[np.int64]
    first_steps: NDArray[np.int64]
    firsts: NDArray[np.float64]
    last_steps: NDArray[np.int64]
    lasts: NDArray[np.float64]


def ends_of(
    names: Sequence[str],
    counts: NDArray[np.int64],
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
) -> Ends:
    """Find the first and the last point of each metric.

    Parameters
    ----------
    names : sequence of str
    counts : array of shape (n_metrics,)
        How many points each has, at least one.
    steps, values : array of shape (n_points,)
        Metric by metric, each sorted by step, then in recorded order.
    """
    ends = np.cumsum(counts)
    starts = ends - counts
    is_latest = np.append(steps[1:] != steps[:-1], True)[: len(steps)]
    is_latest[ends - 1] = True
    latest = np.flatnonzero(is_latest)
    firsts, lasts = latest[np.searchsorted(latest, starts)], ends - 1
    return Ends(names, counts, steps[firsts], values[firsts], steps[lasts], values[lasts])


def summarize_ends(sources: Iterable[Ends]) -> dict[str, ScalarSummary]:
    """Put what writer after writer recorded together, sorted by name."""
    found: dict[str, ScalarSummary] = {}
    for ends in sources:
        columns = (column.tolist() for column in ends[1:])
        for name, *rest in zip(ends.names, *columns, strict=True):
            new = ScalarSummary(name, *rest)
            old = found.get(name)
            found[name] = new if old is None else _joined(old, new)
    return dict(sorted(found.items()))


def _joined(old: ScalarSummary, new: ScalarSummary) -> ScalarSummary:
    first = new if new.first_step <= old.first_step else old
    last = new if new.last_step >= old.last_step else old
    return ScalarSummary(
        new.name,
        old.n_points + new.n_points,
        first.first_step,
        first.first,
        last.last_step,
        last.last,
    )

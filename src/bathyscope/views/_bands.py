"""The mean of one metric over several runs, with its interval, at the steps that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope.views._curves import PIECE, extremes_of_blocks
from bathyscope.views._intervals import mean_interval
from bathyscope.views._metric_series import MetricSeries

Horizontal = Literal["step", "epoch"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Band:
    """The mean of one metric over the runs of a group.

    Parameters
    ----------
    x : array of float64, shape (n,)
        Steps, or epochs, that all runs of the group cover.
    mean, low, high : array of float64, shape (n,)
        The mean and its 95% interval (Student's); NaN where a run is not finite, and the
        interval for a single run.
    between : bool
        Whether values between recorded steps were taken, on straight lines.
    """

    x: Floats
    mean: Floats
    low: Floats
    high: Floats
    between: bool


def places_of(series: MetricSeries, x: Horizontal) -> NDArray[Any]:
    """Give the steps of a metric, or its epochs where they are wanted and known."""
    return series.steps if x == "step" or series.epochs is None else series.epochs


def band_of(members: Sequence[MetricSeries], x: Horizontal, *, at_most: int | None = None) -> Band:
    """Average runs over the places they share.

    Where no two runs were recorded at the same places, the places of the first run are taken,
    and the values of the others between theirs, on straight lines.

    Parameters
    ----------
    members : sequence of MetricSeries
    x : {"step", "epoch"}
    at_most : int, optional
        Of so many stretches those places are kept where the mean or its interval stands out; by
        default all.
    """
    places = [places_of(item, x) for item in members]
    at, between = _shared(places)
    size = max(1, len(at) // at_most) if at_most else 1
    found: list[list[Floats]] = [[np.empty(0)] * 4]
    for start in range(0, len(at), PIECE):
        piece = at[start : start + PIECE]
        values = [
            _values_at(piece, p, item.values) for p, item in zip(places, members, strict=True)
        ]
        with np.errstate(invalid="ignore"):
            curves = mean_interval(np.stack(values))
        rows = np.arange(len(piece))
        if size > 1:
            rows = np.unique(np.concatenate([extremes_of_blocks(c, size) for c in curves]))
        found.append([column[rows] for column in (piece, *curves)])
    where, mean, low, high = map(np.concatenate, zip(*found, strict=True))
    return Band(where, mean, low, high, between)


def _shared(places: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], bool]:
    """Give the places at which runs are averaged, and whether some values lie in between."""
    shared = places[0]
    for at in places[1:]:
        shared = shared if np.array_equal(shared, at) else np.intersect1d(shared, at)
    low, high = max(at.min() for at in places), min(at.max() for at in places)
    covered = places[0][(places[0] >= low) & (places[0] <= high)]
    between = 2 * len(shared) < len(covered)
    return (covered if between else shared), between


def _values_at(x: NDArray[Any], places: NDArray[Any], values: Floats) -> Floats:
    """Give values at places, in between on straight lines; NaN beside what is not finite."""
    # A step that was recorded twice counts by its last value.
    rows = np.searchsorted(places, x, side="right") - 1
    if (places[rows] == x).all():
        return values[rows]
    near = slice(rows[0], rows[-1] + 2)
    places, values = places[near], values[near]
    finite = np.isfinite(values)
    if not finite.any():
        return np.full(len(x), np.nan)
    between = np.interp(x, places[finite], values[finite])
    lost = np.interp(x, places, (~finite).astype(np.float64)) > 0
    return np.where(lost, np.nan, between)

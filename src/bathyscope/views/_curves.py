"""Metrics of so many points that a picture holds only those that stand out.

Those were found when the metric was recorded, or every point is looked at, piece by piece: what is
drawn, averaged and counted is what it would be if all were in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names
from bathyscope.figures.decimate import BY_EXTREMES, extremes
from bathyscope.views._epochs import epochs_at
from bathyscope.views._metric_series import MetricSeries, names_in_run, series_of_metric
from bathyscope.views._smoothing import MovingAverage
from bathyscope.views._words import first_nonfinite_counts_text
from bathyscope.views.base import RunData

#: Of curves of more points together those that stand out are held.
MOST_HELD = 1 << 21
#: All points of a curve of so few are held nevertheless.
FEW = 1 << 17
#: Columns of all curves of a picture of which the extremes are held, and of each at least.
COLUMNS, LEAST_COLUMNS = 1 << 14, 512
#: Of all scatter plots of a picture so many points are held that lie evenly, and those besides.
SCATTERED = 1 << 19
#: So many points are looked at together.
PIECE = 1 << 19
#: Columns end where blocks do: a fourth of them amiss at most.
_BLOCKS_PER_COLUMN = 4
_StepsAndValues = tuple[NDArray[np.int64], NDArray[np.float64]]
#: Steps, values and averages.
_Held = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False, kw_only=True)
class LongMetricSeries(MetricSeries):
    """A metric of which only those points are held that stand out.

    Parameters
    ----------
    columns : int
        The extremes of so many are held.
    each : int
        Of a scatter plot every so many-th point is held too; 0: none.
    averages : array of float, shape (n,)
        The moving average over all points, at those that are held.
    counts : Counts
        Of all points.
    read : callable
        Gives the metric with every point.
    """

    columns: int
    each: int
    averages: NDArray[np.float64]
    counts: Counts
    read: Callable[[], MetricSeries]

    def average(self, weight: float) -> NDArray[np.float64]:
        """Give the moving average at each point that is held, of the weight they were read for."""
        del weight
        return self.averages

    def count_not_positive(self) -> int:
        """Count the values at or below 0."""
        return self.counts.not_positive

    def nonfinite_text(self, who: str) -> str:
        """Say how many values are not finite, and from which step; empty if none is."""
        told = self.counts
        return first_nonfinite_counts_text(
            who, n_nan=told.nan, n_infinite=told.infinite, n_values=told.points, first=told.first
        )

    def left_out_text(self) -> str:
        """Say which points are held."""
        evenly = f"one in {self.each:,}, and " if self.each else ""
        return (
            f"{self.counts.points:,} points; held are {evenly}those that stand out: {BY_EXTREMES} "
            f"{self.columns:,} columns."
        )

    def all_points(self) -> MetricSeries:
        """Give the metric with every point."""
        return self.read()


@dataclass
class Counts:
    """What is counted of the points of a metric.

    Parameters
    ----------
    points, not_positive, nan, infinite : int
        How many there are, at or below 0 if these cannot be drawn, and not finite.
    first : int
        The step of the first that is not finite.
    """

    points: int = 0
    not_positive: int = 0
    nan: int = 0
    infinite: int = 0
    first: int = 0

    def add(self, steps: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Count more points, of later steps."""
        odd = np.flatnonzero(~np.isfinite(values))
        nan = int(np.isnan(values[odd]).sum())
        if len(odd) and not self.nan + self.infinite:
            self.first = int(steps[odd[0]])
        self.points += len(values)
        self.not_positive += int((values <= 0).sum())
        self.nan += nan
        self.infinite += len(odd) - nan


def curves_of_runs(
    runs: Mapping[str, RunData],
    names: Sequence[str] | None,
    *,
    smoothing: float,
    log: bool,
    scattered: bool = False,
    timed: bool = False,
) -> list[tuple[MetricSeries, ...]]:
    """Read what pictures of metrics need; those that a run does not have are left out.

    Parameters
    ----------
    runs : mapping of str to Run
        By what they are called.
    names : sequence of str, optional
        By default all metrics.
    smoothing : float
        Weight of the past in the moving average.
    log : bool
        Whether values at or below 0 are left out.
    scattered : bool
        Whether each point is drawn, so that those in between are not told by the extremes.
    timed : bool
        Whether the times are needed, which are read with every point of a metric.

    Returns
    -------
    list of tuple of MetricSeries
        Those of each run.
    """
    found = {label: names_in_run(run, names) for label, run in runs.items()}
    n_curves = sum(map(len, found.values())) or 1
    read = partial(
        _long_of_run,
        wanted=_Wanted(
            columns=max(LEAST_COLUMNS, COLUMNS // n_curves),
            evenly=max(1, SCATTERED // n_curves) if scattered else 0,
            smoothing=smoothing, log=log, timed=timed,
        ),
    )  # fmt: skip
    most = max(FEW, MOST_HELD // n_curves)
    curves: list[tuple[MetricSeries, ...]] = []
    for label, run in runs.items():
        count = counter_of(run)
        curves.append(
            tuple(
                (read if count(name) > most else series_of_metric)(run, name, label)
                for name in found[label]
            )
        )
    return curves


class _Wanted(NamedTuple):
    """What a picture needs of a long metric, as `curves_of_runs` takes it."""

    columns: int
    #: About so many points that lie evenly are held too.
    evenly: int
    smoothing: float
    log: bool
    timed: bool


def _long_of_run(run: RunData, name: str, label: str, *, wanted: _Wanted) -> LongMetricSeries:
    seen = None if wanted.timed else _long_series(run, name)
    every = None if seen is not None else _in_memory(run, name, label)
    each = -(-_count(seen, every) // wanted.evenly) if wanted.evenly else 0
    if seen is not None and not wanted.smoothing and not each and _is_told_by(seen.outline, wanted):
        steps, values, total = _outlined(seen)
        found, counts = (steps, values, values), Counts(points=total)
    else:
        found, counts = _looked_through(seen, every, wanted, each)
    # What lies evenly would not stand out of a column.
    steps, values, averages = found if each else _of_columns(*found, wanted.columns)
    epochs = None
    if _names.EPOCH in run.scalar_names():
        known = standing_out(run, _names.EPOCH)
        epochs = epochs_at(steps, known.steps, known.values)
    times = None
    if wanted.timed and every is not None and every.times is not None:
        times = every.times[np.searchsorted(every.steps, steps)]
    return LongMetricSeries(
        run=label, name=name, steps=steps, values=values, epochs=epochs, times=times,
        columns=wanted.columns, each=each, averages=averages, counts=counts,
        read=lambda: series_of_metric(run, name, label),
    )  # fmt: skip


def _in_memory(run: RunData, name: str, label: str) -> MetricSeries:
    """Read a metric, without the epochs, which are of use only at the points that are held."""
    found = run.scalars(name)
    steps, values, times = map(np.asarray, (found.steps, found.values, found.times))
    return MetricSeries(label, name, steps, values.astype(np.float64, copy=False), None, times)


def held_of(
    every: MetricSeries, *, columns: int, read: Callable[[], MetricSeries]
) -> LongMetricSeries:
    """Hold those points of a metric that stand out.

    Parameters
    ----------
    every : MetricSeries
    columns : int
        The extremes of so many are held.
    read : callable
        Gives the metric with every point again.
    """
    wanted = _Wanted(columns=columns, evenly=0, smoothing=0.0, log=False, timed=False)
    found, counts = _looked_through(None, every, wanted, 0)
    steps, values, averages = _of_columns(*found, columns)
    epochs = None if every.epochs is None else every.epochs[np.searchsorted(every.steps, steps)]
    return LongMetricSeries(
        run=every.run, name=every.name, steps=steps, values=values, epochs=epochs,
        columns=columns, each=0, averages=averages, counts=counts, read=read,
    )  # fmt: skip


def _is_told_by(outline: Any, wanted: _Wanted) -> bool:
    """Say whether no point has to be read to draw a metric, and to count what cannot be drawn."""
    return not len(outline.odd_steps) and not (wanted.log and bool((outline.values <= 0).any()))


def _looked_through(
    seen: Any, every: MetricSeries | None, wanted: _Wanted, each: int
) -> tuple[_Held, Counts]:
    """Look at every point of a metric, and keep those that stand out of small blocks."""
    size = max(1, _count(seen, every) // (_BLOCKS_PER_COLUMN * wanted.columns))
    counts, average = Counts(), MovingAverage(wanted.smoothing)
    held: list[_Held] = []
    for steps, values in _pieces_of(seen, every):
        counts.add(steps, values)
        averages = average.of(values) if wanted.smoothing else values
        drawn = np.flatnonzero(~(values <= 0)) if wanted.log else slice(None)
        rows = extremes_of_blocks(values[drawn], size)
        if wanted.smoothing:
            rows = np.union1d(rows, extremes_of_blocks(averages[drawn], size))
        if each:
            rows = np.union1d(rows, np.arange(0, len(values[drawn]), each))
        held.append((steps[drawn][rows], values[drawn][rows], averages[drawn][rows]))
    steps, values, averages = map(np.concatenate, zip(*held, strict=True))
    return (steps, values, averages), counts


def extremes_of_blocks(values: NDArray[np.float64], size: int) -> NDArray[np.intp]:
    """Give the rows of the first, the last and the extremes of each so many values, in order."""
    count = len(values)
    if not np.isfinite(values).all():
        return extremes(np.arange(float(count)), values, n_columns=max(1, count // size))
    starts = np.arange(0, count, size)
    whole = count // size * size
    grid = values[:whole].reshape(-1, size)
    found = [starts, np.append(starts[1:], count)[: len(starts)] - 1]
    found += [starts[: len(grid)] + find(grid, axis=1) for find in (np.argmin, np.argmax)]
    if whole < count:
        found.append(whole + np.array([values[whole:].argmin(), values[whole:].argmax()]))
    rows = np.sort(np.concatenate(found))
    return rows[np.append(True, rows[1:] > rows[:-1])[: len(rows)]]


def _of_columns(
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
    averages: NDArray[np.float64],
    columns: int,
) -> _Held:
    """Choose the points that stand out of each column, and those that do of the average."""
    x = steps.astype(np.float64)
    rows = extremes(x, values, n_columns=columns)
    if averages is not values:
        rows = np.union1d(rows, extremes(x, averages, n_columns=columns))
    return steps[rows], values[rows], averages[rows]


def counter_of(run: RunData) -> Callable[[str], int]:
    """Give what tells how many points a metric has, if possible without reading them."""
    summarize = getattr(run, "summaries", None)
    if summarize is None:
        return lambda name: len(run.scalars(name).values)
    summaries = summarize()
    return lambda name: summaries[name].n_points if name in summaries else 0


def reader_of(run: RunData, names: Sequence[str]) -> tuple[Callable[[str], _StepsAndValues], bool]:
    """Give what reads metrics, and whether they have more points together than a picture holds."""
    count = counter_of(run)
    is_long = sum(map(count, names)) > MOST_HELD
    return partial(points_of, run, is_long=is_long), is_long


def points_of(run: RunData, name: str, *, is_long: bool) -> _StepsAndValues:
    """Read the steps and the values of a metric."""
    # A long one is not kept for other pictures: all of them together would not find room.
    seen = _long_series(run, name) if is_long else None
    if seen is not None:
        return seen.read([slice(0, len(seen))])
    series = run.scalars(name)
    return np.asarray(series.steps), np.asarray(series.values, np.float64)


class StandingOut(NamedTuple):
    """Points of a metric: the first, the last, the smallest and the largest are among them.

    Parameters
    ----------
    steps, values : array of int64 and of float64, shape (n,)
        Increasing by step.
    n_points : int
        How many points the metric has.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    n_points: int


def standing_out(
    run: RunData, name: str, *, count: Callable[[str], int] | None = None
) -> StandingOut:
    """Give all points of a metric; of a long one, without reading it, those of its outline.

    Parameters
    ----------
    run : Run
    name : str
    count : callable, optional
        What `counter_of` gave for the run, if many metrics are asked for.
    """
    seen = _long_series(run, name) if (count or counter_of(run))(name) > FEW else None
    if seen is None:
        series = run.scalars(name)
        values = np.asarray(series.values, np.float64)
        return StandingOut(np.asarray(series.steps), values, len(values))
    return _outlined(seen)


def _outlined(seen: Any) -> StandingOut:
    outline = seen.outline
    steps = np.concatenate([outline.steps.ravel(), outline.odd_steps])
    values = np.concatenate([outline.values.ravel(), outline.odd_values])
    steps, rows = np.unique(steps, return_index=True)
    return StandingOut(steps, values[rows], len(seen))


def _long_series(run: RunData, name: str) -> Any:
    """Give what reads a long metric piece by piece; None where that cannot be had."""
    find = getattr(run, "long_scalars", None)
    return None if find is None else find(name)


def _count(seen: Any, every: MetricSeries | None) -> int:
    return len(seen) if every is None else len(every.steps)


def _pieces_of(seen: Any, every: MetricSeries | None) -> Iterator[_StepsAndValues]:
    """Give the points of a metric in pieces: read one by one, or in memory."""
    for rows in _rows(_count(seen, every)):
        yield seen.read([rows]) if every is None else (every.steps[rows], every.values[rows])


def _rows(count: int) -> Iterator[slice]:
    return (slice(start, min(start + PIECE, count)) for start in range(0, count, PIECE))

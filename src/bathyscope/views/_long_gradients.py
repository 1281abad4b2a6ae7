"""Gradient series of so many steps that a picture holds only what is drawn of them.

They are read one after the other, and of each is held what a heat map and what curves show: that is
the same as if all were in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.decimate import extremes
from bathyscope.views._gradient_series import GradientSeries, Reader, Told
from bathyscope.views._step_columns import HEAT_COLUMNS, StepColumns

#: Columns of all curves of a picture of which the extremes are held, and of each at least.
COLUMNS, LEAST_COLUMNS = 1 << 14, 512


@dataclass(frozen=True, eq=False, kw_only=True)
class LongGradientSeries(GradientSeries):
    """A series of which only those values are held that stand out, and none that is 0.

    Parameters
    ----------
    columns : int
        The extremes of so many are held.
    grid : StepColumns
        The columns of a heat map of all series.
    row : array of float, shape (n_grid_columns,)
        The largest value in each of these.
    whole : Told
        Of all values.
    read : Reader
        Gives the series with every value.
    """

    columns: int
    grid: StepColumns
    row: NDArray[np.float64]
    whole: Told
    read: Reader

    @property
    def told(self) -> Told:
        """What is told of all values."""
        return self.whole

    def left_out_text(self) -> str:
        """Say which values are held."""
        return (
            f"{self.whole.n_values:,} values each; held are those that stand out: the first, "
            f"last, smallest and largest in each of {self.columns:,} columns."
        )

    def all_values(self) -> GradientSeries:
        """Give the series with every value."""
        return self.read()


def series_of(readers: Sequence[Reader], *, is_long: bool) -> tuple[GradientSeries, ...]:
    """Read series; if they are long, hold of each what pictures show before the next is read.

    Parameters
    ----------
    readers : sequence of callable
        Each gives a series. Steps that they share should be the same array.
    is_long : bool
        Whether they have more points together than a picture holds.
    """
    return _all_held(readers) if is_long else tuple(read() for read in readers)


def _all_held(readers: Sequence[Reader]) -> tuple[LongGradientSeries, ...]:
    columns = max(LEAST_COLUMNS, COLUMNS // len(readers))
    grid = StepColumns(readers[0]().at, HEAT_COLUMNS)
    found: list[LongGradientSeries] = []
    for read in readers:
        series = read()
        if not grid.holds(series.at):  # as of a layer that was frozen at first
            grid = StepColumns(_steps_of(readers), HEAT_COLUMNS)
            return tuple(_held(read(), grid, columns, read) for read in readers)
        found.append(_held(series, grid, columns, read))
    return tuple(found)


def _steps_of(readers: Sequence[Reader]) -> NDArray[np.int64]:
    """Give the steps of all series."""
    steps = np.empty(0, np.int64)
    for read in readers:
        steps = np.union1d(steps, read().at)
    return steps


def _held(
    series: GradientSeries,
    grid: StepColumns,
    columns: int,
    read: Reader,
) -> LongGradientSeries:
    drawn = np.flatnonzero(series.values != 0)
    rows = drawn[extremes(series.at[drawn].astype(float), series.values[drawn], n_columns=columns)]
    return LongGradientSeries(
        name=series.name, at=series.at[rows], values=series.values[rows],
        columns=columns, grid=grid, row=grid.largest(series.at, series.values),
        whole=series.told, read=read,
    )  # fmt: skip

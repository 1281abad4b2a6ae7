"""Reads sealed parts: a metric of a large one without the rest, a small one whole and once."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs import parquet
from bathyscope.runs.checks import check_parquet
from bathyscope.runs.layout import Part
from bathyscope.runs.news import Labelled, in_recorded_order
from bathyscope.runs.outline import Outline
from bathyscope.runs.parquet_pages import RECORD, STEP, TIME_US, VALUE, open_points
from bathyscope.runs.points import NO_POINTS, Points, join
from bathyscope.runs.room import empty
from bathyscope.runs.summaries import Ends, ends_of_pieces

#: Files with at most so many rows are read whole and kept, larger ones metric by metric.
_FEW_ROWS = 1 << 16
#: So many points are worth a thread of their own.
_ROWS_EACH = 1 << 20


class Sealed:
    """A sealed part.

    Parameters
    ----------
    part : Part

    Raises
    ------
    DamagedFile
        If its bytes are not those that were written, or its format is newer.
    """

    def __init__(self, part: Part) -> None:
        self.path = part.path
        self.own = open_points(part.path, check_parquet(part))
        counts = _count_in_duckdb(part.path) if self.own is None else self.own.counts
        self._names = list(counts)
        self._counts = np.array([*counts.values()], np.int64)
        ends = np.cumsum(self._counts)
        starts = ends - self._counts
        self.rows = dict(zip(self._names, map(slice, starts.tolist(), ends.tolist()), strict=True))
        self.is_small = int(self._counts.sum()) <= _FEW_ROWS
        self._whole: Points | None = None
        self._ends: Ends | None = None

    def names(self) -> Collection[str]:
        """Names of the metrics that have points."""
        return self.rows.keys()

    def points(self, name: str) -> Points:
        """Give the points of one metric, sorted by step, then in recorded order."""
        rows = self.rows.get(name)
        if rows is None:
            return NO_POINTS
        if not self.is_small:
            return read_points([self], name)
        if self._whole is None:
            self._whole = _room_for(int(self._counts.sum()))
            _fill(self._whole, 0, [self])
        return self._whole.take(rows).copy()

    def points_of(self, names: Collection[str]) -> dict[str, Points]:
        """Give the points of some metrics, by name, reading the file once."""
        wanted = [name for name in self._names if name in names]
        if self.is_small or not wanted:
            return {name: self.points(name) for name in wanted}
        ends = np.cumsum([self.rows_of(name) for name in wanted]).tolist()
        points = _room_for(ends[-1])
        _fill(points, 0, [self], wanted if len(wanted) < len(self._names) else None)
        blocks = map(slice, [0, *ends], ends)
        return {name: points.take(block) for name, block in zip(wanted, blocks, strict=True)}

    @functools.cached_property
    def count(self) -> int:
        """How many values records there are."""
        if self.own is not None:
            last = self.own.last_record()
            if last is None:  # of a file from before it was said
                records = (int(record.max()) for (record,) in self.own.pieces([RECORD], self._all))
                last = max(records, default=-1)
            return last + 1
        (last,) = parquet.read_columns(self.path, sql="SELECT max(record) AS last FROM file")[
            "last"
        ]
        return int(last) + 1 if self._names else 0

    def since(self, record: int) -> Labelled:
        """Give the points of this record and of later ones, in recorded order."""
        points, rows = self._own_since(record) if self.own else self._duckdb_since(record)
        metric = np.searchsorted(np.cumsum(self._counts), rows, "right")
        return in_recorded_order(np.array(self._names, dtype=object)[metric], points)

    def _own_since(self, record: int) -> tuple[Points, NDArray[np.int64]]:
        assert self.own is not None
        found, rows, start = [NO_POINTS], [np.empty(0, np.int64)], 0
        for piece in self.own.pieces([STEP, VALUE, TIME_US, RECORD], self._all):
            points = Points(*piece)
            new = np.flatnonzero(points.records >= record)
            found.append(points.take(new))
            rows.append(start + new)
            start += len(points.steps)
        return join(found), np.concatenate(rows)

    def _duckdb_since(self, record: int) -> tuple[Points, NDArray[np.int64]]:
        columns = parquet.read_columns(
            self.path,
            sql="SELECT step, value, time_us, record, file_row_number FROM file WHERE record >= $r",
            options="file_row_number = true",
            r=record,
        )
        points = Points(*(columns[name] for name in ("step", "value", "time_us", "record")))
        return points, columns["file_row_number"]

    @property
    def _all(self) -> slice:
        return slice(0, int(self._counts.sum()))

    def ends(self) -> Ends:
        """Give the first and the last point of each metric."""
        if self._ends is None:
            pieces = (
                self._duckdb_pieces() if self.own is None else self.own.end_pieces(self.outlines)
            )
            self._ends = ends_of_pieces(self._names, self._counts, pieces)
            for name, outline in self.outlines.items():
                self._ends.put(self._names.index(name), outline.steps, outline.values)
        return self._ends

    def _duckdb_pieces(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float64]]]:
        row = 0
        for steps, values in parquet.stream_columns(
            [self.path], sql="SELECT step, value FROM file"
        ):
            yield row, steps, values
            row += len(steps)

    @functools.cached_property
    def outlines(self) -> dict[str, Outline]:
        """What stands out of the long metrics, as far as it was written."""
        if self.own is None:
            return {}
        try:
            return self.own.outlines()
        except DamagedFile:  # whatever wrote that, the points say all of it
            return {}

    def rows_of(self, name: str) -> int:
        """Give how many points a metric has."""
        rows = self.rows.get(name)
        return 0 if rows is None else rows.stop - rows.start


def read_points(parts: Sequence[Sealed], name: str) -> Points:
    """Read the points of one metric from several parts, part by part."""
    having = [part for part in parts if part.rows_of(name)]
    if not having:
        return NO_POINTS
    ends = np.cumsum([part.rows_of(name) for part in having])
    points = _room_for(int(ends[-1]))
    names = None if all(len(part.names()) == 1 for part in having) else [name]
    shares = [
        (int(ends[first - 1]) if first else 0, having[first:last]) for first, last in _shares(ends)
    ]
    with ThreadPoolExecutor(len(shares), "bathyscope-reader") as threads:
        # Reading leaves Python's lock to others.
        rest = [threads.submit(_fill, points, *share, names) for share in shares[1:]]
        _fill(points, *shares[0], names)
        for one in rest:
            one.result()
    return points


def _room_for(count: int) -> Points:
    # Their order is that of the rows; which records they were matters no more.
    records = np.broadcast_to(np.int64(0), count)
    return Points(empty(count, np.int64), empty(count, np.float64), empty(count, np.int64), records)


def _shares(ends: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Divide parts among processors, by the rows up to the end of each: first and last part."""
    total = int(ends[-1])
    wanted = min(os.cpu_count() or 1, max(1, total // _ROWS_EACH))
    borders = np.searchsorted(ends, total * np.arange(1, wanted) / wanted) + 1
    first = 0
    for last in [*dict.fromkeys(borders.tolist()), len(ends)]:
        if last > first:
            yield first, last
        first = last


def _fill(
    points: Points, at: int, parts: Sequence[Sealed], names: Sequence[str] | None = None
) -> None:
    """Read the points of some metrics, or of all, into their place among others."""
    for is_own, group in itertools.groupby(parts, lambda part: part.own is not None):
        fill = _fill_own if is_own else _fill_from_duckdb
        at = fill(points, at, list(group), names)


def _fill_own(points: Points, at: int, parts: Sequence[Sealed], names: Sequence[str] | None) -> int:
    for part in parts:
        assert part.own is not None
        stretches = _stretches(part, names)
        end = at + sum(rows.stop - rows.start for rows in stretches)
        into = [column[at:end] for column in points[:3]]
        part.own.read_into([STEP, VALUE, TIME_US], stretches, into)
        at = end
    return at


def _stretches(part: Sealed, names: Sequence[str] | None) -> list[slice]:
    """Give the rows of some metrics, those that follow each other together."""
    found: list[slice] = []
    for rows in part.rows.values() if names is None else [part.rows[name] for name in names]:
        if found and found[-1].stop == rows.start:
            found[-1] = slice(found[-1].start, rows.stop)
        else:
            found.append(rows)
    return found


def _fill_from_duckdb(
    points: Points, at: int, parts: Sequence[Sealed], names: Sequence[str] | None
) -> int:
    chosen, values = _chosen(names)
    for columns in parquet.stream_columns(
        [part.path for part in parts],
        sql=f"SELECT step, value, time_us FROM file {chosen}",
        **values,
    ):
        place = slice(at, at + len(columns[0]))
        for column, read in zip(points, columns, strict=False):
            column[place] = read
        at = place.stop
    return at


def _count_in_duckdb(path: Path) -> dict[str, int]:
    counts = parquet.read_columns(
        path, sql="SELECT metric, count(*) AS n FROM file GROUP BY metric ORDER BY metric"
    )
    return dict(zip(map(str, counts["metric"]), counts["n"].tolist(), strict=True))


def _chosen(names: Sequence[str] | None) -> tuple[str, dict[str, Any]]:
    if names is None:
        return "", {}
    if len(names) == 1:  # groups of rows that do not hold it are not even read
        return "WHERE metric = $name", {"name": names[0]}
    return "WHERE metric IN (SELECT unnest($names))", {"names": list(names)}

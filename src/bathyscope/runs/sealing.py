"""Sealed journals: sorted, compressed Parquet that takes the journal's place.

A part of a writer is either a journal or a sealed file. If both are there, sealing was cut
short, and only the sealed one counts; so a reader sees every point exactly once at any moment.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs import parquet
from bathyscope.runs.files import checksum, publish
from bathyscope.runs.layout import Part
from bathyscope.runs.news import Labelled, in_recorded_order
from bathyscope.runs.points import NO_POINTS, Points
from bathyscope.runs.replay import Replay
from bathyscope.runs.summaries import Ends, ends_of

#: Files with at most so many rows are read whole and kept, larger ones metric by metric.
_FEW_ROWS = 1 << 16


def seal(journal: Path) -> Path | None:
    """Put a journal's points into Parquet, then remove the journal.

    Returns
    -------
    pathlib.Path or None
        The sealed file; None if the journal is damaged, which is then kept as it is.
    """
    replay = Replay(journal)
    replay.refresh()
    if replay.faults():
        return None
    names, counts, points = replay.everything()
    labels = np.repeat(np.array(names, dtype=object), counts)
    sealed = publish(
        journal.parent,
        journal.stem,
        ".parquet",
        lambda path: parquet.write_columns(path, _columns(labels, points)),
        sync=True,
    )
    journal.unlink(missing_ok=True)
    return sealed


def _columns(labels: NDArray[np.object_], points: Points) -> dict[str, Any]:
    return {
        "metric": labels,
        "step": points.steps,
        "value": points.values,
        "time_us": points.times_us,
        "record": points.records,
    }


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
        check_parquet(part)
        counts = parquet.read_columns(
            part.path, sql="SELECT metric, count(*) AS n FROM file GROUP BY metric ORDER BY metric"
        )
        self._names = [str(name) for name in counts["metric"]]
        self._counts = counts["n"].astype(np.int64)
        ends = np.cumsum(self._counts)
        starts = ends - self._counts
        self._rows = dict(zip(self._names, map(slice, starts.tolist(), ends.tolist()), strict=True))
        self.is_small = int(self._counts.sum()) <= _FEW_ROWS
        self._whole: Points | None = None
        self._ends: Ends | None = None

    def names(self) -> Collection[str]:
        """Names of the metrics that have points."""
        return self._rows.keys()

    def points(self, name: str) -> Points:
        """Give the points of one metric, sorted by step, then in recorded order."""
        rows = self._rows.get(name)
        if rows is None:
            return NO_POINTS
        if not self.is_small:
            return read_points([self], name)
        if self._whole is None:
            self._whole = _read_points([self.path], "")
        return self._whole.take(rows).copy()

    @functools.cached_property
    def count(self) -> int:
        """How many values records there are."""
        (last,) = parquet.read_columns(self.path, sql="SELECT max(record) AS last FROM file")[
            "last"
        ]
        return int(last) + 1 if self._names else 0

    def since(self, record: int) -> Labelled:
        """Give the points of this record and of later ones, in recorded order."""
        columns = parquet.read_columns(
            self.path,
            sql="SELECT step, value, time_us, record, file_row_number FROM file WHERE record >= $r",
            options="file_row_number = true",
            r=record,
        )
        metric = np.searchsorted(np.cumsum(self._counts), columns["file_row_number"], "right")
        points = Points(*(columns[name] for name in ("step", "value", "time_us", "record")))
        return in_recorded_order(np.array(self._names, dtype=object)[metric], points)

    def ends(self) -> Ends:
        """Give the first and the last point of each metric."""
        if self._ends is None:
            columns = parquet.read_columns(self.path, sql="SELECT step, value FROM file")
            self._ends = ends_of(self._names, self._counts, columns["step"], columns["value"])
        return self._ends


def read_points(parts: Sequence[Sealed], name: str) -> Points:
    """Read the points of one metric from several parts at once, part by part."""
    having = [part for part in parts if name in part.names()]
    if not having:
        return NO_POINTS
    paths = [part.path for part in having]
    if all(len(part.names()) == 1 for part in having):
        return _read_points(paths, "")
    return _read_points(paths, "WHERE metric = $name", name=name)


def _read_points(paths: Sequence[Path], rest: str, **values: Any) -> Points:
    """Read points in the order of the files, which were sorted when they were written."""
    columns = parquet.read_columns(
        paths, sql=f"SELECT step, value, time_us FROM file {rest}", **values
    )
    steps = columns["step"]
    # Their order is that of the rows; which records they were matters no more.
    records = np.broadcast_to(np.int64(0), steps.shape)
    return Points(steps, columns["value"], columns["time_us"], records)


def check_parquet(part: Part) -> None:
    """Refuse a Parquet file that was damaged, or that a newer version wrote."""
    check_bytes(part)
    try:
        version = parquet.file_version(part.path)
    except Exception as error:
        raise DamagedFile(f"it cannot be read ({error})") from error
    check_version(version, parquet.VERSION)


def check_bytes(part: Part) -> None:
    """Refuse a file whose bytes are not those that were written."""
    found = checksum(part.path)
    if found != part.checksum:
        raise DamagedFile(
            f"its bytes are not those that were written (CRC32 {found}, not {part.checksum})"
        )


def check_version(version: int, known: int) -> None:
    """Refuse a newer format."""
    if version > known:
        raise DamagedFile(
            f"it has format version {version}, and this bathyscope reads up to {known}; "
            "use a newer one"
        )

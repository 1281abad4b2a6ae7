"""Sealed journals: sorted, compressed Parquet that takes the journal's place.

A part of a writer is either a journal or a sealed file. If both are there, sealing was cut
short, and only the sealed one counts; so a reader sees every point exactly once at any moment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs import parquet
from bathyscope.runs.files import checksum, publish
from bathyscope.runs.layout import Part
from bathyscope.runs.points import NO_POINTS, Points
from bathyscope.runs.replay import Replay

#: Files with at most so many rows are read whole, larger ones metric by metric.
_FEW_ROWS = 1 << 20


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
    names, points = replay.everything()
    sealed = publish(
        journal.parent,
        journal.stem,
        ".parquet",
        lambda path: parquet.write_columns(path, _columns(names, points)),
        sync=True,
    )
    journal.unlink(missing_ok=True)
    return sealed


def _columns(names: NDArray[np.object_], points: Points) -> dict[str, Any]:
    return {
        "metric": names,
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
        ends = np.cumsum(counts["n"], dtype=np.int64)
        starts = ends - counts["n"]
        self._rows = {
            str(name): slice(int(a), int(b))
            for name, a, b in zip(counts["metric"], starts, ends, strict=True)
        }
        self._count = int(ends[-1]) if len(ends) else 0
        self._whole: Points | None = None

    def names(self) -> list[str]:
        """Names of the metrics that have points."""
        return list(self._rows)

    def points(self, name: str) -> Points:
        """Give the points of one metric, sorted by step, then in recorded order."""
        rows = self._rows.get(name)
        if rows is None:
            return NO_POINTS
        if self._count > _FEW_ROWS:
            return self._read("WHERE metric = $name", name=name)
        if self._whole is None:
            self._whole = self._read("")
        return self._whole.take(rows)

    def _read(self, rest: str, **values: Any) -> Points:
        """Read points in the order of the file, which was sorted when it was written."""
        columns = parquet.read_columns(
            self.path, sql=f"SELECT step, value, time_us, record FROM file {rest}", **values
        )
        return Points(*(columns[name] for name in ("step", "value", "time_us", "record")))


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

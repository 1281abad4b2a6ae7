"""Sealed journals: sorted, compressed Parquet that takes the journal's place.

A part of a writer is either a journal or a sealed file. If both are there, sealing was cut
short, and only the sealed one counts; so a reader sees every point exactly once at any moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs import parquet, parquet_points
from bathyscope.runs.files import publish
from bathyscope.runs.points import NO_POINTS, Points, Rows
from bathyscope.runs.replay import Replay

#: Of more metrics the names are written point by point, which costs less than as many pieces.
_FEW_METRICS = 256


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
    sealed = publish_part(journal.parent, journal.stem, *replay.by_metric())
    journal.unlink(missing_ok=True)
    return sealed


def publish_part(  # noqa: PLR0917 (what `Replay.by_metric` gives, and where it goes)
    folder: Path, stem: str, names: Sequence[str], counts: NDArray[np.int64], points: Rows
) -> Path:
    """Write a sealed part; it is there whole, or not at all.

    Parameters
    ----------
    folder : pathlib.Path
    stem : str
        Its name, without checksum and ending.
    names : sequence of str
        Sorted by their bytes.
    counts : array of int64, shape (n_names,)
        How many points each metric has.
    points : Rows
        Metric by metric, of each sorted by step, then by record.
    """
    return publish(
        folder, stem, ".parquet", lambda path: write_part(path, names, counts, points), sync=True
    )


def write_part(path: Path, names: Sequence[str], counts: NDArray[np.int64], points: Rows) -> None:
    """Write the file that `publish_part` publishes, by the fastest means there are."""
    if parquet_points.COMPILED is not None and counts.any():
        parquet_points.write_points(path, names, counts, points)
    else:
        parquet.write_pieces(path, _pieces(names, counts, points))


def _pieces(names: Sequence[str], counts: NDArray[np.int64], points: Rows) -> list[dict[str, Any]]:
    """Give the columns piece by piece: one for each metric, whose name is then said once."""
    ends = np.cumsum(counts)
    if len(names) > _FEW_METRICS:
        labels = np.repeat(np.array(names, dtype=object), counts)
        return [_columns(labels, points.take(slice(0, int(ends[-1]))))]
    blocks = map(slice, (ends - counts).tolist(), ends.tolist())
    pieces = [_columns(name, points.take(block)) for name, block in zip(names, blocks, strict=True)]
    return pieces or [_columns("", NO_POINTS)]


def _columns(labels: str | NDArray[np.object_], points: Points) -> dict[str, Any]:
    return {
        "metric": labels,
        "step": points.steps,
        "value": points.values,
        "time_us": points.times_us,
        "record": points.records,
    }

"""Sealed journals: sorted, compressed Parquet that takes the journal's place.

A part of a writer is either a journal or a sealed file. If both are there, sealing was cut
short, and only the sealed one counts; so a reader sees every point exactly once at any moment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs import parquet
from bathyscope.runs.files import publish
from bathyscope.runs.points import Points
from bathyscope.runs.replay import Replay


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

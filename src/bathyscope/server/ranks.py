"""What is new in a run that several ranks write: of each step the value that counts comes last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bathyscope.runs import NewScalars
from bathyscope.runs.news import Cursor

#: So many records of each rank are looked at once more. Ranks that train together are not as far
#: apart; of those that are, a page shows what came last until it asks for the whole.
RECORDS = 100


def new_scalars(run: Any, cursor: Mapping[str, int]) -> tuple[NewScalars, Cursor]:
    """Give what was recorded since, as `Run.new_scalars`, where ranks recorded the same steps.

    The value of the rank that joined last counts, also if a page was told of it before that of
    another rank: with what is new of a step comes once more what others recorded of it.
    """
    points, after = run.new_scalars(cursor)
    if not len(points.steps) or len(set(run.ranks().values())) < 2:
        return points, after
    around, _ = run.new_scalars(_a_little_earlier(cursor))
    new = set(zip(points.metrics.tolist(), points.steps.tolist(), strict=True))
    pairs = zip(around.metrics.tolist(), around.steps.tolist(), strict=True)
    kept = np.fromiter((pair in new for pair in pairs), np.bool_, len(around.steps))
    return NewScalars(*(column[kept] for column in around)), after


def _a_little_earlier(cursor: Mapping[str, int]) -> Cursor:
    """Go back in the part that each rank writes now; those before it are full."""
    last: dict[str, tuple[int, str]] = {}
    for part in cursor:
        writer, _, number = part.rpartition("-")
        last[writer] = max(last.get(writer, (-1, "")), (int(number), part))
    growing = {part for _, part in last.values()}
    return {
        part: max(0, seen - RECORDS) if part in growing else seen for part, seen in cursor.items()
    }

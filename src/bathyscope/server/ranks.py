"""What is new in a run that several ranks write: of each step the value that counts comes last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs import NewScalars
from bathyscope.runs.news import Cursor

#: So many records of all ranks are looked at once more, and of each at least so many. Ranks that
#: train together are not as far apart; of those that are, a page shows what came last until it asks
#: for the whole.
_RECORDS, _LEAST = 1000, 10


def new_scalars(run: Any, cursor: Mapping[str, int]) -> tuple[NewScalars, Cursor]:
    """Give what was recorded since, as `Run.new_scalars`, where ranks recorded the same steps.

    The value of the rank that joined last counts, also if a page was told of it before that of
    another rank: with what is new of a step comes once more what others recorded of it.
    """
    points, after = run.new_scalars(cursor)
    if not len(points.steps) or len(set(run.ranks().values())) < 2:
        return points, after
    around, _ = run.new_scalars(_a_little_earlier(cursor))
    around = _taken(around, np.isin(around.steps, points.steps))  # few of them are left
    new = set(zip(points.metrics.tolist(), points.steps.tolist(), strict=True))
    pairs = zip(around.metrics.tolist(), around.steps.tolist(), strict=True)
    is_it = np.fromiter((pair in new for pair in pairs), np.bool_, len(around.steps))
    return _taken(around, is_it), after


def _taken(points: NewScalars, which: NDArray[np.bool_]) -> NewScalars:
    metrics, steps, values, times = points
    return NewScalars(metrics[which], steps[which], values[which], times[which])


def _a_little_earlier(cursor: Mapping[str, int]) -> Cursor:
    """Go back in the part that each rank writes now; those before it are full."""
    last: dict[str, tuple[int, str]] = {}
    for part in cursor:
        writer, _, number = part.rpartition("-")
        last[writer] = max(last.get(writer, (-1, "")), (int(number), part))
    earlier = dict(cursor)
    for _, part in last.values():
        earlier[part] = max(0, cursor[part] - max(_LEAST, _RECORDS // len(last)))
    return earlier

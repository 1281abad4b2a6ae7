"""Points of metrics, from the beginning or only those that are new."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import numpy as np

from bathyscope.figures import web
from bathyscope.runs import Run
from bathyscope.runs.news import Cursor
from bathyscope.server.curve import curve
from bathyscope.server.known import Known
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.ranks import new_scalars
from bathyscope.server.series import Seen, SeriesCache

#: Metrics of more points are asked for by `curve`, as wide as they are drawn.
MOST_POINTS = 200_000
_NOTHING = (np.empty(0),) * 3


def all_points(
    known: Known,
    opened: OpenedRuns,
    cache: SeriesCache,
    metrics: list[str],
    *,
    columns: int | None = None,
) -> bytes:
    """Encode metrics from the first point; of those too long to send only how long they are.

    Parameters
    ----------
    known : Known
    opened : OpenedRuns
    cache : SeriesCache
    metrics : list of str
        Those wanted; all if empty. Those that are not there yet are left out.
    columns : int, optional
        Of those too long to send also what a picture of so many pixels needs.
    """
    run = opened.get(known)
    # First: what is recorded meanwhile comes twice rather than never.
    cursor = run.scalars_cursor()
    summaries = run.summaries()
    wanted = [name for name in dict.fromkeys(metrics or summaries) if name in summaries]
    # Of these not all are read, to say how many there are.
    many = [name for name in wanted if summaries[name].n_points > MOST_POINTS]
    found = {
        name: _summed_up(seen, columns)
        for name in many
        if len(seen := cache.glance(known, name)) > MOST_POINTS
    }
    short = [name for name in wanted if name not in found]
    for name, kept in cache.get_many(known, short).items():
        found[name] = _points(kept.series.steps, kept.series.values, kept.series.times)
    return web.envelope({"cursor": _write_cursor(cursor), "metrics": found})


def _summed_up(seen: Seen, columns: int | None) -> dict[str, Any]:
    found = {**_points(*_NOTHING), "count": len(seen)}
    if columns is not None:
        found["curve"] = curve(seen, first=None, last=None, columns=columns)
    return found


def new_points(run: Any, metrics: list[str], after: str) -> bytes:
    """Encode the points of some metrics that were recorded after a cursor.

    Parameters
    ----------
    run : Run
    metrics : list of str
        Those wanted; all if empty.
    after : str
        What the last answer gave as ``cursor``.

    Raises
    ------
    ValueError
        If the cursor is none.
    """
    seen = _read_cursor(after)
    points, cursor = new_scalars(run, seen) if isinstance(run, Run) else run.new_scalars(seen)
    found: dict[str, Any] = {}
    for name in sorted(set(metrics) or set(points.metrics.tolist())):
        is_it = points.metrics == name
        if is_it.any():
            found[name] = _points(points.steps[is_it], points.values[is_it], points.times[is_it])
    return web.envelope({"cursor": _write_cursor(cursor), "metrics": found})


def _points(step: Any, value: Any, time: Any) -> dict[str, Any]:
    return {"step": step, "value": value, "time": time}


def _write_cursor(cursor: Cursor) -> str:
    text = json.dumps(cursor, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _read_cursor(text: str) -> Cursor:
    cursor: Any = None
    with contextlib.suppress(ValueError):
        cursor = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not (isinstance(cursor, dict) and all(type(count) is int for count in cursor.values())):
        raise ValueError(
            f"`after` must be the `cursor` of an earlier answer; got {text[:60]!r}. "
            "Leave it out to begin anew."
        )
    return cursor

"""Points of metrics, from the beginning or only those that are new."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Sequence
from typing import Any

from bathyscope.figures import web
from bathyscope.runs.news import Cursor


def new_points(run: Any, metrics: Sequence[str], after: str) -> bytes:
    """Encode the points of some metrics that were recorded after a cursor.

    Parameters
    ----------
    run : Run
    metrics : sequence of str
        Those wanted; all if empty.
    after : str
        What the last answer gave as ``cursor``; "" begins with the first point.

    Raises
    ------
    ValueError
        If the cursor is none.
    """
    points, cursor = run.new_scalars(_read_cursor(after) if after else None)
    found: dict[str, dict[str, Any]] = {}
    wanted = set(metrics) or set(points.metrics.tolist())
    for name in sorted(wanted):
        is_it = points.metrics == name
        if is_it.any():
            found[name] = {
                "step": points.steps[is_it],
                "value": points.values[is_it],
                "time": points.times[is_it],
            }
    return web.envelope({"cursor": _write_cursor(cursor), "metrics": found})


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

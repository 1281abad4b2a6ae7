"""One line of the list of runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bathyscope import _names as names
from bathyscope.runs.listing import RunSummary, created_from_facts
from bathyscope.runs.summaries import ScalarSummary
from bathyscope.server.known import Known, Row

#: Metrics shown of a run; of many runs fewer, so that a list of 10,000 stays small.
MOST_METRICS = 200
FEW_METRICS = 20
MANY_RUNS = 1000
_MOST_SETTINGS = 500
_LONGEST_TEXT = 2000
#: Of a run whose metrics were not read yet.
NO_VALUES: Row = {"last": {}, "last_step": None, "n_metrics": None}


def run_row(known: Known, run: Any) -> Row:
    """Read what a run says of itself in its small files."""
    told = run.at_a_glance() if known.place.kind == "run" else _log_at_a_glance(known, run)
    return {
        "id": known.id,
        "name": told.name,
        "path": known.place.relative,
        "kind": known.place.kind,
        "status": told.status,
        "created": told.created if math.isfinite(told.created) else None,
        "updated": known.pulse.updated if known.pulse else 0.0,
        "tags": list(told.tags),
        "config": flat(told.config),
        "note": told.note,
        "archived": told.archived,
        "group": told.group,
        "fault": "; ".join(told.faults),
        "version": known.version,
        **NO_VALUES,
    }


def _log_at_a_glance(known: Known, run: Any) -> RunSummary:
    """Give the same of another tool's log, and what is wrong with it that is known already."""
    is_read = known.place.kind == "log"  # whole, when it is opened
    return RunSummary(
        known.place.path,
        run.name,
        run.status,
        created=created_from_facts(run.info),
        tags=run.tags,
        config=run.config,
        faults=run.faults()[:3] if is_read else (),
        group=run.group if is_read else "",
    )


def faulty_row(known: Known, fault: str) -> Row:
    """Say of a run that it cannot be read, and why."""
    return {
        "id": known.id,
        "name": known.place.path.name,
        "path": known.place.relative,
        "kind": known.place.kind,
        "status": "unknown",
        "created": None,
        "updated": known.pulse.updated if known.pulse else 0.0,
        "tags": [],
        "config": {},
        "note": "",
        "archived": False,
        "group": "",
        "fault": fault,
        "version": known.version,
        **NO_VALUES,
    }


def last_values(summaries: Mapping[str, ScalarSummary], *, most: int) -> Row:
    """Give the last value of every metric, the user's own before those recorded for the views."""
    own = [one for one in summaries.values() if not one.name.startswith(names.INTERNAL_SCALARS)]
    kept = sorted(own, key=lambda one: ("/" in one.name, one.name))[:most]
    last_step = max((one.last_step for one in summaries.values()), default=None)
    return {
        "last": {one.name: number(one.last) for one in kept},
        "last_step": last_step,
        "n_metrics": len(own),
    }


def number(value: float) -> Any:
    """Write a number so that JSON keeps NaN and the infinities."""
    return value if math.isfinite(value) else {"$number": str(value)}


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Give nested settings as one level with dotted names, cut where nobody could read them."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            found.update(flat(value, f"{name}."))
        else:
            found[name] = _setting(value)
        if len(found) > _MOST_SETTINGS:
            break
    return dict(list(found.items())[:_MOST_SETTINGS])


def _setting(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value if not isinstance(value, int) or abs(value) < 2**53 else str(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = str(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"

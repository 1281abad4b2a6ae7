"""One line of the list of runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bathyscope import _names as names
from bathyscope.runs.listing import created_from_facts
from bathyscope.runs.manifest import read_manifest
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
    is_own = known.place.kind == "run"
    created = created_from_facts(run.info)
    return {
        "id": known.id,
        "name": run.name,
        "path": known.place.relative,
        "kind": known.place.kind,
        "status": run.status,
        "created": created if math.isfinite(created) else None,
        "updated": known.pulse.updated if known.pulse else 0.0,
        "tags": list(run.tags),
        "config": flat(run.config),
        "note": run.about.note if is_own else "",
        "archived": is_own and run.about.archived,
        "group": "" if known.place.kind == "tensorboard" else run.group,
        "fault": "; ".join(_faults(known, run)),
        "version": known.version,
        **NO_VALUES,
    }


def _faults(known: Known, run: Any) -> Sequence[str]:
    """Give what is wrong and was found without reading everything."""
    if known.place.kind == "log":
        return run.faults()[:3]
    return read_manifest(known.place.path)[1] if known.place.kind == "run" else ()


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

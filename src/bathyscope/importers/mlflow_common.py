"""What MLflow keeps of a run, whether in files or in a database."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope.importers.log import (
    BySteps,
    Faults,
    Log,
    Scalars,
    cleaned,
    table_of_values,
    text_column,
)
from bathyscope.runs.status import Status

RUN_NAME = "mlflow.runName"
PARENT = "mlflow.parentRunId"
_STATUS: dict[str, Status] = {
    "1": "running", "RUNNING": "running",
    "2": "unknown", "SCHEDULED": "unknown",
    "3": "finished", "FINISHED": "finished",
    "4": "failed", "FAILED": "failed",
    "5": "interrupted", "KILLED": "interrupted",
}  # fmt: skip
#: What MLflow writes about itself and is of no use outside it, or long.
_LEFT_OUT = ("mlflow.log-model.history",)


def run_log(
    path: Path,
    *,
    facts: Mapping[str, str],
    scalars: Scalars,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    tables: Mapping[str, BySteps],
    faults: Faults,
    files: tuple[Path, ...],
    notes: tuple[str, ...] = (),
) -> Log:
    """Put together what was read of one run.

    Parameters
    ----------
    path : pathlib.Path
    facts : mapping of str to str
        ``run_id``, ``name``, ``experiment``, ``status``, ``user_id``, ``start_time``,
        ``end_time``, ``lifecycle_stage``, ``artifact_uri``; all may be missing.
    scalars : Scalars
    params, tags : mapping of str to str
    tables : mapping
    faults : Faults
    files : tuple of pathlib.Path
    notes : tuple of str
    """
    about = {
        "run_id": facts.get("run_id", ""),
        "experiment": facts.get("experiment", ""),
        "parent": tags.get(PARENT, ""),
        "user": facts.get("user_id", ""),
    }
    about |= {f"tags.{name}": said for name, said in tags.items() if name not in _LEFT_OUT}
    known = {name: value for name, value in about.items() if value}
    deleted = ("deleted",) if facts.get("lifecycle_stage") == "deleted" else ()
    config = {cleaned(name): plain_value(value) for name, value in params.items()}
    return Log(
        cleaned(tags.get(RUN_NAME) or facts.get("name") or facts.get("run_id", "")[:8] or "run"),
        path,
        "MLflow",
        scalars.columns(),
        config=config,
        tags=("mlflow", *deleted),
        group=cleaned(facts.get("experiment", "")),
        created=milliseconds(facts.get("start_time", "")),
        status=_STATUS.get(facts.get("status", ""), "unknown"),
        tables={**tables, "about": table_of_values(known)},
        notes=notes,
        faults=faults.told(),
        files=files,
    )


def plain_value(text: str) -> Any:
    """Give a parameter, which MLflow keeps as text, as the number or truth it was; or as text."""
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        if str(value) == text:  # so that nothing is lost
            return value
    return cleaned(text)


def milliseconds(text: str) -> float:
    """Give milliseconds since 1970 as seconds; NaN if the text is none."""
    try:
        return int(text) / 1e3
    except (ValueError, OverflowError):
        return math.nan


def table_of_artifacts(found: list[tuple[str, int]]) -> dict[str, BySteps]:
    """List files: their places and sizes in bytes."""
    if not found:
        return {}
    paths = text_column([path for path, _ in found])
    sizes = np.array([size for _, size in found], np.int64)
    return {"artifacts": {0: {"path": paths, "bytes": sizes}}}

"""Makes runs of other tools' logs."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bathyscope import _names as names
from bathyscope._errors import BathyscopeError, RunError
from bathyscope._progress import progress_bar
from bathyscope.importers.formats import Found
from bathyscope.importers.log import Log, cleaned
from bathyscope.runs import RunWriter
from bathyscope.runs.status import ENDINGS

if TYPE_CHECKING:
    from rich.console import Console

_LONGEST_NAME = 60


def import_found(
    found: Sequence[Found], runs_dir: Path, *, console: Console | None = None
) -> tuple[list[Path], list[str]]:
    """Make a run of everything that was found.

    Parameters
    ----------
    found : sequence of Found
        As `bathyscope.importers.formats.find_logs` gives it.
    runs_dir : pathlib.Path
        Where the runs go.
    console : rich.console.Console, optional
        Where a progress bar is drawn.

    Returns
    -------
    paths : list of pathlib.Path
        The new runs.
    refused : list of str
        What could not be read at all, and why.
    """
    paths: list[Path] = []
    refused: list[str] = []
    with progress_bar("Importing", len(found), console=console) as advance:
        for index, one in enumerate(found):
            advance(index, one.path.name)
            try:
                log = one.read()
                paths.append(write_log(log, free_place(runs_dir, log.name, paths)))
            except BathyscopeError as error:
                refused.append(str(error))
        advance(len(found), "")
    return paths, list(dict.fromkeys(refused))  # a library that is missing is said once


def free_place(runs_dir: Path, name: str, taken: Sequence[Path] = ()) -> Path:
    """Give a run a folder of its own.

    Raises
    ------
    RunError
        If there is one of that name that this import did not make.
    """
    plain = "".join("-" if c in '/\\:*?"<>|' or c < " " else c for c in cleaned(name))
    plain = plain.strip(". ")[-_LONGEST_NAME:] or "run"
    path, number = runs_dir / plain, 2
    while path in taken:
        path, number = runs_dir / f"{plain}-{number}", number + 1
    if path.exists():
        raise RunError(
            f"`{path}` must not exist yet to be imported into. Import into another folder, "
            "or remove it."
        )
    return path


def write_log(log: Log, path: Path) -> Path:
    """Make a run of a log: every number of it, and what could not be read as faults."""
    run = RunWriter(
        path,
        name=cleaned(log.name) or None,
        config=log.config,
        tags=log.tags,
        group=cleaned(log.group) or None,
    )
    try:
        _write_scalars(run, log)
        for name, steps in log.tables.items():
            for step, columns in steps.items():
                run.log_table(name, columns, step=step)
        for group, steps in log.arrays.items():
            for step, arrays in steps.items():
                run.log_arrays(group, arrays, step=step)
        for event in log.events:
            _write_event(run, event)
        _tell(run, log)
    finally:
        run.finish(log.status if log.status in ENDINGS else "finished")
    return path


def _write_scalars(run: RunWriter, log: Log) -> None:
    columns = {name: (c.steps, c.values, c.times) for name, c in log.scalars.items()}
    if columns:
        run.log_scalar_columns(columns)


def _write_event(run: RunWriter, event: Mapping[str, Any]) -> None:
    # A run's events have times of their own; what the log said is kept beside.
    fields = {"time": "recorded_time", "writer": "recorded_writer"}
    said = {fields.get(name, name): value for name, value in event.items() if name != "kind"}
    run.log_event(event["kind"], **said)


def _tell(run: RunWriter, log: Log) -> None:
    when = ""
    with contextlib.suppress(ValueError, OverflowError, OSError):
        when = f" of {datetime.fromtimestamp(log.created, UTC):%Y-%m-%d %H:%M} UTC"
    text = f"Imported from {log.path.name}, written by {log.format}{when}."
    run.log_event(names.NOTE_EVENT, text=cleaned(text))
    for note in log.notes:
        run.log_event(names.NOTE_EVENT, text=note)
    for fault in log.faults:
        run.log_event(names.FAULT_EVENT, operation="import", error="DamagedFile", message=fault)

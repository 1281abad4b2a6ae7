"""MLflow's database in SQLite: all runs of a project in one file."""

from __future__ import annotations

import contextlib
from pathlib import Path

from bathyscope._errors import DamagedFile, RunNotFound
from bathyscope.importers.log import Faults, Log, Scalars, shortened
from bathyscope.importers.mlflow_common import run_log, table_of_artifacts
from bathyscope.importers.sqlite import Database, is_database, opened

TITLE = "MLflow's SQLite"
FILES = ("*.db", "*.sqlite", "*.sqlite3")
_TABLES = ("experiments", "runs", "metrics", "params", "tags")
_INFINITE = 1.7976931348623157e308


def sniff(path: Path) -> bool:
    """Say whether a file is a database with MLflow's tables."""
    if not is_database(path):
        return False
    try:
        with _opened(path):
            return True
    except DamagedFile:
        return False


def keys(path: Path) -> list[str]:
    """Give the ids of the runs, the oldest first; deleted ones too."""
    with _opened(path) as database:
        rows = database.rows("SELECT run_uuid FROM runs ORDER BY start_time, run_uuid")
        return [str(row[0]) for row in rows if row[0]]


def read(path: Path, key: str) -> Log:
    """Read one run.

    Raises
    ------
    RunNotFound
        If there is none of that id.
    DamagedFile
        If the file cannot be read.
    """
    faults, scalars = Faults(), Scalars()
    with _opened(path) as database:
        facts = _facts(database, path, key)
        is_capped = _metrics(database, key, scalars, faults)
        params = _texts(database, "params", key)
        tags = _texts(database, "tags", key)
    notes = ("MLflow's database keeps no infinities: it wrote the largest number in their place.",)
    return run_log(
        path,
        facts=facts,
        scalars=scalars,
        params=params,
        tags=tags,
        tables=table_of_artifacts(_artifacts(path, facts.get("artifact_uri", ""))),
        faults=faults,
        files=(path,),
        notes=notes if is_capped else (),
    )


def _opened(path: Path) -> contextlib.AbstractContextManager[Database]:
    return opened(path, _TABLES, what="MLflow's database")


def _facts(database: Database, path: Path, key: str) -> dict[str, str]:
    names = ("run_uuid", "name", "status", "user_id", "start_time", "end_time",
             "lifecycle_stage", "artifact_uri", "experiment_id")  # fmt: skip
    query = f"SELECT {', '.join(names)} FROM runs WHERE run_uuid = ? LIMIT 1"
    row = next(database.rows(query, key), None)
    if row is None:
        raise RunNotFound(f"`key` must be the id of a run in `{path}`; got {shortened(key)!r}.")
    facts = {
        name: "" if value is None else str(value) for name, value in zip(names, row, strict=True)
    }
    facts["run_id"] = facts.pop("run_uuid")
    query = "SELECT name FROM experiments WHERE experiment_id = ? LIMIT 1"
    found = next(database.rows(query, facts.pop("experiment_id")), None)
    facts["experiment"] = str(found[0]) if found else ""
    return facts


def _artifacts(path: Path, uri: str) -> list[tuple[str, int]]:
    """List the files of a run, if they lie beside the database and nowhere else."""
    beside = path.parent.resolve()
    try:
        folder = Path(uri.removeprefix("file://")).resolve()
        if not uri or not folder.is_relative_to(beside) or folder == beside:
            return []
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        return [(file.relative_to(folder).as_posix(), file.stat().st_size) for file in files]
    except (OSError, ValueError, RuntimeError):
        return []


def _metrics(database: Database, key: str, scalars: Scalars, faults: Faults) -> bool:
    """Add the metrics, in the order of their times; say whether infinities may have been lost."""
    is_capped = False
    query = (
        "SELECT key, value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ? "
        "ORDER BY timestamp, rowid"
    )
    for name, value, moment, step, is_nan in database.rows(query, key):
        if not (isinstance(value, (int, float)) and isinstance(step, int)):
            label = f"`{shortened(str(name))}` at step {shortened(str(step))}"
            faults.add(f"metric {label}: `{shortened(str(value))}` is no number")
            continue
        seconds = moment / 1e3 if isinstance(moment, (int, float)) else 0.0
        number = float("nan") if is_nan else float(value)
        scalars.add(str(name), max(step, 1 - 2**63), number, seconds)
        is_capped |= abs(value) >= _INFINITE
    return is_capped


def _texts(database: Database, table: str, key: str) -> dict[str, str]:
    query = f"SELECT key, value FROM {table} WHERE run_uuid = ? ORDER BY key"
    return {str(name): str(value) for name, value in database.rows(query, key)}

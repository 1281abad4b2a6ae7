"""What a run holds, in the forms that files of columns want it.

All formats of columns lie in the same folders::

    run.json                    name, status, created, tags, config, faults
    events.json                 what happened, in recorded order
    scalars.<form>              metric, step, value, time
    tables/<name>.<form>        step, and the columns of the table, of all steps
    arrays/<group>/<step>.npz   NumPy's own; one member for each array

Names become file names by the rules of ``docs/run-format.md``.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs import Series, plain
from bathyscope.runs.naming import folder_from_name

Columns = dict[str, NDArray[Any]]
SCALARS = "scalars"
TABLES = "tables"
ARRAYS = "arrays"
#: So many points are read at once; they take 24 bytes each.
_BLOCK_POINTS = 1 << 20
#: So many rows are made of them at once: as text, or as Python's numbers, they take ten times that.
_ROWS = 1 << 16
#: How JSON spells what it has no numbers for, as the JSON form of protocol buffers does.
NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def series_of(run: Any, names: Iterable[str] | None = None) -> Iterator[Series]:
    """Give metrics one by one, read block by block: a file is read once for many of them.

    Parameters
    ----------
    run : Run
        One of ours, or another tool's that was opened.
    names : iterable of str, optional
        By default all metrics.
    """
    counts = {name: summary.n_points for name, summary in run.summaries().items()}
    block: list[str] = []
    size = 0
    for name in counts if names is None else names:
        block.append(name)
        size += counts.get(name, 0)
        if size >= _BLOCK_POINTS:
            yield from run.scalars_of(block).values()
            block, size = [], 0
    if block:
        yield from run.scalars_of(block).values()


def scalar_columns(run: Any) -> Iterator[Columns]:
    """Give the scalars metric by metric, so many rows at a time: what counts at each step."""
    for series in series_of(run):
        for start in range(0, len(series), _ROWS):
            rows = slice(start, start + _ROWS)
            steps = series.steps[rows]
            yield {
                "metric": np.full(len(steps), series.name, dtype=object),
                "step": steps,
                "value": series.values[rows],
                "time": series.times[rows],
            }


def no_scalars() -> Columns:
    """Give the columns of no scalars at all."""
    return {
        "metric": np.empty(0, dtype=object),
        "step": np.empty(0, np.int64),
        "value": np.empty(0),
        "time": np.empty(0),
    }


def table_columns(run: Any, name: str) -> list[Columns]:
    """Give a table step by step, each with a column that says the step."""
    parts: list[Columns] = []
    for step in run.table_steps(name):
        try:
            table = dict(run.table(name, step=step))
        except DamagedFile:  # `Run.faults` names it
            continue
        rows = len(next(iter(table.values())))
        label = step_label(table)
        parts.append({label: np.full(rows, step, np.int64), **table})
    return parts


def step_label(table: Mapping[str, Any]) -> str:
    """Name the column of steps: ``step``, unless the table has one of its own."""
    taken = {column.lower() for column in table}
    label = "step"
    while label in taken:
        label = f"table_{label}"
    return label


def file_of_table(folder: Path, name: str, ending: str) -> Path:
    """Give the file of a table, in a folder that is there."""
    place = folder / TABLES
    place.mkdir(exist_ok=True)
    return place / f"{folder_from_name(name)}{ending}"


def write_common(run: Any, folder: Path) -> None:
    """Write what is the same in every format: what the run is, its events and its arrays."""
    (folder / "run.json").write_bytes(json_bytes(_facts(run)))
    (folder / "events.json").write_bytes(json_bytes(run.events()))
    for group in run.array_groups():
        place = folder / ARRAYS / folder_from_name(group)
        place.mkdir(parents=True, exist_ok=True)
        for step in run.array_steps(group):
            try:
                arrays = run.arrays(group, step=step)
            except DamagedFile:  # `Run.faults` names it
                continue
            write_npz(place / f"{step}.npz", arrays)


def _facts(run: Any) -> dict[str, Any]:
    return {
        "name": run.name,
        "status": run.status,
        "created": run.info.get("created"),
        "tags": run.tags,
        "config": run.config,
        "names": _names_by_file(run),
        "faults": run.faults(),
    }


def _names_by_file(run: Any) -> dict[str, str]:
    """Say which name each file stands for: long names are cut."""
    tables = {f"{TABLES}/{folder_from_name(name)}": name for name in run.table_names()}
    groups = {f"{ARRAYS}/{folder_from_name(name)}": name for name in run.array_groups()}
    return tables | groups


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays by name as NumPy's ``savez_compressed`` does, whatever the names are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)


def json_bytes(value: Any) -> bytes:
    """Write any value as JSON that every parser accepts; see `NOT_FINITE`."""
    return plain.dump(spelled(plain.Plain().convert(value)), indent=2).encode() + b"\n"


def spelled(value: Any) -> Any:
    """Spell numbers that JSON lacks as text."""
    if isinstance(value, dict):
        if len(value) == 1 and "$float" in value:
            return NOT_FINITE.get(value["$float"], value)
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spelled(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return NOT_FINITE[str(value)]
    return value

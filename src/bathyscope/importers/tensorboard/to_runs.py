"""Makes runs of TensorBoard logs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile, RunError
from bathyscope._names import FAULT_EVENT, NOTE_EVENT
from bathyscope._progress import progress_bar
from bathyscope.importers.tensorboard.forms import TABLES, arrays_of, sounds_table, table_of
from bathyscope.importers.tensorboard.hparams import contents_of, hyperparameters, layout
from bathyscope.importers.tensorboard.log import ItemColumn, RunLog, ScalarColumn
from bathyscope.importers.tensorboard.models import model_event
from bathyscope.importers.tensorboard.projected import (
    Projected,
    arrays_of_embedding,
    columns_of_embedding,
)
from bathyscope.importers.tensorboard.read import find_runs, read_run
from bathyscope.runs import RunWriter

if TYPE_CHECKING:
    from rich.console import Console

_LARGEST_TIME = 9e12
_LONGEST_NAME = 60
#: Points that are written at once.
_MANY = 1 << 22


def import_logs(
    logdir: str | os.PathLike[str],
    runs_dir: str | os.PathLike[str] = "runs",
    *,
    console: Console | None = None,
) -> list[Path]:
    """Make a run of every folder with event files.

    Scalars become metrics under their tags, hyperparameters the run's config (those of a folder
    also that of the folders in it), images and tensors arrays, histograms, texts and
    precision-recall curves tables. What could not be read is recorded as a fault.

    Parameters
    ----------
    logdir : str or path
        The folder TensorBoard is given, or one event file.
    runs_dir : str or path
        Where the runs go.
    console : rich.console.Console, optional
        Where a progress bar is drawn.

    Returns
    -------
    list of pathlib.Path
        The new runs.

    Raises
    ------
    RunNotFound
        If there is no event file.
    RunError
        If a run of that name is there already. Nothing is written then.
    """
    found = find_runs(logdir)
    names = [_run_name(name, path) for name, path, _ in found]
    paths = _free_paths(Path(runs_dir), names)
    configs: dict[str, dict[str, Any]] = {}
    with progress_bar("Importing", len(found), console=console) as advance:
        for index, (name, path, files) in enumerate(found):
            advance(index, names[index])
            log = read_run(name, path, files)
            configs[name] = _inherited(name, configs) | _config(log)
            _write(log, paths[index], names[index], configs[name])
        advance(len(found), "")
    return paths


def _run_name(name: str, path: Path) -> str:
    found = path.resolve().name or "log" if name == "." else name
    return found.encode(errors="replace").decode()  # a file name may be no Unicode


def _free_paths(runs_dir: Path, names: list[str]) -> list[Path]:
    """Give each run a folder of its own that is not there yet."""
    taken: set[str] = set()
    paths: list[Path] = []
    for name in names:
        plain = name.replace("/", "-")[-_LONGEST_NAME:]
        number = 2
        folder = plain
        while folder in taken:
            folder, number = f"{plain}-{number}", number + 1
        taken.add(folder)
        paths.append(runs_dir / folder)
    for path in paths:
        if path.exists():
            raise RunError(
                f"`{path}` must not exist yet to be imported into. Import into another folder, "
                "or remove it."
            )
    return paths


def _config(log: RunLog) -> dict[str, Any]:
    try:
        return hyperparameters(contents_of(log.metadata))
    except ValueError:
        return {}  # `_tell` says so


def _inherited(name: str, configs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Give the hyperparameters of the nearest folder around one that has some."""
    for parent in PurePosixPath(name).parents:
        if config := configs.get(parent.as_posix()):
            return dict(config)
    return {}


def _write(log: RunLog, path: Path, name: str, config: dict[str, Any]) -> None:
    with RunWriter(path, name=name, config=config, tags=("tensorboard",)) as run:
        _write_scalars(run, log.scalars.values())
        writer = _ItemWriter(run)
        for kind, tags in log.items.items():
            for column in tags.values():
                writer.write(kind, column)
        graphs = {"graph_def": log.graph, "meta_graph_def": log.meta_graph}
        graphs |= {f"run_metadata/{tag}": data for tag, data in log.run_metadata.items()}
        kept = {key: np.frombuffer(data, np.uint8) for key, data in graphs.items() if data}
        if kept:
            run.log_arrays("graphs", kept, step=0)
        _write_model(run, log)
        _write_embeddings(run, Projected(log.path))
        _tell(run, log)


def _write_model(run: RunWriter, log: RunLog) -> None:
    try:
        told = model_event(log.store, log.items.get("graphs", {}))
    except (ValueError, OSError, IndexError, TypeError) as error:
        _fault(run, f"the graph holds {error}; left out")
        return
    if told is not None:
        run.log_event(told.pop("kind"), **told)


def _write_embeddings(run: RunWriter, projected: Projected) -> None:
    for group, by_step in projected.arrays().items():
        for step, embedding in by_step.items():
            try:
                run.log_arrays(group, arrays_of_embedding(group, embedding), step=step)
            except DamagedFile as error:
                _fault(run, str(error))
    for name, by_step in projected.tables().items():
        for step, embedding in by_step.items():
            try:
                run.log_table(name, columns_of_embedding(name, embedding), step=step)
            except DamagedFile as error:
                _fault(run, str(error))
    for note in projected.notes():
        run.log_event(NOTE_EVENT, text=note)


def _tell(run: RunWriter, log: RunLog) -> None:
    files = f"{len(log.files)} event file{'s' if len(log.files) != 1 else ''}"
    void = f" {log.n_void} values before restarts were left out." if log.n_void else ""
    run.log_event(NOTE_EVENT, text=f"Imported from {files} of TensorBoard.{void}")
    for fault in log.faults:
        _fault(run, fault)
    try:
        hyperparameters(contents_of(log.metadata))
    except ValueError as error:
        _fault(run, f"the hyperparameters hold {error}; left out")


def _fault(run: RunWriter, message: str) -> None:
    run.log_event(FAULT_EVENT, operation="import", error="ValueError", message=message)


def _write_scalars(run: RunWriter, columns: Iterable[ScalarColumn]) -> None:
    """Write the scalars, as many tags at once as there is room for."""
    few: dict[str, tuple[NDArray[Any], ...]] = {}
    for column in columns:
        values = column.values.astype(np.float64)
        few[column.tag or "(no tag)"] = (column.steps, values, _usable(column.times))
        if sum(len(part[0]) for part in few.values()) >= _MANY:
            run.log_scalar_columns(few)
            few = {}
    if few:
        run.log_scalar_columns(few)


def _usable(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give times a run can hold: damaged ones are moved to its borders."""
    return np.clip(np.nan_to_num(times), -_LARGEST_TIME, _LARGEST_TIME)


class _ItemWriter:
    """Writes what is no scalar into a run, kind by kind."""

    def __init__(self, run: RunWriter) -> None:
        self._run = run

    def write(self, kind: str, column: ItemColumn) -> None:
        """Write a column; an item that cannot be decoded becomes a fault."""
        values = list(self._decoded(column))
        if kind == "hparams" or not values:
            return
        name = f"{kind}/{column.tag}"
        steps, items = [step for step, _ in values], [item for _, item in values]
        if kind in TABLES:
            self._table(name, steps, [table_of(kind, item) for item in items])
        elif kind == "custom_scalars":
            self._layouts(items)
        else:
            self._arrays(kind, name, steps, items)

    def _decoded(self, column: ItemColumn) -> Iterable[tuple[int, Any]]:
        for index, step in enumerate(column.steps.tolist()):
            try:
                value = column.value(index)
            except ValueError as error:
                self._tell(column.tag, step, error)
            else:
                yield step, value

    def _tell(self, tag: str, step: int, error: Exception) -> None:
        _fault(self._run, f"tag `{tag}` at step {step} holds {error}; left out")

    def _table(self, name: str, steps: list[int], parts: list[dict[str, Any]]) -> None:
        """Write one table for all steps: a file for each would be many."""
        sizes = [len(next(iter(part.values()))) for part in parts]
        columns = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        table = {"step": np.repeat(np.array(steps, np.int64), sizes), **columns}
        self._run.log_table(name, table, step=max(0, *steps))

    def _layouts(self, items: list[Any]) -> None:
        for item in items:
            try:
                self._run.log_event("layout", categories=layout(bytes(item.reshape(-1)[0])))
            except (ValueError, IndexError, TypeError) as error:
                self._tell("custom_scalars", 0, error)

    def _arrays(self, kind: str, name: str, steps: list[int], items: list[Any]) -> None:
        for step, item in zip(steps, items, strict=True):
            if kind == "audio":
                self._run.log_table(name, sounds_table(item), step=max(0, step))
            arrays = arrays_of(kind, item)
            if not arrays:
                continue
            try:
                self._run.log_arrays(name, arrays, step=max(0, step))
            except TypeError as error:
                self._tell(name, step, error)

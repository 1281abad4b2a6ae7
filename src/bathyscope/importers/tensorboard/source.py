"""A folder of event files, opened as it is: read like a run, live, and never changed."""

from __future__ import annotations

import contextlib
import math
import os
import re
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile, NotRecorded, RunNotFound, unknown_name
from bathyscope._names import AUDIO, NOTE_EVENT
from bathyscope._optional import require
from bathyscope.importers.asking import ask
from bathyscope.importers.tensorboard import cache
from bathyscope.importers.tensorboard.follow import FRESH_SECS, Follower, followed_files
from bathyscope.importers.tensorboard.forms import ARRAYS, TABLES, arrays_of, sounds_table, table_of
from bathyscope.importers.tensorboard.glance import summaries_at_once, summaries_of_rising
from bathyscope.importers.tensorboard.hparams import (
    contents_of,
    hyperparameters,
    layout,
    session_status,
)
from bathyscope.importers.tensorboard.log import ItemColumn, ScalarColumns, item_columns
from bathyscope.importers.tensorboard.models import model_event
from bathyscope.importers.tensorboard.points import FILE_BITS
from bathyscope.importers.tensorboard.projected import (
    Projected,
    arrays_of_embedding,
    columns_of_embedding,
)
from bathyscope.importers.tensorboard.store import Store
from bathyscope.importers.tensorboard.turns import Turns
from bathyscope.runs import NewScalars, ScalarSummary, Series, resolve_step
from bathyscope.runs.status import Status

NO_TAG = "(no tag)"
#: What was read of smaller logs is not kept: reading them again takes no longer.
_LARGE = 4 << 20
#: So long is read before the first answer of a log that is read by and by, and at a time.
TURN_SECS = 0.1
#: One log at a time is read by and by, which takes two processors, and first one that is wanted.
_READERS = Turns()
_MADE = re.compile(r"tfevents\.(\d{9,11})(?:\.|$)")


class TensorBoardRun:
    """A folder of TensorBoard's event files, read like a `bathyscope.runs.Run`.

    Every call sees what was written meanwhile, and reads only that. Scalars are metrics under
    their tags; histograms, texts and precision-recall curves are tables, images, sounds and
    tensors arrays, under ``<kind>/<tag>``.

    Parameters
    ----------
    path : str or path
        A folder with event files, or one event file.
    root : str or path, optional
        Hyperparameters are also looked for in the folders around ``path``, up to this one.

    Raises
    ------
    RunNotFound
        If there is no event file.

    Examples
    --------
    >>> TensorBoardRun("logs/train").scalars("loss").values  # doctest: +SKIP
    """

    def __init__(
        self, path: str | os.PathLike[str], *, root: str | os.PathLike[str] | None = None
    ) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 (links are kept as they are)
        self._root = self.path if root is None else Path(os.path.abspath(root))  # noqa: PTH100
        self._list_files = followed_files(self.path)
        if not self._list_files():
            raise RunNotFound(
                f"`path` must be a folder with event files (named *tfevents*), or one such file; "
                f"`{self.path}` {'holds none' if self.path.is_dir() else 'is none'}."
            )
        self._lock = Turns()
        self._follower = Follower(self._list_files)
        self._is_new = True
        self._bytes_kept = 0
        self._keeping: threading.Thread | None = None
        self._is_gradual = False
        self._is_wanted = False
        #: Whether the last look left some of the log to be read.
        self._is_partial = False
        self._reading: threading.Thread | None = None
        #: How many times more of a log was read, of which only a part had been told.
        self.stage = 0
        self._projected = Projected(self.path)
        self._model: tuple[Any, dict[str, Any] | None, str] = (None, None, "")
        self._found: tuple[Any, dict[str, Any]] = (None, {})

    # What the run is

    @property
    def name(self) -> str:
        """The folder's name below the root, or its own."""
        place = self.path if self.path != self._root else Path(self.path.name)
        if place.is_relative_to(self._root):
            place = place.relative_to(self._root)
        return _valid(place.as_posix())

    @property
    def info(self) -> dict[str, Any]:
        """What a run says of itself: name, created, config, tags; and the ``format``."""
        made = created_of(self._list_files())
        known = math.isfinite(made)
        return {
            "name": self.name,
            "created": datetime.fromtimestamp(made, UTC).isoformat() if known else None,
            "config": self.config,
            "tags": list(self.tags),
            "format": "TensorBoard",
        }

    @property
    def config(self) -> dict[str, Any]:
        """Hyperparameters, of this folder or else of the nearest one around it."""
        own = self._hyperparameters()
        return own or self._inherited

    def _hyperparameters(self) -> dict[str, Any]:
        with self._lock:
            contents = contents_of(self._fresh().metadata)
        try:
            return hyperparameters(contents)
        except ValueError:
            return {}  # `faults` says so

    @cached_property
    def _inherited(self) -> dict[str, Any]:
        for folder in self.path.parents:
            if not folder.is_relative_to(self._root):
                break
            if followed_files(folder)() and (found := TensorBoardRun(folder)._hyperparameters()):
                return found
        return {}

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of the run: none."""
        return ()

    @property
    def status(self) -> Status:
        """Running while it is written; finished or failed where the log says so; else unknown."""
        with self._lock:
            contents = contents_of(self._fresh().metadata)
        try:
            said = session_status(contents)
        except ValueError:
            said = ""
        if said in ("finished", "failed"):
            return cast(Status, said)
        return status_of(self._list_files())

    # Reading by and by

    def read_gradually(self, *, is_wanted: bool = True) -> None:
        """Answer from now on with what was read so far.

        Parameters
        ----------
        is_wanted : bool
            A thread reads the rest. Otherwise that is left until somebody wants it, or calls
            `read_all`.
        """
        self._is_gradual = True
        self._is_wanted = self._is_wanted or is_wanted

    def read_all(self) -> None:
        """Wait until all is read that is there now."""
        with self._lock:
            self._fresh()
        while self._is_partial:
            reading = self._reading
            if reading is not None:
                reading.join()
            else:
                self._read_turn()

    def progress(self) -> tuple[int, int] | None:
        """Give how many bytes were read, and of how many; None if that is all of them."""
        if not self._is_partial:
            return None
        left, total = self._follower.unread()
        return total - left, total

    # Scalars

    def scalar_names(self) -> tuple[str, ...]:
        """Sorted names of the metrics."""
        with self._lock:
            return tuple(sorted(self._scalars()))

    def scalars(self, name: str) -> Series:
        """Give a metric's values, sorted by step; the value written last at each step.

        Raises
        ------
        NotRecorded
            If there is no such metric; the nearest names are offered.
        """
        return self._series(name, keep_all=False)

    def scalars_all(self, name: str) -> Series:
        """Give a metric's values, sorted by step, also those that were replaced later."""
        return self._series(name, keep_all=True)

    def _series(self, name: str, *, keep_all: bool) -> Series:
        with self._lock:
            known = self._scalars()
            if name not in known:
                raise self._not_recorded("metric", name, known)
            column = ScalarColumns(self._follower.store)[known[name]]
        return _series(name, column.steps, column.values, column.times, keep_all=keep_all)

    def summaries(self) -> dict[str, ScalarSummary]:
        """Give the first and the last value of every metric, and how many there are, by name."""
        with self._lock:
            known = self._scalars()
            seen = self._seen()
            if "summaries" not in seen:
                seen["summaries"] = self._sum_up(known)
            return dict(seen["summaries"])

    def _sum_up(self, known: Mapping[str, str]) -> dict[str, ScalarSummary]:
        store = self._follower.store
        found = summaries_at_once(store)
        if found is None:
            found = summaries_of_rising(store)
        columns = ScalarColumns(store)
        return {
            name: found[tag]._replace(name=name) if tag in found else _summary(name, columns, tag)
            for name, tag in sorted(known.items())
        }

    def new_scalars(
        self, cursor: Mapping[str, int] | None = None
    ) -> tuple[NewScalars, dict[str, int]]:
        """Give what was written since the last call: every point once.

        Parameters
        ----------
        cursor : mapping, optional
            What the last call gave; JSON can hold it. None begins with the first point.

        Returns
        -------
        points : NewScalars
            In written order, file by file; also values that replace earlier ones.
        cursor : dict
            For the next call.
        """
        seen = dict(cursor or {})
        with self._lock:
            store = self._fresh()
            news = [_news(store, state, seen.get(state.path.name, 0)) for state in store.files]
            now = {state.path.name: state.n_records for state in store.files}
        return NewScalars(
            *(np.concatenate(column) for column in zip(_NOTHING, *news, strict=True))
        ), now

    def scalars_cursor(self) -> dict[str, int]:
        """Give the cursor of now: `new_scalars` with it gives what comes from now on."""
        with self._lock:
            return {state.path.name: state.n_records for state in self._fresh().files}

    def scalars_of(self, names: Iterable[str] | None = None) -> dict[str, Series]:
        """Give several metrics by name.

        Parameters
        ----------
        names : iterable of str, optional
            By default all metrics.

        Raises
        ------
        NotRecorded
            If one of them was not recorded.
        """
        return self._every(names, keep_all=False)

    def _every(self, names: Iterable[str] | None, *, keep_all: bool) -> dict[str, Series]:
        with self._lock:
            known = self._scalars()
            chosen = sorted(known) if names is None else list(dict.fromkeys(names))
            for name in chosen:
                if name not in known:
                    raise self._not_recorded("metric", name, known)
            columns = ScalarColumns(self._follower.store)
            found = {name: columns[known[name]] for name in chosen}
        return {
            name: _series(name, one.steps, one.values, one.times, keep_all=keep_all)
            for name, one in found.items()
        }

    def scalars_frame(self, names: Iterable[str] | None = None) -> Any:
        """Give metrics as a ``pandas.DataFrame`` with columns metric, step, value and time."""
        pandas = require("pandas", extra="frame", caller="TensorBoardRun.scalars_frame")
        every = list(self.scalars_of(names).values())
        labels = [np.full(len(series), series.name, object) for series in every]
        labels.append(np.empty(0, object))
        return pandas.DataFrame({
            "metric": pandas.Series(np.concatenate(labels), dtype=object),
            "step": np.concatenate([np.empty(0, np.int64), *(one.steps for one in every)]),
            "value": np.concatenate([np.empty(0), *(one.values for one in every)]),
            "time": np.concatenate([np.empty(0), *(one.times for one in every)]),
        })  # fmt: skip

    # Arrays

    def array_groups(self) -> tuple[str, ...]:
        """Sorted names of the groups of arrays."""
        with self._lock:
            return tuple(sorted((*self._items(ARRAYS), *self._projected.arrays())))

    def array_steps(self, group: str) -> tuple[int, ...]:
        """Sorted steps at which arrays of a group were recorded."""
        embeddings = self._projected.arrays().get(group)
        if embeddings:
            return tuple(sorted(embeddings))
        return _steps(self._column(ARRAYS, "group of arrays", group))

    def arrays(self, group: str, *, step: int = -1) -> dict[str, NDArray[Any]]:
        """Give the arrays of a group at one step, by name; -1 is the last step.

        Raises
        ------
        NotRecorded
            If there is no such group or step; the nearest are named.
        DamagedFile
            If they were recorded and are damaged.
        """
        embeddings = self._projected.arrays().get(group)
        if embeddings:
            wanted = resolve_step(step, tuple(embeddings), what=f"arrays `{group}`")
            return arrays_of_embedding(group, embeddings[wanted])
        column = self._column(ARRAYS, "group of arrays", group)
        return arrays_of(column.kind, self._item(column, step, f"arrays `{group}`"))

    # Tables

    def table_names(self) -> tuple[str, ...]:
        """Sorted names of the tables."""
        with self._lock:
            own = (*self._items(TABLES), *self._items(("audio",)))
            return tuple(sorted((*own, *self._projected.tables())))

    def table_steps(self, name: str) -> tuple[int, ...]:
        """Sorted steps at which a table was recorded."""
        embeddings = self._projected.tables().get(name)
        if embeddings:
            return tuple(sorted(embeddings))
        return _steps(self._column(_tables_of(name), "table", name))

    def table(self, name: str, *, step: int = -1) -> dict[str, NDArray[Any]]:
        """Give the columns of a table at one step, by name; -1 is the last step.

        Raises
        ------
        NotRecorded
            If there is no such table or step; the nearest are named.
        DamagedFile
            If it was recorded and is damaged.
        """
        embeddings = self._projected.tables().get(name)
        if embeddings:
            wanted = resolve_step(step, tuple(embeddings), what=f"table `{name}`")
            return columns_of_embedding(name, embeddings[wanted])
        column = self._column(_tables_of(name), "table", name)
        item = self._item(column, step, f"table `{name}`")
        return sounds_table(item) if column.kind == "audio" else table_of(column.kind, item)

    # Questions

    def sql(self, query: str) -> dict[str, NDArray[Any]]:
        """Ask in SQL (DuckDB's), as a run of ours: see `bathyscope.runs.Run.sql`."""
        every = list(self._every(None, keep_all=True).values())
        return ask(query, every, writer="TensorBoard", tables=self)

    # What happened, and what is wrong

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Give what the log tells beside numbers: its model, layouts of custom scalars, notes.

        Parameters
        ----------
        kind : str, optional
            By default events of every kind.
        """
        with self._lock:
            found = self._models() + self._layouts() + self._notes()
        return [event for event in found if kind is None or event["kind"] == kind]

    def _layouts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for column in self._items(("custom_scalars",)).values():
            for index, moment in enumerate(column.times.tolist()):
                try:
                    content = bytes(column.value(index).reshape(-1)[0])
                    event = {"categories": layout(content)}
                except (ValueError, IndexError, TypeError):
                    continue  # `faults` says so
                found.append({"kind": "layout", "time": moment, "writer": "TensorBoard", **event})
        return found

    def _models(self) -> list[dict[str, Any]]:
        """Give the layers of the graph, worked out anew only when another one was written."""
        graphs = {column.tag: column for column in self._items(("graphs",)).values()}
        store = self._follower.store
        now = (store.graph, store.meta_graph, *((tag, len(c)) for tag, c in graphs.items()))
        if self._model[0] != now:
            try:
                self._model = now, model_event(store, graphs), ""
            except (ValueError, OSError, IndexError, TypeError) as error:
                self._model = now, None, f"the graph holds {error}; left out"
        told = self._model[1]
        made = created_of(self._list_files())
        return [] if told is None else [{"time": made, "writer": "TensorBoard", **told}]

    def _notes(self) -> list[dict[str, Any]]:
        texts = self._projected.notes()
        n_restarts = len(self._follower.store.restarts)
        if n_restarts:
            texts.append(
                f"{n_restarts} restarts: values at steps that were done again are left out."
            )
        made = created_of(self._list_files())
        return [
            {"kind": NOTE_EVENT, "time": made, "writer": "TensorBoard", "text": text}
            for text in texts
        ]

    def faults(self) -> tuple[str, ...]:
        """Name what is damaged: file by file, with its place."""
        with self._lock:
            store = self._fresh()
            told = list(self._follower.told())
            try:
                hyperparameters(contents_of(store.metadata))
            except ValueError as error:
                told.append(f"the hyperparameters hold {error}; left out")
            self._models()
            if self._model[2]:
                told.append(self._model[2])
        return tuple(told)

    def resolve_step(self, step: int, steps: Sequence[int], *, what: str) -> int:
        """Find the recorded step that is meant. See `bathyscope.runs.resolve_step`."""
        return resolve_step(step, steps, what=what)

    # Helpers

    def _fresh(self) -> Store:
        follower = self._follower
        if self._is_new:
            self._is_new = False
            if cache.load(self.path, follower):
                self._bytes_kept = _bytes_read(follower)
        if not self._is_partial:
            if follower.refresh(most_secs=TURN_SECS if self._is_gradual else math.inf):
                self._keep()
            self._is_partial = not follower.is_whole
        if self._is_partial and self._is_wanted and self._reading is None:
            self._reading = threading.Thread(
                target=self._read_on, name="bathyscope-read-log", daemon=True
            )
            self._reading.start()
        return follower.store

    def _read_on(self) -> None:
        """Read the rest of a log, turn by turn."""
        while self._is_partial:
            self._read_turn()

    def _read_turn(self) -> None:
        """Read some more, and let everybody who asks go first."""
        with _READERS if self._is_wanted else _READERS.last(), self._lock.last():
            goes_on = False
            try:
                if self._is_partial:
                    self._follower.refresh(most_secs=TURN_SECS)
                    goes_on = not self._follower.is_whole
                    if not goes_on:
                        self._keep()
            finally:  # after a fault, whoever asks next is told of it
                self._is_partial = goes_on
                self._reading = self._reading if goes_on else None
                self.stage += 1  # last: who sees it must find the rest as it is now

    def _keep(self) -> None:
        """Keep what was read of a large log for the next opening, beside all other work."""
        now = _bytes_read(self._follower)
        if now - self._bytes_kept < max(_LARGE, self._bytes_kept // 4):
            return
        if self._follower.store.odd or (self._keeping and self._keeping.is_alive()):
            return
        self._bytes_kept = now
        with contextlib.suppress(OSError):
            work = (cache.describe(self._follower), cache.cache_file(self.path))
            self._keeping = threading.Thread(target=cache.write, args=work)
            self._keeping.start()

    def _seen(self) -> dict[str, Any]:
        """Give what was worked out of the log as it is now."""
        store = self._fresh()
        now = (id(store), *(state.n_records for state in store.files))
        if self._found[0] != now:
            self._found = now, {}
        return self._found[1]

    def _scalars(self) -> dict[str, str]:
        """Give the tags that have scalars, by the names of their metrics."""
        seen = self._seen()
        if "scalars" not in seen:
            seen["scalars"] = {tag or NO_TAG: tag for tag in ScalarColumns(self._follower.store)}
        return seen["scalars"]

    def _items(self, kinds: Iterable[str]) -> dict[str, ItemColumn]:
        seen = self._seen()
        if "items" not in seen:
            seen["items"] = item_columns(self._follower.store)
        items: dict[str, dict[str, ItemColumn]] = seen["items"]
        return {
            f"{kind}/{tag or NO_TAG}": column
            for kind in kinds
            for tag, column in items.get(kind, {}).items()
        }

    def _column(self, kinds: Iterable[str], what: str, name: str) -> ItemColumn:
        with self._lock:
            known = self._items(kinds)
        if name not in known:
            raise self._not_recorded(what, name, known)
        return known[name]

    def _item(self, column: ItemColumn, step: int, what: str) -> Any:
        """Read and decode what was written last at a step."""
        wanted = resolve_step(step, _steps(column), what=what)
        index = int(np.flatnonzero(column.steps == wanted)[-1])
        try:
            return column.value(index)
        except DamagedFile:
            raise
        except ValueError as error:
            raise DamagedFile(
                f"{what} at step {wanted} of run `{self.name}` must be whole to be read; "
                f"it holds {error}. Use another step."
            ) from error

    def _not_recorded(self, kind: str, name: str, known: Iterable[str]) -> NotRecorded:
        return NotRecorded(f"Run `{self.name}`: {unknown_name(kind, name, sorted(known))}")

    def __repr__(self) -> str:
        return f"<Run {self.name}: TensorBoard, {self.path}>"


def _bytes_read(follower: Follower) -> int:
    return sum(file.size for file in follower.files)


def created_of(files: Iterable[Path]) -> float:
    """Give when a log was begun, in seconds since 1970: its files' names tell; else NaN."""
    found = [float(made[1]) for file in files if (made := _MADE.search(file.name))]
    return min(found, default=math.nan)


def status_of(files: Iterable[Path]) -> Status:
    """Say whether files are being written: running, or unknown."""
    newest = max(map(modified, files), default=0.0)
    return "running" if time.time() - newest < FRESH_SECS else "unknown"


def modified(path: Path) -> float:
    """Give when a file was written to last, in seconds since 1970; 0 if nobody knows."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _valid(name: str) -> str:
    return name.encode(errors="replace").decode()  # a file name may be no Unicode


def _tables_of(name: str) -> tuple[str, ...]:
    return ("audio",) if name.startswith(AUDIO) else TABLES


def _steps(column: ItemColumn) -> tuple[int, ...]:
    return tuple(np.unique(column.steps).tolist())


def _series(
    name: str,
    steps: NDArray[np.int64],
    values: NDArray[Any],
    times: NDArray[np.float64],
    *,
    keep_all: bool,
) -> Series:
    values = values.astype(np.float64, copy=False)
    if (steps[1:] > steps[:-1]).all():  # by far the most frequent case
        return Series(name, steps, values, times)
    order = np.argsort(steps, kind="stable")
    if not keep_all:
        ordered = steps[order]
        order = order[np.append(ordered[1:] != ordered[:-1], True)]
    return Series(name, steps[order], values[order], times[order])


def _summary(name: str, columns: ScalarColumns, tag: str) -> ScalarSummary:
    column = columns[tag]
    series = _series(name, column.steps, column.values, column.times, keep_all=False)
    ends = (int(series.steps[0]), float(series.values[0]), int(series.steps[-1]))
    return ScalarSummary(name, len(column), *ends, float(series.values[-1]))


_NOTHING = (np.empty(0, object), np.empty(0, np.int64), np.empty(0), np.empty(0))


def _news(store: Store, state: Any, seen: int) -> tuple[NDArray[Any], ...]:
    """Give the points of a file from a record on, in written order."""
    first = state.first + (seen if seen <= state.n_records else 0)
    stop = state.first + (1 << FILE_BITS)
    names = np.array([*(tag or NO_TAG for tag, _, _ in store.keys), None], object)
    keys, found = store.points.since(first, stop)
    metrics, columns = names[keys], list(found)
    odd = [
        (record, tag or NO_TAG, step, value, moment)
        for tag, points in store.odd.items()
        for record, step, moment, value in points
        if first <= record < stop
    ]
    if odd:
        records, tags, steps, values, times = zip(*odd, strict=True)
        metrics = np.append(metrics, np.array([*tags, None], object)[:-1])
        more = (records, steps, times, values)
        columns = [
            np.append(column, np.array(part, column.dtype))
            for column, part in zip(columns, more, strict=True)
        ]
    order = np.argsort(columns[0], kind="stable")
    _, steps, times, values = (column[order] for column in columns)
    return metrics[order], steps, values, times

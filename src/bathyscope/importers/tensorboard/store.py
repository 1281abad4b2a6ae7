"""What was read of one run's event files until now; grows with them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard.batch import Batch, Items
from bathyscope.importers.tensorboard.events import (
    SIMPLE,
    TENSOR,
    Event,
    Metadata,
    read_event,
    read_metadata,
)
from bathyscope.importers.tensorboard.items import ItemTable, Place, Rows
from bathyscope.importers.tensorboard.points import FILE_BITS, Columns, PointTable, joined_columns
from bathyscope.importers.tensorboard.records import Block, Faults
from bathyscope.importers.tensorboard.restarts import Restarts, steps_back
from bathyscope.importers.tensorboard.tensors import read_tensor

SCALARS = "scalars"
HPARAMS = "hparams"
#: The version from which on files tell restarts by sessions.
_SESSIONS_SINCE = 2
_EMPTY = Metadata()


@dataclass
class FileState:
    """What is known of one file beside its values."""

    path: Path
    number: int
    n_records: int = 0
    tells_sessions: bool = False
    #: Of records of files that do not tell sessions: their numbers, steps, and whether each is
    #: a summary.
    old: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = field(
        default_factory=list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]
    )

    @property
    def first(self) -> int:
        """Number of its first record among those of all files."""
        return self.number << FILE_BITS


@dataclass(frozen=True)
class _Taken:
    """A block of a file that is being taken."""

    block: Block
    state: FileState
    faults: Faults

    @property
    def first(self) -> int:
        """Number of its first record among those of all files."""
        return self.state.first + self.state.n_records


class Store:
    """Values of one run, by tag."""

    def __init__(self) -> None:
        self.tags: dict[str, int] = {}
        self.metadata: dict[str, Metadata] = {}
        #: (tag, kind, code) of the scalars, and the number each group has in ``points``.
        self.keys: dict[tuple[str, int, str], int] = {}
        self.points = PointTable()
        #: Scalars of types that are read one by one: record, step, time, value.
        self.odd: defaultdict[str, list[tuple[int, int, float, Any]]] = defaultdict(list)
        self.items = ItemTable()
        self.graph: Place | None = None
        self.meta_graph: Place | None = None
        self.run_metadata: dict[str, Place] = {}
        self.restarts: list[tuple[int, int]] = []
        self.files: list[FileState] = []
        self._as_bytes: dict[bytes, str] = {}
        self._restarts_seen: tuple[Any, Restarts, Restarts] | None = None

    def begin(self, path: Path) -> FileState:
        """Begin with a file; files come in the order of their names."""
        state = FileState(path, len(self.files))
        state.tells_sessions = bool(self.files) and self.files[-1].tells_sessions
        self.files.append(state)
        return state

    # Taking

    def take(self, block: Block, batch: Batch, state: FileState, faults: Faults) -> None:
        """Take what the events of a block of a file say."""
        taken = _Taken(block, state, faults)
        for tag, content in batch.metadata.items():
            self.metadata.setdefault(self._name(tag), read_metadata(content))
        self._take_rest(batch, taken)
        self._take_points(batch, taken)
        self._take_items(batch.items, taken)
        state.n_records += len(block.starts)

    def _name(self, tag: bytes) -> str:
        name = self._as_bytes.get(tag)
        if name is None:
            name = tag.decode(errors="replace")
            self._as_bytes[tag] = name
            self.tags.setdefault(name, len(self.tags))
        return name

    def _take_rest(self, batch: Batch, taken: _Taken) -> None:
        """Take the events that hold more than a summary, and keep the steps of old files."""
        block, state = taken.block, taken.state
        n_records = len(block.starts)
        is_old, has_summary = np.ones(n_records, bool), np.ones(n_records, bool)
        was_new, since = state.tells_sessions, 0
        for index in batch.rest.tolist():
            try:
                event = read_event(block.payload(index))
            except ValueError as error:
                place = block.head(index)
                taken.faults.add(f"the record at byte {place} is no event: {error}; skipped")
                is_old[index] = False
                continue
            batch.steps[index], has_summary[index] = event.step, event.values is not None
            self._take_event(event, index, taken)
            if was_new != state.tells_sessions:
                is_old[since:index] &= not was_new
                was_new, since = state.tells_sessions, index
        is_old[since:] &= not was_new
        if is_old.any():
            records = np.flatnonzero(is_old) + taken.first
            state.old.append((records, batch.steps[is_old], has_summary[is_old]))

    def _take_event(self, event: Event, index: int, taken: _Taken) -> None:
        block, state = taken.block, taken.state
        start = block.place + int(block.starts[index])
        if event.file_version is not None:
            state.tells_sessions = _version(event.file_version) >= _SESSIONS_SINCE
        if event.is_session_start and state.tells_sessions:
            self.restarts.append((taken.first + index, event.step))
        if event.graph is not None:
            self.graph = _place(state.path, start, event.graph)
        if event.meta_graph is not None:
            self.meta_graph = _place(state.path, start, event.meta_graph)
        if event.run_metadata is not None:
            tag, where = event.run_metadata
            self.run_metadata[tag] = _place(state.path, start, where)
        for value in event.values or ():
            tag = self._name(value.tag)
            if value.metadata is not None:
                self.metadata.setdefault(tag, read_metadata(value.metadata))
            rows = _one_row(value, event, index, int(block.starts[index]))
            self._take_items(rows, taken)

    def _take_points(self, batch: Batch, taken: _Taken) -> None:
        keys: list[int] = []
        ends = batch.points.ends.tolist()
        for key, start, stop in zip(batch.points.keys, [0, *ends], ends, strict=False):
            if start == stop:  # they were of an event that is damaged further on
                keys.append(-1)
                continue
            tag = self._name(key.tag)
            if key.kind == TENSOR and self.metadata.get(tag, _EMPTY).plugin != SCALARS:
                self._take_back(batch.points.records[start:stop], key.tag, taken)
                keys.append(-1)
            else:
                keys.append(self.keys.setdefault((tag, key.kind, key.code), len(self.keys)))
        self.points.add(batch.points, keys, taken.first)

    def _take_back(self, records: NDArray[Any], tag: bytes, taken: _Taken) -> None:
        """Keep single numbers as tensors, since their tag's plugin is not that of scalars."""
        for index in dict.fromkeys(records.tolist()):
            event = read_event(taken.block.payload(index))
            for value in event.values or ():
                if value.tag == tag and value.kind == TENSOR:
                    rows = _one_row(value, event, index, int(taken.block.starts[index]))
                    self._add_items(rows, [self.tags[self._name(tag)]], taken)

    def _take_items(self, items: Items, taken: _Taken) -> None:
        if not len(items.which):
            return
        names = [self._name(tag) for tag in items.tags]
        plugins = [self.metadata.get(name, _EMPTY).plugin for name in names]
        is_scalar = np.array([plugin == SCALARS for plugin in plugins])[items.which]
        is_scalar = (is_scalar & (items.kinds == TENSOR)) | (items.kinds == SIMPLE)
        says_all = np.array([plugin == HPARAMS for plugin in plugins])[items.which]
        for index in np.flatnonzero(is_scalar).tolist():
            self._take_odd(names[items.which[index]], items, index, taken)
        keep = ~is_scalar & ((items.kinds > 0) | says_all)
        if not keep.all():
            items = _chosen(items, keep)
        self._add_items(items, [self.tags[name] for name in names], taken)

    def _take_odd(self, tag: str, items: Items, index: int, taken: _Taken) -> None:
        payload = taken.block.buffer[int(items.starts[index]) : int(items.stops[index])].tobytes()
        record = int(items.records[index])
        try:
            number = _only_number(payload) if items.kinds[index] == TENSOR else _single(payload)
        except ValueError as error:
            place = taken.block.head(record)
            taken.faults.add(f"the record at byte {place}: tag `{tag}` holds {error}; skipped")
            return
        point = (int(items.steps[index]), float(items.times[index]), number)
        self.odd[tag].append((taken.first + record, *point))

    def _add_items(self, items: Items, tags: list[int], taken: _Taken) -> None:
        records, place = items.records + taken.first, taken.block.place
        starts, stops = items.starts + place, items.stops + place
        keys = np.array(tags, np.int64)[items.which]
        rows = Rows(keys, items.kinds, records, items.steps, items.times, starts, stops)
        self.items.add(rows)

    # Giving

    def scalar_tags(self) -> list[str]:
        """Give the tags that have scalars, in the order they were met."""
        found = dict.fromkeys(tag for tag, _, _ in self.keys)
        found.update(dict.fromkeys(self.odd))
        return sorted(found, key=self.tags.__getitem__)

    def columns(self, tag: str) -> tuple[Columns, NDArray[Any]]:
        """Give the scalars of a tag as they were written, and the values in their own type."""
        keys = {self.keys[key]: key[2] for key in self._keys_of(tag)}
        pieces = self.points.of(keys)
        codes = {np.dtype(code) for code in keys.values()}
        with np.errstate(invalid="ignore"):  # a signalling NaN is nothing to warn of
            return self._joined_columns(tag, pieces, codes)

    def _joined_columns(
        self, tag: str, pieces: list[Columns], codes: set[np.dtype[Any]]
    ) -> tuple[Columns, NDArray[Any]]:
        if self.odd.get(tag):
            records, steps, times, values = zip(*self.odd[tag], strict=True)
            typed = np.array(values)
            codes.add(typed.dtype)
            pieces.append(
                Columns(np.array(records, np.int64), np.array(steps, np.int64),
                        np.array(times, np.float64), typed)
            )  # fmt: skip
        joined = joined_columns(pieces)
        if (np.diff(joined.records) < 0).any():
            joined = joined.take(np.argsort(joined.records, kind="stable"))
        kind = np.result_type(*codes)
        return joined, joined.values.astype(kind, copy=False)

    def _keys_of(self, tag: str) -> list[tuple[str, int, str]]:
        kinds = ((SIMPLE, "<f4"), (TENSOR, "<f4"), (TENSOR, "<f8"))
        return [(tag, *kind) for kind in kinds if (tag, *kind) in self.keys]

    def survivors(self, records: NDArray[Any], steps: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Say which values of one tag no restart makes void; None if all are sound.

        Parameters
        ----------
        records : array of shape (n_values,)
            Increasing.
        steps : array of shape (n_values,)
        """
        general, back = self._all_restarts()
        if not len(records) or not (len(general.records) or len(back.records)):
            return None
        restarts = general
        if len(back.records):
            place = np.minimum(np.searchsorted(records, back.records), len(records) - 1)
            is_own = records[place] == back.records
            restarts = general.merged(Restarts(back.records[is_own], back.steps[is_own]))
        keep = restarts.survivors(records, steps)
        return None if keep.all() else keep

    def has_restarts(self) -> bool:
        """Say whether a restart may have made anything void."""
        return any(len(restarts.records) for restarts in self._all_restarts())

    def _all_restarts(self) -> tuple[Restarts, Restarts]:
        now = (len(self.restarts), *(state.n_records for state in self.files))
        if self._restarts_seen is None or self._restarts_seen[0] != now:
            parts = [part for state in self.files for part in state.old]
            back = Restarts.of([])
            if parts:
                records = np.concatenate([part[0] for part in parts])
                steps = np.concatenate([part[1] for part in parts])
                has_summary = np.concatenate([part[2] for part in parts])
                is_back = steps_back(steps, has_summary)
                back = Restarts(records[is_back], steps[is_back])
            self._restarts_seen = now, Restarts.of(self.restarts), back
        return self._restarts_seen[1:]


def _version(text: str) -> float:
    try:
        return float(text.rpartition("brain.Event:")[2])
    except ValueError:
        return -1.0


def _place(path: Path, start: int, where: slice) -> Place:
    return Place(path, start + where.start, start + where.stop)


def _one_row(value: Any, event: Event, record: int, start: int) -> Items:
    def column(number: int) -> NDArray[np.int64]:
        return np.array([number], np.int64)

    return Items(
        [value.tag], column(0), column(value.kind), column(record), column(event.step),
        np.array([event.time]), column(start + value.start), column(start + value.stop),
    )  # fmt: skip


def _chosen(items: Items, keep: NDArray[np.bool_]) -> Items:
    return Items(
        items.tags, items.which[keep], items.kinds[keep], items.records[keep], items.steps[keep],
        items.times[keep], items.starts[keep], items.stops[keep],
    )  # fmt: skip


def _only_number(payload: bytes) -> Any:
    tensor = read_tensor(payload)
    if tensor.size != 1 or tensor.dtype.kind not in "iufb":
        raise ValueError(f"a scalar of shape {tensor.shape} and type {tensor.dtype}")
    return tensor.reshape(-1)[0]


def _single(payload: bytes) -> Any:
    return np.frombuffer(payload, "<f4")[0]

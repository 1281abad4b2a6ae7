"""Collects the events of one run's files, in the order they were written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard.bulk import Piece, read_scalars
from bathyscope.importers.tensorboard.events import (
    SIMPLE,
    TENSOR,
    Event,
    Metadata,
    Value,
    read_event,
)
from bathyscope.importers.tensorboard.log import ItemColumn, RunLog, ScalarColumn
from bathyscope.importers.tensorboard.records import Block, Faults
from bathyscope.importers.tensorboard.restarts import Restarts, steps_back
from bathyscope.importers.tensorboard.tensors import read_tensor
from bathyscope.importers.tensorboard.values import kind_of

SCALARS = "scalars"
#: The version from which on files tell restarts by sessions.
_SESSIONS_SINCE = 2
_EMPTY = Metadata()


class _Scalars:
    """Points of one tag: pieces of columns, and single ones until the next piece."""

    def __init__(self) -> None:
        self._pieces: list[tuple[NDArray[Any], ...]] = []
        self._singles: list[tuple[int, int, float, Any]] = []

    def add(self, record: int, step: int, time: float, value: Any) -> None:
        self._singles.append((record, step, time, value))

    def extend(self, columns: tuple[NDArray[Any], ...]) -> None:
        self._pieces.append(columns)

    def columns(self) -> tuple[NDArray[Any], ...]:
        """Give records, steps, times and values, in the order of the records."""
        if self._singles:
            records, steps, times, values = zip(*self._singles, strict=True)
            numbers = (np.array(records, np.int64), np.array(steps, np.int64), np.array(times))
            self._pieces.append((*numbers, np.array(values)))
            self._singles = []
        columns = [np.concatenate(parts) for parts in zip(*self._pieces, strict=True)]
        if (np.diff(columns[0]) < 0).any():
            order = np.argsort(columns[0], kind="stable")
            columns = [column[order] for column in columns]
        return tuple(columns)


class Accumulator:
    """What was read of one run's files until now."""

    def __init__(self) -> None:
        self._n_records = 0
        self._metadata: dict[str, Metadata] = {}
        self._scalars: defaultdict[str, _Scalars] = defaultdict(_Scalars)
        self._items: defaultdict[tuple[str, str], list[tuple[int, int, float, int, bytes]]]
        self._items = defaultdict(list)
        self._graph: bytes | None = None
        self._meta_graph: bytes | None = None
        self._run_metadata: dict[str, bytes] = {}
        self._tells_sessions = False
        self._restarts: list[tuple[int, int]] = []
        #: Of files that do not tell sessions: records, steps and whether each is a summary.
        self._old: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = []

    def take(self, block: Block, faults: Faults) -> None:
        """Take the events of a block."""
        pieces, rest = read_scalars(block)
        is_old = np.ones(len(block.starts), bool)
        steps = np.zeros(len(block.starts), np.int64)
        has_summary = np.ones(len(block.starts), bool)
        was_old, since = not self._tells_sessions, 0
        for index in rest.tolist():
            try:
                event = read_event(block.payload(index))
            except ValueError as error:
                faults.add(f"the record at byte {block.head(index)} is no event: {error}; skipped")
                is_old[index] = False
                continue
            steps[index], has_summary[index] = event.step, event.values is not None
            self._take_event(event, self._n_records + index, block.head(index), faults)
            if was_old == self._tells_sessions:
                is_old[since:index] &= was_old
                was_old, since = not self._tells_sessions, index
        is_old[since:] &= was_old
        for piece in pieces:
            steps[piece.records] = piece.steps
            self._take_piece(piece, block, faults)
        if is_old.any():
            records = np.flatnonzero(is_old)
            self._old.append((records + self._n_records, steps[is_old], has_summary[is_old]))
        self._n_records += len(block.starts)

    def _take_event(self, event: Event, record: int, place: int, faults: Faults) -> None:
        if event.file_version is not None:
            self._tells_sessions = _version(event.file_version) >= _SESSIONS_SINCE
        if event.is_session_start and self._tells_sessions:
            self._restarts.append((record, event.step))
        if event.graph is not None:
            self._graph = event.graph
        if event.meta_graph is not None:
            self._meta_graph = event.meta_graph
        if event.run_metadata is not None:
            self._run_metadata[event.run_metadata[0]] = event.run_metadata[1]
        for value in event.values or ():
            try:
                self._take_value(value, event, record)
            except ValueError as error:
                faults.add(f"the record at byte {place}: tag `{value.tag}` holds {error}; skipped")

    def _take_value(self, value: Value, event: Event, record: int) -> None:
        if value.metadata is not None:
            self._metadata.setdefault(value.tag, value.metadata)
        plugin = self._metadata.get(value.tag, _EMPTY).plugin
        if value.kind == SIMPLE:
            number = np.frombuffer(value.payload, "<f4")[0]
            self._scalars[value.tag].add(record, event.step, event.time, number)
        elif value.kind == TENSOR and plugin == SCALARS:
            number = _only_number(value.payload)
            self._scalars[value.tag].add(record, event.step, event.time, number)
        elif value.kind or plugin == "hparams":
            key = (kind_of(value.kind, plugin), value.tag)
            self._items[key].append((record, event.step, event.time, value.kind, value.payload))

    def _take_piece(self, piece: Piece, block: Block, faults: Faults) -> None:
        tag = piece.tag.decode(errors="replace")
        plugin = self._metadata.get(tag, _EMPTY).plugin
        if piece.kind == SIMPLE or plugin == SCALARS:
            records = piece.records + self._n_records
            self._scalars[tag].extend((records, piece.steps, piece.times, piece.values))
            return
        for index in piece.records.tolist():
            event = read_event(block.payload(index))
            value = (event.values or [])[piece.position]
            self._take_value(value, event, self._n_records + index)

    def finish(
        self, name: str, path: Path, files: tuple[Path, ...], faults: Iterable[str]
    ) -> RunLog:
        """Give what was taken, without what restarts made void."""
        columns = {tag: scalars.columns() for tag, scalars in self._scalars.items()}
        for items in self._items.values():
            items.sort(key=lambda item: item[0])
        restarts = self._restarts_by_tag(columns)
        n_before = sum(len(c[0]) for c in columns.values()) + sum(map(len, self._items.values()))
        scalars = self._finished_scalars(columns, restarts)
        items = self._finished_items(restarts)
        n_after = sum(map(len, scalars.values()))
        n_after += sum(len(column) for tags in items.values() for column in tags.values())
        return RunLog(
            name, path, files, scalars, items, self._graph, self._meta_graph,
            self._run_metadata, n_before - n_after, tuple(faults),
        )  # fmt: skip

    def _finished_scalars(
        self, columns: dict[str, tuple[NDArray[Any], ...]], restarts: dict[str, Restarts]
    ) -> dict[str, ScalarColumn]:
        found: dict[str, ScalarColumn] = {}
        for tag, (records, steps, times, values) in columns.items():
            keep = restarts[tag].survivors(records, steps)
            if keep.all():
                keep = slice(None)
            metadata = self._metadata.get(tag, _EMPTY)
            found[tag] = ScalarColumn(tag, steps[keep], times[keep], values[keep], metadata)
        return {tag: column for tag, column in found.items() if len(column)}

    def _finished_items(self, restarts: dict[str, Restarts]) -> dict[str, dict[str, ItemColumn]]:
        found: defaultdict[str, dict[str, ItemColumn]] = defaultdict(dict)
        for (kind, tag), items in self._items.items():
            records, steps, times, numbers, payloads = zip(*items, strict=True)
            every = np.array(steps, np.int64)
            keep = np.flatnonzero(restarts[tag].survivors(np.array(records), every))
            if len(keep):
                found[kind][tag] = ItemColumn(
                    tag, kind, every[keep], np.array(times)[keep],
                    tuple((numbers[i], payloads[i]) for i in keep.tolist()),
                    self._metadata.get(tag, _EMPTY),
                )  # fmt: skip
        return dict(found)

    def _restarts_by_tag(self, columns: dict[str, tuple[NDArray[Any], ...]]) -> dict[str, Restarts]:
        """Give the restarts that concern each tag."""
        general = Restarts.of(self._restarts)
        records: defaultdict[str, list[NDArray[Any]]] = defaultdict(list)
        for tag, column in columns.items():
            records[tag].append(column[0])
        for (_, tag), items in self._items.items():
            records[tag].append(np.array([item[0] for item in items]))
        back = self._old_restarts()
        return {tag: _concerning(general, back, of_tag) for tag, of_tag in records.items()}

    def _old_restarts(self) -> Restarts:
        if not self._old:
            return Restarts.of([])
        records, steps, has_summary = (np.concatenate(c) for c in zip(*self._old, strict=True))
        is_back = steps_back(steps, has_summary)
        return Restarts(records[is_back], steps[is_back])


def _concerning(general: Restarts, back: Restarts, of_tag: list[NDArray[Any]]) -> Restarts:
    if not len(back.records):
        return general
    is_own = np.isin(back.records, np.concatenate(of_tag))
    return general.merged(Restarts(back.records[is_own], back.steps[is_own]))


def _version(text: str) -> float:
    try:
        return float(text.rpartition("brain.Event:")[2])
    except ValueError:
        return -1.0


def _only_number(payload: bytes) -> Any:
    tensor = read_tensor(payload)
    if tensor.size != 1 or tensor.dtype.kind not in "iufb":
        raise ValueError(f"a scalar of shape {tensor.shape} and type {tensor.dtype}")
    return tensor.reshape(-1)[0]

"""What the events of one block say, as columns: the form both decoders give.

`decode_plainly`, in NumPy and Python, is the oracle of the compiled one, and takes its place where
nothing was compiled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _native
from bathyscope.importers.tensorboard.bulk import Piece, read_scalars
from bathyscope.importers.tensorboard.events import SIMPLE, TENSOR, Event, Value, read_event
from bathyscope.importers.tensorboard.records import Block

#: Reads summaries some thirty times faster; None where it was not compiled.
compiled: Any = _native.load("_events", interface=1)

Integers = NDArray[np.int64]
_TYPES = ((SIMPLE, "<f4"), (TENSOR, "<f4"), (TENSOR, "<f8"))
_F32 = np.dtype("<f4")


@dataclass(frozen=True)
class Key:
    """What points of one group have in common.

    Parameters
    ----------
    tag : bytes
    kind : int
        `SIMPLE`, or `TENSOR` for tensors of one number.
    code : {"<f4", "<f8"}
        The type they were written in.
    """

    tag: bytes
    kind: int
    code: str


@dataclass(frozen=True, eq=False)
class Points:
    """Scalars, group by group, each in the order of its records.

    Parameters
    ----------
    keys : list of Key
    ends : array of shape (n_keys,), int64
        Where in the columns each group ends.
    records : array of shape (n_points,), uint32
        Which record of the block.
    steps : array of shape (n_points,), int64
    times, values : array of shape (n_points,), float64
    """

    keys: list[Key]
    ends: Integers
    records: NDArray[np.uint32]
    steps: Integers
    times: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Items:
    """Values that are no single number, in the order of the records.

    Parameters
    ----------
    tags : list of bytes
    which : array of shape (n_items,), int64
        Which of the tags each has.
    kinds : array of shape (n_items,), int64
        The number of the field that holds it; 0 for a value that holds nothing.
    records, steps : array of shape (n_items,), int64
    times : array of shape (n_items,), float64
    starts, stops : array of shape (n_items,), int64
        Where in the block each lies.
    """

    tags: list[bytes]
    which: Integers
    kinds: Integers
    records: Integers
    steps: Integers
    times: NDArray[np.float64]
    starts: Integers
    stops: Integers


@dataclass(frozen=True, eq=False)
class Batch:
    """What the events of one block say.

    Parameters
    ----------
    points : Points
    items : Items
    metadata : dict of bytes to bytes
        The first that was said of each tag in this block.
    rest : array of shape (n_others,), int64
        Records that hold no summary, or that are no event: to be decoded one by one.
    steps : array of shape (n_records,), int64
        Not told of `rest`.
    """

    points: Points
    items: Items
    metadata: dict[bytes, bytes]
    rest: Integers
    steps: Integers


@dataclass
class _Rows:
    """Values found one by one."""

    points: dict[Key, list[tuple[int, int, float, float]]] = field(
        default_factory=dict[Key, list[tuple[int, int, float, float]]]
    )
    items: list[tuple[bytes, int, int, int, float, int, int]] = field(
        default_factory=list[tuple[bytes, int, int, int, float, int, int]]
    )
    metadata: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    rest: list[int] = field(default_factory=list[int])


def decode(block: Block) -> Batch:
    """Decode the events of a block."""
    return decode_plainly(block) if compiled is None else _decode_compiled(block)


def _decode_compiled(block: Block) -> Batch:
    keys, columns, items, metadata, rest, steps = compiled.decode(
        block.buffer, np.ascontiguousarray(block.starts), np.ascontiguousarray(block.lengths)
    )
    ends, records, of_step, times, values = columns
    points = Points(
        [Key(tag, *_TYPES[which]) for tag, which in keys],
        np.frombuffer(ends, np.int64),
        np.frombuffer(records, np.uint32),
        np.frombuffer(of_step, np.int64),
        np.frombuffer(times, np.float64),
        np.frombuffer(values, np.float64),
    )
    tags, which, kinds, in_records, at_steps, at_times, starts, stops = items
    found = Items(
        tags,
        np.frombuffer(which, np.int64),
        np.frombuffer(kinds, np.int64),
        np.frombuffer(in_records, np.int64),
        np.frombuffer(at_steps, np.int64),
        np.frombuffer(at_times, np.float64),
        np.frombuffer(starts, np.int64),
        np.frombuffer(stops, np.int64),
    )
    others, of_records = np.frombuffer(rest, np.int64), np.frombuffer(steps, np.int64)
    return Batch(points, found, metadata, others, of_records)


def decode_plainly(block: Block) -> Batch:
    """Decode the events of a block without compiled code."""
    pieces, others = read_scalars(block)
    steps = np.zeros(len(block.starts), np.int64)
    for piece in pieces:
        steps[piece.records] = piece.steps
    rows = _Rows()
    for record in others.tolist():
        payload = block.payload(record)
        event = _summary(payload)
        if event is None:
            rows.rest.append(record)
            continue
        steps[record] = event.step
        for value in event.values or ():
            when = (record, event.step, event.time)
            _take(rows, value, when, payload, begin=int(block.starts[record]))
    points = _points(pieces, rows.points)
    return Batch(points, _items(rows.items), rows.metadata, np.array(rows.rest, np.int64), steps)


def _summary(payload: bytes) -> Event | None:
    """Decode an event that holds a summary and nothing else."""
    try:
        event = read_event(payload)
    except ValueError:
        return None
    return event if event.values is not None and not event.holds_more else None


def _take(
    rows: _Rows, value: Value, when: tuple[int, int, float], data: bytes, *, begin: int
) -> None:
    if value.metadata is not None:
        rows.metadata.setdefault(value.tag, value.metadata)
    if value.kind == SIMPLE:
        number = float(np.frombuffer(data, _F32, 1, value.start)[0])
        rows.points.setdefault(Key(value.tag, SIMPLE, "<f4"), []).append((*when, number))
        return
    place = (begin + value.start, begin + value.stop)
    rows.items.append((value.tag, value.kind, *when, *place))


def _points(pieces: list[Piece], single: dict[Key, list[tuple[int, int, float, float]]]) -> Points:
    """Put points found at once and one by one together, key by key."""
    groups: dict[Key, list[tuple[NDArray[Any], ...]]] = {}
    for piece in pieces:
        key = Key(piece.tag, piece.kind, piece.values.dtype.str)
        columns = (piece.records, piece.steps, piece.times, piece.values)
        groups.setdefault(key, []).append(columns)
    for key, rows in single.items():
        groups.setdefault(key, []).append(tuple(map(np.array, zip(*rows, strict=True))))
    parts = [_sorted(columns) for columns in groups.values()]
    ends = np.cumsum([len(part[0]) for part in parts], dtype=np.int64)
    parts = parts or [[np.empty(0, np.int64)] * 4]
    with np.errstate(invalid="ignore"):  # widening a signalling NaN is nothing to warn of
        records, steps, times, values = (np.concatenate(c) for c in zip(*parts, strict=True))
        return Points(
            list(groups), ends, records.astype(np.uint32), steps.astype(np.int64),
            times.astype(np.float64), values.astype(np.float64),
        )  # fmt: skip


def _sorted(columns: list[tuple[NDArray[Any], ...]]) -> list[NDArray[Any]]:
    """Put columns of one group together, in the order of their records."""
    joined = [np.concatenate(parts) for parts in zip(*columns, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return [column[order] for column in joined]


def _items(rows: list[tuple[bytes, int, int, int, float, int, int]]) -> Items:
    tags = list(dict.fromkeys(row[0] for row in rows))
    place = {tag: index for index, tag in enumerate(tags)}
    table = np.array([(place[row[0]], *row[1:4], *row[5:]) for row in rows], np.int64)
    which, kinds, records, steps, starts, stops = table.reshape(-1, 6).T
    times = np.array([row[4] for row in rows], np.float64)
    return Items(tags, which, kinds, records, steps, times, starts, stops)

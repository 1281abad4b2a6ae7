"""Scalars decoded many at once.

Events that hold only scalars differ in their time, step, tag and value and in nothing else:
what lies between those (field keys and lengths) is the same in every event of one form. So the
first event of a form is decoded field by field, and every event of the same length with the same
bytes in between is decoded with it, column by column.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard import wire
from bathyscope.importers.tensorboard.crc32c import Bytes, groups, rows_of
from bathyscope.importers.tensorboard.events import SIMPLE, TENSOR
from bathyscope.importers.tensorboard.records import Block

#: For fewer events of one length it is not worth the while.
_FEWEST = 16
#: Longer events hold something else.
_LONGEST = 4096
#: Events of one length come in few forms; what is of none of these is decoded one by one.
_MOST_FORMS = 24
#: TensorProto's types whose one element is read at once.
_TYPES = {1: "<f4", 2: "<f8"}
_HASH = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class _Slot:
    """Where a scalar stands in an event of some form."""

    tag: slice
    value: slice
    code: str
    kind: int


@dataclass
class _Form:
    """Where everything stands in events of one form."""

    fixed: list[int] = field(default_factory=list[int])
    time: slice | None = None
    step: slice | None = None
    slots: list[_Slot] = field(default_factory=list[_Slot])


@dataclass(frozen=True, eq=False)
class Piece:
    """Scalars of one tag within a block.

    Parameters
    ----------
    tag : bytes
    kind : int
        `SIMPLE` or `TENSOR`.
    position : int
        Which value of its event each is.
    records, steps, times, values : array of shape (n_points,)
        Which record of the block; step, time in seconds, and value.
    """

    tag: bytes
    kind: int
    position: int
    records: NDArray[np.int64]
    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[Any]


def read_scalars(block: Block) -> tuple[list[Piece], NDArray[np.int64]]:
    """Decode the events of a block that hold nothing but scalars.

    Returns
    -------
    pieces : list of Piece
    rest : array of shape (n_others,), int64
        The records that are to be decoded one by one, in order.
    """
    found: list[Piece] = []
    rest: list[NDArray[np.intp]] = []
    for where in groups(block.lengths):
        length = int(block.lengths[where[0]])
        if len(where) < _FEWEST or not 0 < length <= _LONGEST:
            rest.append(where)
            continue
        rest.append(_of_one_length(block, where, length, found))
    return found, np.sort(np.concatenate(rest)) if rest else np.empty(0, np.int64)


def _of_one_length(
    block: Block, where: NDArray[np.intp], length: int, found: list[Piece]
) -> NDArray[np.intp]:
    """Decode form after form; give the records that are of none."""
    rows = rows_of(block.buffer, block.starts[where], length)
    rest: list[NDArray[np.intp]] = []
    for _ in range(_MOST_FORMS):
        form = _form_of(rows[0].tobytes())
        is_alike = np.ones(len(rows), bool)
        if form is None:
            is_alike[1:] = False
            rest.append(where[:1])
        else:
            for place in form.fixed:
                is_alike &= rows[:, place] == rows[0, place]
            is_alike &= _is_same_step_length(rows, form.step)
            _decode(rows[is_alike], where[is_alike], form, found)
        where, rows = where[~is_alike], rows[~is_alike]
        if not len(where):
            break
    return np.concatenate([*rest, where])


def _is_same_step_length(rows: Bytes, step: slice | None) -> NDArray[np.bool_]:
    if step is None:
        return np.ones(len(rows), bool)
    goes_on = rows[:, step] >= 0x80
    return goes_on[:, :-1].all(axis=1) & ~goes_on[:, -1]


def _decode(rows: Bytes, where: NDArray[np.intp], form: _Form, found: list[Piece]) -> None:
    times = _numbers(rows, form.time, "<f8") if form.time else np.zeros(len(rows))
    steps = _steps(rows, form.step)
    for position, slot in enumerate(form.slots):
        values = _numbers(rows, slot.value, slot.code)
        for tag, part in _by_tag(rows[:, slot.tag]):
            found.append(
                Piece(tag, slot.kind, position, where[part], steps[part], times[part], values[part])
            )


def _numbers(rows: Bytes, place: slice, code: str) -> NDArray[Any]:
    return np.ascontiguousarray(rows[:, place]).view(code)[:, 0]


def _steps(rows: Bytes, place: slice | None) -> NDArray[np.int64]:
    steps = np.zeros(len(rows), np.uint64)
    if place is not None:
        for shift, column in enumerate(rows[:, place].T):
            steps |= (column & np.uint8(0x7F)).astype(np.uint64) << np.uint64(7 * shift)
    return steps.view(np.int64)


def _by_tag(tags: Bytes) -> list[tuple[bytes, NDArray[np.intp]]]:
    """Give each distinct tag, and in which rows it stands."""
    n_words = -(-tags.shape[1] // 8)
    padded = np.zeros((len(tags), max(n_words, 1) * 8), np.uint8)
    padded[:, : tags.shape[1]] = tags
    words = padded.view("<u8")
    keys = words[:, 0].copy()
    for word in words[:, 1:].T:
        keys = (keys ^ keys >> np.uint64(29)) * _HASH + word
    distinct = np.unique(keys)
    which = np.searchsorted(distinct, keys).astype(np.uint16 if len(distinct) < 65536 else int)
    parts = groups(which)
    firsts = np.array([part[0] for part in parts])
    if words.shape[1] > 1 and not (words == words[firsts][which]).all():
        # Two tags have the same key: compare the tags themselves.
        _, which = np.unique(words, axis=0, return_inverse=True)
        parts = groups(which.reshape(-1))
    return [(tags[part[0]].tobytes(), part) for part in parts]


def _form_of(data: bytes) -> _Form | None:
    """Find where everything stands in an event; None if it does not hold only scalars."""
    form = _Form()
    free: list[slice] = []
    try:
        for part in wire.fields(data):
            if part.number == 1 and part.kind == wire.FIXED64 and form.time is None:
                form.time = slice(part.start, part.stop)
            elif part.number == 2 and part.kind == wire.VARINT and form.step is None:
                form.step = slice(part.start, part.stop)
            elif part.number == 5 and part.kind == wire.BYTES and not form.slots:
                form.slots = _slots(data, part)
            else:
                return None
    except ValueError:
        return None
    free += [place for place in (form.time, form.step) if place is not None]
    free += [place for slot in form.slots for place in (slot.tag, slot.value)]
    is_fixed = np.ones(len(data), bool)
    for place in free:
        is_fixed[place] = False
    form.fixed = np.flatnonzero(is_fixed).tolist()
    return form if form.slots else None


def _slots(data: bytes, summary: wire.Field) -> list[_Slot]:
    slots: list[_Slot] = []
    for part in wire.fields(data, summary.start, summary.stop):
        if part.number != 1 or part.kind != wire.BYTES:
            raise ValueError("not a summary's value")
        slots.append(_slot(data, part))
    return slots


def _slot(data: bytes, value: wire.Field) -> _Slot:
    inner = _by_number(data, value)
    tag, simple, tensor = inner.pop(1, None), inner.pop(SIMPLE, None), inner.pop(TENSOR, None)
    held = simple or tensor
    if inner or tag is None or tag.kind != wire.BYTES or held is None or (simple and tensor):
        raise ValueError("not a scalar")
    if simple is not None:
        wire.float32(data, simple)
        return _Slot(slice(tag.start, tag.stop), slice(simple.start, simple.stop), "<f4", SIMPLE)
    place, code = _tensor_element(data, held)
    return _Slot(slice(tag.start, tag.stop), place, code, TENSOR)


def _tensor_element(data: bytes, tensor: wire.Field) -> tuple[slice, str]:
    """Find the one element of a tensor without shape, and its type."""
    inner = _by_number(data, tensor)
    shape = inner.pop(2, None)
    code = _TYPES.get(wire.integer(data, inner.pop(1)), "") if 1 in inner else ""
    numbers = {4: code, 5: "<f4", 6: "<f8"}
    if len(inner) != 1 or not code or (shape is not None and shape.stop > shape.start):
        raise ValueError("not a scalar")
    number, held = inner.popitem()
    if numbers.get(number) != code or held.stop - held.start != np.dtype(code).itemsize:
        raise ValueError("not a scalar")
    return slice(held.start, held.stop), code


def _by_number(data: bytes, message: wire.Field) -> dict[int, wire.Field]:
    wire.content(data, message)
    inner = list(wire.fields(data, message.start, message.stop))
    by_number = {part.number: part for part in inner}
    if len(by_number) < len(inner):
        raise ValueError("a field that stands there twice")
    return by_number

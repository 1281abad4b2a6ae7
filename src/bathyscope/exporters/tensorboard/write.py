"""Writes a run as an event file.

Scalars, histograms, images, sounds, texts, precision-recall curves and settings go where
TensorBoard's plugins look for them. TensorBoard has no place for other tables and arrays (weights,
feature maps, predictions); a text under `LEFT_OUT` names them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope import _names as names
from bathyscope._errors import DamagedFile
from bathyscope.exporters.contents import series_of
from bathyscope.exporters.tensorboard import values
from bathyscope.exporters.tensorboard.proto import (
    event,
    held,
    metadata,
    simple_value,
    tensor,
    tensor_value,
    version_event,
)
from bathyscope.importers.tensorboard.crc32c import crc32c, masked
from bathyscope.runs import Series

LEFT_OUT, NOTES = "bathyscope/left_out", "bathyscope/notes"
#: Records put together at once.
_MANY = 1 << 15
_TABLES: dict[str, Callable[[str, values.Table], bytes]] = {
    names.HISTOGRAMS: values.histogram,
    names.TEXT: values.text,
    names.PR_CURVES: values.curve,
}
_STEP = "step"


def write(run: Any, folder: Path) -> None:
    """Write a run into a folder that is there."""
    began = _began(run)
    path = folder / f"events.out.tfevents.{int(began)}.bathyscope.0"
    with path.open("wb") as file:
        few: list[bytes] = [version_event(began)]
        for payload in _Events(run, began).all():
            few.append(payload)
            if len(few) >= _MANY:
                file.write(framed(few))
                few = []
        file.write(framed(few))


def framed(payloads: list[bytes]) -> bytes:
    """Put payloads into records: each with its length and two checksums."""
    lengths = np.array([len(payload) for payload in payloads], "<u8")
    heads = lengths.tobytes()
    ends = np.cumsum(lengths.astype(np.int64))
    of_heads = _checks(heads, np.arange(len(payloads)) * 8, np.full(len(payloads), 8))
    joined = b"".join(payloads)
    of_payloads = _checks(joined, ends - lengths.astype(np.int64), lengths.astype(np.int64))
    pieces: list[bytes] = []
    for place, payload in enumerate(payloads):
        head, check = heads[8 * place : 8 * place + 8], slice(4 * place, 4 * place + 4)
        pieces += (head, of_heads[check], payload, of_payloads[check])
    return b"".join(pieces)


def _checks(data: bytes, starts: Any, lengths: Any) -> bytes:
    return masked(crc32c(np.frombuffer(data, np.uint8), starts, lengths)).astype("<u4").tobytes()


def _began(run: Any) -> float:
    try:
        return datetime.fromisoformat(str(run.info.get("created"))).timestamp()
    except ValueError:
        return 0.0


class _Events:
    """The events of a run, kind by kind, each tag in the order of its steps."""

    def __init__(self, run: Any, began: float) -> None:
        self._run = run
        self._began = began
        self._latest = began
        self._left_out: list[str] = []

    def all(self) -> Iterator[bytes]:
        """Give every event."""
        run = self._run
        start = values.session_start(run.config, name=run.name, time=self._began)
        yield event(self._began, 0, start)
        for series in series_of(run):
            yield from self._scalars(series)
        for name in run.table_names():
            yield from self._table(name)
        for group in run.array_groups():
            yield from self._arrays(group)
        yield from self._told()
        if run.status != "unknown":
            yield event(self._latest, 0, values.session_end(run.status, time=self._latest))

    def _scalars(self, series: Series) -> Iterator[bytes]:
        rows = zip(
            series.times.tolist(), series.steps.tolist(), series.values.tolist(), strict=True
        )
        self._latest = max(self._latest, float(series.times.max(initial=-math.inf)))
        if _fits_32_bits(series.values):
            tag = held(1, series.name.encode())
            for time, step, value in rows:
                yield event(time, step, simple_value(tag, value))
            return
        about = metadata("scalars")
        for time, step, value in rows:
            yield event(time, step, tensor_value(series.name, tensor(np.array(value)), about))

    def _table(self, name: str) -> Iterator[bytes]:
        for prefix, make in _TABLES.items():
            if name.startswith(prefix):
                for step, part in self._parts(name):
                    yield from self._made(name, step, partial(make, _tag(name), part))
                return
        if not name.startswith((names.IMAGES, names.AUDIO)):  # those say more of arrays
            self._left_out.append(f"table `{name}`")

    def _parts(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give a table step by step, whether one file holds one step or many."""
        for at in self._run.table_steps(name):
            try:
                table = dict(self._run.table(name, step=at))
            except DamagedFile:  # `Run.faults` names it
                continue
            steps = table.pop(_STEP, None)
            if steps is None:
                yield at, table
                continue
            for step in dict.fromkeys(np.asarray(steps).tolist()):
                rows = steps == step
                yield int(step), {key: column[rows] for key, column in table.items()}

    def _arrays(self, group: str) -> Iterator[bytes]:
        if not group.startswith((names.IMAGES, names.AUDIO)):
            self._left_out.append(f"arrays `{group}`")
            return
        for step in self._run.array_steps(group):
            try:
                arrays = dict(self._run.arrays(group, step=step))
            except DamagedFile:
                continue
            make = partial(values.images, _tag(group), arrays)
            if group.startswith(names.AUDIO):
                make = partial(values.sounds, _tag(group), arrays, self._about(group, step))
            yield from self._made(group, step, make)

    def _about(self, group: str, step: int) -> dict[str, Any]:
        """Give what is said of sounds."""
        run = self._run
        if group not in run.table_names() or step not in run.table_steps(group):
            return {}
        return dict(run.table(group, step=step))

    def _made(self, name: str, step: int, make: Callable[[], bytes]) -> Iterator[bytes]:
        try:
            yield event(self._began, step, make())
        except (ValueError, KeyError) as error:
            self._left_out.append(f"`{name}` at step {step}: it holds {error}")

    def _told(self) -> Iterator[bytes]:
        notes = [str(told.get("text", "")) for told in self._run.events(names.NOTE_EVENT)]
        for tag, lines in ((NOTES, notes), (LEFT_OUT, self._left_out)):
            if lines:
                table = {"text": np.array([*lines, None], object)[:-1]}
                yield event(self._began, 0, values.text(tag, table))


def _tag(name: str) -> str:
    """Give what stands behind the kind: ``histograms/dense`` is ``dense``."""
    return name.partition("/")[2]


def _fits_32_bits(numbers: Any) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array_equal(numbers.astype(np.float32), numbers, equal_nan=True)

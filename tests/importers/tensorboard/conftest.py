"""TensorBoard itself, as the judge of what event files say; and files made by hand."""

from __future__ import annotations

import functools
import os
import struct
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.importers.tensorboard import Histogram, RunLog, batch, records
from bathyscope.importers.tensorboard.events import HISTOGRAM
from bathyscope.importers.tensorboard.values import histogram_fields

# TensorBoard then reads with its own code, and does not load TensorFlow for it.
sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("tensorboard.compat.notf"))

DATA = Path(os.environ.get("BATHYSCOPE_DATA", "nowhere")) / "tensorboard"
#: Everything of one kind and tag: step, time and value, comparable byte by byte.
Points = dict[tuple[str, str], list[tuple[int, float, Any]]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that wants `real_log` once for each group of real logs."""
    if "real_log" in metafunc.fixturenames:
        groups = sorted(path for path in DATA.glob("*") if path.is_dir())
        metafunc.parametrize("real_log", groups, ids=[path.name for path in groups])


@pytest.fixture(params=["compiled", "plain"], scope="module")
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Read with the compiled code, and with its twin."""
    if request.param == "compiled":
        if batch.compiled is None:
            pytest.skip("nothing was compiled")
        yield request.param
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "compiled", None)
        patch.setattr(records, "compiled", None)
        yield request.param


def _masked_crc(data: bytes) -> int:
    """The oracle: bit by bit, from the definition of CRC32C."""
    check = 0xFFFFFFFF
    for byte in data:
        check ^= byte
        for _ in range(8):
            check = check >> 1 ^ (0x82F63B78 if check & 1 else 0)
    check ^= 0xFFFFFFFF
    return ((check >> 15 | check << 17) + 0xA282EAD8) & 0xFFFFFFFF


@functools.lru_cache(maxsize=4096)
def _frame(payload: bytes) -> bytes:
    head = struct.pack("<Q", len(payload))
    checks = [struct.pack("<I", _masked_crc(part)) for part in (head, payload)]
    return head + checks[0] + payload + checks[1]


@pytest.fixture(scope="session")
def masked_crc() -> Callable[[bytes], int]:
    return _masked_crc


@pytest.fixture(scope="session")
def frame() -> Callable[[bytes], bytes]:
    """Give a payload as a record of an event file."""
    return _frame


@pytest.fixture(scope="session")
def write_events() -> Callable[..., Path]:
    """Write TensorBoard's own Event messages into an event file."""

    def write(path: Path, *events: Any) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(_frame(event.SerializeToString()) for event in events))
        return path

    return write


@pytest.fixture(scope="session")
def differences() -> Callable[[RunLog], list[str]]:
    """Name every difference between what we read and what TensorBoard reads."""

    def compare(log: RunLog) -> list[str]:
        legacy, modern = _legacy(log.path), _modern(log.path)
        found = _unequal({key: log_points for key, log_points in _as_written(log).items()
                          if key in legacy or key[0] != "scalars"}, legacy)  # fmt: skip
        return found + _unequal(_as_tensors(log), modern)

    return compare


def _unequal(ours: Points, theirs: Points) -> list[str]:
    found = [f"{key}: ours only" for key in ours.keys() - theirs.keys()]
    found += [f"{key}: theirs only" for key in theirs.keys() - ours.keys()]
    for key in ours.keys() & theirs.keys():
        if len(ours[key]) != len(theirs[key]):
            found.append(f"{key}: {len(ours[key])} points, not {len(theirs[key])}")
        pairs = enumerate(zip(ours[key], theirs[key], strict=False))
        found += [f"{key}[{i}]: {a}, not {b}" for i, (a, b) in pairs if a != b][:3]
    return found


def _plain(value: Any) -> Any:
    """Give a value as something that equals another only byte by byte."""
    if isinstance(value, bytes | str):
        return value
    array = np.asarray(value)
    if array.dtype.kind in "OSU":
        return array.shape, [t if isinstance(t, bytes) else t.encode() for t in array.flat]
    kind = complex if array.dtype.kind == "c" else float
    return array.shape, array.astype(kind).tobytes()


def _legacy(path: Path) -> Points:
    """Read with EventAccumulator: values that are no tensors, as they were written."""
    module = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    sizes = module.STORE_EVERYTHING_SIZE_GUIDANCE
    theirs = module.EventAccumulator(str(path), size_guidance=sizes).Reload()
    tags = theirs.Tags()
    points: Points = {}
    readers: dict[str, tuple[Any, Callable[[Any], Any]]] = {
        "scalars": (theirs.Scalars, lambda p: _plain(p.value)),
        "histograms": (theirs.Histograms, lambda p: _of_fields(vars(p.histogram_value))),
        "images": (theirs.Images, lambda p: (p.width, p.height, p.encoded_image_string)),
        "audio": (theirs.Audio, lambda p: (p.sample_rate, p.encoded_audio_string)),
    }
    for kind, (get, read) in readers.items():
        for tag in set(tags[kind]) - set(tags["tensors"]):
            points[kind, tag] = [(p.step, p.wall_time, read(p)) for p in get(tag)]
    if tags["graph"] and not theirs._graph_from_metagraph:
        points["graph", ""] = [(0, 0, theirs._graph)]
    if tags["meta_graph"]:
        points["meta_graph", ""] = [(0, 0, theirs._meta_graph)]
    for tag in tags["run_metadata"]:
        points["run_metadata", tag] = [(0, 0, theirs._tagged_metadata[tag])]
    return {key: value for key, value in points.items() if value}


def _of_fields(fields: dict[str, Any]) -> Any:
    return {name: _plain(value) for name, value in fields.items()}


def _as_written(log: RunLog) -> Points:
    points: Points = {("scalars", tag): _scalars(column) for tag, column in log.scalars.items()}
    for kind in ("histograms", "images", "audio"):
        for tag, column in log.items.get(kind, {}).items():
            if all(number in {4, 5, 6} for number, _ in column.payloads):
                points[kind, tag] = _items(column, _item_as_written)
    parts = {("graph", ""): log.graph, ("meta_graph", ""): log.meta_graph}
    parts |= {("run_metadata", tag): data for tag, data in log.run_metadata.items()}
    return points | {key: [(0, 0, data)] for key, data in parts.items() if data is not None}


def _scalars(column: Any) -> list[tuple[int, float, Any]]:
    rows = zip(column.steps, column.times, column.values, strict=True)
    return [(int(step), float(time), _plain(value)) for step, time, value in rows]


def _items(column: Any, read: Callable[[Any, int], Any]) -> list[tuple[int, float, Any]]:
    rows = zip(column.steps, column.times, range(len(column)), strict=True)
    return [(int(step), float(time), read(column, index)) for step, time, index in rows]


def _item_as_written(column: Any, index: int) -> Any:
    number, payload = column.payloads[index]
    if number == HISTOGRAM:
        return _of_fields(histogram_fields(payload))
    (value,) = column.value(index)
    if column.kind == "images":
        return value.width, value.height, value.encoded
    return value.sample_rate, value.encoded


def _modern(path: Path) -> Points:
    """Read as TensorBoard's pages do: every value as a tensor."""
    processing = "tensorboard.backend.event_processing"
    module = pytest.importorskip(f"{processing}.plugin_event_accumulator")
    rules = pytest.importorskip(f"{processing}.event_accumulator").EventAccumulator
    make_ndarray = pytest.importorskip("tensorboard.util.tensor_util").make_ndarray

    # Its two accumulators disagree on restarts; the rules of EventAccumulator are ours.
    class Accumulator(module.EventAccumulator):
        _MaybePurgeOrphanedData = rules._MaybePurgeOrphanedData
        _CheckForRestartAndMaybePurge = rules._CheckForRestartAndMaybePurge
        _CheckForOutOfOrderStepAndMaybePurge = rules._CheckForOutOfOrderStepAndMaybePurge

    theirs = Accumulator(str(path), size_guidance={module.TENSORS: 0}).Reload()
    points: Points = {}
    for tag in theirs.Tags()["tensors"]:
        metadata = theirs.summary_metadata.get(tag)  # a tensor may come without
        plugin = metadata.plugin_data.plugin_name if metadata else ""
        if plugin in {"graphs", "graph_tagged_run_metadata"}:
            continue
        kind = "scalars" if plugin == "scalars" else "tensors"
        points[kind, tag] = [
            (p.step, p.wall_time, _plain(make_ndarray(p.tensor_proto))) for p in theirs.Tensors(tag)
        ]
    return {key: value for key, value in points.items() if value}


def _as_tensors(log: RunLog) -> Points:
    points: Points = {("scalars", tag): _scalars(column) for tag, column in log.scalars.items()}
    for tags in log.items.values():
        for tag, column in tags.items():
            if column.metadata.plugin != "graphs":
                points["tensors", tag] = _items(column, _item_as_tensor)
    return points


def _item_as_tensor(column: Any, index: int) -> Any:
    value = column.value(index)
    if isinstance(value, Histogram):
        table = np.stack([value.lefts, value.rights, value.counts], axis=1)
        is_converted = column.payloads[index][0] == HISTOGRAM  # TensorBoard makes them narrow
        return _plain(table.astype(np.float32) if is_converted else table)
    if column.kind == "images":
        sizes = [str(value[0].width).encode(), str(value[0].height).encode()]
        texts = np.array([*sizes, *(image.encoded for image in value)], object)
        return texts.shape, list(texts)
    if column.kind == "audio":
        # TensorBoard leaves the labels out.
        return (len(value),), [sound.encoded for sound in value]
    return _plain(np.atleast_1d(value) if column.kind == "graphs" else value)

"""Events decoded many at once give what they give one by one, damaged or not."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bathyscope.importers.tensorboard import RunLog, batch, bulk, read, records

Frame = Callable[[bytes], bytes]


def event(tag: bytes, step: int, number: float, *, is_tensor: bool) -> bytes:
    held = b"\x15" + struct.pack("<f", number)
    if is_tensor:
        held = b"\x42\x0a\x08\x01\x12\x00" + b"\x2a\x04" + struct.pack("<f", number)
    value = b"\x0a" + bytes([len(tag)]) + tag + held
    summary = b"\x0a" + bytes([len(value)]) + value
    return (
        b"\x09"
        + struct.pack("<d", 5.0)
        + b"\x10"
        + bytes([step])
        + b"\x2a"
        + bytes([len(summary)])
        + summary
    )


def tensor_event(tag: bytes, step: int, content: bytes, plugin: bytes) -> bytes:
    """An event as TensorFlow 2 writes it: a tensor, and metadata with every one."""
    tensor = b"\x08\x01\x12\x00" + b"\x22" + bytes([len(content)]) + content
    named = b"\x0a" + bytes([len(plugin)]) + plugin
    metadata = b"\x0a" + bytes([len(named)]) + named
    value = b"\x0a" + bytes([len(tag)]) + tag + b"\x42" + bytes([len(tensor)]) + tensor
    value += b"\x4a" + bytes([len(metadata)]) + metadata
    summary = b"\x0a" + bytes([len(value)]) + value
    return b"\x10" + bytes([step]) + b"\x2a" + bytes([len(summary)]) + summary


def contents(log: RunLog) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag, column in log.scalars.items():
        columns = (column.steps, column.times, column.values.astype(float))
        found[f"scalars {tag}"] = [array.tobytes() for array in columns]
    for kind, tags in log.items.items():
        for tag, column in tags.items():
            found[f"{kind} {tag}"] = (column.steps.tolist(), column.payloads)
    return found


def read_every_way(path: Path) -> list[RunLog]:
    """Read with the compiled code, many at once, and one by one."""
    logs = [read(path)["."]]
    for fewest in (1, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bulk, "_FEWEST", fewest)
            patch.setattr(batch, "compiled", None)
            patch.setattr(records, "compiled", None)
            logs.append(read(path)["."])
    return logs


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edits=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 60), st.integers(0, 255)),
                      max_size=12))  # fmt: skip
def test_changed_events_are_read_alike(
    edits: list[tuple[int, int, int]], tmp_path_factory: pytest.TempPathFactory, frame: Frame
) -> None:
    payloads = [
        bytearray(event(b"tag-%d" % (i % 3), i, i / 7, is_tensor=i % 4 == 0)) for i in range(40)
    ]
    payloads += [
        bytearray(tensor_event(b"t-%d" % (i % 3), i, bytes(4 * (i % 2 + 1)), plugin))
        for i in range(10)
        for plugin in (b"scalars", b"mine")
    ]
    for which, place, new in edits:
        payloads[which][place % len(payloads[which])] = new
    path = tmp_path_factory.mktemp("log") / "x.tfevents"
    path.write_bytes(b"".join(frame(bytes(payload)) for payload in payloads))
    compiled, at_once, one_by_one = read_every_way(path)
    assert contents(compiled) == contents(at_once) == contents(one_by_one)
    assert sorted(compiled.faults) == sorted(at_once.faults) == sorted(one_by_one.faults)


def test_tags_whose_keys_meet_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_HASH", np.uint64(0))
    tags = [b"first---same-end", b"second--same-end", b"third---same-end"]
    rows = np.frombuffer(b"".join(tags * 5), np.uint8).reshape(15, 16)
    found = dict(bulk._by_tag(rows))
    assert {tag: rows_of_tag.tolist() for tag, rows_of_tag in found.items()} == {
        tag: list(range(index, 15, 3)) for index, tag in enumerate(tags)
    }

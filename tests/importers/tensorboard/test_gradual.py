"""A log read by and by, or decoded beside its reading, holds what a log read whole holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.importers.tensorboard import ahead, cache, read, records, source
from bathyscope.importers.tensorboard.source import TensorBoardRun

event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
Event = event_pb2.Event
Frame = Callable[[bytes], bytes]
N_STEPS = 600


def payloads() -> list[bytes]:
    """Give events of two metrics, and some longer than a block."""
    found = [Event(file_version="brain.Event:2", wall_time=1.0)]
    for step in range(N_STEPS):
        event = Event(step=step, wall_time=100.0 + step)
        event.summary.value.add(tag=f"m{step % 2}", simple_value=step / 7)
        found.append(event)
        if step % 200 == 100:
            long = Event(step=step, wall_time=5.0)
            value = long.summary.value.add(tag="said")
            value.metadata.plugin_data.plugin_name = "text"
            value.tensor.dtype = 7
            value.tensor.string_val.append(b"x" * 5000)
            found.append(long)
    return [event.SerializeToString() for event in found]


@pytest.fixture(params=["whole", "damaged"])
def log(request: pytest.FixtureRequest, tmp_path: Path, frame: Frame) -> Path:
    """Write a log of several files; in one, more bytes than a block are damaged."""
    content = b"".join(map(frame, payloads()))
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(2):
        data = bytearray(content)
        if request.param == "damaged" and number == 0:
            data[9000:14000] = b"\xff" * 5000
            data[30_000] ^= 1
        path = folder / f"events.out.tfevents.{number}"
        path.write_bytes(data)
        os.utime(path, (1e9, 1e9))  # nobody writes it any more
    return folder


@pytest.fixture
def expected(log: Path) -> dict[str, Any]:
    return contents(read(log)["."])


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(records, "BLOCK", 1 << 11)
    monkeypatch.setattr(ahead, "FEWEST", 0)
    monkeypatch.setattr(source, "TURN_SECS", 0.0)  # a block at a time


def contents(log: Any) -> dict[str, Any]:
    columns = {tag: (c.steps, c.times, c.values) for tag, c in log.scalars.items()}
    found: dict[str, Any] = {
        tag: [array.tolist() for array in arrays] for tag, arrays in columns.items()
    }
    found["texts"] = [log.items["text"]["said"].value(i) for i in range(len(log.items["text"]))]
    return {**found, "faults": log.faults}


@pytest.mark.usefixtures("small_blocks", "way")
def test_decoding_beside_the_reading_changes_nothing(log: Path, expected: dict[str, Any]) -> None:
    assert contents(read(log)["."]) == expected


@pytest.mark.usefixtures("small_blocks")
def test_what_was_read_so_far_is_answered_until_all_is_there(log: Path) -> None:
    whole = TensorBoardRun(log)
    run = TensorBoardRun(log)
    assert run.progress() is None
    run.read_gradually()
    with run._lock:  # nothing more is read before this is given back
        begun = run.scalars_all("m0")
        points, cursor = run.new_scalars()
        done = run.progress()
        assert done is not None
        assert 0 < done[0] < done[1] == sum(file.stat().st_size for file in log.iterdir())
        assert not any("file ends within" in fault for fault in run.faults())
    run.read_all()
    assert run.progress() is None
    assert run.faults() == whole.faults()
    assert run.scalar_names() == whole.scalar_names()
    for name in whole.scalar_names():
        ours, theirs = run.scalars_all(name), whole.scalars_all(name)
        np.testing.assert_array_equal(ours.steps, theirs.steps)
        np.testing.assert_array_equal(ours.values, theirs.values)
    first = whole.new_scalars()[0]
    assert 0 < len(begun) < len(whole.scalars_all("m0"))
    rest, _ = run.new_scalars(cursor)
    for column in ("metrics", "steps", "values", "times"):
        seen = [getattr(part, column) for part in (points, rest)]
        assert sorted(np.concatenate(seen).tolist()) == sorted(getattr(first, column).tolist())


@pytest.mark.usefixtures("small_blocks")
def test_a_log_that_grows_is_followed_after_it_was_read_by_and_by(log: Path, frame: Frame) -> None:
    run = TensorBoardRun(log)
    run.read_gradually()
    run.read_all()
    before = len(run.scalars_all("m0"))
    event = Event(step=10_000, wall_time=1.0)
    event.summary.value.add(tag="m0", simple_value=2.5)
    with (log / "events.out.tfevents.1").open("ab") as file:
        file.write(frame(event.SerializeToString()))
    run.read_all()
    assert len(run.scalars_all("m0")) == before + 1
    assert run.scalars("m0").values[-1] == 2.5


@pytest.mark.usefixtures("small_blocks")
def test_a_fault_while_reading_on_is_told_to_who_asks_next(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = TensorBoardRun(log)
    run.read_gradually()
    with run._lock:
        run.scalar_names()
        for file in log.iterdir():
            file.unlink()
    run.read_all()
    assert run.progress() is None
    assert any("cannot be read any more" in fault for fault in run.faults())


@pytest.mark.usefixtures("small_blocks")
def test_the_rest_of_a_log_that_nobody_wants_is_left_until_it_is_asked_for(log: Path) -> None:
    run = TensorBoardRun(log)
    run.read_gradually(is_wanted=False)
    begun = len(run.scalars_all("m0"))
    done = run.progress()
    assert done is not None and done[0] < done[1]
    assert run._reading is None
    assert len(run.scalars_all("m0")) == begun, "asking again reads no more of it"
    run.read_all()
    assert run.progress() is None
    assert len(run.scalars_all("m0")) == len(TensorBoardRun(log).scalars_all("m0")) > begun

"""A second opening of a log reads what was kept of it, as long as that still holds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.importers.tensorboard import cache, follow, source
from bathyscope.importers.tensorboard.source import TensorBoardRun

event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
tensor_util = pytest.importorskip("tensorboard.util.tensor_util")
Event = event_pb2.Event
Frame = Callable[[bytes], bytes]


@pytest.fixture(autouse=True)
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep also what was read of the smallest logs, in a folder of the test."""
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(source, "_LARGE", 1)
    return tmp_path / "cache" / "tensorboard"


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the bytes of event files that are read."""
    found: list[int] = []
    plain = follow.RecordReader.read

    def counted(self: Any, file: Any, size: int, *, grows: bool = False) -> Iterator[Any]:
        before = self.place
        yield from plain(self, file, size, grows=grows)
        found.append(self.place - before)

    monkeypatch.setattr(follow.RecordReader, "read", counted)
    return found


def events(first: int, last: int) -> list[Any]:
    found: list[Any] = []
    for step in range(first, last):
        event = Event(step=step, wall_time=100.0 + step)
        event.summary.value.add(tag="loss", simple_value=step / 7)
        value = event.summary.value.add(tag="größe")
        value.metadata.plugin_data.plugin_name = "histograms"
        value.metadata.plugin_data.content = b"\x00\xff"
        value.tensor.CopyFrom(tensor_util.make_tensor_proto(np.full((2, 3), float(step))))
        found.append(event)
    return found


@pytest.fixture
def append(tmp_path: Path, frame: Frame) -> Callable[..., Path]:
    def write(*given: Any) -> Path:
        path = tmp_path / "logs" / "events.out.tfevents.1700000000.host"
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            file.write(b"".join(frame(event.SerializeToString()) for event in given))
        return path

    return write


def contents(run: TensorBoardRun) -> dict[str, Any]:
    """Read all of a run, and wait until it is kept."""
    scalars = [run.scalars_all(name) for name in run.scalar_names()]
    tables = [run.table(name, step=s) for name in run.table_names() for s in run.table_steps(name)]
    found = {
        "scalars": [[c.tolist() for c in (s.steps, s.values, s.times)] for s in scalars],
        "tables": [{key: column.tolist() for key, column in table.items()} for table in tables],
        "names": (run.scalar_names(), run.table_names(), run.array_groups()),
        "summaries": run.summaries(),
        "events": run.events(),
        "faults": run.faults(),
        "news": [column.tolist() for column in run.new_scalars()[0]],
    }  # fmt: skip
    if run._keeping is not None:
        run._keeping.join()
    return found


def test_a_second_opening_reads_no_log(
    append: Callable[..., Path], kept_in: Path, bytes_read: list[int]
) -> None:
    start = Event(step=8)
    start.session_log.status = 1
    path = append(Event(file_version="brain.Event:2"), *events(0, 10), start, *events(8, 12))
    first = contents(TensorBoardRun(path.parent))
    assert len(list(kept_in.iterdir())) == 1
    assert bytes_read == [path.stat().st_size]
    assert contents(TensorBoardRun(path.parent)) == first
    assert bytes_read == [path.stat().st_size]


def test_what_was_appended_since_is_read(
    append: Callable[..., Path], bytes_read: list[int]
) -> None:
    path = append(*events(0, 10))
    contents(TensorBoardRun(path.parent))
    before = path.stat().st_size
    append(*events(10, 12))
    again = contents(TensorBoardRun(path.parent))
    assert bytes_read == [before, path.stat().st_size - before]
    assert again["scalars"][0][0] == list(range(12))
    shutil.rmtree(cache.cache_folder())
    assert contents(TensorBoardRun(path.parent)) == again


def test_every_real_log_is_kept_as_it_is(real_log: Path, bytes_read: list[int]) -> None:
    for folder in sorted({path.parent for path in real_log.rglob("*tfevents*")}):
        first = contents(TensorBoardRun(folder))
        read_until_now = sum(bytes_read)
        assert contents(TensorBoardRun(folder)) == first
        assert sum(bytes_read) == read_until_now


@pytest.mark.parametrize("change", ["rewritten", "another file", "shorter", "touched"])
def test_a_log_that_was_changed_is_read_anew(append: Callable[..., Path], change: str) -> None:
    path = append(*events(0, 10))
    contents(TensorBoardRun(path.parent))
    data = path.read_bytes()
    if change == "another file":
        path.unlink()
    if change == "shorter":
        os.truncate(path, len(data) // 2)
    else:
        path.write_bytes(data.replace(b"loss", b"gain") if change != "touched" else data)
    run = TensorBoardRun(path.parent)
    names = run.scalar_names()
    # Checksums tell that only a few bytes were changed; what was kept would not.
    assert ("hold" in " ".join(run.faults()) or "match" in " ".join(run.faults())) == (
        change in ("rewritten", "another file")
    )
    assert names == ((), ("loss",))[change in ("touched", "shorter")]


@pytest.mark.parametrize("damage", ["empty", "cut", "other bytes", "no file", "a folder"])
def test_whatever_becomes_of_what_was_kept_the_log_is_shown(
    append: Callable[..., Path], kept_in: Path, damage: str
) -> None:
    path = append(*events(0, 10))
    first = contents(TensorBoardRun(path.parent))
    (kept,) = kept_in.iterdir()
    data = kept.read_bytes()
    if damage in ("no file", "a folder"):
        kept.unlink()
    if damage == "a folder":
        kept.mkdir()
    elif damage != "no file":
        new = {"empty": b"", "cut": data[:-200], "other bytes": data[:40] + b"x" * 40 + data[80:]}
        kept.write_bytes(new[damage])
    assert contents(TensorBoardRun(path.parent)) == first


def test_it_may_be_deleted_while_it_is_used(append: Callable[..., Path]) -> None:
    path = append(*events(0, 10))
    first = contents(TensorBoardRun(path.parent))
    run = TensorBoardRun(path.parent)
    assert run.scalar_names() == ("loss",)
    shutil.rmtree(cache.cache_folder())
    assert contents(run) == first


def test_a_folder_nobody_may_write_to_costs_nothing_but_time(
    append: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(tmp_path / "file"))
    path = append(*events(0, 10))
    assert contents(TensorBoardRun(path.parent)) == contents(TensorBoardRun(path.parent))


def test_the_files_that_were_not_used_longest_go_first(
    append: Callable[..., Path], kept_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = append(*events(0, 10))
    for number, name in enumerate("abc"):
        shutil.copytree(path.parent, tmp_path / name)
        contents(TensorBoardRun(tmp_path / name))
        os.utime(cache.cache_file(tmp_path / name), (100 + number, 100 + number))
    size = cache.cache_file(tmp_path / "a").stat().st_size
    contents(TensorBoardRun(tmp_path / "a"))  # used again: now the latest
    monkeypatch.setattr(cache, "MOST_BYTES", 3 * size + size // 2)
    contents(TensorBoardRun(path.parent))
    wanted = {cache.cache_file(log) for log in (tmp_path / "a", tmp_path / "c", path.parent)}
    assert set(kept_in.iterdir()) == wanted


def test_small_logs_are_not_kept(
    append: Callable[..., Path], kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "_LARGE", 1 << 20)
    contents(TensorBoardRun(append(*events(0, 10)).parent))
    assert not kept_in.exists()

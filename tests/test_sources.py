"""Everything that can be opened under a folder is listed, and opens."""

from __future__ import annotations

import os
import shutil
import struct
import time
from pathlib import Path

import pytest

from bathyscope import RunNotFound
from bathyscope.importers.tensorboard.source import TensorBoardRun
from bathyscope.runs import Run, RunWriter
from bathyscope.sources import list_sources, open_source

#: A record of an event file: an event of version "brain.Event:2", with its checksums.
VERSION = struct.pack("<QI", 24, 0xA3_7F_4B_22) + b"\x09" + bytes(8) + b"\x1a\x0dbrain.Event:2"


def event_file(folder: Path, name: str = "events.out.tfevents.1600000000.host") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(VERSION)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with RunWriter(tmp_path / "ours", config={"rate": 1}, tags=("good",)) as writer:
        writer.log_scalars({"loss": 0.5}, step=1)
    event_file(tmp_path / "ours" / "arrays")  # within a run: not looked at
    event_file(tmp_path / ".hidden")
    event_file(tmp_path / "logs" / "train")
    event_file(tmp_path / "logs" / "train" / "deeper")
    old = event_file(tmp_path / "logs" / "validation")
    os.utime(old, (1.6e9 + 60, 1.6e9 + 60))
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_runs_and_logs_are_listed(root: Path) -> None:
    found = {source.relative: source for source in list_sources(root)}
    assert list(found) == ["logs/train", "logs/train/deeper", "logs/validation", "ours"]
    ours, old = found["ours"], found["logs/validation"]
    assert (ours.kind, ours.status, ours.tags, ours.config) == (
        "run", "finished", ("good",), {"rate": 1},
    )  # fmt: skip
    assert time.time() - 60 < ours.updated <= time.time() + 1
    assert (old.kind, old.status, old.created, old.updated) == (
        "tensorboard", "unknown", 1.6e9, 1.6e9 + 60,
    )  # fmt: skip
    assert found["logs/train"].status == "running"
    assert isinstance(ours.open(), Run)
    opened = old.open()
    assert isinstance(opened, TensorBoardRun)
    assert (opened.name, old.name) == ("logs/validation", "logs/validation")


def test_the_root_itself_may_be_a_source(root: Path) -> None:
    (source,) = list_sources(root / "ours")
    assert (source.relative, source.name, source.kind) == (".", "ours", "run")
    first = list_sources(root / "logs" / "train")[0]
    assert (first.relative, first.name, first.open().name) == (".", "train", "train")


def test_one_is_opened_wherever_it_lies(root: Path) -> None:
    assert isinstance(open_source(root / "ours"), Run)
    assert isinstance(open_source(next((root / "logs/train").glob("*tfevents*"))), TensorBoardRun)
    shutil.rmtree(root / "logs" / "train")
    assert open_source(root / "logs").path == root / "logs" / "validation"


def test_several_are_named(root: Path) -> None:
    with pytest.raises(RunNotFound, match="`train`, `train/deeper`, `validation`"):
        open_source(root / "logs")
    with pytest.raises(RunNotFound):
        open_source(root / "empty")
    with pytest.raises(RunNotFound, match="there is none"):
        list_sources(root / "nowhere")


def test_links_in_circles_end(root: Path) -> None:
    (root / "empty" / "again").symlink_to(root / "empty", target_is_directory=True)
    assert len(list_sources(root)) == 4

"""Runs that are copied in the midst of being written, and whose bytes are damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from bathyscope import DamagedFile
from bathyscope.runs import Run, RunWriter, describe_run

WRITING = """
    import os, sys
    import bathyscope.runs.background, bathyscope.runs.writer
    from bathyscope.runs import RunWriter

    bathyscope.runs.writer.PART_BYTES = 30_000
    bathyscope.runs.background.INTERVAL = 0.05
    writer = RunWriter(sys.argv[1])
    step = 0
    while True:
        if step % 1000 == 0:
            writer.log_table("t", {"a": [step]}, step=step)
        writer.log_scalars({"x": step, "y": -step}, step=step)
        if step % 100 == 0:
            os.write(1, b"%d\\n" % step)
        step += 1
"""


def _copy(source: Path, target: Path, *, piece: int) -> None:
    """Copy as rsync does: the listing first, then file by file, piece by piece."""
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("rb") as file, place.open("wb") as copy:
                while block := file.read(piece):
                    copy.write(block)
        except FileNotFoundError:  # sealed meanwhile: the next pass brings what took its place
            continue


@pytest.mark.parametrize("piece", [512, 1 << 20])
def test_a_copy_made_in_the_midst_opens_and_says_nothing_wrong(
    start_python, run_path, tmp_path, piece
):
    process = start_python(WRITING, run_path)
    for attempt in range(8):
        acknowledged = int(process.stdout.readline())
        target = tmp_path / f"copy{attempt}"
        _copy(run_path, target, piece=piece)
        _copy(run_path, target, piece=piece)
        copy = Run(target)
        series = copy.scalars_all("x")
        np.testing.assert_array_equal(series.values, series.steps)
        assert len(np.unique(series.steps)) == len(series)
        assert set(range(acknowledged + 1)) <= set(series.steps.tolist())
        np.testing.assert_array_equal(copy.scalars("y").values, -copy.scalars("y").steps)
        assert copy.table("t", step=0)["a"].tolist() == [0]
        assert all("still being written, or cut off" in fault for fault in copy.faults())
    process.kill()


@pytest.fixture
def whole(tmp_path) -> Path:
    """A run with a file of every kind, and a journal beside its sealed file."""
    path = tmp_path / "whole"
    with RunWriter(path, config={"lr": 0.5}) as writer:
        for step in range(40):
            writer.log_scalars({"x": step, "y": -step}, step=step)
        writer.log_table("t", {"a": np.arange(40)}, step=1)
        writer.log_arrays("g", {"w": np.arange(40)}, step=1)
        writer.log_event("note", text="hello")
    later = RunWriter(path, resume=True)
    for step in range(40, 80):
        later.log_scalars({"x": step}, step=step)
    describe_run(path, note="seen")
    return path


def test_a_sealed_file_that_is_not_copied_whole_is_named(whole, tmp_path):
    (sealed,) = (whole / "scalars").glob("*.parquet")
    data = sealed.read_bytes()
    for size in range(0, len(data), 97):
        sealed.write_bytes(data[:size])
        run = Run(whole)
        assert run.scalars("x").values.tolist() == list(range(40, 80))
        assert sealed.name in run.faults()[0]


@pytest.mark.parametrize("flip", [0x01, 0xFF])
def test_a_flipped_byte_anywhere_is_named_and_nothing_wrong_is_shown(
    whole, tmp_path, flip, is_full_size
):
    stride = 1 if is_full_size else 41
    for path in sorted(path for path in whole.rglob("*") if path.is_file()):
        good = path.read_bytes()
        for at in range(0, len(good), stride):
            data = bytearray(good)
            data[at] ^= flip
            path.write_bytes(data)
            run = Run(whole)
            assert run.faults(), f"byte {at} of {path.name} was flipped; nobody says so"
            _check_what_is_shown(run)
        path.write_bytes(good)
    assert Run(whole).faults() == ()


def _check_what_is_shown(run: Run) -> None:
    if "x" in run.scalar_names():
        series = run.scalars("x")
        np.testing.assert_array_equal(series.values, series.steps)
    for ask, name, column in ((run.table, "t", "a"), (run.arrays, "g", "w")):
        try:
            np.testing.assert_array_equal(ask(name)[column], np.arange(40))
        except DamagedFile:
            continue
    assert [event["text"] for event in run.events("note")] in (["hello"], [])
    assert run.about.note in ("seen", "")
    assert run.status in ("running", "finished", "interrupted", "unknown")
    run.new_scalars()
    run.summaries()


def test_a_run_on_a_shelf_is_read_without_being_changed(whole):
    """As from a read-only medium: nothing is written, whatever is asked."""
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    _check_what_is_shown(Run(whole))
    Run(whole).sql("SELECT count(*) FROM scalars")
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before
    shutil.rmtree(whole)

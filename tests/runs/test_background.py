"""Large journals are sealed beside the training, and no point is unreadable meanwhile."""

from __future__ import annotations

import gc
import shutil
import threading
import time

import numpy as np
import pytest

from bathyscope import RunError
from bathyscope.runs import Run, RunWriter
from bathyscope.runs.sealing import seal

PATIENCE = 120


def _wait_until(is_so) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr("bathyscope.runs.writer.PART_BYTES", 4096)
    monkeypatch.setattr("bathyscope.runs.background.INTERVAL", 0.01)


def _files(writer, ending: str) -> list[str]:
    return sorted(path.name for path in (writer.path / "scalars").glob(f"[0-9]*{ending}"))


def test_large_journals_are_sealed_while_recording_goes_on(small_parts, writer, run):
    count = 0
    while len(_files(writer, ".parquet")) < 3:
        for _ in range(50):
            writer.log_scalars({"x": count, "y": -count}, step=count)
            count += 1
        series = run.scalars_all("x")
        np.testing.assert_array_equal(series.steps, np.arange(count))
        np.testing.assert_array_equal(run.scalars("y").values, -np.arange(count))
        assert run.faults() == ()
    _wait_until(lambda: len(_files(writer, ".journal")) == 1)
    writer.finish()
    assert _files(writer, ".journal") == []
    np.testing.assert_array_equal(run.scalars("x").values, np.arange(count))


def test_parts_are_ended_while_another_is_being_sealed(small_parts, writer, run, monkeypatch):
    may_go_on = threading.Event()

    def slowly(journal):
        may_go_on.wait(PATIENCE)
        return seal(journal)

    monkeypatch.setattr("bathyscope.runs.background.seal", slowly)
    count = 0
    while len(_files(writer, ".journal")) < 5:
        writer.log_scalars({"x": count}, step=count)
        count += 1
    assert _files(writer, ".parquet") == []
    np.testing.assert_array_equal(run.scalars("x").values, np.arange(count))
    may_go_on.set()
    _wait_until(lambda: len(_files(writer, ".parquet")) >= 4)
    writer.finish()
    np.testing.assert_array_equal(run.scalars("x").values, np.arange(count))


def test_threads_that_log_while_parts_change_lose_nothing(small_parts, writer, run):
    def log(thread: int) -> None:
        for step in range(1500):
            writer.log_scalars({f"t{thread}": step, "any": thread}, step=step)

    threads = [threading.Thread(target=log, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.finish()
    for k in range(4):
        np.testing.assert_array_equal(run.scalars_all(f"t{k}").values, np.arange(1500))
    assert len(run.scalars_all("any")) == 6000
    assert run.faults() == ()


def test_a_small_journal_is_left_alone(monkeypatch, writer):
    monkeypatch.setattr("bathyscope.runs.background.INTERVAL", 0.001)
    writer.log_scalars({"x": 1.0}, step=0)
    time.sleep(0.05)
    assert len(_files(writer, ".journal")) == 1


def test_the_later_part_wins(small_parts, writer, run):
    while not _files(writer, ".parquet"):
        writer.log_scalars({"x": 1.0}, step=0)
    writer.log_scalars({"x": 2.0}, step=0)
    assert run.scalars("x").values.tolist() == [2.0]
    writer.finish()
    assert run.scalars("x").values.tolist() == [2.0]
    assert run.scalars_all("x").values[-1] == 2.0


def test_what_could_not_be_sealed_beside_is_sealed_at_the_end(
    small_parts, writer, run, monkeypatch
):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("bathyscope.runs.sealing.write_part", full)
        count = 0
        while len(_files(writer, ".journal")) < 4:
            writer.log_scalars({"x": count}, step=count)
            count += 1
        time.sleep(0.1)
        assert _files(writer, ".parquet") == []
        np.testing.assert_array_equal(run.scalars("x").values, np.arange(count))
    writer.finish()
    assert _files(writer, ".journal") == []
    np.testing.assert_array_equal(run.scalars("x").values, np.arange(count))


def test_without_room_for_another_part_the_old_one_grows(small_parts, writer, run, monkeypatch):
    writer.log_scalars({"x": 0}, step=0)

    def refuse(writer: RunWriter) -> None:
        raise RunError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(RunWriter, "_begin_part", refuse)
        for step in range(1, 1000):
            writer.log_scalars({"x": step}, step=step)
        time.sleep(0.05)
        assert len(_files(writer, ".journal")) == 1
    np.testing.assert_array_equal(run.scalars("x").values, np.arange(1000))
    _wait_until(lambda: len(_files(writer, ".parquet")) == 1)


def test_the_thread_ends_with_its_writer(small_parts, run_path):
    def sealers() -> set[threading.Thread]:
        return {one for one in threading.enumerate() if one.name == "bathyscope-sealer"}

    before = sealers()
    finished = RunWriter(run_path)
    finished.log_scalars({"x": 1.0}, step=0)
    assert len(sealers() - before) == 2, "one ends parts, one seals them"
    finished.finish()
    assert sealers() <= before
    forgotten = RunWriter(run_path, resume=True)
    forgotten.log_scalars({"x": 1.0}, step=0)
    del forgotten
    gc.collect()
    _wait_until(lambda: sealers() <= before)


KILLED = """
    import os, sys
    import bathyscope.runs.background, bathyscope.runs.writer
    from bathyscope.runs import RunWriter

    bathyscope.runs.writer.PART_BYTES = 20_000
    bathyscope.runs.background.INTERVAL = 0.001
    writer = RunWriter(sys.argv[1])
    for step in range(10**9):
        writer.log_scalars({"x": step, "y": -step}, step=step)
        if step % 500 == 0:
            os.write(1, b"%d\\n" % step)
"""


@pytest.mark.parametrize("count", [20, 45, 70])
def test_killed_while_sealing_beside_every_point_is_there_once(start_python, run_path, count):
    process = start_python(KILLED, run_path)
    for _ in range(count):
        last = int(process.stdout.readline())
    process.kill()
    process.wait()
    run = Run(run_path)
    for name, sign in (("x", 1), ("y", -1)):
        series = run.scalars_all(name)
        assert series.steps[-1] >= last
        np.testing.assert_array_equal(series.steps, np.arange(len(series)))
        np.testing.assert_array_equal(series.values, sign * series.steps)
    assert run.faults() == ()


FORKED = """
    import os, sys
    import bathyscope.runs.background, bathyscope.runs.writer
    from bathyscope.runs import RunWriter

    bathyscope.runs.writer.PART_BYTES = 20_000
    bathyscope.runs.background.INTERVAL = 0.001
    writer = RunWriter(sys.argv[1])
    step = 0
    for child in range(10):
        for _ in range(700):
            writer.log_scalars({"parent": step}, step=step)
            step += 1
        if os.fork() == 0:
            for k in range(700):
                writer.log_scalars({"child": k}, step=1000 * child + k)
            writer.log_table("t", {"a": [child]}, step=child)
            writer.finish()
            os._exit(0)
        os.wait()
    writer.finish()
"""


def test_forking_while_sealing_beside_neither_hangs_nor_mixes(run_python, run_path):
    run_python(FORKED, run_path)
    run = Run(run_path)
    assert run.faults() == ()
    np.testing.assert_array_equal(run.scalars_all("parent").values, np.arange(7000))
    child = run.scalars_all("child")
    assert len(child) == 7000
    np.testing.assert_array_equal(child.values, child.steps % 1000)
    assert run.table_steps("t") == tuple(range(10))


def test_a_run_whose_folder_is_deleted_goes_on_in_a_new_one(small_parts, run_path):
    """As by `git clean`, amid a training."""
    writer = RunWriter(run_path, name="mine", config={"rate": 0.1})
    writer.log_scalars({"x": 0}, step=0)
    deleted = Run(run_path).path.rename(run_path.with_name("gone"))
    count = 0
    with pytest.warns(UserWarning, match="was deleted while it was being written"):
        shutil.rmtree(deleted)
        while not (run_path / "events").exists():
            count += 1
            writer.log_scalars({"x": count}, step=count)
            time.sleep(0.001)
        _wait_until(lambda: Run(run_path).events("note"))
    for step in range(count + 1, count + 1000):
        writer.log_scalars({"x": step}, step=step)
    writer.log_table("t", {"a": [1]}, step=1)
    writer.finish()
    run = Run(run_path)
    assert set(range(count + 1, count + 1000)) <= set(run.scalars("x").steps.tolist())
    np.testing.assert_array_equal(run.scalars("x").values, run.scalars("x").steps)
    assert (run.name, run.config, run.status) == ("mine", {"rate": 0.1}, "finished")
    assert [event["kind"] for event in run.events()] == ["resumed", "note", "finished"]
    assert run.faults() == ()


def test_a_run_whose_folder_is_moved_stays_whole(small_parts, writer):
    """What is logged goes where the folder is now."""
    writer.log_scalars({"x": 0}, step=0)
    moved = writer.path.rename(writer.path.with_name("moved"))
    for step in range(1, 1000):  # more than a part
        writer.log_scalars({"x": step}, step=step)
    time.sleep(0.05)  # some looks later
    writer.finish()
    run = Run(moved)
    assert run.status == "finished"
    np.testing.assert_array_equal(run.scalars("x").values, np.arange(1000))
    assert not writer.path.exists()

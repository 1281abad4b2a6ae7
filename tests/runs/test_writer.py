from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bathyscope import RunError
from bathyscope.runs import Run, RunWriter


def test_scalars_come_back_as_they_went_in(writer, run):
    writer.log_scalars({"loss": 0.1, "accuracy": 0.5}, step=0, time=1.25)
    writer.log_scalars({"loss": 1 / 3}, step=1, time=2.5)
    loss = run.scalars("loss")
    assert loss.name == "loss"
    assert loss.steps.dtype == np.int64
    assert loss.values.dtype == np.float64
    np.testing.assert_array_equal(loss.steps, [0, 1])
    np.testing.assert_array_equal(loss.values, [0.1, 1 / 3])
    np.testing.assert_array_equal(loss.times, [1.25, 2.5])
    assert run.scalar_names() == ("accuracy", "loss")


def test_the_time_is_now_by_default(writer, run):
    before = datetime.now(UTC).timestamp()
    writer.log_scalars({"loss": 1}, step=0)
    after = datetime.now(UTC).timestamp()
    assert before - 1e-6 <= run.scalars("loss").times[0] <= after


@pytest.mark.parametrize("sealed", [False, True])
def test_nan_and_the_infinities_stay_distinct(writer, run, sealed):
    values = [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308]
    for step, value in enumerate(values):
        writer.log_scalars({"x": value}, step=step)
    if sealed:
        writer.finish()
    found = run.scalars("x").values
    np.testing.assert_array_equal(found, values)
    np.testing.assert_array_equal(np.signbit(found[1:]), np.signbit(values[1:]))


def test_numbers_of_all_kinds_are_taken(writer, run):
    given = {"int": 3, "bool": True, "f4": np.float32(0.1), "i8": np.int64(7), "0d": np.array(2.5)}
    writer.log_scalars(given, step=np.int32(4))
    assert {name: run.scalars(name).values[0] for name in given} == {
        "int": 3.0,
        "bool": 1.0,
        "f4": float(np.float32(0.1)),
        "i8": 7.0,
        "0d": 2.5,
    }
    assert run.scalars("int").steps[0] == 4


def test_steps_come_in_any_order(writer, run):
    for step in (5, -(2**63), 2**63 - 1, 0, -1):
        writer.log_scalars({"x": float(step)}, step=step)
    found = run.scalars("x")
    assert found.steps.tolist() == [-(2**63), -1, 0, 5, 2**63 - 1]
    assert found.values.tolist() == [float(step) for step in found.steps.tolist()]


@pytest.mark.parametrize("sealed", [False, True])
def test_the_later_value_of_a_step_wins_and_the_earlier_is_kept(writer, run, sealed):
    for value in (1.0, 2.0, 3.0):
        writer.log_scalars({"x": value}, step=1)
        writer.log_scalars({"x": -value}, step=0)
    if sealed:
        writer.finish()
    assert run.scalars("x").values.tolist() == [-3.0, 3.0]
    kept = run.scalars_all("x")
    assert kept.steps.tolist() == [0, 0, 0, 1, 1, 1]
    assert kept.values.tolist() == [-1.0, -2.0, -3.0, 1.0, 2.0, 3.0]


def test_resuming_goes_on_in_the_same_folder(writer, run):
    for step in range(4):
        writer.log_scalars({"x": 1.0}, step=step)
    writer.finish("interrupted")
    with RunWriter(writer.path, resume=True) as later:
        for step in range(2, 6):
            # An earlier time: the clock was set back, and the later session still wins.
            later.log_scalars({"x": 2.0}, step=step, time=0.0)
    assert run.scalars("x").values.tolist() == [1, 1, 2, 2, 2, 2]
    assert run.scalars_all("x").values.tolist() == [1, 1, 1, 2, 1, 2, 2, 2]
    assert run.status == "finished"


def test_a_later_session_may_change_the_config_and_add_tags(run_path):
    RunWriter(run_path, config={"lr": 0.1, "seed": 1}, tags=["a"]).finish()
    RunWriter(run_path, config={"lr": 0.01}, tags=["b", "a"], resume=True).finish()
    run = Run(run_path)
    assert run.config == {"lr": 0.01, "seed": 1}
    assert run.info["config"] == {"lr": 0.1, "seed": 1}
    assert run.tags == ("a", "b")


def test_resuming_what_is_not_there_makes_it(run_path):
    RunWriter(run_path, name="shown", resume=True).finish()
    assert Run(run_path).name == "shown"


def test_an_existing_folder_is_refused(writer):
    with pytest.raises(RunError, match=r"must not exist yet.*`resume=True`"):
        RunWriter(writer.path)


def test_a_folder_of_something_else_is_never_resumed(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RunError, match="holds something else"):
        RunWriter(tmp_path, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_finished_writer_refuses(writer, run):
    writer.log_scalars({"x": 1.0}, step=0)
    writer.finish()
    writer.finish()
    for late in (
        lambda: writer.log_scalars({"x": 1.0}, step=1),
        lambda: writer.log_scalars({"y": 1.0}, step=1),
        lambda: writer.log_table("t", {"a": [1]}, step=0),
        lambda: writer.log_arrays("g", {"a": [1]}, step=0),
        lambda: writer.log_event("note"),
    ):
        with pytest.raises(RunError, match="finished"):
            late()
    assert len(run.scalars("x")) == 1
    assert run.faults() == ()


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, "finished"), (ValueError, "failed"), (KeyboardInterrupt, "interrupted")],
)
def test_leaving_the_block_says_how_it_ended(run_path, error, status):
    def train():
        with RunWriter(run_path) as writer:
            writer.log_scalars({"x": 1.0}, step=0)
            if error is not None:
                raise error

    if error is None:
        train()
    else:
        with pytest.raises(error):
            train()
    assert Run(run_path).status == status
    assert len(Run(run_path).scalars("x")) == 1


@pytest.fixture
def hasty_threads():
    """Let threads take turns as often as can be, so that they meet in the midst of things."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_share_a_writer(writer, run, hasty_threads):
    def log(thread: int) -> None:
        for step in range(400):
            # New names while others log: each must find its definition in the file.
            writer.log_scalars({f"m{thread}/{step}": step, f"any/{step}": thread}, step=step)

    threads = [threading.Thread(target=log, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.faults() == ()
    assert len(run.scalar_names()) == 7 * 400
    for step in range(400):
        assert sorted(run.scalars_all(f"any/{step}").values) == [0, 1, 2, 3, 4, 5]
        for thread in range(6):
            assert run.scalars(f"m{thread}/{step}").values.tolist() == [step]


def test_an_empty_mapping_records_nothing(writer, run):
    writer.log_scalars({}, step=0)
    assert run.scalar_names() == ()
    assert run.faults() == ()


@pytest.mark.parametrize(
    ("values", "step", "error", "message"),
    [
        ({"x": "high"}, 0, TypeError, r"value of `x` must be one number; got 'high' \(str\)"),
        ({"a": 1.0, "x": None}, 0, TypeError, "value of `x` must be one number; got None"),
        ({"x": np.zeros(3)}, 0, TypeError, "`log_arrays`"),
        ({"x": 1 + 2j}, 0, TypeError, "must be one number"),
        ({"x": 10**400}, 0, ValueError, "must fit a double"),
        ({3: 1.0}, 0, TypeError, r"name of a metric must be text; got 3 \(int\)"),
        ({"": 1.0}, 0, ValueError, "must not be empty"),
        ({"\ud800": 1.0}, 0, ValueError, "valid Unicode"),
        ({"x" * 5_000_000: 1.0}, 0, ValueError, "must be shorter"),
        ([1.0], 0, TypeError, "must be a mapping of names to numbers; got list"),
        ({"x": 1.0}, 1.5, ValueError, "`step` must be a whole number"),
        ({"x": 1.0}, "3", ValueError, "`step` must be a whole number"),
        ({"x": 1.0}, None, ValueError, "`step` must be a whole number"),
        ({"x": 1.0}, 2**63, ValueError, "`step` must be a whole number"),
    ],
)
@pytest.mark.parametrize("warm", [False, True])
def test_bad_scalars_are_refused_and_leave_nothing(writer, run, values, step, error, message, warm):
    if warm:  # the metrics are known, so the fast way is taken
        writer.log_scalars({"x": 1.0, "a": 1.0}, step=0)
        writer.log_scalars({"a": 1.0, "x": 1.0}, step=0)
        writer.log_scalars({"x": 1.0}, step=0)
    with pytest.raises(error, match=message):
        writer.log_scalars(values, step=step)
    assert run.faults() == ()
    assert run.scalar_names() == (("a", "x") if warm else ())
    writer.log_scalars({"x": 5.0, "new": 6.0}, step=9)
    assert run.scalars("x").values[-1] == 5.0
    assert run.scalars("new").values.tolist() == [6.0]


@pytest.mark.parametrize("time", [math.nan, math.inf, 1e300, "now"])
def test_a_time_that_is_none_is_refused(writer, time):
    with pytest.raises(ValueError, match="`time` must be a number of seconds"):
        writer.log_scalars({"x": 1.0}, step=0, time=time)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"config": [1]}, TypeError, "`config` must be a mapping; got list"),
        ({"tags": "mnist"}, TypeError, r"`tags` must be a sequence.*Use \['mnist'\]"),
        ({"tags": [3]}, TypeError, "A tag must be text"),
        ({"name": ""}, ValueError, "`name` must not be empty"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_made(run_path, settings, error, message):
    with pytest.raises(error, match=message):
        RunWriter(run_path, **settings)
    assert not run_path.exists()


def test_an_ending_that_is_none_is_refused(writer):
    with pytest.raises(ValueError, match="must be one of finished, failed, interrupted"):
        writer.finish("done")


def test_a_folder_that_cannot_be_made_is_an_error_of_the_run(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="must be writable"):
        RunWriter(tmp_path / "file" / "run")


def test_a_file_that_cannot_be_closed_ends_the_run_all_the_same(writer, run):
    """Network disks say only then that they are full; here something else closed the file."""
    for step in range(10):
        writer.log_scalars({"loss": step}, step=step)
    (journal,) = (writer.path / "scalars").iterdir()
    os.close(_descriptor_of(journal))
    with pytest.raises(RunError, match="Bad file descriptor"):
        writer.finish()
    assert run.status == "finished"
    assert [path.suffix for path in (writer.path / "scalars").iterdir()] == [".parquet"]
    assert run.scalars("loss").values.tolist() == list(range(10))


def _descriptor_of(path: Path) -> int:
    wanted = path.stat()
    for descriptor in range(3, 1024):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), wanted):
                return descriptor
    raise AssertionError(path)


def test_a_place_that_cannot_be_written_is_an_error_of_the_run(writer, run):
    writer.log_scalars({"x": 1.0}, step=0)
    for folder in ("tables", "arrays"):
        (writer.path / folder).write_text("a file where a folder must be")
    with pytest.raises(RunError, match="must be writable"):
        writer.log_table("t", {"a": [1]}, step=0)
    with pytest.raises(RunError, match="must be writable"):
        writer.log_arrays("g", {"a": [1]}, step=0)
    writer.log_scalars({"x": 2.0}, step=1)
    assert run.scalars("x").values.tolist() == [1.0, 2.0]

"""Whole series recorded at once, beside what is recorded one by one."""

from __future__ import annotations

import math
import os
import threading

import numpy as np
import pytest

from bathyscope import RunError
from bathyscope.runs import Run, RunWriter, compact


def _same(run: Run, name: str, steps, values) -> None:
    series = run.scalars_all(name)
    np.testing.assert_array_equal(series.steps, steps)
    np.testing.assert_array_equal(series.values, values)


def test_columns_read_as_if_they_had_been_logged_one_by_one(tmp_path, rng):
    columns = {
        "loss": (np.arange(500), rng.normal(size=500), 1e9 + np.arange(500) / 7),
        "é/x": (rng.integers(-50, 50, 300), rng.normal(size=300).astype("float32")),
        "a": ([2**63 - 1, -(2**63), 0], [math.nan, math.inf, -math.inf], [0.000001, -1, 2.5]),
        "whole": (np.arange(3, dtype=np.uint8), [True, False, True]),
    }
    with RunWriter(tmp_path / "bulk") as writer:
        writer.log_scalar_columns(columns)
    with RunWriter(tmp_path / "single") as writer:
        for name, (steps, values, *times) in columns.items():
            moments = times[0] if times else [1.0] * len(steps)
            for step, value, time in zip(steps, values, moments, strict=True):
                writer.log_scalars({name: value}, step=int(step), time=float(time))
    bulk, single = Run(tmp_path / "bulk"), Run(tmp_path / "single")
    assert bulk.scalar_names() == single.scalar_names()
    assert repr(bulk.summaries()) == repr(single.summaries()), "NaN is as good as NaN"
    for name, given in columns.items():
        for ask in ("scalars", "scalars_all"):
            mine, theirs = getattr(bulk, ask)(name), getattr(single, ask)(name)
            np.testing.assert_array_equal(mine.steps, theirs.steps)
            np.testing.assert_array_equal(mine.values, theirs.values)
            if len(given) == 3:
                np.testing.assert_array_equal(mine.times, theirs.times)
    assert bulk.faults() == ()


def test_what_is_logged_later_counts_whichever_way(writer, run):
    writer.log_scalars({"x": 1}, step=0)
    writer.log_scalar_columns({"x": ([0, 1], [2, 2])})
    _same(run, "x", [0, 0, 1], [1, 2, 2])
    writer.log_scalars({"x": 3}, step=1)
    assert run.scalars("x").values.tolist() == [2, 3]
    writer.log_scalar_columns({"x": ([1], [4])})
    assert run.scalars("x").values.tolist() == [2, 4]
    points, cursor = run.new_scalars()
    assert points.values.tolist() == [1, 2, 2, 3, 4]
    writer.finish()
    _same(run, "x", [0, 0, 1, 1, 1], [1, 2, 2, 3, 4])
    assert run.new_scalars(cursor)[0].values.tolist() == []
    assert run.faults() == ()
    assert not list((run.path / "scalars").glob("*.journal"))


def test_of_several_values_at_a_step_the_last_counts(writer, run):
    writer.log_scalar_columns({"x": ([5, 3, 5, 3], [1, 2, 3, 4])})
    _same(run, "x", [3, 3, 5, 5], [2, 4, 1, 3])
    assert run.scalars("x").values.tolist() == [4, 3]


def test_nothing_at_all_makes_no_file(writer, run):
    writer.log_scalar_columns({})
    writer.log_scalar_columns({"x": ([], []), "y": (np.empty(0), np.empty(0), [])})
    assert run.scalar_names() == ()
    assert not (run.path / "scalars").exists()
    writer.log_scalar_columns({"x": ([], []), "z": ([1], [2])})
    assert run.scalar_names() == ("z",)


def _sealers() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name == "bathyscope-sealer"}


def test_no_more_threads_seal_however_often_columns_come_between(writer, run):
    before = _sealers()
    for step in range(5):
        writer.log_scalars({"x": step}, step=step)
        writer.log_scalar_columns({"y": ([step], [step])})
    assert len(_sealers() - before) == 2, "one ends parts, one seals them"
    writer.finish()
    _same(run, "x", range(5), range(5))
    _same(run, "y", range(5), range(5))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_parts_of_its_own(start_python, run_path):
    code = """
        import os, sys
        from bathyscope.runs import RunWriter

        writer = RunWriter(sys.argv[1])
        writer.log_scalar_columns({"x": ([0], [0])})
        child = os.fork()
        if child == 0:
            writer.log_scalar_columns({"x": ([1], [1])})
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        writer.log_scalar_columns({"x": ([2], [2])})
        writer.finish()
    """
    assert start_python(code, run_path).wait() == 0
    _same(Run(run_path), "x", [0, 1, 2], [0, 1, 2])


def test_a_dead_run_with_columns_is_compacted(start_python, run_path):
    code = """
        import os, sys
        from bathyscope.runs import RunWriter

        writer = RunWriter(sys.argv[1])
        writer.log_scalars({"x": 0}, step=0)
        writer.log_scalar_columns({"x": (range(1, 1000), range(1, 1000))})
        writer.log_scalars({"x": 1000}, step=1000)
        os.kill(os.getpid(), 9)
    """
    assert start_python(code, run_path).wait() == -9
    for _ in range(2):
        _same(Run(run_path), "x", np.arange(1001), np.arange(1001))
        compact(run_path)
    assert not list((run_path / "scalars").glob("*.journal"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([("x", [1], [2])], "must be a mapping of names to columns; got list"),
        ({"": ([1], [2])}, "must not be empty"),
        ({3: ([1], [2])}, "must be text; got 3"),
        ({"x": [1]}, r"must have \(steps, values\) or"),
        ({"x": ([0.5], [1])}, "steps of `x` must be whole numbers"),
        ({"x": ([2**63], [1])}, "steps of `x` must be whole numbers"),
        ({"x": ([[1]], [[1]])}, "steps of `x` must be whole numbers"),
        ({"x": ([True], [1])}, "steps of `x` must be whole numbers"),
        ({"x": ([1, 2], [1])}, "values of `x` must be 2 numbers"),
        ({"x": ([1], ["1"])}, "values of `x` must be 1 numbers"),
        ({"x": ([1], [1j])}, "values of `x` must be 1 numbers"),
        ({"x": ([1], [1], [1, 2])}, "times of `x` must be 1 numbers"),
        ({"x": ([1], [1], [math.nan])}, "times of `x` must be seconds since 1970"),
        ({"x": ([1], [1], [1e300])}, "times of `x` must be seconds since 1970"),
    ],
)
def test_what_are_no_columns_is_refused_and_nothing_is_written(writer, run, columns, message):
    good = {"good": ([1], [1])}
    with pytest.raises((TypeError, ValueError), match=message):
        writer.log_scalar_columns({**good, **columns} if isinstance(columns, dict) else columns)
    assert run.scalar_names() == ()


def test_a_disk_that_refuses_is_an_error_and_the_rest_goes_on(writer, run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    writer.log_scalars({"x": 1}, step=0)
    with monkeypatch.context() as patched:
        patched.setattr("bathyscope.runs.sealing.write_part", full)
        with pytest.raises(RunError, match="No space left on device"):
            writer.log_scalar_columns({"x": ([1], [1])})
    writer.log_scalars({"x": 3}, step=3)
    writer.finish()
    _same(run, "x", [0, 3], [1, 3])
    assert run.faults() == ()
    with pytest.raises(RunError, match="it is finished"):
        writer.log_scalar_columns({"x": ([1], [1])})

"""The clock may step back; order does not depend on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from bathyscope.runs import Run, RunWriter


@pytest.fixture
def falling_clock(monkeypatch):
    """A clock that steps back by an hour at every look."""
    now = [1_800_000_000.0]

    def look() -> float:
        now[0] -= 3600
        return now[0]

    monkeypatch.setattr("time.time", look)
    return look


@pytest.mark.parametrize("sealed", [False, True])
def test_what_is_recorded_later_counts_though_the_clock_steps_back(run_path, falling_clock, sealed):
    for session in range(3):
        writer = RunWriter(run_path, resume=True)
        for value in range(4):
            writer.log_scalars({"x": 10 * session + value}, step=session, time=falling_clock())
            writer.log_table("t", {"a": [10 * session + value]}, step=0)
        if sealed:
            writer.finish()
    run = Run(run_path)
    assert run.scalars("x").values.tolist() == [3, 13, 23]
    assert run.table("t")["a"].tolist() == [23]
    every = run.scalars_all("x")
    np.testing.assert_array_equal(every.values, [10 * s + v for s in range(3) for v in range(4)])
    assert (np.diff(every.times) < 0).all()
    points, _ = run.new_scalars()
    np.testing.assert_array_equal(points.values, every.values)


SHIM = r"""
    #define _GNU_SOURCE
    #include <time.h>
    #include <sys/syscall.h>
    #include <unistd.h>

    /* The wall clock steps back by a second at every look; other clocks go on. */
    int clock_gettime(clockid_t clock, struct timespec *now) {
        static long looks;
        long done = syscall(SYS_clock_gettime, clock, now);
        if (clock == CLOCK_REALTIME && !done) now->tv_sec -= __sync_add_and_fetch(&looks, 1);
        return (int)done;
    }
"""
RECORDING = """
    import sys, time
    from bathyscope.runs import RunWriter

    assert time.time() > time.time(), "the clock steps back"
    for session in range(2):
        with RunWriter(sys.argv[1], resume=True) as writer:
            for value in range(100):
                writer.log_scalars({"x": 100 * session + value}, step=value % 10)
            writer.log_event("note", text=f"of session {session}")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs LD_PRELOAD")
def test_recording_under_a_clock_of_the_system_that_steps_back(run_path, tmp_path, start_python):
    """For compiled code too, which asks the system itself."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    source, shim = tmp_path / "shim.c", tmp_path / "shim.so"
    source.write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", shim, source], check=True)
    process = start_python(RECORDING, run_path, env={**os.environ, "LD_PRELOAD": str(shim)})
    assert process.wait() == 0
    run = Run(run_path)
    assert run.scalars("x").values.tolist() == list(range(190, 200))
    every = run.scalars_all("x")
    np.testing.assert_array_equal(every.values.reshape(10, 20)[0], np.arange(0, 200, 10))
    assert (np.diff(every.times.reshape(10, 20), axis=1) < 0).all(), "the fault was made"
    assert [event["text"] for event in run.events("note")] == ["of session 0", "of session 1"]
    assert (run.status, run.faults()) == ("finished", ())

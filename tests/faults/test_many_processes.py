"""Many processes record into one run, are killed together, and lose nothing they acknowledged."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import numpy as np

from bathyscope._errors import RunError
from bathyscope.runs import Run, compact

MANY = """
    import os, random, sys
    from bathyscope.runs import RunWriter

    path, acknowledged, processes, calls = *sys.argv[1:3], *map(int, sys.argv[3:])

    def record(rank):
        writer = RunWriter(path, resume=True)
        said = os.open(f"{acknowledged}/{rank}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        numbers = random.Random(rank)
        for step in range(calls):
            value = numbers.random()
            writer.log_scalars({"shared": value, f"rank{rank}": -value}, step=step)
            os.write(said, b".")
        os.write(1, b"done\\n")
        while True:
            numbers.random()  # until it is killed

    for rank in range(processes):
        if os.fork() == 0:
            record(rank)
    os.wait()
"""


def _kill_after(process, done: int) -> None:
    """Kill the whole group once so many have logged all they had."""
    for _ in range(done):
        process.stdout.readline()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_every_point_that_was_acknowledged_is_there(start_python, run_path, tmp_path, is_full_size):
    processes, calls = (64, 10_000) if is_full_size else (8, 1000)
    said = tmp_path / "acknowledged"
    said.mkdir()
    process = start_python(MANY, run_path, said, processes, calls, start_new_session=True)
    _kill_after(process, processes // 4)  # the others are in the midst of it
    counts = [_size(said / str(rank)) for rank in range(processes)]
    _compare(Run(run_path), counts)
    assert max(counts) == calls
    _compact_once_dead(run_path)
    _compare(Run(run_path), counts)


def _compact_once_dead(path: Path) -> None:
    """Compact when the killed processes have ended, each in its own time."""
    for _ in range(6000):
        try:
            compact(path)
        except RunError:
            time.sleep(0.01)
        else:
            return
    compact(path)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0  # not even begun


def _compare(run: Run, counts: list[int]) -> None:
    assert run.faults() == ()
    shared = run.sql("SELECT writer, step, value FROM scalars_all WHERE metric = 'shared'")
    total = 0
    for rank, acknowledged in enumerate(counts):
        if not acknowledged:
            continue
        numbers = random.Random(rank)
        series = run.scalars_all(f"rank{rank}")
        # The last call may have been written and not acknowledged.
        assert acknowledged <= len(series) <= acknowledged + 1
        truth = np.array([numbers.random() for _ in range(len(series))])
        np.testing.assert_array_equal(series.steps, np.arange(len(series)))
        np.testing.assert_array_equal(series.values, -truth)
        writers = shared["writer"][(shared["step"] == 0) & (shared["value"] == truth[0])]
        mine = shared["writer"] == writers[0]
        order = np.argsort(shared["step"][mine])
        np.testing.assert_array_equal(shared["value"][mine][order], truth)
        total += len(series)
    assert total <= len(shared["value"]) <= total + len(counts)


CRASHING = """
    import os, sys
    from bathyscope.runs import RunWriter

    path, first, last, sign = sys.argv[1], *map(int, sys.argv[2:])
    writer = RunWriter(path, resume=True)
    for step in range(first, last):
        writer.log_scalars({"loss": sign * step}, step=step)
    os.kill(os.getpid(), 9)
"""


def test_after_a_crash_the_later_session_wins_and_the_earlier_stays(start_python, run_path):
    for first, last, sign in ((0, 300, 1), (200, 500, -1), (450, 600, 1)):
        assert start_python(CRASHING, run_path, first, last, sign).wait() == -9
    for _ in range(2):
        run = Run(run_path)
        steps = np.arange(600)
        is_negative = (steps >= 200) & (steps < 450)
        np.testing.assert_array_equal(run.scalars("loss").steps, steps)
        np.testing.assert_array_equal(
            run.scalars("loss").values, np.where(is_negative, -steps, steps)
        )
        assert len(run.scalars_all("loss")) == 300 + 300 + 150
        assert run.scalars_all("loss").values[200:204].tolist() == [200, -200, 201, -201]
        assert run.faults() == ()
        compact(run_path)

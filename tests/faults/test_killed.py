"""What real processes acknowledged before they died is read, point by point."""

from __future__ import annotations

import os
import random
import signal
import time

import numpy as np
import pytest

from bathyscope.runs import Run

LOGGING = """
    import os, random, sys
    from bathyscope.runs import RunWriter

    path, seed = sys.argv[1], int(sys.argv[2])
    writer = RunWriter(path, resume=True)
    numbers = random.Random(seed)
    for step in range(10**9):
        values = {f"p{seed}/loss": numbers.random(), "shared": numbers.random()}
        if step % 10 == 0:
            values[f"p{seed}/new{step}"] = numbers.random()
        writer.log_scalars(values, step=step)
        os.write(1, b"%d\\n" % step)  # acknowledged
"""


def _truth(seed: int, last: int) -> dict[str, list[float]]:
    numbers = random.Random(seed)
    loss, shared, new = [], [], []
    for step in range(last + 1):
        loss.append(numbers.random())
        shared.append(numbers.random())
        if step % 10 == 0:
            new.append(numbers.random())
    return {"loss": loss, "shared": shared, "new": new}


def _kill_after(process, count: int) -> int:
    """Kill once so many calls were acknowledged; give the last acknowledged step."""
    for _ in range(count):
        process.stdout.readline()
    os.killpg(process.pid, signal.SIGKILL)
    rest = process.stdout.read().split(b"\n")
    process.wait()
    return int(rest[-2]) if len(rest) > 1 else count - 1


@pytest.mark.parametrize("count", [1, 50, 2000])
def test_sigkill_loses_no_acknowledged_scalar(start_python, run_path, count):
    process = start_python(LOGGING, run_path, 7, start_new_session=True)
    last = _kill_after(process, count)
    run = Run(run_path)
    truth = _truth(7, last)
    loss = run.scalars("p7/loss")
    assert last <= loss.steps[-1] <= last + 1  # one more may be written and not acknowledged
    np.testing.assert_array_equal(loss.steps, np.arange(len(loss)))
    np.testing.assert_array_equal(loss.values[: last + 1], truth["loss"])
    np.testing.assert_array_equal(run.scalars("shared").values[: last + 1], truth["shared"])
    found = [run.scalars(f"p7/new{step}").values.tolist() for step in range(0, last + 1, 10)]
    assert found == [[value] for value in truth["new"]]
    assert run.faults() == ()
    assert run.status == "interrupted"


def test_several_processes_killed_together_lose_nothing(start_python, run_path):
    processes = [start_python(LOGGING, run_path, k, start_new_session=True) for k in range(3)]
    last = [_kill_after(process, 200) for process in processes]
    run = Run(run_path)
    for seed, step in enumerate(last):
        values = run.scalars(f"p{seed}/loss").values
        np.testing.assert_array_equal(values[: step + 1], _truth(seed, step)["loss"])
    assert len(run.scalars_all("shared")) >= sum(last) + 3
    assert run.faults() == ()


SEALING = """
    import os, sys
    from bathyscope.runs import RunWriter

    writer = RunWriter(sys.argv[1])
    import duckdb
    for step in range(50_000):
        writer.log_scalars({"a": step, "b": -step}, step=step)
    os.write(1, b"finishing\\n")
    writer.finish()
    os.write(1, b"finished\\n")
"""


@pytest.mark.parametrize("delay", [0, 0.02, 0.05, 0.1, 0.2, 0.4])
def test_killed_in_the_midst_of_sealing_every_point_is_there_once(start_python, run_path, delay):
    process = start_python(SEALING, run_path)
    assert process.stdout.readline() == b"finishing\n"
    time.sleep(delay)
    process.kill()
    process.wait()
    run = Run(run_path)
    for name, sign in (("a", 1), ("b", -1)):
        series = run.scalars_all(name)
        np.testing.assert_array_equal(series.steps, np.arange(50_000))
        np.testing.assert_array_equal(series.values, sign * np.arange(50_000.0))
    assert run.faults() == ()

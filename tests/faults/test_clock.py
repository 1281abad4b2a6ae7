"""The clock may step back; order does not depend on it."""

from __future__ import annotations

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

"""Ctrl-C at thousands of moments within calls: nothing is lost, and nobody waits for ever."""

from __future__ import annotations

import os

import numpy as np
import pytest

from bathyscope.runs import Run

STORM = """
    import os, signal, sys, threading
    import bathyscope as bs

    is_inside = False

    def interrupt(*_):
        global is_inside
        if is_inside:
            is_inside = False
            raise KeyboardInterrupt

    run = bs.record("storm", runs_dir=sys.argv[1], strict=True)
    run.log({"x": 0.0}, step=0)
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 5e-5, 5e-5)
    said, step, hits = [], 0, 0
    while hits < 2000:
        step += 1
        values = {"x": float(step)} if step % 3 else {"x": float(step), f"new{step}": 1.0}
        try:
            is_inside = True
            run.log(values, step=step)
            is_inside = False
            said.append(step)
        except KeyboardInterrupt:
            hits += 1
    signal.setitimer(signal.ITIMER_REAL, 0, 0)
    other = threading.Thread(target=lambda: run.log({"other": 1.0}, step=1), daemon=True)
    other.start()
    other.join(60)
    if other.is_alive():
        os._exit(7)  # a lock is held for ever
    run.finish()
    print(*said)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs timers of Unix")
@pytest.mark.parametrize("pure", ["0", "1"])
def test_interrupts_within_calls_lose_nothing_and_hold_no_lock(
    run_python, tmp_path, monkeypatch, pure
):
    monkeypatch.setenv("BATHYSCOPE_PURE", pure)
    said = [int(step) for step in run_python(STORM, tmp_path).split()]
    run = Run(tmp_path / "storm")
    found = run.scalars_all("x")
    assert set(said) <= set(found.steps.tolist())
    assert len(set(found.steps.tolist())) == len(found), "no point is there twice"
    np.testing.assert_array_equal(found.values, found.steps)
    assert {f"new{step}" for step in said if step % 3 == 0} <= set(run.scalar_names())
    assert run.scalars("other").values.tolist() == [1]
    assert run.faults() == ()
    assert run.status == "finished"

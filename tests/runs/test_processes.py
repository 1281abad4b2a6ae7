from __future__ import annotations

import threading

import numpy as np

from bathyscope.runs import Run, RunWriter

MANY = """
    import sys
    from bathyscope.runs import RunWriter

    path, rank = sys.argv[1], int(sys.argv[2])
    with RunWriter(path, resume=True) as writer:
        for step in range(400):
            writer.log_scalars({f"rank{rank}": step, "shared": rank}, step=step)
        writer.log_arrays("weights", {f"rank{rank}": [rank]}, step=0)
        writer.log_event("rank", rank=rank)
"""


def test_processes_record_into_one_run_without_knowing_of_each_other(start_python, run_path):
    processes = [start_python(MANY, run_path, rank) for rank in range(6)]
    for process in processes:
        assert process.wait() == 0
    run = Run(run_path)
    assert run.faults() == ()
    assert run.status == "finished"
    for rank in range(6):
        series = run.scalars(f"rank{rank}")
        np.testing.assert_array_equal(series.steps, np.arange(400))
        np.testing.assert_array_equal(series.values, np.arange(400.0))
    shared = run.scalars_all("shared")
    assert sorted(shared.values[:6].tolist()) == [0, 1, 2, 3, 4, 5]
    assert len(shared) == 6 * 400
    assert len(run.scalars("shared")) == 400
    assert sorted(run.arrays("weights")) == [f"rank{rank}" for rank in range(6)]
    assert sorted(event["rank"] for event in run.events("rank")) == list(range(6))


FORKED = """
    import os, sys
    from bathyscope.runs import RunWriter

    writer = RunWriter(sys.argv[1])
    writer.log_scalars({"parent": 0}, step=0)
    writer.log_table("t", {"a": [0]}, step=0)  # opens DuckDB, which does not live through forks
    for child in range(3):
        if os.fork() == 0:
            for step in range(50):
                writer.log_scalars({"parent": -1, f"child{child}": step}, step=100 + step)
            writer.log_table(f"t{child}", {"a": [child]}, step=0)
            if child == 0:
                writer.finish()
            os._exit(0)
        os.wait()
    writer.log_scalars({"parent": 1}, step=1)
    print(sorted(os.listdir(sys.argv[1] + "/scalars")))
    writer.finish()
"""


def test_a_forked_process_gets_its_own_files(run_python, run_path):
    files = run_python(FORKED, run_path)
    assert files.count(".journal") == 3, "the child that finished sealed its own journal only"
    assert files.count(".parquet") == 1
    run = Run(run_path)
    assert run.faults() == ()
    assert run.scalars("parent").steps.tolist() == [0, 1, *range(100, 150)]
    assert len(run.scalars_all("parent")) == 2 + 3 * 50
    for child in range(3):
        assert run.scalars(f"child{child}").values.tolist() == list(range(50))
        assert run.table(f"t{child}")["a"].tolist() == [child]
    parents = {event["parent"] for event in run.events("forked")}
    assert parents == {run.events("started")[0]["writer"]}
    assert len(run.events("forked")) == 3
    assert run.status == "finished", "children that ended without a word do not count"


FORKED_WHILE_LOGGING = """
    import os, sys, threading
    from bathyscope.runs import RunWriter

    writer = RunWriter(sys.argv[1])
    stop = threading.Event()

    def log():
        step = 0
        while not stop.is_set():
            writer.log_scalars({"thread": step}, step=step)
            step += 1

    thread = threading.Thread(target=log)
    thread.start()
    for child in range(20):
        if os.fork() == 0:
            writer.log_scalars({"child": child}, step=child)
            os._exit(0)
        os.wait()
    stop.set()
    thread.join()
    writer.finish()
"""


def test_forking_while_a_thread_logs_neither_hangs_nor_mixes(run_python, run_path):
    run_python(FORKED_WHILE_LOGGING, run_path)
    run = Run(run_path)
    assert run.faults() == ()
    assert run.scalars("child").values.tolist() == list(range(20))
    thread = run.scalars_all("thread")
    np.testing.assert_array_equal(thread.steps, np.arange(len(thread)))


WRITING = """
    import sys, time
    from bathyscope.runs import RunWriter

    with RunWriter(sys.argv[1]) as writer:
        for step in range(4000):
            writer.log_scalars({"x": step, f"m{step // 500}": step}, step=step)
            if step % 100 == 0:
                time.sleep(0.01)
"""


def test_a_run_is_read_while_it_is_written_and_sealed(start_python, run_path):
    process = start_python(WRITING, run_path)
    while not (run_path / "scalars").exists():
        assert process.poll() is None
    run = Run(run_path)
    count, reads, ended = 0, 0, False
    while not ended:
        ended = process.poll() is not None
        if "x" in run.scalar_names():
            series = run.scalars_all("x")
            assert len(series) >= count
            count = len(series)
            np.testing.assert_array_equal(series.steps, np.arange(count))
            np.testing.assert_array_equal(series.values, np.arange(count))
            reads += 1
        assert run.faults() == ()
    assert process.returncode == 0
    assert reads > 1
    assert len(run.scalars("x")) == 4000
    assert run.status == "finished"


def test_no_point_is_ever_missing_or_double_while_journals_are_sealed(run_path):
    RunWriter(run_path).finish()
    logged = [0]

    def record() -> None:
        for session in range(25):
            with RunWriter(run_path, resume=True) as writer:
                for step in range(20):
                    writer.log_scalars({"x": session}, step=session * 20 + step)
                    logged[0] += 1

    thread = threading.Thread(target=record)
    thread.start()
    run = Run(run_path)
    while thread.is_alive():
        at_least = logged[0]
        if not at_least:
            continue
        steps = run.scalars_all("x").steps
        assert len(steps) >= at_least
        np.testing.assert_array_equal(steps, np.arange(len(steps)))
    thread.join()
    assert len(run.scalars_all("x")) == 500

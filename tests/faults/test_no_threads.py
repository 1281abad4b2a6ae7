"""Where the system gives no more threads, as in a container that is full of processes."""

from __future__ import annotations

import os

import pytest

from bathyscope.runs import Run

TRAINING = """
    import os, resource, sys, warnings
    import duckdb, numpy, safetensors.numpy
    import bathyscope as bs
    import bathyscope.runs.query

    bs.record  # what is imported later may not be readable any more
    if os.getuid() == 0:  # root may have as many as there are
        os.setgid(65534)
        os.setuid(65534)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    run = bs.record("alone", runs_dir=sys.argv[1], system=True)
    for step in range(100):
        run.log({"x": step}, step=step)
        run.session.late.add({"y": lambda: -step}, step, 0.0)
    run.log_table("short", {"a": [1]})
    run.log_table("long", {"a": range(100_000)})
    run.finish()
"""


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs users")
@pytest.mark.parametrize("pure", ["0", "1"])
def test_without_threads_all_is_recorded(start_python, open_folder, pure):
    environment = {**os.environ, "BATHYSCOPE_STRICT": "", "BATHYSCOPE_PURE": pure}
    process = start_python(TRAINING, open_folder, env=environment, stderr=-1)
    _, said = process.communicate()
    process.stderr.close()
    assert process.returncode == 0, said
    assert said.count(b"RecordingWarning") == 1, "only the machine is not watched"
    assert b"`system` failed" in said
    run = Run(open_folder / "alone")
    assert run.scalars("x").values.tolist() == list(range(100))
    assert run.scalars("y").values.tolist() == [-step for step in range(100)]
    assert len(run.table("long")["a"]) == 100_000
    assert run.events("environment")
    assert run.status == "finished"
    assert [path.suffix for path in (run.path / "scalars").iterdir()] == [".parquet"]

"""A fault at every single call of the system by which recording changes a folder.

A library stands between the process and the system (``every_call.c``). For each call there is,
the whole work is done anew in a forked process: which is killed before that call, or with half of
what it writes written; or has a full disk from there on, until all is done; or for three calls; or
has lost its disk from there on, which then refuses all, also to close what was written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WORK = '''
    import contextlib, ctypes, os, shutil, sys, warnings
    from pathlib import Path

    import duckdb, numpy as np, safetensors.numpy
    from bathyscope import DamagedFile, RunError, RunNotFound
    from bathyscope.runs import Run, RunWriter, compact, describe_run
    from bathyscope.runs.parquet import connect
    from bathyscope.runs.sharded import Place, Shard

    below, kind = Path(sys.argv[1]), sys.argv[2]
    faults = ctypes.CDLL(sys.argv[3])
    KINDS = ("killed before", "killed amid", "full", "full amid", "lost")
    path = below / "run"
    BEFORE = np.arange(300)  # steps of a session that was killed
    WHOLE = np.arange(20.0).reshape(4, 5)

    def die_amid_a_session():
        writer = RunWriter(path)
        for step in BEFORE.tolist():
            writer.log_scalars({"x": step, "y": -step}, step=step)
        writer.log_table("t", {"a": [0]}, step=0)
        writer.log_arrays("g", {"w": WHOLE}, step=0)
        os._exit(1)

    def work(acknowledge):
        """Do all that changes a run; a disk may refuse any of it."""
        refused = contextlib.suppress(RunError, OSError)
        writer = None
        with refused:
            writer = RunWriter(path, resume=True)
        for step in range(300, 306) if writer else ():
            with refused:
                writer.log_scalars({"x": step, "y": -step, f"new{step // 4}": 1.0}, step=step)
                acknowledge(f"x{step}")
        acts = {
            "table": lambda: writer.log_table("t", {"a": [1, 1]}, step=1),
            "arrays": lambda: writer.log_arrays("g", {"w": -WHOLE}, step=1),
            "shard0": lambda: log_shard(writer, 0),
            "shard1": lambda: log_shard(writer, 1),
            "note": lambda: writer.log_event("note", text="hello"),
            "about": lambda: describe_run(path, note="seen"),
            "finish": lambda: writer.finish(),
            "compact": lambda: compact(path, only_finished=True),
        }
        for name, act in acts.items() if writer else ():
            with refused:
                act()
                acknowledge(name)

    def log_shard(writer, number):
        rows = WHOLE[2 * number : 2 * number + 2]
        places = {"w": Place((2 * number, 0), WHOLE.shape)}
        writer.log_arrays("sharded", {"w": rows}, step=0, shard=Shard(number, 2, places))

    def check(said):
        """Nothing acknowledged is lost or wrong, and what is said of the rest is harmless."""
        run = Run(path)
        known = {int(name[1:]) for name in said if name.startswith("x")}
        found = run.scalars_all("x")
        steps = found.steps.tolist()
        assert len(set(steps)) == len(steps), "no point is there twice"
        assert set(BEFORE.tolist()) | known <= set(steps), known - set(steps)
        # Of what was not acknowledged, at most what was being written.
        assert len(set(steps) - known) <= len(BEFORE) + (kind != "full"), steps[-20:]
        assert np.array_equal(found.values, found.steps)
        assert np.array_equal(run.scalars("y").values, -found.steps)
        for step in known:
            assert step in run.scalars(f"new{step // 4}").steps
        assert run.table("t", step=0)["a"].tolist() == [0]
        assert np.array_equal(run.arrays("g", step=0)["w"], WHOLE)
        for names, there, ask in (
            ("table", lambda: 1 in run.table_steps("t"), lambda: run.table("t")["a"] == [1, 1]),
            ("arrays", lambda: 1 in run.array_steps("g"), lambda: run.arrays("g")["w"] == -WHOLE),
            ("shard0 shard1", lambda: "sharded" in run.array_groups(),
             lambda: run.arrays("sharded")["w"] == WHOLE),
        ):
            assert there() or not said.issuperset(names.split()), names
            assert not there() or np.all(ask()), names
        assert "note" not in said or run.events("note")[0]["text"] == "hello"
        assert "about" not in said or run.about.note == "seen"
        for fault in run.faults():
            assert any(words in fault for words in (
                "still being written", "header is damaged", "could not be written",
            )), fault

    def go_on():
        """The next session finds its way, and leaves a run that is whole."""
        compact(path, only_finished=True)
        with RunWriter(path, resume=True) as writer:
            writer.log_scalars({"x": 1000, "y": -1000, "new250": 1.0}, step=1000)
            writer.log_table("later", {"a": [2]}, step=0)
        assert Run(path).table("later")["a"].tolist() == [2]
        assert Run(path).status == "finished"

    def in_a_fork(act):
        child = os.fork()
        if child == 0:
            act()
            os._exit(0)
        return os.waitpid(child, 0)[1]

    def attempt(number):
        """Do the work with a fault at one call; False if there are not so many."""
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(before, path)
        ends, said = os.pipe()

        def acknowledge(name):
            os.write(said, f"{name} ".encode())

        def do():
            faults.fault_at(number, KINDS.index(kind))
            work(acknowledge)
            happened = faults.calls_seen() > number
            faults.fault_at(-1, 0)
            os._exit(0 if happened else 3)

        status = in_a_fork(do)
        os.close(said)
        with os.fdopen(ends) as file:
            names = set(file.read().split())
        expected = 9 if kind.startswith("killed") else 0
        if os.waitstatus_to_exitcode(status) == 3:
            assert names >= {"finish", "compact", "shard1", "about", "x305"}, "no fault, no loss"
        else:
            assert status == expected, (number, status)
        check(names)
        go_on()
        check(names | {"x1000"})
        return os.waitstatus_to_exitcode(status) != 3

    connect()
    in_a_fork(die_amid_a_session)
    before = below.parent / "before"
    shutil.copytree(path, before)
    number = 0
    while attempt(number):
        number += 1
    print(number)
'''


@pytest.fixture(scope="session")
def every_call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile what stands between the system and a process."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("every_call") / "every_call.so"
    source = Path(__file__).parent / "every_call.c"
    command = [compiler, "-shared", "-fPIC", "-Wall", "-Werror", str(source), "-o", str(library)]
    subprocess.run([*command, "-ldl"], check=True, capture_output=True)
    return library


KINDS = ("killed before", "killed amid", "full", "full amid", "lost")
#: In an ordinary run, what is much like another is left out.
EVERY = [(kind, pure) for kind in KINDS for pure in ("0", "1")]
CASES = EVERY if os.environ.get("BATHYSCOPE_FULL_FAULTS") else [*EVERY[2:4], *EVERY[6:9]]


@pytest.mark.parametrize(("kind", "pure"), CASES)
def test_a_fault_at_any_call_loses_nothing_acknowledged(
    start_python, tmp_path, every_call, kind, pure
):
    below = tmp_path / "below"
    below.mkdir()
    environment = {
        **os.environ,
        "LD_PRELOAD": str(every_call),
        "EVERY_CALL_BELOW": str(below),
        "BATHYSCOPE_PURE": pure,
    }
    process = start_python(WORK, below, kind, every_call, env=environment)
    output = process.stdout.read()
    assert process.wait() == 0
    assert int(output) > 40, "so many calls there are"

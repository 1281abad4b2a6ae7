"""Ranks on several machines: into one folder, or each into its own, put together later.

Each process has a host name of its own: in a UTS namespace where the system lets one be made, and
where not, by what Python says the name is.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bathyscope.runs import Run, compact

RANKS, STEPS = 3, 400
LAUNCHERS = {
    "torchrun": lambda rank: {
        "RANK": rank, "WORLD_SIZE": RANKS, "LOCAL_RANK": 0, "LOCAL_WORLD_SIZE": 1,
        "MASTER_ADDR": "node0", "MASTER_PORT": 29500,
    },
    "srun": lambda rank: {
        "SLURM_PROCID": rank, "SLURM_STEP_NUM_TASKS": RANKS, "SLURM_JOB_ID": 77,
        "SLURM_STEP_ID": 0, "SLURM_NODEID": rank, "MASTER_ADDR": "node0",
    },
}  # fmt: skip
#: Logs, says how far it got, and goes on until it is told to end; of rank 0 the run is.
RECORD = """
import os, platform, sys
path, host, has_name, steps = sys.argv[1], sys.argv[2], sys.argv[3] == "1", int(sys.argv[4])
if has_name:
    assert platform.node() == host
else:
    platform.node = lambda: host
from bathyscope.runs import RunWriter
rank = int(os.environ.get("RANK", os.environ.get("SLURM_PROCID")))
writer = RunWriter(path, name="mine", config={"lr": 0.1}, resume=True)
for step in range(steps):
    writer.log_scalars({"shared": step + rank / 10, f"of{rank}": -step}, step=step)
writer.log_table(f"table{rank}", {"rank": [rank]}, step=0)
from bathyscope.runs.sharded import Place, Shard
part = Shard(rank, 3, {"w": Place((rank,), (3,))})  # a model that is spread over all
writer.log_arrays("parameters", {"w": [10.0 + rank]}, step=0, shard=part)
print("logged", flush=True)
if sys.stdin.readline():
    writer.finish()
"""


def _can_have_names() -> bool:
    done = subprocess.run(
        ["unshare", "--uts", "hostname", "node9"], capture_output=True, check=False
    ) if shutil.which("unshare") and shutil.which("hostname") else None  # fmt: skip
    return done is not None and done.returncode == 0


HAS_NAMES = _can_have_names()


def _start(path: Path, rank: int, launcher: str) -> subprocess.Popen[str]:
    """Start a rank on a machine of its own, and wait until it has logged."""
    host = f"node{rank}"
    python = [sys.executable, "-c", RECORD, str(path), host, str(int(HAS_NAMES)), str(STEPS)]
    named = ["unshare", "--uts", "sh", "-c", f'hostname {host} && exec "$@"', "sh", *python]
    said = {name: str(value) for name, value in LAUNCHERS[launcher](rank).items()}
    process = subprocess.Popen(
        named if HAS_NAMES else python,
        env={**os.environ, **said},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "logged\n"
    return process


def _finish(process: subprocess.Popen[str]) -> None:
    process.communicate("end\n", timeout=600)
    assert process.returncode == 0


def _kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=600)


def _check(run: Run) -> None:
    """Hold the run against what each rank logged."""
    assert run.faults() == ()
    ranks = run.ranks()
    assert sorted(ranks.values()) == list(range(RANKS))
    hosts = {event["writer"]: event["process"]["host"] for event in run.events()
             if event["kind"] in ("started", "resumed")}  # fmt: skip
    assert {hosts[writer]: rank for writer, rank in ranks.items()} == {
        f"node{rank}": rank for rank in range(RANKS)
    }
    steps = np.arange(STEPS)
    for rank in range(RANKS):
        np.testing.assert_array_equal(run.scalars("shared", rank=rank).values, steps + rank / 10)
        np.testing.assert_array_equal(run.scalars(f"of{rank}").values, -steps)
        assert run.table(f"table{rank}")["rank"].tolist() == [rank]
    assert run.arrays("parameters")["w"].tolist() == [10, 11, 12]
    assert len(run.scalars_all("shared")) == RANKS * STEPS
    assert len(run.scalars("shared")) == STEPS
    points, _ = run.new_scalars()
    assert len(points.steps) == 2 * RANKS * STEPS


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_machines_that_share_a_folder_record_one_run(run_path, launcher):
    processes = [_start(run_path, rank, launcher) for rank in range(RANKS)]
    run = Run(run_path)
    _check(run)
    assert run.status == "unknown", "nobody here can tell whether a process on node0 lives"
    _finish(processes[0])
    _finish(processes[1])
    _kill(processes[2])
    _check(run)
    assert run.status == "unknown", "node2 has not said that it ended"
    assert len(compact(run_path, others_are_dead=True).sealed) == 1
    _check(run)
    _check(Run(run_path))


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_folders_of_several_machines_are_one_run_once_put_together(tmp_path, launcher):
    """In whatever order, and also again when more has come, as synchronizing tools do it."""
    places = [tmp_path / f"disk{rank}" / "mine" for rank in range(RANKS)]
    processes = [_start(place, rank, launcher) for rank, place in enumerate(places)]
    in_the_midst = tmp_path / "in the midst" / "mine"
    for place in places:
        shutil.copytree(place, in_the_midst, dirs_exist_ok=True)
    growing = Run(in_the_midst)
    _check(growing)
    for process in processes[1:]:
        _finish(process)
    _kill(processes[0])
    answers = set()
    for order in itertools.permutations(range(RANKS)):
        joined = tmp_path / f"joined{order}" / "mine"
        for rank in order:
            shutil.copytree(places[rank], joined, dirs_exist_ok=True)
        run = Run(joined)
        _check(run)
        assert (run.name, run.config, run.status) == ("mine", {"lr": 0.1}, "unknown")
        answers.add(run.scalars("shared").values.tobytes())
    assert len(answers) == 1, "which value counts where ranks differ does not depend on the copying"
    # Copied once more into what was copied amid the writing: journals are there beside what took
    # their place, and no point counts twice.
    for place in places:
        shutil.copytree(place, in_the_midst, dirs_exist_ok=True)
    _check(growing)
    _check(Run(in_the_midst))


def test_ranks_of_separate_launches_are_told_apart(tmp_path):
    for launcher in LAUNCHERS:
        _finish(_start(tmp_path / "mine", 1, launcher))
    first, second = (event["launch"] for event in Run(tmp_path / "mine").events()
                     if event["kind"] in ("started", "resumed"))  # fmt: skip
    assert first != second

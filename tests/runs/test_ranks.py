from __future__ import annotations

import pytest

from bathyscope import NotRecorded
from bathyscope.runs import Run, RunWriter
from bathyscope.runs.ranks import this_rank

SLURM = {
    "SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2", "MASTER_ADDR": "a",
}  # fmt: skip


def test_tasks_of_srun_that_are_to_meet_are_ranks():
    first, second = (this_rank({**SLURM, "SLURM_PROCID": str(rank)}) for rank in range(2))
    assert (first["rank"], second["rank"], first["world_size"]) == (0, 1, 2)
    assert first["launch"] == second["launch"]
    for other in ({"SLURM_STEP_ID": "1"}, {"SLURM_JOB_ID": "8"}, {"SLURM_RESTART_COUNT": "1"}):
        assert this_rank({**SLURM, "SLURM_PROCID": "0", **other})["launch"] != first["launch"]


def test_tasks_of_srun_that_do_not_meet_are_no_ranks():
    """They may be the runs of a search."""
    apart = {name: value for name, value in SLURM.items() if name != "MASTER_ADDR"}
    assert this_rank({**apart, "SLURM_PROCID": "0"}) == {}


@pytest.mark.parametrize("said", [{"SLURM_PROCID": "x"}, {"SLURM_PROCID": "2"}, {}])
def test_what_is_no_rank_of_srun_is_none(said):
    assert this_rank({**SLURM, **said}) == {}


def test_what_torchrun_says_counts_more_than_what_srun_says():
    """As where `srun` starts one `torchrun` on each machine."""
    said = [
        {**SLURM, "SLURM_PROCID": str(node), "SLURM_STEP_ID": str(node), "WORLD_SIZE": "4",
         "RANK": str(2 * node), "LOCAL_WORLD_SIZE": "2"}
        for node in range(2)
    ]  # fmt: skip
    first, second = map(this_rank, said)
    assert (first["rank"], second["rank"], second["world_size"]) == (0, 2, 4)
    assert first["launch"] == second["launch"], "each machine may have a step of its own"


@pytest.fixture
def run_of_two(run_path, monkeypatch):
    """Record a run by two ranks, in two sessions of rank 1."""
    for rank, metric in ((0, "loss"), (1, "loss"), (1, "late")):
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", "2")
        with RunWriter(run_path, resume=run_path.exists()) as writer:
            for value in (1.0, 2.0):  # the second replaces the first
                writer.log_scalars({metric: 10 * rank + value, f"of {rank}": 0.0}, step=5)
    return Run(run_path)


def test_what_each_rank_recorded_is_told_apart(run_of_two):
    assert run_of_two.scalar_names_by_rank() == {0: ("loss", "of 0"), 1: ("late", "loss", "of 1")}
    found = run_of_two.scalars_by_rank("loss")
    assert {rank: series.values.tolist() for rank, series in found.items()} == {0: [2], 1: [12]}
    every = run_of_two.scalars_by_rank("loss", keep_all=True)
    assert {rank: s.values.tolist() for rank, s in every.items()} == {0: [1, 2], 1: [11, 12]}
    assert list(run_of_two.scalars_by_rank("late")) == [1]
    with pytest.raises(NotRecorded, match="loss"):
        run_of_two.scalars_by_rank("los")


def test_a_process_alone_is_no_rank(run_path):
    with RunWriter(run_path) as writer:
        writer.log_scalars({"loss": 1.0}, step=1)
    assert Run(run_path).scalar_names_by_rank() == {}
    assert Run(run_path).scalars_by_rank("loss") == {}


def test_a_damaged_file_names_the_rank_that_wrote_it(run_of_two):
    (late,) = (path for path in (run_of_two.path / "scalars").iterdir() if "0003-" in path.name)
    late.write_bytes(late.read_bytes()[:-9])
    (fault,) = run_of_two.faults()
    assert fault.startswith(f"scalars/{late.name} (rank 1): ")

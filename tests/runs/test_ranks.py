from __future__ import annotations

import pytest

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

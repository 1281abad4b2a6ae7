"""Which rank of a distributed training this process is, by what its launcher says.

``torchrun`` and its like tell each process in environment variables: ``RANK`` and ``WORLD_SIZE``.
Where they are not set, those of SLURM's ``srun`` count, if a ``MASTER_ADDR`` says that its tasks
are to meet: tasks that do not may as well be trainings of their own, such as those of a search.
Where a program starts its ranks itself, as by ``torch.multiprocessing.spawn``, PyTorch knows the
rank once they have joined.
The ranks of one launch are told from those of the next by what only they share: the address they
meet at, the job and, where all run on one machine, the process that started them.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bathyscope.runs.liveness import started

_HERE = ("localhost", "127.0.0.1", "::1")
_OF_SLURM = ("SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_RESTART_COUNT", "MASTER_ADDR", "MASTER_PORT")
_SHARED = (
    "WORLD_SIZE",
    "MASTER_ADDR",
    "MASTER_PORT",
    "TORCHELASTIC_RUN_ID",
    "TORCHELASTIC_RESTART_COUNT",
)


def is_started_by_rank_0(environment: Mapping[str, str] | None = None) -> bool:
    """Whether another rank of the training started this process, as Lightning does by itself."""
    said = os.environ if environment is None else environment
    return "RANK" not in said and said.get("LOCAL_RANK", "0").strip("0").isdecimal()


def this_rank(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Describe this process among the ranks of its launch; empty if it is the only one.

    Returns
    -------
    dict
        ``rank``, ``world_size``, and ``launch``: the same for all ranks of one launch.
    """
    said = os.environ if environment is None else environment
    is_of_slurm = "RANK" not in said and "MASTER_ADDR" in said
    names = ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS") if is_of_slurm else ("RANK", "WORLD_SIZE")
    try:
        rank, size = (int(said[name]) for name in names)
    except (KeyError, ValueError):
        return _told_by_torch(said) if environment is None else {}
    shared = [said.get(name, "") for name in (_OF_SLURM if is_of_slurm else _SHARED)]
    if said.get("LOCAL_WORLD_SIZE") == said.get("WORLD_SIZE", ""):
        shared += _parent()
    return _described(rank, size, shared)


def _told_by_torch(said: Mapping[str, str]) -> dict[str, Any]:
    """Ask PyTorch, where a program starts its ranks itself, on one machine, and has joined them."""
    distributed: Any = sys.modules.get("torch.distributed")
    is_joined = getattr(distributed, "is_initialized", lambda: False)
    is_here = said.get("MASTER_ADDR", "localhost") in (*_HERE, platform.node())
    if "RANK" in said or not (is_here and is_joined()):
        return {}
    shared = [said.get("MASTER_PORT", ""), *_parent()]
    return _described(distributed.get_rank(), distributed.get_world_size(), shared)


def _parent() -> list[str]:
    parent = os.getppid()
    return [str(parent), started(parent)]


def _described(rank: int, size: int, shared: Sequence[str]) -> dict[str, Any]:
    if size < 2 or not 0 <= rank < size:
        return {}
    launch = hashlib.sha256("\n".join(shared).encode()).hexdigest()[:16]
    return {"rank": rank, "world_size": size, "launch": launch}

"""What several processes that train one model by PyTorch have in common."""

from __future__ import annotations

from typing import Any

import torch


def is_replicated(model: Any) -> bool:
    """Whether each of several processes holds the whole model, with averaged gradients."""
    model = getattr(model, "_orig_mod", model)  # compiled
    is_wrapped = isinstance(model, torch.nn.parallel.DistributedDataParallel)
    return is_wrapped and world_size() > 1


def is_inside_replicated(module: Any) -> bool:
    """Whether a module that is being called is part of a model that is replicated.

    `DistributedDataParallel` is the outermost module by rule, but what is watched may lie in it.
    """
    outer = torch.nn.parallel.DistributedDataParallel._active_ddp_module
    if outer is None or world_size() == 1:
        return False
    return any(part is module for part in outer.module.modules())


def rank() -> int:
    """Rank of this process; 0 if it is alone."""
    return torch.distributed.get_rank() if _is_joined() else 0


def world_size() -> int:
    """Number of processes."""
    return torch.distributed.get_world_size() if _is_joined() else 1


def _is_joined() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()

"""Parameters of PyTorch that are spread over processes: what of them is here."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from bathyscope import _names as names
from bathyscope.integrations.histograms import table_of_shards
from bathyscope.integrations.session import Session
from bathyscope.integrations.torch_distributed import rank
from bathyscope.models.adapters._torch.arrays import array_from
from bathyscope.models.protocol import Model
from bathyscope.runs.sharded import Place, Shard


@dataclass(frozen=True)
class Shares:
    """What this process reads of a model that is spread over several.

    Parameters
    ----------
    names : dict
        Name by `id` of each parameter of which it reads something.
    counts : dict
        Numbers in this process's part, by name; what is not named is read as a whole.
    sizes : dict
        Numbers in the whole parameter, by name: of all that are spread.
    """

    names: dict[int, str]
    counts: dict[str, int]
    sizes: dict[str, int]


def is_sharded(model: Any) -> bool:
    """Whether parameters are tensors of many processes (`fully_shard`, tensor parallelism)."""
    return any(is_spread(parameter) for parameter in model.parameters())


def is_flattened(model: Any) -> bool:
    """Whether parameters are pieces of longer ones (`FullyShardedDataParallel`)."""
    fsdp = sys.modules.get("torch.distributed.fsdp")  # a model of its classes has imported it
    kind = getattr(fsdp, "FullyShardedDataParallel", None)
    return kind is not None and any(isinstance(module, kind) for module in model.modules())


def is_spread(tensor: Any) -> bool:
    """Whether a tensor is one of many processes: a ``DTensor``."""
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def part_of(tensor: Any) -> torch.Tensor:
    """Give what this process holds of a tensor, without a copy."""
    tensor = tensor.detach()
    return tensor.to_local() if is_spread(tensor) else tensor


def is_alike(parameter: Any, gradient: Any) -> bool:
    """Whether a gradient is spread as its parameter is, so that their parts belong together."""
    if not is_spread(parameter):
        return not is_spread(gradient)
    return is_spread(gradient) and gradient.placements == parameter.placements


def shares_of(model: Any, known: Mapping[int, str]) -> Shares:
    """Say what this process reads, so that every number is read by exactly one.

    Parameters
    ----------
    model : torch.nn.Module
    known : mapping of int to str
        Name by `id` of each tensor of the model.
    """
    shares = Shares({}, {}, {})
    for parameter in model.parameters():
        name = known.get(id(parameter))
        if name is None:
            continue
        if not is_spread(parameter):
            if rank() == 0:
                shares.names[id(parameter)] = name
            continue
        shares.sizes[name] = parameter.numel()
        count = _own_count(parameter)
        if count:
            shares.names[id(parameter)] = name
            shares.counts[name] = count
    return shares


class ShardedParameters:
    """Writes what this process holds of parameters: no process asks another.

    Parameters
    ----------
    session : Session
    tensors : mapping of str to torch.Tensor
        Parameters and buffers by name. They are held on to: of a model sharded by `fully_shard`
        others are in their place between a forward and a backward pass.
    shard : Shard
    """

    def __init__(self, session: Session, tensors: Mapping[str, Any], shard: Shard) -> None:
        self._session = session
        self._tensors = dict(tensors)
        self._shard = shard

    def keep(self, model: Model, chosen: Sequence[str], step: int) -> None:
        """Write this process's parts of the parameters of these names, and histograms of them."""
        del model
        held = {name: self._tensors[name] for name in chosen if is_held(self._tensors[name])}
        arrays = {name: array_from(part_of(tensor)) for name, tensor in held.items()}
        places = {name: place_of(tensor) for name, tensor in held.items() if is_spread(tensor)}
        writer, shard = self._session.writer, self._shard
        writer.log_arrays(names.PARAMETERS, arrays, step=step, shard=shard._replace(places=places))
        columns = table_of_shards(arrays)
        writer.log_table(names.WEIGHT_HISTOGRAMS, columns, step=step, shard=shard)


def this_shard(model: Any) -> Shard | None:
    """Say which this process is among those that hold the model; None if it, or rank 0, is none.

    Where several groups of processes hold a model each, as copies or as stages of a pipeline, the
    group of rank 0 is recorded.
    """
    ranks = sorted({one for tensor in model.parameters() for one in _ranks_of(tensor)})
    return Shard(ranks.index(rank()), len(ranks)) if {0, rank()} <= {*ranks} else None


def _ranks_of(tensor: Any) -> list[int]:
    """Give the ranks over which a tensor is spread; none if it is not."""
    return tensor.device_mesh.mesh.flatten().tolist() if is_spread(tensor) else []


def is_held(tensor: Any) -> bool:
    """Whether this process answers for a tensor, or for a part of it."""
    return _own_count(tensor) > 0 if is_spread(tensor) else rank() == 0


def place_of(tensor: Any) -> Place:
    """Say where this process's part of a tensor lies, as checkpoints of PyTorch do."""
    (chunk,) = tensor.__create_chunk_list__()
    return Place(tuple(chunk.offsets), tuple(tensor.shape))


def _own_count(tensor: Any) -> int:
    """Count the numbers this process answers for: of copies, the first process's count."""
    place = tensor.device_mesh.get_coordinate()
    if place is None or 0 not in _ranks_of(tensor):
        return 0
    copies = zip(place, tensor.placements, strict=True)
    if any(at > 0 and placement.is_replicate() for at, placement in copies):
        return 0
    return part_of(tensor).numel()

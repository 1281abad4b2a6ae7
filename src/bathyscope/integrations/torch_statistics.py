"""Statistics of tensors of PyTorch, computed where the tensors are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch


def statistics(tensors: Sequence[Any]) -> torch.Tensor:
    """Compute norm, mean, standard deviation, share of zeros and number of non-finite values.

    Parameters
    ----------
    tensors : sequence of torch.Tensor
        Dense or sparse, real or complex; none empty.

    Returns
    -------
    torch.Tensor, shape (n_tensors, 5)
        As `_names.STATISTICS` says; on the device of the first tensor, in double precision where it has any. Norm, mean and
        standard deviation are over all values, so they are not finite where one value is not.
    """
    if not tensors:
        return torch.zeros(0, len(names.STATISTICS))
    device = tensors[0].device
    return torch.stack([_one(tensor).to(device, _wide(device)) for tensor in tensors])


def norms(tensors: Sequence[Any]) -> torch.Tensor:
    """Compute the Euclidean norm of each tensor, on the device of the first."""
    if not tensors:
        return torch.zeros(0)
    device = tensors[0].device
    each = [torch.linalg.vector_norm(_values(tensor)) for tensor in tensors]
    return torch.stack([norm.to(device, _wide(device)) for norm in each])


def _one(tensor: torch.Tensor) -> torch.Tensor:
    values = _values(tensor)
    # A sparse tensor's other entries are zeros, and entries of a complex one are two numbers.
    count = math.prod(tensor.shape) * (2 if tensor.is_complex() else 1)
    std, mean = torch.std_mean(values, correction=0)
    others = count - values.numel()
    if others:
        share = values.numel() / count
        std = (share * (std**2 + (1 - share) * mean**2)).sqrt()
        mean = mean * share
    zeros = (count - values.count_nonzero()) / count
    nonfinite = values.numel() - values.isfinite().sum()
    found = (torch.linalg.vector_norm(values), mean, std, zeros, nonfinite)
    return torch.stack([value.to(_wide(values.device)) for value in found])


def _values(tensor: torch.Tensor) -> torch.Tensor:
    """Give the real numbers a tensor holds, in a type precise enough to add them up."""
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    narrow = tensor.dtype in (torch.float16, torch.bfloat16)
    return tensor.float() if narrow else tensor


def _wide(device: torch.device) -> torch.dtype:
    return torch.float32 if device.type == "mps" else torch.float64

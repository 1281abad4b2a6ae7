"""Statistics of tensors of PyTorch, computed where the tensors are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from bathyscope import _names as names

#: Between these norms no square is lost in single precision that would change the norm.
_LEAST, _MOST = 1e-15, 1e18


def statistics(tensors: Sequence[Any]) -> torch.Tensor:
    """Compute norm, mean, standard deviation, share of zeros and number of non-finite values.

    Parameters
    ----------
    tensors : sequence of torch.Tensor
        Dense or sparse, real or complex; none empty.

    Returns
    -------
    torch.Tensor, shape (n_tensors, 5)
        As `_names.STATISTICS` says; on the device of the first tensor, in double precision where
        it has any. Norm, mean and standard deviation are over all values, so they are not finite
        where one value is not.
    """
    if not tensors:
        return torch.zeros(0, len(names.STATISTICS))
    device = tensors[0].device
    return torch.stack([_one(tensor).to(device, wide(device)) for tensor in tensors])


def norms(tensors: Sequence[Any]) -> torch.Tensor:
    """Compute the Euclidean norm of each tensor, on the device of the first."""
    if not tensors:
        return torch.zeros(0)
    device = tensors[0].device
    each = [_with_norm(real_values(tensor))[1] for tensor in tensors]
    return torch.stack([norm.to(device, wide(device)) for norm in each])


def _one(tensor: torch.Tensor) -> torch.Tensor:
    values, norm = _with_norm(real_values(tensor))
    # A sparse tensor's other entries are zeros, and entries of a complex one are two numbers.
    count = math.prod(tensor.shape) * (2 if tensor.is_complex() else 1)
    mean = values.sum() / count
    # Not from the norm: of values that are nearly equal, that would leave rounding errors only.
    squares = torch.linalg.vector_norm(values - mean) ** 2 + (count - values.numel()) * mean**2
    zeros = (count - values.count_nonzero()).to(wide(values.device)) / count
    found = (norm, mean, (squares / count).sqrt(), zeros, _nonfinite(values, norm))
    return torch.stack([value.to(wide(values.device)) for value in found])


def _with_norm(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the norm, and the values in double precision where single could not hold squares."""
    norm = torch.linalg.vector_norm(values)
    # On a device, looking would mean waiting, and twice the precision at once twice the memory.
    is_precise = norm.device.type != "cpu" or norm.dtype == torch.float64
    if is_precise or _LEAST < float(norm) < _MOST:
        return values, norm
    values = values.double()
    return values, torch.linalg.vector_norm(values)


def _nonfinite(values: torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
    if norm.device.type == "cpu" and math.isfinite(norm):  # looking costs nothing here
        return torch.zeros(())
    return values.numel() - values.isfinite().sum()


def real_values(tensor: torch.Tensor) -> torch.Tensor:
    """Give the real numbers a tensor holds, in a type precise enough to add them up."""
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    narrow = tensor.dtype in (torch.float16, torch.bfloat16)
    return tensor.float() if narrow else tensor


def wide(device: torch.device) -> torch.dtype:
    """Give the most precise type of a device."""
    return torch.float32 if device.type == "mps" else torch.float64

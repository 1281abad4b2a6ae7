"""Histograms of tensors of PyTorch, counted where the tensors are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from bathyscope.integrations.histograms import ALIGNED_BINS, BINS, aligned_row, histogram_row
from bathyscope.integrations.torch_statistics import real_values, wide
from bathyscope.runs.aligned import FINEST, NARROWEST


def histograms(tensors: Sequence[Any], *, aligned: bool = False) -> torch.Tensor:
    """Count the numbers of each tensor, as `histogram_row` does, or `aligned_row`.

    Returns
    -------
    torch.Tensor, shape (n_tensors, 2 + n_bins)
        On the device of the first tensor. Of a sparse tensor, only what it stores is counted.
    """
    if not tensors:
        return torch.zeros(0, 2 + (ALIGNED_BINS if aligned else BINS))
    on_host = aligned_row if aligned else histogram_row
    on_device = count_aligned_on_device if aligned else count_on_device
    device = tensors[0].device
    rows = [real_values(tensor) for tensor in tensors]
    found = [
        torch.from_numpy(on_host(row.detach().numpy()))
        if row.device.type == "cpu"
        else on_device(row)
        for row in rows
    ]
    return torch.stack([row.to(device, wide(device)) for row in found])


def count_on_device(values: torch.Tensor) -> torch.Tensor:
    """Count without asking the device for anything: `torch.histc` would wait for the ends."""
    values = values.flatten()
    low, high = _range(values)
    # Equal numbers get a bin around them.
    half = torch.where(low == high, 0.5, 0.0).to(low.dtype)
    low, high = low - half, high + half
    counts = _count((values - low) / (high - low) * BINS, values.isfinite(), BINS)
    return torch.cat([torch.stack([low, high]).to(counts.dtype), counts])


def count_aligned_on_device(values: torch.Tensor) -> torch.Tensor:
    """Count in bins of `bathyscope.runs.aligned` without asking the device for anything."""
    values = values.flatten()
    low, high = (end.to(wide(values.device)) for end in _range(values))
    width = _aligned_width(low, high)
    first = (low / width).floor()
    # By a power of two, nothing is rounded, but to zero.
    place = (values / width).floor()
    place = torch.where((values < 0) & (place == 0), -1, place)
    counts = _count(place - first, values.isfinite(), ALIGNED_BINS)
    return torch.cat([torch.stack([first, first + ALIGNED_BINS]) * width, counts])


def _aligned_width(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    largest = torch.maximum(low.abs(), high.abs())
    needed = torch.maximum(high / BINS - low / BINS, largest * FINEST).clamp(min=NARROWEST)
    share, exponent = torch.frexp(needed)
    return torch.ldexp(torch.ones_like(needed), exponent - (share == 0.5).to(exponent.dtype))


def _range(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the lowest and the highest finite number; zeros where there is none."""
    exists = values.isfinite()
    low = torch.where(exists, values, torch.inf).min()
    high = torch.where(exists, values, -torch.inf).max()
    is_nothing = low > high
    low, high = (torch.where(is_nothing, torch.zeros_like(end), end) for end in (low, high))
    return low, high


def _count(place: torch.Tensor, exists: torch.Tensor, bins: int) -> torch.Tensor:
    # What is not finite goes into a bin that is left out.
    place = torch.where(exists, place.clamp(0, bins - 1), bins).long()
    counts = torch.zeros(bins + 1, dtype=wide(place.device), device=place.device)
    counts.scatter_add_(0, place, torch.ones_like(place, dtype=counts.dtype))
    return counts[:-1]

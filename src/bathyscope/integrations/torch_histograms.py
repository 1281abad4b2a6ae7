"""Histograms of tensors of PyTorch, counted where the tensors are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from bathyscope.integrations.histograms import BINS, histogram_row
from bathyscope.integrations.torch_statistics import real_values, wide


def histograms(tensors: Sequence[Any]) -> torch.Tensor:
    """Count the numbers of each tensor, as `histogram_row` does.

    Returns
    -------
    torch.Tensor, shape (n_tensors, 2 + BINS)
        On the device of the first tensor. Of a sparse tensor, only what it stores is counted.
    """
    device = tensors[0].device
    rows = [real_values(tensor) for tensor in tensors]
    found = [
        torch.from_numpy(histogram_row(row.detach().numpy()))
        if row.device.type == "cpu"
        else count_on_device(row)
        for row in rows
    ]
    return torch.stack([row.to(device, wide(device)) for row in found])


def count_on_device(values: torch.Tensor) -> torch.Tensor:
    """Count without asking the device for anything: `torch.histc` would wait for the ends."""
    values = values.flatten()
    exists = values.isfinite()
    low = torch.where(exists, values, torch.inf).min()
    high = torch.where(exists, values, -torch.inf).max()
    # Equal numbers get a bin around them; without any number, nothing is counted anyway.
    low, high = (torch.where(low > high, torch.zeros_like(end), end) for end in (low, high))
    half = torch.where(low == high, 0.5, 0.0).to(low.dtype)
    low, high = low - half, high + half
    place = ((values - low) / (high - low) * BINS).clamp(0, BINS - 1)
    # What is not finite goes into a bin that is left out.
    place = torch.where(exists, place, BINS).long()
    counts = torch.zeros(BINS + 1, dtype=wide(values.device), device=values.device)
    counts.scatter_add_(0, place, torch.ones_like(place, dtype=counts.dtype))
    return torch.cat([torch.stack([low, high]).to(counts.dtype), counts[:-1]])

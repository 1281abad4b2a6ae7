"""Targets as scalar tensors, with PyTorch operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from bathyscope._errors import Unanswered
from bathyscope.models.adapters._torch.arrays import is_tensor
from bathyscope.models.border import tensors_in
from bathyscope.models.protocol import Loss, Score, Target
from bathyscope.models.targets import (
    EPSILON,
    chosen_output,
    expected_values,
    is_binary,
    require_scalar,
    score_positions,
)


def scalar(target: Target, outputs: Any) -> torch.Tensor:
    """Compute a target from what the model returned."""
    tensors = tuple(tensors_in(outputs, is_tensor))
    if isinstance(target, Score):
        output = chosen_output(target, tensors)
        positions = torch.from_numpy(score_positions(target, output.shape))
        return output.reshape(-1)[positions.to(output.device)].sum()
    if isinstance(target, Loss):
        return _loss(target, chosen_output(target, tensors))
    value = target(tensors)
    require_scalar(value.shape)
    return value.reshape(())


def _loss(target: Loss, output: torch.Tensor) -> torch.Tensor:
    if target.kind == "compiled":
        raise Unanswered(
            "A loss of kind 'compiled' needs a framework in which a model carries its loss; "
            "PyTorch modules do not. Choose another kind, or pass a function of the outputs."
        )
    true = torch.from_numpy(expected_values(target, output.shape)).to(output)
    return _LOSSES[target.kind, is_binary(output.shape)](true, output).mean()


def _squared(true: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    return (output - true).square()


def _cross_entropy(true: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    return -(true * output.clamp_min(EPSILON).log()).sum(-1)


def _cross_entropy_logits(true: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    return -(true * output.log_softmax(-1)).sum(-1)


def _binary(true: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    output = output.clamp(EPSILON, 1 - EPSILON)
    return -true * output.log() - (1 - true) * (1 - output).log()


def _binary_logits(true: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    return functional.softplus(output) - true * output


_LOSSES: dict[tuple[str, bool], Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    ("mse", False): _squared,
    ("mse", True): _squared,
    ("cross_entropy", False): _cross_entropy,
    ("cross_entropy", True): _binary,
    ("cross_entropy_logits", False): _cross_entropy_logits,
    ("cross_entropy_logits", True): _binary_logits,
}

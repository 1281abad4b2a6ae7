"""The gradient noise scale, from gradients of small and of large batches of the same step.

McCandlish et al. 2018, "An Empirical Model of Large-Batch Training", appendix A: the squared norm
of a mean of n gradients is, in expectation, that of the true gradient plus the trace of the
covariance over n. Two batch sizes give both, without bias:

    squared_norm = (B_big |G_big|^2 - B_small |G_small|^2) / (B_big - B_small)
    trace        = (|G_small|^2 - |G_big|^2) / (1 / B_small - 1 / B_big)

The small batches are the backward passes of this process; the large one is what all passes, of
all ranks, add up to. Single estimates scatter, so the scale is the ratio of their running means.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch

from bathyscope import _names as names
from bathyscope.integrations.pacing import check_interval
from bathyscope.integrations.torch_distributed import is_replicated, world_size

#: How much of the running means the latest estimate makes up.
_WEIGHT = 0.1


class NoiseScale:
    """Estimates of one training, made of the steps it is armed for.

    Parameters
    ----------
    parameters : iterable of torch.nn.Parameter
    micro_batch : int
        Samples in each backward pass.
    ranks : int
        Processes whose gradients are averaged for a step.
    """

    def __init__(self, parameters: Iterable[Any], micro_batch: int, *, ranks: int) -> None:
        self._parameters = list(parameters)
        self._micro_batch = micro_batch
        self._ranks = ranks
        self._handles: list[Any] = []
        self._is_in_pass = False
        self._passes = 0
        self._small: list[torch.Tensor] = []
        self._big: torch.Tensor | None = None
        self._means: tuple[float, float] | None = None

    def average_over(self, ranks: int) -> None:
        """Take note that gradients are averaged over so many processes."""
        self._ranks = ranks

    def arm(self) -> None:
        """Listen to the backward passes of the next step."""
        self.disarm()
        self._passes, self._small, self._big = 0, [], None
        trained = [parameter for parameter in self._parameters if parameter.requires_grad]
        self._handles = [parameter.register_hook(self._see) for parameter in trained]

    def disarm(self) -> None:
        """Stop listening."""
        while self._handles:
            self._handles.pop().remove()
        self._is_in_pass = False

    @torch.no_grad()
    def take(self) -> torch.Tensor | None:
        """Stop listening; give squared norm of the gradient and trace, once the step is made.

        None if the step was made of a single batch.
        """
        self.disarm()
        batches = self._passes * self._ranks
        if batches < 2 or self._big is None:
            return None
        # The passes add up to the gradient, so each is that of its batch divided by their number.
        small = self._passes * torch.stack(self._small).sum()
        squared_norm = (batches * self._big - small) / (batches - 1)
        trace = (small - self._big) * self._micro_batch * batches / (batches - 1)
        return torch.stack([squared_norm, trace])

    def scalars(self, squared_norm: float, trace: float) -> dict[str, float]:
        """Add an estimate to the running means, and give what is recorded."""
        mean, mean_trace = self._means or (squared_norm, trace)
        if math.isfinite(squared_norm) and math.isfinite(trace):  # or no mean ever is again
            mean += _WEIGHT * (squared_norm - mean)
            mean_trace += _WEIGHT * (trace - mean_trace)
            self._means = mean, mean_trace
        scale = mean_trace / mean if mean > 0 else float("nan")
        values = {"scale": scale, "squared_norm": squared_norm, "trace": trace}
        return {names.GRADIENT_NOISE + name: value for name, value in values.items()}

    def _see(self, gradient: torch.Tensor) -> None:
        """Take what one pass hands to one parameter, before it is added up or averaged."""
        if not self._is_in_pass:
            self._is_in_pass = True
            # Once more from within: what averages over ranks at the end of a pass comes before.
            _at_end_of_pass(lambda: _at_end_of_pass(self._end_pass))
        self._small.append(_square(gradient))

    @torch.no_grad()
    def _end_pass(self) -> None:
        self._is_in_pass = False
        self._passes += 1
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        device = self._small[0].device
        squares = [_square(gradient).to(device) for gradient in gradients]
        self._big = torch.stack(squares).sum()


def noise_scale(model: Any, micro_batch: int | None) -> NoiseScale | None:
    """Make what `micro_batch` asks for; None if it does not."""
    if micro_batch is None:
        return None
    ranks = world_size() if is_replicated(model) else 1
    return NoiseScale(model.parameters(), check_interval("micro_batch", micro_batch), ranks=ranks)


def _square(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    precise = torch.float32 if tensor.dtype in (torch.float16, torch.bfloat16) else None
    return torch.linalg.vector_norm(tensor.detach(), dtype=precise).double() ** 2


def _at_end_of_pass(call: Any) -> None:
    torch.autograd.Variable._execution_engine.queue_callback(call)  # pyright: ignore

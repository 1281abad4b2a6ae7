"""Attention weights of PyTorch modules, also where a fused kernel would hide them.

They are seen in three places: `torch.nn.MultiheadAttention`, made to return its weights; every
call of `torch.nn.functional.scaled_dot_product_attention`, computed a second time; and
modules named attention that return weights themselves.
"""

from __future__ import annotations

import inspect
import math
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch.nn import MultiheadAttention
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

#: Attention weights of each call, by layer.
Seen = dict[str, list[torch.Tensor]]


@contextmanager
def watched_attention(modules: Mapping[str, torch.nn.Module]) -> Generator[Seen]:
    """Collect the attention weights of all modules while the block runs."""
    seen: Seen = defaultdict(list)
    running: list[str] = []
    with ExitStack() as stack:
        for name, module in modules.items():
            for handle in _watch(name, module, running, seen):
                stack.callback(handle.remove)
        stack.enter_context(_FusedAttention(running, seen))
        yield seen


def _watch(
    name: str, module: torch.nn.Module, running: list[str], seen: Seen
) -> Generator[torch.utils.hooks.RemovableHandle]:
    asked: list[tuple[bool, bool]] = []
    seen_before: list[int] = []

    def enter(module: Any, args: Any, kwargs: Any) -> Any:
        running.append(name)
        seen_before.append(len(seen[name]))
        if not isinstance(module, MultiheadAttention):
            return None
        args, kwargs, wanted = _asking_for_weights(module, args, kwargs)
        asked.append(wanted)
        return args, kwargs

    def leave(module: Any, args: Any, output: Any) -> Any:
        del args
        running.pop()
        is_seen = len(seen[name]) > seen_before.pop()
        if isinstance(module, MultiheadAttention):
            return _as_asked(output, asked.pop(), seen[name])
        if _returns_weights(module, output) and not is_seen:
            seen[name].append(output[1])
        return None

    yield module.register_forward_pre_hook(enter, with_kwargs=True)
    yield module.register_forward_hook(leave)


def _asking_for_weights(
    module: MultiheadAttention, args: Any, kwargs: Any
) -> tuple[Any, Any, tuple[bool, bool]]:
    """Ask for the weights of each head; also give what was asked for at first."""
    bound = inspect.signature(module.forward).bind(*args, **kwargs)
    bound.apply_defaults()
    wanted = (bound.arguments["need_weights"], bound.arguments["average_attn_weights"])
    bound.arguments.update(need_weights=True, average_attn_weights=False)
    return bound.args, bound.kwargs, wanted


def _as_asked(output: Any, wanted: tuple[bool, bool], weights: list[torch.Tensor]) -> Any:
    """Keep the weights; return what the caller of the module had asked for."""
    need_weights, average = wanted
    batched = output[1] if output[1].ndim == 4 else output[1][None]
    weights.append(batched)
    if not need_weights:
        return output[0], None
    return (output[0], output[1].mean(dim=-3)) if average else output


def _returns_weights(module: torch.nn.Module, output: Any) -> bool:
    name = type(module).__name__.lower()
    if not ("attention" in name or "attn" in name) or not isinstance(output, tuple):
        return False
    weights = output[1] if len(output) > 1 else None
    if not isinstance(weights, torch.Tensor) or weights.ndim != 4:
        return False
    sums = weights.sum(-1)
    return weights.is_floating_point() and torch.allclose(sums, torch.ones_like(sums), atol=1e-2)


class _FusedAttention(TorchFunctionMode):
    """Sees each call of the fused kernel, and computes the weights it does not give."""

    def __init__(self, running: list[str], seen: Seen) -> None:
        super().__init__()
        self._running = running
        self._seen = seen

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        del types
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if func is scaled_dot_product_attention and self._running:
            self._seen[self._running[-1]].append(_weights(*args, **kwargs))
        return result


def _weights(  # noqa: PLR0917 - it takes what the kernel takes
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> torch.Tensor:
    """Compute what `scaled_dot_product_attention` multiplies the values with.

    Rows in which every key is masked are zeros, as in the fused kernel.
    """
    del value, dropout_p
    if enable_gqa:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], dim=-3)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = (query @ key.transpose(-2, -1)) * factor
    if is_causal:
        scores = scores.masked_fill(~torch.ones_like(scores, dtype=torch.bool).tril(), -math.inf)
    if attn_mask is not None:
        is_bool = attn_mask.dtype == torch.bool
        scores = scores.masked_fill(~attn_mask, -math.inf) if is_bool else scores + attn_mask
    is_empty = (scores == -math.inf).all(-1, keepdim=True)
    return scores.softmax(-1).masked_fill(is_empty, 0.0)

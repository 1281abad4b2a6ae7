"""Run a module without leaving a trace: mode, buffers, random numbers, requires_grad."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager

import torch


@contextmanager
def evaluating(model: torch.nn.Module) -> Generator[None]:
    """Put a module in evaluation mode, and everything back as it was.

    The flags are set one by one: `model.eval()` may be overridden, and `model.train()` could not
    restore parts that were frozen in evaluation mode. The fused transformer kernels are off,
    for they skip the submodules and their hooks.
    """
    modes = [(module, module.training) for module in model.modules()]
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=_cuda_devices(model)))
        stack.enter_context(_kept_buffers(model))
        stack.enter_context(_without_fast_path())
        for module, _ in modes:
            module.training = False
        try:
            yield
        finally:
            for module, training in modes:
                module.training = training


@contextmanager
def requiring_gradients(tensors: Iterable[torch.Tensor]) -> Generator[None]:
    """Let tensors take part in differentiation while the block runs, frozen ones too."""
    frozen = [tensor for tensor in tensors if not tensor.requires_grad]
    for tensor in frozen:
        tensor.requires_grad_(True)
    try:
        yield
    finally:
        for tensor in frozen:
            tensor.requires_grad_(False)


@contextmanager
def _kept_buffers(model: torch.nn.Module) -> Generator[None]:
    """Put buffers back that a forward pass changed or replaced."""
    kept = [
        (module, name, buffer, buffer._version, buffer.clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    try:
        yield
    finally:
        for module, name, buffer, version, content in kept:
            module._buffers[name] = buffer
            if buffer._version != version:
                with torch.no_grad():
                    buffer.copy_(content)


@contextmanager
def _without_fast_path() -> Generator[None]:
    was_enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(was_enabled)


def _cuda_devices(model: torch.nn.Module) -> list[int]:
    devices = {tensor.device for tensor in (*model.parameters(), *model.buffers())}
    return sorted(device.index or 0 for device in devices if device.type == "cuda")

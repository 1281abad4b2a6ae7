"""How long a device of PyTorch works at something, measured without waiting for it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch


class DeviceTimer:
    """Times of a CUDA device; other devices either work while the host waits, or keep no time.

    Parameters
    ----------
    device : torch.device
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._pending: list[tuple[Any, Any]] = []

    @property
    def is_pending(self) -> bool:
        """Whether the device has not come to what was measured last."""
        return bool(self._pending)

    @contextmanager
    def measured(self) -> Generator[None]:
        """Measure what the device is handed in this block."""
        if self._device.type != "cuda":
            yield
            return
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        stream = torch.cuda.current_stream(self._device)
        began.record(stream)
        try:
            yield
        finally:
            ended.record(stream)
            self._pending.append((began, ended))

    def take(self) -> float:
        """Give the seconds of what the device has done since the last call."""
        seconds = 0.0
        while self._pending and self._pending[0][1].query():
            began, ended = self._pending.pop(0)
            seconds += began.elapsed_time(ended) / 1e3
        return seconds

"""Small results on a device, fetched when they have arrived, so that nobody waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import torch

Label = TypeVar("Label")


class Late(Generic[Label]):
    """Results on their way to the host, in the order in which they were added."""

    def __init__(self) -> None:
        self._pending: list[tuple[Label, torch.Tensor, Any]] = []

    @property
    def is_pending(self) -> bool:
        """Whether anything is on its way."""
        return bool(self._pending)

    def add(self, label: Label, result: torch.Tensor) -> None:
        """Send a result on its way; the device's stream of work is not waited for."""
        arrival = None
        if result.device.type == "cuda":
            # Only a copy into pinned memory is asynchronous.
            host = torch.empty(result.shape, dtype=result.dtype, pin_memory=True)
            host.copy_(result, non_blocking=True)
            arrival = torch.cuda.Event()
            arrival.record(torch.cuda.current_stream(result.device))
            result = host
        self._pending.append((label, result, arrival))

    def take(self, *, wait: bool = False) -> Iterator[tuple[Label, torch.Tensor]]:
        """Give the results that have arrived, on the host.

        Parameters
        ----------
        wait : bool
            Give all, and wait for those on their way.
        """
        while self._pending:
            label, result, arrival = self._pending[0]
            if arrival is not None and wait:
                arrival.synchronize()
            if arrival is not None and not arrival.query():
                return
            del self._pending[0]
            yield label, result.cpu()

"""Mean loss of the latest batches, from the running mean Keras keeps over an epoch."""

from __future__ import annotations

from typing import Any

import keras


class BatchLoss:
    """Differences of Keras's running loss.

    Keras shows the mean since the epoch began, in which a spike drowns. Its sum and count,
    read twice, give the mean of the batches between.
    """

    def __init__(self) -> None:
        self._total = 0.0
        self._count = 0.0

    def begin_epoch(self, model: Any) -> None:
        """Start from what the metric holds when an epoch begins: nothing, unless it is kept."""
        self._total, self._count = _total_and_count(model) or (0.0, 0.0)

    def since_last(self, model: Any) -> float | None:
        """Mean loss of the samples since the last call; None if there are none."""
        now = _total_and_count(model)
        if now is None or now[1] <= self._count:
            return None
        loss = (now[0] - self._total) / (now[1] - self._count)
        self._total, self._count = now
        return loss


def _total_and_count(model: Any) -> tuple[float, float] | None:
    for metric in model.metrics:
        if metric.name == "loss" and isinstance(metric, keras.metrics.Mean):
            to_numpy: Any = keras.ops.convert_to_numpy
            return float(to_numpy(metric.total.value)), float(to_numpy(metric.count.value))
    return None

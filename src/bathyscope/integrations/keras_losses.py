"""Mean loss of the latest batches, from the running mean Keras keeps over an epoch."""

from __future__ import annotations

import math
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
        self._total, self._count = _held(model) or (0.0, 0.0)

    def end_epoch(self, model: Any) -> float | None:
        """Mean loss of the samples since the last call, up to the epoch's last."""
        return self.since_last(*(_held(model) or (math.nan, math.nan)))

    def since_last(self, total: float, count: float) -> float | None:
        """Mean loss of the samples since the last call; None if there are none."""
        if not count > self._count:  # NaN if Keras keeps no running loss
            return None
        loss = (total - self._total) / (count - self._count)
        self._total, self._count = total, count
        return loss


def _held(model: Any) -> tuple[float, ...]:
    to_numpy: Any = keras.ops.convert_to_numpy
    return tuple(float(to_numpy(variable.value)) for variable in running_loss(model))


def running_loss(model: Any) -> tuple[Any, ...]:
    """Give the variables of the sum and the count of the loss since the epoch began, if any."""
    for metric in model.metrics:
        if metric.name == "loss" and isinstance(metric, keras.metrics.Mean):
            return metric.total, metric.count
    return ()

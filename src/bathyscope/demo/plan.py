"""What a demo trains: chosen once, for every framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bathyscope.datasets import ImageData

ModelKind = Literal["mlp", "cnn"]
Framework = Literal["jax", "torch"]

#: Samples whose feature maps and predictions are kept at every epoch.
PROBE_SIZE = 64
#: With fewer training images than this, smaller batches: ten epochs are then still enough steps.
_SMALL_SET = 10_000
#: Readings of the gradients in an epoch: as many on every machine, however busy it is.
_READINGS = 10


@dataclass(frozen=True)
class Plan:
    """One training.

    Parameters
    ----------
    model : {"mlp", "cnn"}
        ``mlp``: 512 hidden ReLU units and a softmax; ``cnn``: two convolutions and a softmax.
    framework : {"jax", "torch"}
        Keras 3 on JAX, or PyTorch.
    epochs : int
    batch_size : int
    learning_rate : float
    seed : int
    """

    model: ModelKind
    framework: Framework
    epochs: int
    batch_size: int
    learning_rate: float = 1e-3
    seed: int = 0


def make_plan(
    data: ImageData, *, model: ModelKind, framework: Framework, epochs: int | None
) -> Plan:
    """Fill in what depends on the data: batches of 128 (32 for a small set), 10 epochs or 3."""
    if epochs is None:
        epochs = 3 if model == "cnn" and len(data.x_train) > _SMALL_SET else 10
    if epochs < 1:
        raise ValueError(f"`epochs` must be at least 1; got {epochs}.")
    batch_size = 128 if len(data.x_train) > _SMALL_SET else 32
    return Plan(model, framework, epochs, batch_size)


def steps_per_epoch(data: ImageData, plan: Plan) -> int:
    """Count the batches of an epoch, the last of which may be smaller."""
    return -(-len(data.x_train) // plan.batch_size)


def gradients_every(data: ImageData, plan: Plan) -> int:
    """Give the steps between two readings of the gradients."""
    return max(1, steps_per_epoch(data, plan) // _READINGS)

"""Which epoch a step belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names
from bathyscope.views.base import RunData


def epochs_of_run(run: RunData, steps: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Epochs completed at each step of a run; None if the run recorded no epochs."""
    if _names.EPOCH not in run.scalar_names():
        return None
    recorded = run.scalars(_names.EPOCH)
    return epochs_at(steps, recorded.steps, recorded.values)


def epochs_at(
    steps: NDArray[np.int64], known_steps: NDArray[Any], known_epochs: NDArray[Any]
) -> NDArray[np.float64] | None:
    """Epochs completed at each step, in between and beyond those recorded by straight lines.

    Training starts at step 0 with 0 epochs done. None if nothing usable was recorded.
    """
    usable = np.isfinite(known_epochs) & (known_steps > 0)
    if not usable.any():
        return None
    x = np.concatenate([[0.0], known_steps[usable]])
    y = np.concatenate([[0.0], known_epochs[usable]])
    beyond = np.maximum(steps - x[-1], 0.0)
    return np.interp(steps, x, y) + beyond * (y[-1] - y[-2]) / (x[-1] - x[-2])


def epoch_numbers(epochs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of the epoch each step was part of: 1 up to the end of the first epoch."""
    # A step that ends an epoch belongs to it, whatever rounding the interpolation left.
    return np.maximum(np.ceil(epochs - 1e-9), 1).astype(np.int64)

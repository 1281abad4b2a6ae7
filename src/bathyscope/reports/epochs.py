"""Which epoch the steps of a page belong to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.sources import OpenRun
from bathyscope.views._curves import standing_out

#: Epochs of so many steps are told; of more, so many of them.
MOST_EPOCHS = 5000


def run_epochs(run: OpenRun) -> dict[int, float]:
    """Epochs completed at each step, for the step slider."""
    if names.EPOCH not in run.scalar_names():
        return {}
    known = standing_out(run, names.EPOCH)
    return dict(spread_epochs(known.steps, known.values, most=MOST_EPOCHS))


def spread_epochs(
    steps: NDArray[np.int64], epochs: NDArray[np.float64], *, most: int
) -> list[tuple[int, float]]:
    """Pair steps and epochs where these are finite; of a great many give some, as far apart."""
    is_known = np.isfinite(epochs)
    count = int(is_known.sum())
    kept = np.linspace(0, count - 1, min(most, count)).astype(int)
    return list(zip(steps[is_known][kept].tolist(), epochs[is_known][kept].tolist(), strict=True))

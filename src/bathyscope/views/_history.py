"""Whether samples are predicted rightly from step to step, and what becomes of them.

References
----------
M. Toneva et al., "An empirical study of example forgetting during deep neural network learning",
ICLR 2019, arXiv:1812.05159; there counted whenever a sample is trained on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.views import _recorded as recorded
from bathyscope.views._stepped import evenly
from bathyscope.views.base import RunData

Floats = NDArray[np.float64]

KINDS = ("never learned", "forgotten", "learned late", "always right")
#: Steps that are read at most to say what became of samples beside another picture.
_STEPS = 60


def turns(right: Floats, before: float, after: float) -> NDArray[np.bool_]:
    """Tell at which steps each sample turned; unknown ones are passed over.

    Parameters
    ----------
    right : array of float, shape (n_steps, n_samples)
        1 right, 0 wrong, NaN unknown.
    before, after : float
        From what to what.
    """
    carried = right.copy()
    for row in range(1, len(carried)):
        unknown = np.isnan(carried[row])
        carried[row, unknown] = carried[row - 1, unknown]
    turned = np.zeros(carried.shape, dtype=np.bool_)
    turned[1:] = (carried[:-1] == before) & (carried[1:] == after)
    return turned


def kinds(right: Floats) -> NDArray[np.int64]:
    """Say what became of each sample, as an index into `KINDS`.

    Parameters
    ----------
    right : array of float, shape (n_steps, n_samples)
        As in `turns`.
    """
    never = ~(right == 1).any(axis=0)
    late = (right == 0).any(axis=0)
    forgotten = turns(right, 1.0, 0.0).any(axis=0)
    return np.select([never, forgotten, late], [0, 1, 2], default=3).astype(np.int64)


def what_became(run: RunData, split: str, ids: NDArray[Any]) -> NDArray[np.int64] | None:
    """Follow samples over the recorded steps; None where there are not two of them.

    Returns
    -------
    array of int64, shape (n_samples,)
        Indices into `KINDS`.
    """
    known = np.array(run.table_steps(names.PREDICTIONS + split), dtype=np.int64)
    if len(known) < 2:
        return None
    right, _ = history(run, split, known[evenly(len(known), _STEPS)], ids)
    return kinds(right)


def history(
    run: RunData, split: str, steps: NDArray[np.int64], ids: NDArray[Any]
) -> tuple[Floats, Floats]:
    """Read whether samples were right, and their losses, at each of some recorded steps."""
    name = names.PREDICTIONS + split
    right = np.full((len(steps), len(ids)), np.nan)
    loss = np.full((len(steps), len(ids)), np.nan)
    for row, step in enumerate(steps.tolist()):
        found = recorded.looked_up(run.table(name, step=step), ids)
        if "true" not in found or "predicted" not in found:
            continue
        known = found["true"] >= 0
        right[row, known] = (found["true"] == found["predicted"])[known]
        if "loss" in found:
            loss[row] = found["loss"]
    return right, loss

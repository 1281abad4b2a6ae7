"""What came out of runs: the last and the best value of a metric."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import NotRecorded, unknown_name
from bathyscope.views._curves import standing_out
from bathyscope.views._metric_series import metric_names
from bathyscope.views._words import check_choice
from bathyscope.views.base import RunData

Goal = Literal["min", "max"]
#: Metrics that say most about a run, in this order.
_TELLING = ("val_loss", "test_loss", "eval_loss", "loss", "val_accuracy", "accuracy")
#: Words in the name of a metric that is the better the higher.
_HIGHER = re.compile(
    r"acc|auc|f1|precision|recall|bleu|rouge|reward|return|score|iou|dice|psnr|ssim|r2|map\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Values of one metric, one per run; NaN where a run does not have it.

    Parameters
    ----------
    metric : str
    goal : {"min", "max"}
        Which values are better.
    last, best : array of float64, shape (n_runs,)
        ``last`` is as recorded: NaN and infinities are results. ``best`` is the best finite one.
    best_step, last_step : array of int64, shape (n_runs,)
        -1 where there is no such value.
    count : array of int64, shape (n_runs,)
        How many values each run has.
    """

    metric: str
    goal: Goal
    last: NDArray[np.float64]
    best: NDArray[np.float64]
    best_step: NDArray[np.int64]
    last_step: NDArray[np.int64]
    count: NDArray[np.int64]

    def ranks(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the positions of the runs, the best first; those without a finite value last."""
        signed = values if self.goal == "min" else -values
        return np.argsort(np.where(np.isfinite(signed), signed, np.inf), kind="stable")


def outcomes_of(
    runs: Sequence[RunData], metric: str | None = None, goal: Goal | None = None
) -> Outcomes:
    """Read the last and the best value of a metric of each run.

    Parameters
    ----------
    runs : sequence of Run
    metric : str, optional
        By default the one that says most: ``val_loss``, else ``loss``, else what most runs have.
    goal : {"min", "max"}, optional
        Which values are better; by default told by the name.

    Raises
    ------
    UnknownName, NotRecorded
        If no run has that metric, or any metric.
    """
    if goal is not None:
        check_choice("goal", goal, ("min", "max"))
    recorded = [metric_names(run) for run in runs]
    metric = _metric(recorded, metric)
    goal = goal or ("max" if _HIGHER.search(metric) and "loss" not in metric else "min")
    rows = [
        _of_run(run, metric, goal) if metric in known else (np.nan, np.nan, -1, -1, 0)
        for run, known in zip(runs, recorded, strict=True)
    ]
    last, best, best_step, last_step, count = zip(*rows, strict=True)
    return Outcomes(
        metric,
        goal,
        np.array(last, dtype=np.float64),
        np.array(best, dtype=np.float64),
        np.array(best_step, dtype=np.int64),
        np.array(last_step, dtype=np.int64),
        np.array(count, dtype=np.int64),
    )


def _metric(recorded: Sequence[Sequence[str]], metric: str | None) -> str:
    counts: dict[str, int] = {}
    for known in recorded:
        for name in known:
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        raise NotRecorded("The runs must hold a metric; none was recorded of any of them.")
    if metric is not None:
        if metric not in counts:
            raise unknown_name("metric", metric, counts)
        return metric
    most = max(counts.values())
    telling = [name for name in _TELLING if counts.get(name) == most]
    return telling[0] if telling else max(counts, key=lambda name: counts[name])


def _of_run(run: RunData, metric: str, goal: Goal) -> tuple[float, float, int, int, int]:
    steps, values, count = standing_out(run, metric)
    if not len(values):
        return np.nan, np.nan, -1, -1, 0
    finite = np.isfinite(values)
    best, best_step = float("nan"), -1
    if finite.any():
        worst = np.inf if goal == "min" else -np.inf
        pick = np.argmin if goal == "min" else np.argmax
        at = int(pick(np.where(finite, values, worst)))
        best, best_step = float(values[at]), int(steps[at])
    return float(values[-1]), best, best_step, int(steps[-1]), count

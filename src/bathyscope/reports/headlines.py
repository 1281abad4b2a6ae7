"""The few numbers that say most about a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bathyscope import _names as names
from bathyscope._errors import RunError
from bathyscope.sources import OpenRun
from bathyscope.views._curves import standing_out
from bathyscope.views._epochs import epochs_at
from bathyscope.views._intervals import wilson_interval
from bathyscope.views._metric_series import split_name
from bathyscope.views._ranks import processes
from bathyscope.views._recorded import class_names


@dataclass(frozen=True)
class Headline:
    """One telling number.

    Parameters
    ----------
    label : str
        What it is.
    value : str
        The number itself.
    detail : str
        What it rests on: the count, the interval, the step.
    """

    label: str
    value: str
    detail: str = ""

    @property
    def text(self) -> str:
        """Value and detail in one line."""
        return f"{self.value} ({self.detail})" if self.detail else self.value


def headlines(run: OpenRun, *, at_most: int = 3) -> tuple[Headline, ...]:
    """Pick the most telling numbers a run holds, the most telling first.

    What is damaged costs the numbers that need it and no others; `Run.faults` says what it is.
    """
    found = (_headline(candidate, run) for candidate in CANDIDATES)
    return tuple(headline for headline in found if headline)[:at_most]


def _headline(candidate: Callable[[OpenRun], Headline | None], run: OpenRun) -> Headline | None:
    try:
        return candidate(run)
    except RunError:
        return None


def _accuracy(run: OpenRun) -> Headline | None:
    """Give the share of right answers, with a 95% interval."""
    split, table = _best_predictions(run)
    if table is None:
        return None
    right = int((table["true"] == table["predicted"]).sum())
    n = len(table["true"])
    low, high = (float(end) for end in wilson_interval(right, n))
    detail = f"{right:,} of {n:,} samples, 95% interval {low:.1%} to {high:.1%}"
    return Headline(f"Accuracy on {split}", f"{right / n:.2%}", detail)


def _worst_confusion(run: OpenRun) -> Headline | None:
    """Find the two classes that are mixed up most often."""
    split, table = _best_predictions(run)
    if table is None:
        return None
    true, predicted = table["true"], table["predicted"]
    wrong = true != predicted
    if not wrong.any():
        return None
    pairs, counts = np.unique(
        np.stack([true[wrong], predicted[wrong]], axis=1), axis=0, return_counts=True
    )
    worst = int(counts.argmax())
    classes = class_names(run, split, pairs)
    taken, as_ = (classes[int(code)] for code in pairs[worst])
    of = int((true == pairs[worst][0]).sum())
    return Headline(
        "Most frequent confusion", f"{taken} taken for {as_}", f"{counts[worst]} of {of} in {split}"
    )


def _explained(run: OpenRun) -> Headline | None:
    """Give the share of the variance that a regression explains, on the largest set of samples."""
    splits = [
        name.removeprefix(names.REGRESSION)
        for name in run.table_names()
        if name.startswith(names.REGRESSION)
    ]
    scalars = run.scalar_names()
    known = [split for split in splits if f"{split}_r2" in scalars]
    if not known:
        return None
    split = max(known, key=lambda name: len(run.table(names.REGRESSION + name).get("true", ())))
    r2, mae = (run.summaries()[f"{split}_{what}"].last for what in ("r2", "mae"))
    return Headline(f"R² on {split}", _written(r2, ".4f"), f"mean absolute error {_written(mae)}")


def _validation_loss(run: OpenRun) -> Headline | None:
    """Say where validation was best, and how far it has drifted since: the sign of overfitting."""
    name = _name_of_validation_loss(run)
    if name is None:
        return None
    label = "Validation loss" if name == "val_loss" else name
    steps, recorded, count = standing_out(run, name)
    finite = np.isfinite(recorded)
    if not finite.any():
        return Headline(label, "never finite", f"{count:,} values")
    values = np.where(finite, recorded, np.inf)
    best = int(values.argmin())
    where = f"best {values[best]:.4g} at {_when(run, int(steps[best]))}"
    return Headline(label, f"{_written(float(recorded[-1]))} at the end", where)


def _name_of_validation_loss(run: OpenRun) -> str | None:
    """Name the loss on data held back: ``val_loss``, else ``eval_loss`` or ``valid_1/l2_loss``."""
    losses = [name for name in run.scalar_names() if "loss" in name.lower()]
    if "val_loss" in losses:
        return "val_loss"
    held_back = [
        name
        for name in losses
        if split_name(name)[1] in ("validation", "evaluation")
        and not name.startswith(names.INTERNAL_SCALARS)
    ]
    # Of several numbered ones the last: XGBoost's users give the training data first.
    return held_back[-1] if held_back else None


def _last_metric(run: OpenRun) -> Headline | None:
    """Give the last training loss; where there is none, the last value of some other metric."""
    told = {names.EPOCH, _name_of_validation_loss(run), *_accuracies(run)}
    metrics = [
        name
        for name in run.scalar_names()
        if name not in told and not name.startswith(names.INTERNAL_SCALARS)
    ]
    if not metrics:
        return None
    name = "loss" if "loss" in metrics else metrics[0]
    last = run.summaries()[name]  # of a long metric much sooner there than all its points
    rank = _rank_of(run, name, last.last_step)
    detail = f"step {last.last_step:,}" + ("" if rank is None else f", rank {rank}")
    return Headline(f"Last {name}", _written(last.last), detail)


def _accuracies(run: OpenRun) -> list[str]:
    """Name the scalars that say what the tables of predictions tell with an interval."""
    tables = [name for name in run.table_names() if name.startswith(names.PREDICTIONS)]
    return [f"{name.removeprefix(names.PREDICTIONS)}_accuracy" for name in tables]


def _rank_of(run: OpenRun, name: str, step: int) -> int | None:
    """Say whose value counts at a step; None where no other rank recorded the metric."""
    joined = [process.rank for process in processes(run.events()).values()]
    if len(set(joined)) < 2:
        return None
    recorded: Any = run  # only a run of ours has ranks
    known = {r for r, names in recorded.scalar_names_by_rank().items() if name in names}
    if len(known) < 2:
        return None
    # One rank after the other: that which joined last counts.
    last = (rank for rank in reversed(joined) if rank in known)
    return next((r for r in last if step in recorded.scalars(name, rank=r).steps), None)


def _written(value: float, form: str = ".4g") -> str:
    """Write a number as the axes do."""
    if np.isfinite(value):
        return f"{value:{form}}".replace("-", "−").replace("e+", "e")
    return "NaN" if np.isnan(value) else "∞" if value > 0 else "−∞"


CANDIDATES: tuple[Callable[[OpenRun], Headline | None], ...] = (
    _accuracy,
    _worst_confusion,
    _explained,
    _validation_loss,
    _last_metric,
)


def _best_predictions(run: OpenRun) -> tuple[str, dict[str, Any] | None]:
    """Give the predictions on the largest set of samples: ``(split, columns)``."""
    tables = {
        name.removeprefix(names.PREDICTIONS): dict(run.table(name))
        for name in run.table_names()
        if name.startswith(names.PREDICTIONS)
    }
    filled = {
        split: table
        for split, table in tables.items()
        if {"true", "predicted"} <= table.keys() and len(table["true"])
    }
    if not filled:
        return "", None
    split = max(filled, key=lambda name: len(filled[name]["true"]))
    return split, filled[split]


def _when(run: OpenRun, step: int) -> str:
    if names.EPOCH not in run.scalar_names():
        return f"step {step:,}"
    steps, epochs, count = standing_out(run, names.EPOCH)
    known = epochs[steps == step]
    if not len(known) and len(steps) < count:  # of a great many not all are read
        known = epochs_at(np.array([step]), steps, epochs)
    if known is None or not np.isfinite(known).any():
        return f"step {step:,}"
    return f"epoch {known[0]:g} of {np.nanmax(epochs):g}"

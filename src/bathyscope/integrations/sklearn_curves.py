"""How an estimator of scikit-learn learned: what it wrote down itself, by optimizer step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bathyscope import _names as names

#: Measures of its fit that an estimator may have; shares of components are added up.
_QUALITY = {
    "explained_variance_ratio_": "explained_variance_ratio",
    "inertia_": "inertia",
    "reconstruction_err_": "reconstruction_error",
    "lower_bound_": "lower_bound",
}
#: Scalars by step.
Points = dict[int, dict[str, float]]


class Progress:
    """Follows one estimator from one look to the next, as a loop of ``partial_fit`` needs."""

    def __init__(self) -> None:
        self._steps = 0
        self._losses: list[float] = []
        self._samples = 0

    def look(self, estimator: Any) -> tuple[int | None, Points]:
        """Give the steps done, if the estimator counts them, and what is new since the last look.

        A step is an update of the weights of a network or a linear model, a boosting round, or
        an iteration of a solver.
        """
        if hasattr(estimator, "loss_curve_"):
            return self._network(estimator)
        return steps_done(estimator), dict(_boosting(estimator))

    def _network(self, estimator: Any) -> tuple[int, Points]:
        losses = list(estimator.loss_curve_)
        if losses[: len(self._losses)] != self._losses or estimator.t_ < self._samples:
            self._steps, self._losses, self._samples = 0, [], 0  # it was fitted anew
        seen = len(self._losses)
        if len(losses) == seen:
            return self._steps, {}
        per_epoch = self._updates_per_epoch(estimator, len(losses) - seen)
        scores = getattr(estimator, "validation_scores_", None) or []
        points: Points = {}
        for epoch in range(seen, len(losses)):
            self._steps += per_epoch
            points[self._steps] = {names.EPOCH: epoch + 1.0, "loss": float(losses[epoch])}
            if epoch < len(scores):
                points[self._steps]["val_score"] = float(scores[epoch])
        self._losses, self._samples = losses, estimator.t_
        return self._steps, points

    def _updates_per_epoch(self, estimator: Any, epochs: int) -> int:
        """Count the batches from ``t_``, the number of samples the network has been shown."""
        n_samples = int(estimator.t_ - self._samples) // epochs
        given = estimator.batch_size
        size = min(200, n_samples) if given == "auto" else min(given, n_samples)
        return -(-n_samples // size)


def fit_quality(estimator: Any) -> dict[str, float]:
    """Say how well an estimator that has no labels fits its data, by measures of its own."""
    found = {name: getattr(estimator, attribute, None) for attribute, name in _QUALITY.items()}
    return {name: float(np.sum(value)) for name, value in found.items() if value is not None}


def steps_done(estimator: Any) -> int | None:
    """Count the steps an estimator has done; None where it does not say, or has none."""
    if hasattr(estimator, "t_"):  # updates of a linear model, from 1 on
        return int(estimator.t_) - 1
    if hasattr(estimator, "staged_predict"):
        done = getattr(estimator, "n_iter_", None)
        return int(done) if done is not None else len(estimator.estimators_)
    # Batches or samples of ``partial_fit``; naive Bayes counts samples by class.
    for count in ("n_iter_", "n_steps_", "n_samples_seen_"):
        done = getattr(estimator, count, None)
        if done is not None:
            return int(np.max(done))
    counts = getattr(estimator, "class_count_", None)
    return None if counts is None else int(np.sum(counts))


def _boosting(estimator: Any) -> Iterator[tuple[int, dict[str, float]]]:
    training = getattr(estimator, "train_score_", ())
    if hasattr(estimator, "validation_score_"):  # histogram boosting: scores, also before round 1
        series = {"score": training, "val_score": estimator.validation_score_}
        yield from _rows(series, first=0)
    else:  # gradient boosting: losses
        yield from _rows({"loss": training, "oob_loss": getattr(estimator, "oob_scores_", ())}, 1)


def _rows(
    series: Mapping[str, Sequence[float]], first: int
) -> Iterator[tuple[int, dict[str, float]]]:
    for row in range(max(len(values) for values in series.values())):
        yield (
            first + row,
            {name: float(values[row]) for name, values in series.items() if row < len(values)},
        )

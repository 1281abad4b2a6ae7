"""One class against all others: what each threshold finds of it, how well its score ranks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bathyscope.views._intervals import Z_95

Floats = NDArray[np.float64]

#: At most so many points of a curve are drawn; measures are computed from all.
DRAWN = 1_000


@dataclass(frozen=True, eq=False)
class Curve:
    """How many samples of a class, and of the others, lie at or above each threshold.

    Parameters
    ----------
    threshold : array of float64, shape (n,)
        Falling.
    hits, false_alarms : array of float64, shape (n,)
        Samples of the class, and others, with a score of at least the threshold.
    positives, negatives : float
        Samples of the class, and others, in all.
    """

    threshold: Floats
    hits: Floats
    false_alarms: Floats
    positives: float
    negatives: float

    @property
    def recall(self) -> Floats:
        """Share of the class that each threshold finds; NaN if it has no samples."""
        return self.hits / self.positives if self.positives else np.full(len(self.hits), np.nan)

    @property
    def false_alarm_rate(self) -> Floats:
        """Share of the others at or above each threshold; NaN if there are none."""
        n = self.negatives
        return self.false_alarms / n if n else np.full(len(self.hits), np.nan)

    @property
    def precision(self) -> Floats:
        """Share of the class among those at or above each threshold; NaN where none is."""
        claimed = self.hits + self.false_alarms
        out = np.full(len(claimed), np.nan)
        return np.divide(self.hits, claimed, out=out, where=claimed > 0)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of precision and recall; NaN where the class does not occur."""
        both = self.positives + self.hits + self.false_alarms
        out = np.full(len(self.hits), np.nan)
        return np.divide(2 * self.hits, both, out=out, where=both > 0)

    def area(self) -> float:
        """Area under the ROC curve: how often a sample of the class scores above another."""
        if not self.positives or not self.negatives:
            return float("nan")
        x = np.concatenate([[0.0], self.false_alarm_rate, [1.0]])
        y = np.concatenate([[0.0], self.recall, [1.0]])
        return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))

    def average_precision(self) -> float:
        """Mean of the precision, weighted by the growth of recall; no interpolation."""
        if not self.positives:
            return float("nan")
        gained = np.diff(self.recall, prepend=0.0)
        return float(np.sum(gained * np.nan_to_num(self.precision)))


def curve_of(score: Floats, is_class: NDArray[np.bool_]) -> Curve:
    """Rank samples by their score.

    Parameters
    ----------
    score : array of float64, shape (n_samples,)
    is_class : array of bool, shape (n_samples,)
    """
    order = np.argsort(-score)
    ordered, found = score[order], is_class[order]
    # Samples of one score are above a threshold together, in whatever order they come.
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    hits = np.cumsum(found, dtype=np.float64)[last]
    false_alarms = last + 1.0 - hits
    return Curve(ordered[last], hits, false_alarms, float(hits[-1]), float(false_alarms[-1]))


def measures_of(curve: Curve, *, is_exact: bool = True) -> dict[str, float]:
    """Say how well a class is ranked in a few numbers.

    Returns
    -------
    dict of str to float
        ``positives``, ``negatives``; ``area`` under the ROC curve and ``low`` to ``high``, its 95%
        interval, NaN where only counts are known; ``average_precision``; ``best_f1``.
    """
    low, high = np.nan, np.nan
    if is_exact:
        low, high = area_interval(curve.hits, curve.false_alarms)
    return {
        "positives": curve.positives,
        "negatives": curve.negatives,
        "area": curve.area(),
        "low": low,
        "high": high,
        "average_precision": curve.average_precision(),
        "best_f1": float(np.nanmax(curve.f1, initial=0.0)),
    }


@dataclass(frozen=True, eq=False)
class Ranking:
    """How well a score ranks the samples of a class.

    Parameters
    ----------
    label : str
        The class.
    measures : mapping of str to float
        As `measures_of` gives them.
    find : callable
        Gives the curve. Those of a thousand classes are large, and ten of them are drawn.
    exact : bool
        Whether there is a threshold for each score that occurs.
    """

    label: str
    measures: Mapping[str, float]
    find: Callable[[], Curve]
    exact: bool = True

    @cached_property
    def curve(self) -> Curve:
        """What each threshold finds."""
        return self.find()

    @property
    def positives(self) -> float:
        """Samples of the class."""
        return self.measures["positives"]

    @property
    def negatives(self) -> float:
        """Samples of other classes."""
        return self.measures["negatives"]

    def area(self) -> float:
        """Area under the ROC curve: how often a sample of the class scores above another."""
        return self.measures["area"]

    def average_precision(self) -> float:
        """Mean of the precision, weighted by the growth of recall; no interpolation."""
        return self.measures["average_precision"]


def area_interval(hits: Floats, false_alarms: Floats) -> tuple[float, float]:
    """Give the 95% interval of the area under the ROC curve; NaN for less than two on a side.

    Parameters
    ----------
    hits, false_alarms : array of float64, shape (n,)
        As those of a `Ranking` whose last threshold all samples reach.

    References
    ----------
    E. DeLong, D. DeLong and D. Clarke-Pearson, "Comparing the areas under two or more correlated
    receiver operating characteristic curves", Biometrics 44 (1988), 837-845.
    """
    n_class, n_others = float(hits[-1]), float(false_alarms[-1])
    if n_class < 2 or n_others < 2:
        return float("nan"), float("nan")
    of_class, of_others = np.diff(hits, prepend=0.0), np.diff(false_alarms, prepend=0.0)
    # At each threshold the share of the other side that a sample there stands above, or below;
    # equal ones count by half.
    won = 1.0 - (false_alarms - of_others / 2) / n_others
    lost = (hits - of_class / 2) / n_class
    area = float(of_class @ won) / n_class
    variance = float(of_class @ (won - area) ** 2) / (n_class - 1) / n_class
    variance += float(of_others @ (lost - area) ** 2) / (n_others - 1) / n_others
    spread = float(np.sqrt(variance))
    return max(area - Z_95 * spread, 0.0), min(area + Z_95 * spread, 1.0)


def thinned(count: int) -> NDArray[np.int64]:
    """Choose the points of a curve that are drawn, the first and the last among them."""
    if count <= DRAWN:
        return np.arange(count)
    return np.unique(np.rint(np.linspace(0, count - 1, DRAWN)).astype(np.int64))

"""Samples ranked by the score of a class: what each threshold finds, how good the ranking is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._classified import classify, score_classes
from bathyscope.views._intervals import Z_95
from bathyscope.views._labels import Codes
from bathyscope.views._scores import ScoreKind, Scores, class_scores_from
from bathyscope.views._stepped import STEP, read_stepped, recorded_names, steps_in
from bathyscope.views.base import RunData

Floats = NDArray[np.float64]

#: At most so many points of a curve are drawn; measures are computed from all.
DRAWN = 1_000


@dataclass(frozen=True, eq=False)
class Judged:
    """Scores of samples whose class is known.

    Parameters
    ----------
    scores : Scores
        Of shape (n_samples, n_classes).
    true : array of int64, shape (n_samples,)
    classes : tuple of str
    subject : str
        Which samples, at which step.
    """

    scores: Scores
    true: Codes
    classes: tuple[str, ...]
    subject: str = ""

    def known(self) -> Judged:
        """Leave out samples whose class is unknown.

        Raises
        ------
        ValueError
            If none is known.
        """
        at = np.flatnonzero(self.true >= 0)
        if not at.size:
            raise ValueError("`y_true` must hold the class of at least one sample; got none.")
        return Judged(self.scores.take(at), self.true[at], self.classes, self.subject)


def judged_from_arrays(
    y_true: ArrayLike,
    scores: ArrayLike | Scores,
    *,
    classes: Sequence[Any] | None = None,
    kind: ScoreKind = "auto",
    subject: str = "",
) -> Judged:
    """Bring scores and labels into one form."""
    found = class_scores_from(scores, kind=kind)
    labels, true = score_classes(found, classes, y_true)
    return Judged(found, true, labels, subject).known()


def judged_from_model(
    model: Model,
    x: Any,
    y: ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    kind: ScoreKind = "auto",
    batch_size: int = 256,
) -> Judged:
    """Run a classifier over samples whose classes are known."""
    done = classify(model, x, y, classes=classes, kind=kind, batch_size=batch_size)
    return Judged(done.scores, done.true, done.classes).known()


def judged_from_run(run: RunData, split: str | None, step: int) -> Judged:
    """Read scores a run recorded, and the classes of their samples.

    Raises
    ------
    NotRecorded
        If there are no scores, or no classes of their samples.
    """
    split = recorded.default_split(run, run.array_groups(), names.SCORES, split)
    step, arrays = recorded.read_arrays(run, names.SCORES + split, step)
    values = recorded.require_key(run, names.SCORES + split, arrays, "scores")
    ids = recorded.group_ids(run, split, arrays, len(values))
    true = recorded.columns_of(run, split, step, ids).get("true")
    if true is None or not (np.asarray(true) >= 0).any():
        raise NotRecorded(
            f"The run `{run.name}` must hold the true classes of its {split} samples in "
            f"`{names.PREDICTIONS}{split}`; it does not. Record them with "
            "`run.evaluate(model, x, y)` or `run.evaluate_scores(scores, y)`."
        )
    scores = recorded.scores_from(run, split, values)
    labels = recorded.class_names(run, np.array([scores.values.shape[1] - 1]))
    subject = f"{split} samples, step {step:,}"
    return Judged(scores, np.asarray(true, dtype=np.int64), labels, subject).known()


def judged_splits(run: RunData) -> dict[str, tuple[int, ...]]:
    """Find the sets of samples with scores and classes, and the steps of their scores.

    The few probe samples are judged only where nothing else is.
    """
    tables = run.table_names()
    known = [
        split
        for split in recorded.splits(run.array_groups(), names.SCORES)
        if names.PREDICTIONS + split in tables
    ]
    chosen = [split for split in known if split != "probe"] or known
    return {split: tuple(run.array_steps(names.SCORES + split)) for split in chosen}


@dataclass(frozen=True, eq=False)
class Ranking:
    """How many samples of a class, and of the others, lie at or above each threshold.

    Parameters
    ----------
    label : str
        The class.
    threshold : array of float64, shape (n,)
        Falling.
    hits, false_alarms : array of float64, shape (n,)
        Samples of the class, and others, with a score of at least the threshold.
    positives, negatives : float
        Samples of the class, and others, in all.
    low, high : float
        95% interval of the area under the ROC curve; NaN where only counts are known.
    exact : bool
        Whether there is a threshold for each score that occurs.
    """

    label: str
    threshold: Floats
    hits: Floats
    false_alarms: Floats
    positives: float
    negatives: float
    low: float = float("nan")
    high: float = float("nan")
    exact: bool = True

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
        return self._area

    def average_precision(self) -> float:
        """Mean of the precision, weighted by the growth of recall; no interpolation."""
        return self._average_precision

    # Pictures ask for these again and again: to order the classes, in a table, in a note.
    @cached_property
    def _area(self) -> float:
        if not self.positives or not self.negatives:
            return float("nan")
        x = np.concatenate([[0.0], self.false_alarm_rate, [1.0]])
        y = np.concatenate([[0.0], self.recall, [1.0]])
        return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))

    @cached_property
    def _average_precision(self) -> float:
        if not self.positives:
            return float("nan")
        gained = np.diff(self.recall, prepend=0.0)
        return float(np.sum(gained * np.nan_to_num(self.precision)))


def rank(label: str, score: Floats, is_class: NDArray[np.bool_]) -> Ranking:
    """Rank samples by their score.

    Parameters
    ----------
    label : str
    score : array of float64, shape (n_samples,)
    is_class : array of bool, shape (n_samples,)
    """
    order = np.argsort(-score)
    ordered, found = score[order], is_class[order]
    # Samples of one score are above a threshold together, in whatever order they come.
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    hits = np.cumsum(found, dtype=np.float64)[last]
    false_alarms = last + 1.0 - hits
    low, high = area_interval(hits, false_alarms)
    return Ranking(
        label,
        ordered[last],
        hits,
        false_alarms,
        float(hits[-1]),
        float(false_alarms[-1]),
        low,
        high,
    )


def rankings_of(judged: Judged) -> tuple[Ranking, ...]:
    """Rank the samples by the score of each class; of two exclusive classes by the second."""
    n_classes = len(judged.classes)
    codes = [1] if n_classes == 2 and judged.scores.exclusive else range(n_classes)
    by_class = np.ascontiguousarray(judged.scores.values.T)
    return tuple(rank(judged.classes[code], by_class[code], judged.true == code) for code in codes)


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


def imported_names(run: RunData) -> tuple[str, ...]:
    """Name the precision-recall curves of a TensorBoard log."""
    return recorded_names(run.table_names(), names.PR_CURVES)


def imported_steps(run: RunData, name: str) -> tuple[int, ...]:
    """Give the steps of a curve of a TensorBoard log."""
    return steps_in(run, names.PR_CURVES + name)


def imported_ranking(run: RunData, name: str, step: int) -> tuple[int, Ranking]:
    """Read a precision-recall curve of a TensorBoard log, which holds counts by threshold."""
    table_name = names.PR_CURVES + name
    step = run.resolve_step(step, imported_steps(run, name), what=table_name)
    counts = ("true_positives", "false_positives", "true_negatives", "false_negatives")
    table = read_stepped(run, table_name, ("threshold", *counts))
    rows = np.flatnonzero(table[STEP] == step)
    rows = rows[np.argsort(-table["threshold"][rows], kind="stable")]
    hits, alarms, rejected, missed = (table[key][rows].astype(np.float64) for key in counts)
    return step, Ranking(
        name,
        table["threshold"][rows].astype(np.float64),
        hits,
        alarms,
        float((hits + missed).max(initial=0.0)),
        float((alarms + rejected).max(initial=0.0)),
        exact=False,
    )


def thinned(count: int) -> NDArray[np.int64]:
    """Choose the points of a curve that are drawn, the first and the last among them."""
    if count <= DRAWN:
        return np.arange(count)
    return np.unique(np.rint(np.linspace(0, count - 1, DRAWN)).astype(np.int64))

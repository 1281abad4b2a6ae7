"""Scores of samples whose classes are known, wherever they come from, and their ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._classified import classify, score_classes
from bathyscope.views._labels import Codes
from bathyscope.views._ranked_class import Curve, Ranking, curve_of, measures_of
from bathyscope.views._scores import ScoreKind, Scores, class_scores_from
from bathyscope.views._stepped import STEP, read_stepped, recorded_names, steps_in
from bathyscope.views.base import RunData

Columns = Mapping[str, NDArray[Any]]


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
    labels = recorded.class_names(run, split, np.array([scores.values.shape[1] - 1]))
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


def rankings_of(judged: Judged, measures: Columns | None = None) -> tuple[Ranking, ...]:
    """Rank the samples by the score of each class; of two exclusive classes by the second.

    Parameters
    ----------
    judged : Judged
    measures : mapping of str to array of float64, shape (n_classes,), optional
        Those of `measured`, if they are known.
    """
    known = measured(judged) if measures is None else measures
    return tuple(
        Ranking(
            judged.classes[code],
            {name: float(values[row]) for name, values in known.items()},
            partial(_curve, judged, code),
        )
        for row, code in enumerate(_ranked_codes(judged))
    )


def measured(judged: Judged) -> Columns:
    """Measure how well each class is ranked, one curve after the other.

    Returns
    -------
    dict of str to array of float64, shape (n_classes,)
        As `measures_of` names them.
    """
    rows = [measures_of(_curve(judged, code)) for code in _ranked_codes(judged)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _ranked_codes(judged: Judged) -> Sequence[int]:
    n_classes = len(judged.classes)
    return [1] if n_classes == 2 and judged.scores.exclusive else range(n_classes)


def _curve(judged: Judged, code: int) -> Curve:
    score = np.ascontiguousarray(judged.scores.values[:, code])
    return curve_of(score, judged.true == code)


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
    curve = Curve(
        table["threshold"][rows].astype(np.float64),
        hits,
        alarms,
        float((hits + missed).max(initial=0.0)),
        float((alarms + rejected).max(initial=0.0)),
    )
    measures = measures_of(curve, is_exact=False)
    return step, Ranking(name, measures, lambda: curve, exact=False)

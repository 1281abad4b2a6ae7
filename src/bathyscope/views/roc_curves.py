"""How well scores rank the samples of a class above the others: ROC curves with their areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.figures import Axis, Figure, Ids, Line, Mark, Note, Panel, Table
from bathyscope.views._judged_views import RankedView
from bathyscope.views._ranked_class import Ranking, thinned
from bathyscope.views._ranking import judged_from_arrays
from bathyscope.views._scores import ScoreKind
from bathyscope.views._words import listing, sentences
from bathyscope.views.base import register

#: With more classes than this, only those of the smallest area are drawn.
LIMIT = 10


@register(room="predictions", place=60)
@dataclass(frozen=True, eq=False, repr=False)
class RocCurves(RankedView):
    """One ROC curve for each class, against all others; of two classes for the second.

    Parameters
    ----------
    rankings : tuple of Ranking
    limit : int
        How many classes are drawn, those of the smallest area.
    subject : str
        Which samples, at which step; part of the title.
    note : str
        What was done to the scores.
    """

    rankings: tuple[Ranking, ...]
    limit: int = LIMIT
    subject: str = ""
    note: str = ""

    offered = "ROC curves of the {split} samples"
    offered_of_log = "ROC curve of {name}"

    @classmethod
    def _made(
        cls, rankings: tuple[Ranking, ...], limit: int | None, subject: str, note: str
    ) -> RocCurves:
        return cls(rankings, LIMIT if limit is None else limit, subject, note)

    def figure(self) -> Figure:
        """Draw the curves, those of the smallest area first."""
        title = "ROC curves" + (f": {self.subject}" if self.subject else "")
        usable = [r for r in self.rankings if r.positives and r.negatives]
        if not usable:
            text = "A curve needs samples of a class and of another; there are none."
            return Figure(title, (Panel((Note(text),)),), note=self.note)
        drawn = sorted(usable, key=lambda ranking: ranking.area())[: self.limit]
        single = len(usable) == 1
        marks: list[Mark] = [
            Line(
                np.array([0.0, 1.0]), np.array([0.0, 1.0]), "by chance", "muted", dash="dot",
                markers=False,
            )
        ]  # fmt: skip
        marks += [_curve(ranking, tone) for tone, ranking in enumerate(drawn)]
        panel = Panel(
            tuple(marks),
            x=Axis("false alarms: share of the others", domain=(0.0, 1.0)),
            y=Axis("recall: share of the class", domain=(0.0, 1.0)),
        )
        note = self._note(drawn, usable)
        if single:
            return Figure(title, (panel,), note=note)
        return Figure(title, (panel, _table(usable)), columns=2, note=note, widths=(3.0, 2.0))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per class and threshold."""
        curves = [ranking.curve for ranking in self.rankings]
        sizes = [len(curve.threshold) for curve in curves]
        return {
            "class": np.repeat(np.array([r.label for r in self.rankings], dtype=np.str_), sizes),
            "threshold": np.concatenate([curve.threshold for curve in curves]),
            "false_alarm_rate": np.concatenate([curve.false_alarm_rate for curve in curves]),
            "recall": np.concatenate([curve.recall for curve in curves]),
            "area": np.repeat([r.area() for r in self.rankings], sizes),
        }

    def _note(self, drawn: Sequence[Ranking], usable: Sequence[Ranking]) -> str:
        areas = [ranking.area() for ranking in usable]
        missing = [r.label for r in self.rankings if not (r.positives and r.negatives)]
        one = usable[0]
        low, high = one.measures["low"], one.measures["high"]
        interval = "" if np.isnan(low) else f" (95% interval {low:.4f} to {high:.4f})"
        counted = f", {one.positives:,.0f} samples of the class and {one.negatives:,.0f} others"
        return sentences(
            [
                f"Area {one.area():.4f}{interval}{counted}."
                if len(usable) == 1
                else f"Mean area of {len(usable):,} classes: {np.mean(areas):.4f}. "
                "Intervals are of 95% (DeLong).",
                f"The {len(drawn)} classes with the smallest area are drawn."
                if len(drawn) < len(usable)
                else "",
                "" if one.exact else "The log holds counts at its thresholds only.",
                f"No curve, as there are no samples: {listing(missing)}." if missing else "",
                self.note,
            ]
        )


def _table(usable: Sequence[Ranking]) -> Panel:
    worst = sorted(usable, key=lambda ranking: ranking.area())
    labels = np.array([ranking.label for ranking in worst], dtype=np.str_)
    table = Table(
        {
            "class": labels,
            "area": np.array([ranking.area() for ranking in worst]),
            "from": np.array([ranking.measures["low"] for ranking in worst]),
            "to": np.array([ranking.measures["high"] for ranking in worst]),
            "samples": np.array([ranking.positives for ranking in worst]),
        },
        formats={"area": ".4f", "from": ".4f", "to": ".4f", "samples": ",.0f"},
        dashes=("from", "to"),
        ids=Ids("class", labels),
    )
    return Panel((table,), title="Areas")


def _curve(ranking: Ranking, tone: int) -> Line:
    x = np.concatenate([[0.0], ranking.curve.false_alarm_rate, [1.0]])
    y = np.concatenate([[0.0], ranking.curve.recall, [1.0]])
    # Points on a straight line between their neighbours change nothing.
    bends = np.diff(x[:-1]) * np.diff(y[1:]) != np.diff(x[1:]) * np.diff(y[:-1])
    kept = np.concatenate([[True], bends, [True]])
    x, y = x[kept], y[kept]
    at = thinned(len(x))
    ids = Ids("class", np.array([ranking.label]))
    return Line(x[at], y[at], ranking.label, tone, markers=False, ids=ids)


def roc_curves(
    y_true: ArrayLike,
    scores: ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    kind: ScoreKind = "auto",
    limit: int = LIMIT,
    subject: str = "",
) -> RocCurves:
    """Show how well scores rank the samples of each class.

    Parameters
    ----------
    y_true : array, shape (n_samples,)
        Class names, class numbers, or one-hot rows.
    scores : array, shape (n_samples, n_classes), or (n_samples,) for the second of two classes
    classes : sequence, optional
        Class names; by default their numbers.
    kind : {"auto", "probabilities", "logits", "independent"}
        What the scores are.
    limit : int
        How many classes are drawn, those of the smallest area.
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> roc_curves([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).rankings[0].area()
    0.75
    """
    judged = judged_from_arrays(y_true, scores, classes=classes, kind=kind, subject=subject)
    return RocCurves._of(judged, limit=limit)

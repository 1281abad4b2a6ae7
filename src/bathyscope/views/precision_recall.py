"""What must be paid in precision to find more of a class: curves over all thresholds."""

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

#: With more classes than this, only those of the lowest average precision are drawn.
LIMIT = 10


@register(room="predictions", place=50)
@dataclass(frozen=True, eq=False, repr=False)
class PrecisionRecall(RankedView):
    """One curve for each class, against all others; of two classes for the second.

    Parameters
    ----------
    rankings : tuple of Ranking
    limit : int
        How many classes are drawn, those of the lowest average precision.
    subject : str
        Which samples, at which step; part of the title.
    note : str
        What was done to the scores.
    """

    rankings: tuple[Ranking, ...]
    limit: int = LIMIT
    subject: str = ""
    note: str = ""

    offered = "Precision and recall of the {split} samples"
    offered_of_log = "Precision and recall of {name}"

    @classmethod
    def _made(
        cls, rankings: tuple[Ranking, ...], limit: int | None, subject: str, note: str
    ) -> PrecisionRecall:
        return cls(rankings, LIMIT if limit is None else limit, subject, note)

    def figure(self) -> Figure:
        """Draw the curves, those of the lowest average precision first."""
        title = "Precision and recall" + (f": {self.subject}" if self.subject else "")
        usable = [ranking for ranking in self.rankings if ranking.positives]
        if not usable:
            text = "A curve needs samples of its class; there are none."
            return Figure(title, (Panel((Note(text),)),), note=self.note)
        drawn = sorted(usable, key=lambda ranking: ranking.average_precision())[: self.limit]
        single = len(usable) == 1
        marks: list[Mark] = []
        if single:
            share = usable[0].positives / ((usable[0].positives + usable[0].negatives) or 1.0)
            marks.append(
                Line(
                    np.array([0.0, 1.0]), np.array([share, share]), "by chance", "muted",
                    dash="dot", markers=False,
                )
            )  # fmt: skip
        marks += [_curve(ranking, tone) for tone, ranking in enumerate(drawn)]
        panel = Panel(
            tuple(marks),
            x=Axis("recall: share of the class that is found", domain=(0.0, 1.0)),
            y=Axis("precision: share of those found that are right", domain=(0.0, 1.0)),
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
            "precision": np.concatenate([curve.precision for curve in curves]),
            "recall": np.concatenate([curve.recall for curve in curves]),
            "average_precision": np.repeat([r.average_precision() for r in self.rankings], sizes),
        }

    def _note(self, drawn: Sequence[Ranking], usable: Sequence[Ranking]) -> str:
        found = [ranking.average_precision() for ranking in usable]
        missing = [ranking.label for ranking in self.rankings if not ranking.positives]
        one = usable[0]
        total = one.positives + one.negatives
        return sentences(
            [
                f"Average precision {one.average_precision():.4f}; "
                f"{one.positives:,.0f} of {total:,.0f} samples are of the class."
                if len(usable) == 1
                else f"Mean average precision of {len(usable):,} classes: {np.mean(found):.4f}.",
                f"The {len(drawn)} classes with the lowest average precision are drawn."
                if len(drawn) < len(usable)
                else "",
                "" if one.exact else "The log holds counts at its thresholds only.",
                f"No curve, as there are no samples: {listing(missing)}." if missing else "",
                self.note,
            ]
        )


def _table(usable: Sequence[Ranking]) -> Panel:
    worst = sorted(usable, key=lambda ranking: ranking.average_precision())
    labels = np.array([ranking.label for ranking in worst], dtype=np.str_)
    table = Table(
        {
            "class": labels,
            "average precision": np.array([ranking.average_precision() for ranking in worst]),
            "highest F1": np.array([ranking.measures["best_f1"] for ranking in worst]),
            "samples": np.array([ranking.positives for ranking in worst]),
        },
        formats={"average precision": ".4f", "highest F1": ".4f", "samples": ",.0f"},
        ids=Ids("class", labels),
    )
    return Panel((table,), title="Per class")


def _curve(ranking: Ranking, tone: int) -> Line:
    curve = ranking.curve
    known = ~np.isnan(curve.precision)
    recall, precision = curve.recall[known], curve.precision[known]
    at = thinned(len(recall))
    # From one threshold to the next there is nothing in between: steps, not slopes.
    x = np.repeat(np.append(0.0, recall[at]), 2)[1:-1]
    y = np.repeat(precision[at], 2)
    ids = Ids("class", np.array([ranking.label]))
    return Line(x, y, ranking.label, tone, markers=False, ids=ids)


def precision_recall(
    y_true: ArrayLike,
    scores: ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    kind: ScoreKind = "auto",
    limit: int = LIMIT,
    subject: str = "",
) -> PrecisionRecall:
    """Show precision and recall of each class over all thresholds.

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
        How many classes are drawn, those of the lowest average precision.
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> view = precision_recall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> round(view.rankings[0].average_precision(), 4)
    0.8333
    """
    judged = judged_from_arrays(y_true, scores, classes=classes, kind=kind, subject=subject)
    return PrecisionRecall._of(judged, limit=limit)

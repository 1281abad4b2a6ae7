"""What must be paid in precision to find more of a class: curves over all thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.figures import Axis, Figure, Ids, Line, Mark, Note, Panel, Table
from bathyscope.models.protocol import Model
from bathyscope.views._ranking import (
    Judged,
    Ranking,
    imported_names,
    imported_ranking,
    imported_steps,
    judged_from_arrays,
    judged_from_model,
    judged_from_run,
    judged_splits,
    rankings_of,
    thinned,
)
from bathyscope.views._scores import ScoreKind
from bathyscope.views._words import listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

#: With more classes than this, only those of the lowest average precision are drawn.
LIMIT = 10


@register(room="predictions", place=50)
@dataclass(frozen=True, eq=False, repr=False)
class PrecisionRecall(View):
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

    @classmethod
    def from_model(
        cls,
        model: Model,
        x: Any,
        y: ArrayLike,
        *,
        classes: Sequence[Any] | None = None,
        scores: ScoreKind = "auto",
        batch_size: int = 256,
        limit: int = LIMIT,
    ) -> PrecisionRecall:
        """Rank samples by a model's scores; parameters as in `ConfusionMatrix.from_model`."""
        judged = judged_from_model(model, x, y, classes=classes, kind=scores, batch_size=batch_size)
        return cls._of(judged, limit)

    @classmethod
    def from_run(
        cls,
        run: RunData,
        *,
        split: str | None = None,
        curve: str | None = None,
        step: int = -1,
        limit: int = LIMIT,
    ) -> PrecisionRecall:
        """Rank samples by the scores a run recorded, or show a curve of a TensorBoard log.

        Parameters
        ----------
        run : Run
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        curve : str, optional
            The tag of a precision-recall curve of a TensorBoard log.
        step : int
            A recorded step; -1 is the last.
        limit : int
            How many classes are drawn.
        """
        if curve is not None:
            step, ranking = imported_ranking(run, curve, step)
            return cls((ranking,), limit, f"{curve}, step {step:,}")
        return cls._of(judged_from_run(run, split, step), limit)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every set of samples with scores and classes, and every imported curve."""
        for split, steps in judged_splits(run).items():
            yield Offer(f"Precision and recall of the {split} samples", {"split": split}, steps)
        for name in imported_names(run):
            title = f"Precision and recall of {name}"
            yield Offer(title, {"curve": name}, imported_steps(run, name))

    @classmethod
    def _of(cls, judged: Judged, limit: int) -> PrecisionRecall:
        if limit < 1:
            raise ValueError(f"`limit` must be at least 1; got {limit}.")
        return cls(rankings_of(judged), limit, judged.subject, judged.scores.note)

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
        sizes = [len(r.threshold) for r in self.rankings]
        return {
            "class": np.repeat(np.array([r.label for r in self.rankings], dtype=np.str_), sizes),
            "threshold": np.concatenate([r.threshold for r in self.rankings]),
            "precision": np.concatenate([r.precision for r in self.rankings]),
            "recall": np.concatenate([r.recall for r in self.rankings]),
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
    best_f1 = [float(np.nanmax(ranking.f1, initial=0.0)) for ranking in worst]
    table = Table(
        {
            "class": labels,
            "average precision": np.array([ranking.average_precision() for ranking in worst]),
            "highest F1": np.array(best_f1),
            "samples": np.array([ranking.positives for ranking in worst]),
        },
        formats={"average precision": ".4f", "highest F1": ".4f", "samples": ",.0f"},
        ids=Ids("class", labels),
    )
    return Panel((table,), title="Per class")


def _curve(ranking: Ranking, tone: int) -> Line:
    known = ~np.isnan(ranking.precision)
    recall, precision = ranking.recall[known], ranking.precision[known]
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
    return PrecisionRecall._of(judged, limit)

"""What a threshold does: of two classes to precision and recall, of many to who is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.figures import Axis, Figure, Line, Panel
from bathyscope.views._intervals import wilson_interval
from bathyscope.views._judged_views import JudgedView
from bathyscope.views._ranked_class import curve_of, thinned
from bathyscope.views._ranking import Judged, judged_from_arrays
from bathyscope.views._scores import ScoreKind
from bathyscope.views._words import sentences
from bathyscope.views.base import register


@register(room="predictions", place=80)
@dataclass(frozen=True, eq=False, repr=False)
class Thresholds(JudgedView):
    """Measures at every threshold that makes a difference.

    Parameters
    ----------
    threshold : array of float64, shape (n,)
        Falling.
    measures : mapping of str to array of float64, shape (n,)
        Of two classes ``precision``, ``recall`` and ``F1`` of the second. Of more: ``accuracy`` of
        the samples whose confidence reaches the threshold, and ``answered``, their share.
    right, claimed : array of float64, shape (n,)
        Right ones among the samples that reach the threshold.
    what : str
        What is compared with the threshold.
    subject : str
        Which samples, at which step; part of the title.
    note : str
        What was done to the scores.
    """

    threshold: NDArray[np.float64]
    measures: Mapping[str, NDArray[np.float64]]
    right: NDArray[np.float64]
    claimed: NDArray[np.float64]
    what: str
    subject: str = ""
    note: str = ""

    offered = "Thresholds for the {split} samples"

    @classmethod
    def _of(cls, judged: Judged) -> Thresholds:  # pyright: ignore[reportIncompatibleMethodOverride]
        values, note = judged.scores.values, judged.scores.note
        if len(judged.classes) == 2 and judged.scores.exclusive:
            label = judged.classes[1]
            found = curve_of(values[:, 1], judged.true == 1)
            measures = {"precision": found.precision, "recall": found.recall, "F1": found.f1}
            claimed = found.hits + found.false_alarms
            what = f"score of {label}"
            return cls(found.threshold, measures, found.hits, claimed, what, judged.subject, note)
        right = values.argmax(axis=1) == judged.true
        found = curve_of(values.max(axis=1), right)
        claimed = found.hits + found.false_alarms
        measures = {"accuracy": found.precision, "answered": claimed / len(right)}
        what = "confidence"
        return cls(found.threshold, measures, found.hits, claimed, what, judged.subject, note)

    def figure(self) -> Figure:
        """Draw the measures over the threshold."""
        at = thinned(len(self.threshold))
        low, high = wilson_interval(self.right, self.claimed)
        first = next(iter(self.measures))
        marks = tuple(
            Line(
                self.threshold[at],
                values[at],
                label=name,
                tone=tone,
                low=low[at] if name == first else None,
                high=high[at] if name == first else None,
                band_label="95% interval (Wilson)" if name == first else "",
                markers=False if len(at) > 1 else None,
            )
            for tone, (name, values) in enumerate(self.measures.items())
        )
        panel = Panel(
            marks,
            x=Axis(f"threshold: {self.what} of at least", domain=(0.0, 1.0), slider=True),
            y=Axis("share", domain=(0.0, 1.0)),
        )
        title = "Thresholds" + (f": {self.subject}" if self.subject else "")
        return Figure(title, (panel,), note=self._note())

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per threshold: the measures, and the counts behind them."""
        return {
            "threshold": self.threshold,
            **{name.lower(): values for name, values in self.measures.items()},
            "right": self.right,
            "reached": self.claimed,
        }

    def _note(self) -> str:
        best = ""
        if "F1" in self.measures and not np.isnan(self.measures["F1"]).all():
            at = int(np.nanargmax(self.measures["F1"]))
            best = (
                f"F1 is highest, {self.measures['F1'][at]:.3f}, at {self.threshold[at]:.4g}; "
                "choose a threshold on other samples than those it is judged by."
            )
        elif "accuracy" in self.measures:
            best = (
                f"Without a threshold {self.measures['accuracy'][-1]:.2%} are right. Answered: the "
                "share of the samples whose confidence reaches the threshold."
            )
        shown = len(thinned(len(self.threshold)))
        told = (
            f"{shown:,} of {len(self.threshold):,} thresholds are drawn."
            if shown < len(self.threshold)
            else ""
        )
        return sentences([best, told, self.note])


def thresholds(
    y_true: ArrayLike,
    scores: ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    kind: ScoreKind = "auto",
    subject: str = "",
) -> Thresholds:
    """Show what a threshold on scores does.

    Parameters
    ----------
    y_true : array, shape (n_samples,)
        Class names, class numbers, or one-hot rows.
    scores : array, shape (n_samples, n_classes), or (n_samples,) for the second of two classes
    classes : sequence, optional
        Class names; by default their numbers.
    kind : {"auto", "probabilities", "logits", "independent"}
        What the scores are.
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> view = thresholds([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> view.measures["recall"].tolist()
    [0.5, 0.5, 1.0, 1.0]
    """
    judged = judged_from_arrays(y_true, scores, classes=classes, kind=kind, subject=subject)
    return Thresholds._of(judged)

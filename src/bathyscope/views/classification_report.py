"""Precision, recall and F1 of every class, with how sure they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope.figures import Axis, Figure, Ids, Line, Mark, Panel, Points, Table
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._classified import classify
from bathyscope.views._intervals import accuracy_sentence, wilson_interval
from bathyscope.views._labels import encode_labels
from bathyscope.views._scores import ScoreKind
from bathyscope.views._words import check_choice, listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

Sort = Literal["given", "f1"]
Floats = NDArray[np.float64]

#: How many classes are drawn unless told otherwise.
LIMIT = 30
#: How far from its class's line each measure is drawn, so that the intervals do not overlap.
_OFFSETS = {"precision": -0.14, "recall": 0.14}


@register(room="predictions", place=40)
@dataclass(frozen=True, eq=False, repr=False)
class ClassificationReport(View):
    """Counts per class, and the measures that follow from them.

    Parameters
    ----------
    classes : tuple of str
    hits : array of int64, shape (n_classes,)
        Samples of the class that were predicted so.
    support : array of int64, shape (n_classes,)
        Samples of the class.
    claimed : array of int64, shape (n_classes,)
        Samples predicted to be of the class.
    sort : {"given", "f1"}
        Order of the classes; ``f1`` puts the worst first.
    limit : int
        How many classes are drawn; beyond it those of lowest F1.
    subject : str
        Which samples, at which step; part of the title.
    """

    classes: tuple[str, ...]
    hits: NDArray[np.int64]
    support: NDArray[np.int64]
    claimed: NDArray[np.int64]
    sort: Sort = "given"
    limit: int = LIMIT
    subject: str = ""

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
        **options: Any,
    ) -> ClassificationReport:
        """Judge the predictions a model makes; parameters as in `ConfusionMatrix.from_model`."""
        done = classify(model, x, y, classes=classes, kind=scores, batch_size=batch_size)
        return classification_report(done.true, done.predicted, classes=done.classes, **options)

    @classmethod
    def from_run(
        cls, run: RunData, *, split: str | None = None, step: int = -1, **options: Any
    ) -> ClassificationReport:
        """Judge the predictions a run recorded; parameters as in `ConfusionMatrix.from_run`."""
        split, step, table = recorded.read_predictions(run, split, step)
        true, predicted = recorded.label_codes(run, split, table)
        return classification_report(
            true,
            predicted,
            classes=recorded.class_names(run, split, true, predicted),
            subject=f"{split} samples, step {step:,}",
            **options,
        )

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the report of every recorded set of samples, at every recorded step.

        The few probe samples are judged only where nothing else is.
        """
        known = recorded.splits(run.table_names(), names.PREDICTIONS)
        for split in [split for split in known if split != "probe"] or known:
            steps = run.table_steps(names.PREDICTIONS + split)
            yield Offer(f"Classification report of the {split} samples", {"split": split}, steps)

    @property
    def precision(self) -> Floats:
        """Right ones among those predicted to be of each class; NaN if there are none."""
        return _divide(self.hits, self.claimed)

    @property
    def recall(self) -> Floats:
        """Right ones among the samples of each class; NaN if there are none."""
        return _divide(self.hits, self.support)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of precision and recall; NaN for a class that never occurs."""
        return _divide(2 * self.hits, self.support + self.claimed)

    @property
    def accuracy(self) -> float:
        """Share of right predictions."""
        return float(self.hits.sum() / self.support.sum())

    def macro(self) -> dict[str, float]:
        """Give the mean over the classes for which a measure is defined."""
        return {name: _mean(values, np.ones_like(values)) for name, values in self._measures()}

    def weighted(self) -> dict[str, float]:
        """Give the mean weighted by support, over the classes for which a measure is defined."""
        return {name: _mean(values, self.support) for name, values in self._measures()}

    def figure(self) -> Figure:
        """Draw the table, and the measures with their intervals."""
        shown = self._shown()
        title = "Classification report" + (f": {self.subject}" if self.subject else "")
        panels = (self._table_panel(shown), self._interval_panel(shown))
        return Figure(title, panels, columns=2, note=self._note(shown))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per class: the measures, their 95% intervals, and the counts behind them."""
        precision_low, precision_high = wilson_interval(self.hits, self.claimed)
        recall_low, recall_high = wilson_interval(self.hits, self.support)
        return {
            "class": np.array(self.classes),
            "precision": self.precision,
            "precision_low": precision_low,
            "precision_high": precision_high,
            "recall": self.recall,
            "recall_low": recall_low,
            "recall_high": recall_high,
            "f1": self.f1,
            "support": self.support,
            "predicted": self.claimed,
            "right": self.hits,
        }

    def _measures(self) -> list[tuple[str, Floats]]:
        return [("precision", self.precision), ("recall", self.recall), ("f1", self.f1)]

    def _shown(self) -> NDArray[np.int64]:
        """Choose the classes to draw: all, or those of lowest F1, NaN last."""
        worst_first = np.argsort(self.f1, kind="stable")
        if self.sort == "f1":
            return worst_first[: self.limit]
        return np.sort(worst_first[: self.limit])

    def _table_panel(self, shown: NDArray[np.int64]) -> Panel:
        averages = (
            {name: self.accuracy for name, _ in self._measures()},
            self.macro(),
            self.weighted(),
        )
        rows = {
            name: np.append(values[shown], [average[name] for average in averages])
            for name, values in self._measures()
        }
        labels = [self.classes[index] for index in shown]
        total = int(self.support.sum())
        table = Table(
            {
                "class": np.array([*labels, "accuracy", "macro average", "weighted average"]),
                "precision": rows["precision"],
                "recall": rows["recall"],
                "F1": rows["f1"],
                "support": np.append(self.support[shown], [total] * 3),
            },
            formats={"precision": ".3f", "recall": ".3f", "F1": ".3f", "support": ",d"},
            bars=("precision", "recall", "F1"),
            ids=Ids("class", np.array(labels), np.arange(len(labels))),
        )
        return Panel((table,), title="Per class")

    def _interval_panel(self, shown: NDArray[np.int64]) -> Panel:
        labels = tuple(self.classes[index] for index in shown)
        marks: list[Mark] = []
        for tone, (name, n) in enumerate((("precision", self.claimed), ("recall", self.support))):
            marks += _intervals(name, self.hits[shown], n[shown], labels, tone=tone)
        return Panel(
            tuple(marks),
            x=Axis("precision, recall", domain=(self._lowest(shown), 1.0)),
            y=Axis("class", scale="category", categories=labels),
            title="Precision and recall",
            note="Lines are 95% intervals (Wilson): the fewer samples, the longer.",
        )

    def _lowest(self, shown: NDArray[np.int64]) -> float:
        """Give the tenth just below all intervals: where the axis may begin."""
        ends = [
            wilson_interval(self.hits[shown], n[shown])[0] for n in (self.claimed, self.support)
        ]
        lowest = float(np.nanmin(ends))
        return max(0.0, np.floor(lowest * 10) / 10)

    def _note(self, shown: NDArray[np.int64]) -> str:
        absent = [self.classes[i] for i in np.flatnonzero(self.support == 0)]
        unclaimed = [self.classes[i] for i in np.flatnonzero(self.claimed == 0)]
        left_out = len(self.classes) - len(shown)
        return sentences(
            [
                accuracy_sentence(int(self.hits.sum()), int(self.support.sum())),
                f"The {len(shown)} of {len(self.classes):,} classes with the lowest F1 are shown."
                if left_out
                else "",
                f"No sample is of class {listing(absent)}: recall is undefined (NaN)."
                if absent
                else "",
                f"Never predicted: {listing(unclaimed)}: precision is undefined (NaN)."
                if unclaimed
                else "",
                "Averages leave undefined values out." if absent or unclaimed else "",
            ]
        )


def _divide(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    out = np.full(len(part), np.nan)
    return np.divide(part, whole, out=out, where=whole > 0)


def _mean(values: Floats, weights: NDArray[Any]) -> float:
    defined = ~np.isnan(values)
    total = float(weights[defined].sum())
    return float((values[defined] * weights[defined]).sum() / total) if total else float("nan")


def _intervals(
    name: str,
    hits: NDArray[np.int64],
    n: NDArray[np.int64],
    labels: tuple[str, ...],
    *,
    tone: int,
) -> list[Mark]:
    """Draw a dot per class, and a line from one end of its interval to the other."""
    defined = np.flatnonzero(n > 0)
    if not defined.size:
        return []
    share = hits[defined] / n[defined]
    low, high = wilson_interval(hits[defined], n[defined])
    heights = (defined + _OFFSETS[name]).astype(np.float64)
    ids = np.array(labels)[defined]
    marks: list[Mark] = [
        Line(
            np.array([low[i], high[i]]),
            np.array([heights[i], heights[i]]),
            label=name,
            tone=tone,
            markers=False,
            ids=Ids("class", ids[i : i + 1]),
        )
        for i in range(len(defined))
    ]
    marks.append(Points(share, heights, label=name, tone=tone, size=6.0, ids=Ids("class", ids)))
    return marks


def classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    sort: Sort = "given",
    limit: int = LIMIT,
    subject: str = "",
) -> ClassificationReport:
    """Measure precision, recall and F1 of every class.

    Parameters
    ----------
    y_true, y_pred : array, shape (n_samples,)
        Class names, class numbers, or one-hot rows.
    classes : sequence, optional
        Class names (numbers index into them); by default the labels that occur, sorted.
    sort : {"given", "f1"}
        ``f1`` puts the worst class first.
    limit : int
        How many classes are drawn; beyond it those of lowest F1.
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> classification_report(["cat", "dog", "dog"], ["cat", "dog", "cat"]).recall
    array([1. , 0.5])
    """
    check_choice("sort", sort, ("given", "f1"))
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    codes, labels = encode_labels({"y_true": y_true, "y_pred": y_pred}, classes)
    true, predicted = codes["y_true"], codes["y_pred"]
    n_classes = len(labels)
    return ClassificationReport(
        labels,
        np.bincount(true[true == predicted], minlength=n_classes),
        np.bincount(true, minlength=n_classes),
        np.bincount(predicted, minlength=n_classes),
        sort,
        limit,
        subject,
    )

"""What changed between two confusion matrices: of two steps of a run, or of two runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, ColorScale, Figure, Ids, Matrix, Panel, Table
from bathyscope.views import _recorded as recorded
from bathyscope.views._intervals import Z_95
from bathyscope.views._labels import Codes, encode_labels
from bathyscope.views._runs import run_labels
from bathyscope.views._samples import sample_ids
from bathyscope.views._seriation import clustered_order
from bathyscope.views._words import check_choice, count_text, listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

Order = Literal["given", "clustered"]

#: With more classes the cells hold no text.
MANY_CLASSES = 40
#: How many of the cells that changed most are listed.
CELLS = 20


@dataclass(frozen=True, eq=False)
class Side:
    """Predictions of one side.

    Parameters
    ----------
    label : str
        ``step 120``, or the name of a run.
    sample : array, shape (n_samples,)
        Ids.
    true, predicted : array of int64, shape (n_samples,)
    """

    label: str
    sample: NDArray[Any]
    true: Codes
    predicted: Codes

    def counts(self, n_classes: int) -> NDArray[np.int64]:
        """Count true classes by row and predicted ones by column."""
        cells = np.bincount(self.true * n_classes + self.predicted, minlength=n_classes**2)
        return cells.reshape(n_classes, n_classes).astype(np.int64)


@register(room="predictions", place=35)
@dataclass(frozen=True, eq=False, repr=False)
class ConfusionDifference(View):
    """The counts of one confusion matrix minus those of another.

    Parameters
    ----------
    before, after : Side
    classes : tuple of str
    order : {"given", "clustered"}
        Order of the classes in the picture.
    subject : str
        Which samples; part of the title.
    """

    before: Side
    after: Side
    classes: tuple[str, ...]
    order: Order = "given"
    subject: str = ""

    @classmethod
    def from_run(
        cls,
        run: RunData,
        *,
        split: str | None = None,
        step: int = -1,
        before: int = 0,
        order: Order = "given",
    ) -> ConfusionDifference:
        """Compare the predictions of two steps.

        Parameters
        ----------
        run : Run
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        step, before : int
            Recorded steps; -1 is the last.
        order : {"given", "clustered"}
        """
        check_choice("order", order, ("given", "clustered"))
        split = recorded.default_split(run, run.table_names(), names.PREDICTIONS, split)
        sides = [_side_of(run, split, at) for at in (before, step)]
        classes = recorded.class_names(
            run, split, *(c for s in sides for c in (s.true, s.predicted))
        )
        return cls(sides[0], sides[1], classes, order, f"{split} samples")

    @classmethod
    def from_runs(
        cls,
        runs: Sequence[RunData],
        *,
        split: str | None = None,
        step: int = -1,
        order: Order = "given",
    ) -> ConfusionDifference:
        """Compare the predictions of a second run with those of a first.

        Parameters
        ----------
        runs : sequence of two Run
        split : str, optional
            Which samples; by default the first that both recorded.
        step : int
            A recorded step of both; -1 is the last of each.
        order : {"given", "clustered"}

        Raises
        ------
        NotRecorded
            If they share no set of samples, or their classes differ.
        """
        check_choice("order", order, ("given", "clustered"))
        if len(runs) != 2:
            raise ValueError(f"`runs` must be two runs to be compared; got {len(runs)}.")
        shared = _shared_splits(runs)
        chosen = split or (shared[0] if shared else None)
        if chosen not in shared:
            raise NotRecorded(
                f"{runs[0].name} and {runs[1].name} must both hold predictions of "
                f"{split or 'the same'} samples; they share {listing(shared) or 'none'}."
            )
        sides = [
            _side_of(run, chosen, step, label=label)
            for run, label in zip(runs, run_labels(runs), strict=True)
        ]
        found = [
            recorded.class_names(run, chosen, side.true, side.predicted)
            for run, side in zip(runs, sides, strict=True)
        ]
        longest = max(found, key=len)
        if any(classes != longest[: len(classes)] for classes in found):
            raise NotRecorded(
                "Both runs must have the same classes in the same order; "
                f"got {listing(found[0])} and {listing(found[1])}."
            )
        return cls(sides[0], sides[1], longest, order, f"{chosen} samples")

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer what changed since the first recorded step, at every later one."""
        for split in recorded.splits(run.table_names(), names.PREDICTIONS):
            steps = run.table_steps(names.PREDICTIONS + split)
            if split != "probe" and len(steps) > 1:
                options = {"split": split, "before": steps[0]}
                yield Offer(f"What changed among the {split} samples", options, steps[1:])

    @classmethod
    def compares(cls, runs: Sequence[RunData]) -> Iterator[Offer]:
        """Offer the difference of two runs, for each set of samples both recorded."""
        if len(runs) == 2:
            for split in _shared_splits(runs):
                yield Offer(f"Difference of the confusions, {split} samples", {"split": split})

    @property
    def difference(self) -> NDArray[np.int64]:
        """Counts after minus counts before, rows being true classes."""
        n_classes = len(self.classes)
        return self.after.counts(n_classes) - self.before.counts(n_classes)

    def paired(self) -> tuple[int, int, int]:
        """Count the samples of both sides, those that became right, those that became wrong."""
        place = recorded.positions(self.before.sample, self.after.sample)
        both = place >= 0
        was = (self.before.true == self.before.predicted)[place[both]]
        now = (self.after.true == self.after.predicted)[both]
        return int(both.sum()), int((now & ~was).sum()), int((was & ~now).sum())

    def figure(self) -> Figure:
        """Draw the signed matrix, and the cells that changed most."""
        title = f"{self.after.label} minus {self.before.label}"
        title = f"Confusions, {title}" + (f": {self.subject}" if self.subject else "")
        panels = [self._matrix_panel()]
        if (self.difference != 0).any():
            panels.append(self._cells_panel())
        widths = (3.0, 2.0) if len(panels) == 2 else ()
        return Figure(title, tuple(panels), len(panels), self._note(), widths)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per cell: true and predicted class, counts before and after, difference."""
        n_classes = len(self.classes)
        labels = np.array(self.classes)
        return {
            "true": np.repeat(labels, n_classes),
            "predicted": np.tile(labels, n_classes),
            "before": self.before.counts(n_classes).ravel(),
            "after": self.after.counts(n_classes).ravel(),
            "difference": self.difference.ravel(),
        }

    def _order(self) -> NDArray[np.int64]:
        if self.order == "given":
            return np.arange(len(self.classes))
        return clustered_order(np.abs(self.difference))

    def _matrix_panel(self) -> Panel:
        order = self._order()
        values = self.difference[np.ix_(order, order)].astype(np.float64)
        labels = tuple(self.classes[index] for index in order)
        mark = Matrix(
            values.astype(np.float32),
            ColorScale.fit(values, kind="signed", label="more, or fewer, samples", integers=True),
            cells=_texts(values) if len(order) <= MANY_CLASSES else None,
            ids=self._changed_ids(order),
        )
        axes = [
            Axis(f"{side} class", scale="category", categories=labels)
            for side in ("predicted", "true")
        ]
        return Panel((mark,), x=axes[0], y=axes[1])

    def _changed_ids(self, order: NDArray[np.int64]) -> Ids:
        """Tie the samples whose prediction changed to the cell they are in now."""
        place = recorded.positions(self.before.sample, self.after.sample)
        known = np.maximum(place, 0)
        changed = (place >= 0) & (self.before.predicted[known] != self.after.predicted)
        if not len(self.before.sample):
            changed = np.zeros(len(place), dtype=np.bool_)
        at = np.empty(len(order), dtype=np.int64)
        at[order] = np.arange(len(order))
        cells = at[self.after.true] * len(order) + at[self.after.predicted]
        return Ids("sample", self.after.sample[changed], cells[changed])

    def _cells_panel(self) -> Panel:
        n_classes = len(self.classes)
        flat = self.difference.ravel()
        worst = np.argsort(-np.abs(flat), kind="stable")[:CELLS]
        worst = worst[flat[worst] != 0]
        true, predicted = np.divmod(worst, n_classes)
        labels = np.array(self.classes)
        table = Table(
            {
                "true": labels[true],
                "predicted": labels[predicted],
                "before": self.before.counts(n_classes).ravel()[worst],
                "after": self.after.counts(n_classes).ravel()[worst],
                "change": np.array([f"{change:+,}" for change in flat[worst]], dtype=np.str_),
            },
            formats={"before": ",d", "after": ",d"},
        )
        total = int((flat != 0).sum())
        note = f"{len(worst)} of {count_text(total, 'changed cell')}." if len(worst) < total else ""
        return Panel((table,), title="Cells that changed most", note=note)

    def _note(self) -> str:
        n, better, worse = self.paired()
        counts = [len(side.sample) for side in (self.before, self.after)]
        if not n:
            return "The two sides share no sample, so that only their counts can be compared."
        share = (better - worse) / n
        half = Z_95 * np.sqrt(max(better + worse - (better - worse) ** 2 / n, 0.0)) / n
        return sentences(
            [
                f"Of {n:,} samples {better:,} became right and {worse:,} became wrong: accuracy "
                f"{share:+.2%} (95% interval {share - half:+.2%} to {share + half:+.2%}, paired).",
                f"{self.before.label} holds {counts[0]:,} samples and {self.after.label} "
                f"{counts[1]:,}; the matrix counts all of them."
                if counts != [n, n]
                else "",
                "Empty cells did not change." if len(self.classes) <= MANY_CLASSES else "",
            ]
        )


def _texts(values: NDArray[np.float64]) -> NDArray[np.str_]:
    rows = [[f"{value:+,.0f}" if value else "" for value in row] for row in values]
    return np.array(rows, dtype=np.str_)


def _side_of(run: RunData, split: str, step: int, *, label: str = "") -> Side:
    split, at, table = recorded.read_predictions(run, split, step)
    true, predicted = recorded.label_codes(run, split, table)
    return Side(label or f"step {at:,}", table[names.SAMPLE], true, predicted)


def _shared_splits(runs: Sequence[RunData]) -> tuple[str, ...]:
    known = [recorded.splits(run.table_names(), names.PREDICTIONS) for run in runs]
    return tuple(split for split in known[0] if all(split in other for other in known))


def confusion_difference(
    y_true: ArrayLike,
    before: ArrayLike,
    after: ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    sample: ArrayLike | None = None,
    labels: tuple[str, str] = ("before", "after"),
    order: Order = "given",
    subject: str = "",
) -> ConfusionDifference:
    """Compare two sets of predictions of the same samples.

    Parameters
    ----------
    y_true, before, after : array, shape (n_samples,)
        Class names, class numbers, or one-hot rows.
    classes : sequence, optional
        Class names (numbers index into them); by default the labels that occur, sorted.
    sample : array, shape (n_samples,), optional
        Ids; by default positions.
    labels : (str, str)
        What the two sides are called.
    order : {"given", "clustered"}
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> confusion_difference(["a", "b"], ["a", "a"], ["a", "b"]).difference
    array([[ 0,  0],
           [-1,  1]])
    """
    check_choice("order", order, ("given", "clustered"))
    codes, named = encode_labels({"y_true": y_true, "before": before, "after": after}, classes)
    ids = sample_ids(sample, len(codes["y_true"]))
    sides = [
        Side(label, ids, codes["y_true"], codes[key])
        for label, key in zip(labels, ("before", "after"), strict=True)
    ]
    return ConfusionDifference(sides[0], sides[1], named, order, subject)

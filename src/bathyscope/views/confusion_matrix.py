"""Which classes are taken for which: predictions counted against the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, ColorScale, Counted, Figure, Ids, Matrix, Panel, Table
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._classified import classify
from bathyscope.views._intervals import accuracy_sentence
from bathyscope.views._labels import Codes, encode_labels
from bathyscope.views._samples import sample_ids
from bathyscope.views._scores import ScoreKind
from bathyscope.views._seriation import clustered_order
from bathyscope.views._words import check_choice, count_text, listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

Side = Literal["true", "predicted"]
Normalize = Literal["true", "predicted", "all"]
Order = Literal["given", "name", "mistakes", "clustered"]

#: With more classes the cells hold no text, and the most confused pairs are listed instead.
MANY_CLASSES = 40
#: How many confused pairs are listed.
PAIRS = 20
#: What readers are shown as the names of the orders.
_ORDER_NAMES: dict[Order, str] = {
    "given": "as numbered",
    "name": "by name",
    "mistakes": "most mistakes first",
    "clustered": "confused ones side by side",
}
_SHARE_OF = {"true": "the true class", "predicted": "the predicted class", "all": "all samples"}


@register(room="predictions", place=30)
@dataclass(frozen=True, eq=False, repr=False)
class ConfusionMatrix(View):
    """Counts of predicted against true classes.

    Parameters
    ----------
    counts : array of int64, shape (n_classes, n_classes)
        Rows are true classes, columns predicted ones, whatever is drawn.
    classes : tuple of str
    sample : array, shape (n_samples,)
        Ids of the samples.
    true, predicted : array of int64, shape (n_samples,)
        Indices into ``classes``.
    rows : {"true", "predicted"}
        What the rows of the picture are.
    normalize : {"true", "predicted", "all"}, optional
        Show shares of the true class, of the predicted class or of all samples, not counts.
    order : {"given", "name", "mistakes", "clustered"}
        Order of the classes in the picture.
    diagonal : bool
        Whether the right predictions are shown; without them the mistakes use the whole scale.
    high : int, optional
        Count at the top of the colours; by default the largest that is drawn.
    subject : str
        Which samples, at which step; part of the title.
    arrangement : array of int64, shape (n_classes,), optional
        The classes in the order in which they are drawn, instead of one found from the counts:
        the same at every step.
    note : str
        What was left out.
    """

    counts: NDArray[np.int64]
    classes: tuple[str, ...]
    sample: NDArray[Any]
    true: Codes
    predicted: Codes
    rows: Side = "true"
    normalize: Normalize | None = None
    order: Order = "given"
    diagonal: bool = True
    high: int | None = None
    subject: str = ""
    arrangement: NDArray[np.int64] | None = None
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
        **options: Any,
    ) -> ConfusionMatrix:
        """Count the predictions a model makes.

        Parameters
        ----------
        model : Model
        x : array, or several arrays
            Inputs of the model.
        y : array of int, shape (n_samples,), or one-hot
        classes : sequence of str, optional
            Class names, in the order of the model's scores.
        scores : {"auto", "probabilities", "logits", "independent"}
            What the model's outputs are.
        batch_size : int
        **options
            As for `confusion_matrix`.
        """
        done = classify(model, x, y, classes=classes, kind=scores, batch_size=batch_size)
        return confusion_matrix(done.true, done.predicted, classes=done.classes, **options)

    @classmethod
    def from_run(
        cls,
        run: RunData,
        *,
        split: str | None = None,
        step: int = -1,
        confidence: float = 0.0,
        **options: Any,
    ) -> ConfusionMatrix:
        """Count the predictions a run recorded.

        Parameters
        ----------
        run : Run
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        step : int
            A recorded step; -1 is the last.
        confidence : float
            Only predictions of at least this confidence are counted.
        **options
            As for `confusion_matrix`. With ``order="clustered"`` the order is that of the last
            step, at every step.
        """
        split, step, table = recorded.read_predictions(run, split, step)
        true, predicted = recorded.label_codes(run, split, table)
        classes = recorded.class_names(run, split, true, predicted)
        table, told = _sure_enough(table, confidence)
        true, predicted = recorded.label_codes(run, split, table)
        made = confusion_matrix(
            true,
            predicted,
            classes=classes,
            sample=table[names.SAMPLE],
            subject=f"{split} samples, step {step:,}",
            **options,
        )
        arrangement = _last_arrangement(run, split, made) if made.order == "clustered" else None
        # The same colours at every step: up to the largest class, which does not change.
        high = int(made.counts.sum(axis=1).max())
        return replace(made, high=high, arrangement=arrangement, note=told)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the matrix of every recorded set of samples, at every recorded step."""
        for split in recorded.splits(run.table_names(), names.PREDICTIONS):
            steps = run.table_steps(names.PREDICTIONS + split)
            yield Offer(f"Confusion matrix of the {split} samples", {"split": split}, steps)
            if split != "probe":
                # Of many classes those that are confused are found only where they stand together.
                true = np.asarray(run.table(names.PREDICTIONS + split).get("true", ()))
                numbers = true if true.dtype.kind in "iu" else np.arange(0)
                many = len(recorded.class_names(run, split, numbers)) > MANY_CLASSES
                mistakes: dict[str, Any] = {"split": split, "diagonal": False}
                mistakes |= {"order": "clustered"} if many else {}
                yield Offer(f"Mistakes among the {split} samples", mistakes, steps)

    @property
    def shares(self) -> NDArray[np.float64]:
        """The matrix as normalised, rows being true classes; NaN where nothing can be divided."""
        return normalized(self.counts, self.normalize)

    def figure(self) -> Figure:
        """Draw the matrix; with many classes also a list of the most confused pairs."""
        panels = [self._matrix_panel()]
        pairs = self.confused_pairs(PAIRS)
        if len(self.classes) > MANY_CLASSES and len(pairs):
            panels.append(self._pairs_panel(pairs))
        title = "Confusion matrix" + (f": {self.subject}" if self.subject else "")
        return Figure(title, tuple(panels), columns=len(panels), note=self._note())

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per cell: true and predicted class, count, and its share if normalised."""
        n_classes = len(self.classes)
        labels = np.array(self.classes)
        columns: dict[str, NDArray[Any]] = {
            "true": np.repeat(labels, n_classes),
            "predicted": np.tile(labels, n_classes),
            "count": self.counts.ravel(),
        }
        if self.normalize:
            columns["share"] = self.shares.ravel()
        return columns

    def confused_pairs(self, at_most: int) -> NDArray[np.int64]:
        """Give the pairs (true, predicted) that are mixed up most often, the worst first."""
        mistakes = self.counts.copy()
        np.fill_diagonal(mistakes, 0)
        there = np.flatnonzero(mistakes)  # of many classes nearly all are never mixed up
        worst = there[np.argsort(-mistakes.ravel()[there], kind="stable")[:at_most]]
        return np.stack(np.divmod(worst, len(self.classes)), axis=1)

    def _orders(self) -> dict[Order, NDArray[np.int64]]:
        """Give every order of the classes, that of this view first."""
        mistakes = self.counts.sum(axis=0) + self.counts.sum(axis=1) - 2 * np.diag(self.counts)
        found: dict[Order, NDArray[np.int64]] = {
            "given": np.arange(len(self.classes)),
            "name": np.array(sorted(range(len(self.classes)), key=lambda i: self.classes[i])),
            "mistakes": np.argsort(-mistakes, kind="stable"),
        }
        clustered = self.arrangement
        found["clustered"] = clustered_order(self.counts) if clustered is None else clustered
        return {self.order: found[self.order], **found}

    def _matrix_panel(self) -> Panel:
        orders = self._orders()
        order = orders[self.order]
        values = _arranged(self.shares if self.normalize else self.counts, order)
        values = values.astype(np.float64)
        if not self.diagonal:
            np.fill_diagonal(values, np.nan)
        values = values if self.rows == "true" else values.T
        mark = Matrix(
            values.astype(np.float32),
            self._color(values),
            cells=self._cells(values) if len(order) <= MANY_CLASSES else None,
            ids=self._cell_ids(order),
            counted=self._counted(orders),
        )
        labels = tuple(self.classes[index] for index in order)
        axes = {
            side: Axis(f"{side} class", scale="category", categories=labels)
            for side in ("true", "predicted")
        }
        columns = "predicted" if self.rows == "true" else "true"
        return Panel((mark,), x=axes[columns], y=axes[self.rows], note=self._drawn_how())

    def _counted(self, orders: Mapping[Order, NDArray[np.int64]]) -> Counted:
        """Say what the numbers are made of, so that a page can draw them in other ways."""
        drawn = orders[self.order]
        place = np.empty(len(drawn), dtype=np.int64)
        place[drawn] = np.arange(len(drawn))
        counts = _arranged(self.counts, drawn)
        sides = {"true": "rows", "predicted": "columns"}
        if self.rows == "predicted":
            counts, sides = counts.T, {"true": "columns", "predicted": "rows"}
        return Counted(
            counts,
            {_ORDER_NAMES[name]: place[order] for name, order in orders.items()},
            sides.get(self.normalize, self.normalize) if self.normalize else "",  # pyright: ignore[reportArgumentType]
            self.diagonal,
        )

    def _cells(self, values: NDArray[np.floating]) -> NDArray[np.str_]:
        cells = _cell_text(values, share=bool(self.normalize))
        if not self.diagonal:
            np.fill_diagonal(cells, "")
        return cells

    def _color(self, values: NDArray[np.floating]) -> ColorScale:
        """Span from zero to what is drawn, or to where the caller wants it."""
        if self.normalize in ("true", "predicted") and self.diagonal:
            return ColorScale("sequential", 0.0, 1.0, f"share of {_SHARE_OF[self.normalize]}")
        label = f"share of {_SHARE_OF[self.normalize]}" if self.normalize else "samples"
        high = float(np.nanmax(values, initial=0.0))
        if self.normalize is None and self.diagonal and self.high is not None:
            high = float(self.high)
        is_count = self.normalize is None
        return ColorScale("sequential", 0.0, high or 1.0, label, integers=is_count)

    def _cell_ids(self, order: NDArray[np.int64]) -> Ids:
        """Tie every sample to the cell it is counted in, as drawn."""
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        true, predicted = place[self.true], place[self.predicted]
        row, column = (true, predicted) if self.rows == "true" else (predicted, true)
        return Ids("sample", self.sample, row * len(order) + column)

    def _pairs_panel(self, pairs: NDArray[np.int64]) -> Panel:
        counts = self.counts[pairs[:, 0], pairs[:, 1]]
        labels = np.array(self.classes)
        table = Table(
            {
                "true": labels[pairs[:, 0]],
                "predicted": labels[pairs[:, 1]],
                "samples": counts,
                "share of true": counts / self.counts.sum(axis=1)[pairs[:, 0]],
            },
            formats={"samples": ",d", "share of true": ".1%"},
            bars=("samples",),
            ids=self._pair_ids(pairs),
        )
        mistakes = int(self.counts.sum() - np.trace(self.counts))
        note = f"{counts.sum():,} of {count_text(mistakes, 'mistake')} are in these pairs."
        return Panel((table,), title="Most confused pairs", note=note)

    def _pair_ids(self, pairs: NDArray[np.int64]) -> Ids:
        row_of_cell = np.full(self.counts.size, -1, dtype=np.int64)
        n_classes = len(self.classes)
        row_of_cell[pairs[:, 0] * n_classes + pairs[:, 1]] = np.arange(len(pairs))
        rows = row_of_cell[self.true * n_classes + self.predicted]
        return Ids("sample", self.sample[rows >= 0], rows[rows >= 0])

    def _leaves_zeros_empty(self) -> bool:
        return len(self.classes) <= MANY_CLASSES and bool((self.counts == 0).any())

    def _note(self) -> str:
        right, n = int(np.trace(self.counts)), int(self.counts.sum())
        empty = [self.classes[index] for index in np.flatnonzero(self.counts.sum(axis=1) == 0)]
        never = [self.classes[index] for index in np.flatnonzero(self.counts.sum(axis=0) == 0)]
        undefined = ", so its share is undefined (–)"
        return sentences(
            [
                accuracy_sentence(right, n),
                f"No sample is of class {listing(empty)}"
                f"{undefined if self.normalize == 'true' else ''}."
                if empty
                else "",
                f"Never predicted: {listing(never)}"
                f"{undefined if self.normalize == 'predicted' else ''}."
                if never
                else "",
                self.note,
            ]
        )

    def _drawn_how(self) -> str:
        """Say what is true of the matrix until a reader has it drawn in another way."""
        return sentences(
            [
                "Right predictions are hidden." if not self.diagonal else "",
                "Cells without a number are 0." if self._leaves_zeros_empty() else "",
                "Classes that are confused stand side by side (average linkage)."
                if self.order == "clustered"
                else "",
                "Their order is that of the last step." if self.arrangement is not None else "",
            ]
        )


def _arranged(square: NDArray[Any], order: NDArray[np.int64]) -> NDArray[Any]:
    """Give rows and columns in an order; a million cells are not moved for nothing."""
    is_given = np.array_equal(order, np.arange(len(order)))
    return square if is_given else square[np.ix_(order, order)]


def _sure_enough(
    table: dict[str, NDArray[Any]], confidence: float
) -> tuple[dict[str, NDArray[Any]], str]:
    """Keep the predictions of at least some confidence, and say how many there are."""
    if not 0 <= confidence <= 1:
        raise ValueError(f"`confidence` must lie in [0, 1]; got {confidence}.")
    if confidence == 0:
        return table, ""
    if "confidence" not in table:
        raise NotRecorded(
            "`confidence` needs the confidence of the predictions; it is not recorded. "
            "Leave it out to count all of them."
        )
    kept = table["confidence"] >= confidence
    n, total = int(kept.sum()), len(kept)
    if not n:
        raise NotRecorded(
            f"No prediction has a confidence of {confidence:g} or more; the highest is "
            f"{np.nanmax(table['confidence']):.4g}. Choose a lower one."
        )
    told = f"Only the {n:,} of {total:,} predictions with a confidence of at least {confidence:g}."
    return {key: values[kept] for key, values in table.items()}, told


def _last_arrangement(run: RunData, split: str, made: ConfusionMatrix) -> NDArray[np.int64]:
    """Order the classes as they are confused at the last step, so that a film keeps its rows."""
    _, _, table = recorded.read_predictions(run, split, -1)
    true, predicted = recorded.label_codes(run, split, table)
    n_classes = max(len(made.classes), int(true.max()) + 1, int(predicted.max()) + 1)
    counts = np.bincount(true * n_classes + predicted, minlength=n_classes**2)
    order = clustered_order(counts.reshape(n_classes, n_classes))
    return order[order < len(made.classes)]


def normalized(counts: NDArray[np.int64], normalize: Normalize | None) -> NDArray[np.float64]:
    """Divide counts by the totals of a side; NaN where a total is zero.

    Parameters
    ----------
    counts : array, shape (n_classes, n_classes)
        Rows are true classes.
    normalize : {"true", "predicted", "all"} or None
    """
    values = counts.astype(np.float64)
    if normalize is None:
        return values
    axis = {"true": 1, "predicted": 0, "all": None}[normalize]
    totals = values.sum(axis=axis, keepdims=True)
    return np.divide(values, totals, out=np.full_like(values, np.nan), where=totals > 0)


def _cell_text(values: NDArray[np.floating], *, share: bool) -> NDArray[np.str_]:
    def write(value: float) -> str:
        if np.isnan(value):
            return "–"
        if value == 0:
            return ""
        if not share:
            return f"{value:,.0f}"
        return f"{value:.0%}" if value >= 0.0995 else f"{value:.1%}"

    texts = [[write(float(value)) for value in row] for row in values]
    return np.array(texts, dtype=np.str_)


def confusion_matrix(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    rows: Side = "true",
    normalize: Normalize | None = None,
    order: Order = "given",
    diagonal: bool = True,
    sample: ArrayLike | None = None,
    subject: str = "",
) -> ConfusionMatrix:
    """Count predicted classes against true ones.

    Parameters
    ----------
    y_true, y_pred : array, shape (n_samples,)
        Class names, class numbers, or one-hot rows.
    classes : sequence, optional
        Class names (numbers index into them); by default the labels that occur, sorted.
    rows : {"true", "predicted"}
        What the rows of the picture are.
    normalize : {"true", "predicted", "all"}, optional
        Show shares of the true class, of the predicted class, or of all samples.
    order : {"given", "name", "mistakes", "clustered"}
        ``mistakes`` puts the classes first that most mistakes are made with, ``clustered`` those
        that are confused side by side.
    diagonal : bool
        False hides the right predictions.
    sample : array, shape (n_samples,), optional
        Ids of the samples; by default their positions.
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> confusion_matrix(["cat", "dog", "dog"], ["cat", "dog", "cat"]).counts
    array([[1, 0],
           [1, 1]])
    """
    check_choice("rows", rows, ("true", "predicted"))
    check_choice("order", order, tuple(_ORDER_NAMES))
    if normalize is not None:
        check_choice("normalize", normalize, ("true", "predicted", "all"))
    codes, labels = encode_labels({"y_true": y_true, "y_pred": y_pred}, classes)
    true, predicted = codes["y_true"], codes["y_pred"]
    n_classes = len(labels)
    counts = np.bincount(true * n_classes + predicted, minlength=n_classes**2)
    return ConfusionMatrix(
        counts.reshape(n_classes, n_classes).astype(np.int64),
        labels,
        sample_ids(sample, len(true)),
        true,
        predicted,
        rows,
        normalize,
        order,
        diagonal,
        subject=subject,
    )

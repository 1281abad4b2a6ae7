"""The samples themselves, with what was predicted, how surely, and what is true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import (
    Browse,
    Categories,
    Figure,
    Ids,
    Mark,
    Panel,
    Table,
    Tiles,
    Tokens,
)  # fmt: skip
from bathyscope.figures.marks import Verdict
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._classified import classify, score_classes
from bathyscope.views._gallery import browse, held, in_turn
from bathyscope.views._history import KINDS, what_became
from bathyscope.views._inputs import as_batch, first_array
from bathyscope.views._intervals import accuracy_sentence
from bathyscope.views._labels import Codes, encode_labels
from bathyscope.views._samples import sample_ids
from bathyscope.views._scores import ScoreKind, Scores, class_scores_from
from bathyscope.views._shown import Channels, Shown, show, words_of
from bathyscope.views._words import check_choice, count_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

Sort = Literal["index", "confidence", "loss", "wrong first", "error", "change"]
SORTS: tuple[Sort, ...] = ("index", "confidence", "loss", "wrong first", "error", "change")
Floats = NDArray[np.float64]
#: What readers are shown as the names of the orders.
_NAMES: dict[Sort, str] = {
    "index": "as recorded",
    "loss": "highest loss",
    "wrong first": "wrong ones by loss",
    "confidence": "least sure",
    "error": "surest mistakes",
    "change": "largest change of loss",
}

#: How many samples are drawn unless told otherwise.
LIMIT = 24


@register(room="predictions", place=10)
@dataclass(frozen=True, eq=False, repr=False)
class Predictions(View):
    """Samples beside what was predicted of them.

    Parameters
    ----------
    sample : array, shape (n_samples,)
        Ids.
    predicted, true : array of int64, shape (n_samples,)
        Indices into ``classes``; ``true`` is -1 where unknown.
    confidence, loss : array of float64, shape (n_samples,)
        Probability of the predicted class, and cross entropy; NaN where unknown.
    classes : tuple of str
    shown : Shown, optional
        The samples as a person sees them, one for each entry of ``visible``.
    visible : array of int64
        Positions of the samples that ``shown`` holds.
    sort : {"index", "confidence", "loss", "wrong first", "error", "change"}
        Which samples come first: as given; least sure; highest loss; wrong ones, by falling loss;
        wrong ones, the surest first; those whose loss changed most since the step before.
    limit : int
        How many are drawn.
    subject : str
        Which samples, at which step; part of the title.
    note : str
        What was done or left out.
    change : array of float64, shape (n_samples,), optional
        Loss minus that of the step recorded before; NaN where unknown.
    before : int, optional
        That step.
    became : array of int64, shape (n_samples,), optional
        What became of each sample over the recorded steps: an index into the kinds of `Forgetting`.
    """

    sample: NDArray[Any]
    predicted: Codes
    true: Codes
    confidence: Floats
    loss: Floats
    classes: tuple[str, ...]
    shown: Shown | None
    visible: NDArray[np.int64]
    sort: Sort = "index"
    limit: int = LIMIT
    subject: str = ""
    note: str = ""
    change: Floats | None = None
    before: int | None = None
    became: Codes | None = None

    @classmethod
    def from_model(
        cls,
        model: Model,
        x: Any,
        y: ArrayLike | None = None,
        *,
        inputs: Any = None,
        classes: Sequence[Any] | None = None,
        scores: ScoreKind = "auto",
        channels: Channels | None = None,
        batch_size: int = 256,
        **options: Any,
    ) -> Predictions:
        """Show what a model predicts.

        Parameters
        ----------
        model : Model
        x : array, or several arrays
            Inputs of the model.
        y : array, shape (n_samples,), optional
            True classes.
        inputs : array, sequence of str or mapping, optional
            What to show instead of ``x``, such as the texts or the named features.
        classes : sequence of str, optional
            Class names, in the order of the scores.
        scores : {"auto", "probabilities", "logits", "independent"}
            What the model's outputs are.
        channels : {"last", "first"}, optional
            Where the channels of images are; by default wherever there are 1, 3 or 4 of them.
        batch_size : int
        **options
            As for `predictions`.
        """
        batch = as_batch(x)
        done = classify(model, batch, y, classes=classes, kind=scores, batch_size=batch_size)
        return predictions(
            first_array(batch) if inputs is None else inputs,
            None if y is None else done.true,
            scores=done.scores,
            classes=done.classes,
            channels=channels,
            **options,
        )

    @classmethod
    def from_run(
        cls,
        run: RunData,
        *,
        split: str | None = None,
        step: int = -1,
        sort: Sort = "index",
        limit: int = LIMIT,
    ) -> Predictions:
        """Show the predictions a run recorded.

        Parameters
        ----------
        run : Run
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        step : int
            A recorded step; -1 is the last.
        sort : {"index", "confidence", "loss", "wrong first", "error", "change"}
            Which samples come first; see the field of this class.
        limit : int
            How many are drawn.

        Raises
        ------
        NotRecorded
            If there are no such predictions, or no losses of an earlier step where
            ``sort="change"`` needs them.
        """
        _check_options(sort, limit)
        split, step, table = recorded.read_predictions(run, split, step)
        true, predicted = recorded.label_codes(run, split, table)
        ids = table[names.SAMPLE]
        shown, visible = recorded.shown_inputs(run, split, ids)
        unknown = np.full(len(ids), np.nan)
        before, change = _change(run, split, step, table)
        if sort == "change" and change is None:
            raise NotRecorded(
                f"`sort='change'` needs losses of {split} samples at step {step} and at an earlier "
                f"one; the run `{run.name}` does not hold them. Choose a later step or another "
                "order."
            )
        return cls(
            ids,
            predicted,
            true,
            table.get("confidence", unknown).astype(np.float64),
            table.get("loss", unknown).astype(np.float64),
            recorded.class_names(run, true, predicted),
            shown,
            visible if shown is not None else np.arange(len(ids)),
            sort,
            limit,
            f"{split} samples, step {step:,}",
            "The samples themselves are not recorded." if shown is None else "",
            change,
            before,
            what_became(run, split, ids),
        )

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer a set of samples at every recorded step; of a large one also the worst mistakes."""
        for split in recorded.splits(run.table_names(), names.PREDICTIONS):
            steps = run.table_steps(names.PREDICTIONS + split)
            yield Offer(f"Predictions of {split} samples", {"split": split}, steps)
            if split != "probe":
                worst = {"split": split, "sort": "wrong first"}
                yield Offer(f"Wrong predictions of {split} samples", worst, steps)
                if len(steps) > 1 and "loss" in run.table(names.PREDICTIONS + split):
                    changed = {"split": split, "sort": "change"}
                    title = f"Predictions of {split} samples that changed most"
                    yield Offer(title, changed, steps[1:])

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each prediction is right; False where the truth is unknown."""
        return self.predicted == self.true

    def order(self) -> NDArray[np.int64]:
        """Give the positions of the samples to draw first, in the order of drawing."""
        return self.orders()[self.sort][: self.limit]

    def orders(self) -> dict[Sort, NDArray[np.int64]]:
        """Give every order there is of the samples that can be shown, as their positions."""
        at = self.visible
        found: dict[Sort, NDArray[np.int64]] = {"index": at}
        wrong = ~self.right[at] & (self.true[at] >= 0)
        loss = np.where(np.isnan(self.loss[at]), np.inf, self.loss[at])
        if not np.isnan(self.loss).all():
            found["loss"] = at[np.argsort(-loss, kind="stable")]
        if wrong.any() or self.sort == "wrong first":
            found["wrong first"] = at[np.lexsort((np.where(wrong, -loss, 0.0), ~wrong))]
        if not np.isnan(self.confidence).all():
            found["confidence"] = at[np.argsort(self.confidence[at], kind="stable")]
            if wrong.any() or self.sort == "error":
                sure = np.nan_to_num(self.confidence[at])
                found["error"] = at[np.lexsort((-sure, ~wrong))]
        if self.change is not None:
            size = np.abs(np.nan_to_num(self.change[at]))
            found["change"] = at[np.argsort(-size, kind="stable")]
        return found

    def figure(self) -> Figure:
        """Draw the samples as tiles, texts or rows of a table."""
        title = "Predictions" + (f": {self.subject}" if self.subject else "")
        orders = self._ordered()
        # Whichever class is chosen, there are some samples of it.
        first = orders[_NAMES[self.sort]]
        classes = {"true": in_turn(first, self.true), "predicted": in_turn(first, self.predicted)}
        at = held({**orders, **classes}, sample_bytes=self._sample_bytes(), least=self.limit)
        panel = Panel((self._mark(at, orders),), note=self._rule())
        return Figure(title, (panel,), note=self._note())

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per sample, drawn or not."""
        labels = np.array([*self.classes, ""])
        return {
            "sample": self.sample,
            "true": labels[self.true],
            "predicted": labels[self.predicted],
            "right": self.right,
            "confidence": self.confidence,
            "loss": self.loss,
            **({} if self.change is None else {"change": self.change}),
        }

    def _ordered(self) -> dict[str, NDArray[np.int64]]:
        """Give the orders by the names a reader is shown, that of this view first."""
        orders = self.orders()
        return {_NAMES[sort]: orders[sort] for sort in (self.sort, *orders)}

    def _sample_bytes(self) -> int:
        images = None if self.shown is None else self.shown.images
        return images[:1].nbytes if images is not None else 400

    def _mark(self, at: NDArray[np.int64], orders: Mapping[str, NDArray[np.int64]]) -> Mark:
        ids = Ids("sample", self.sample[at])
        how = self._browse(at, orders)
        if self.shown is None:
            return self._table(at, {}, ids, how)
        shown = self.shown.take(np.searchsorted(self.visible, at))
        captions = tuple(self._caption(row) for row in at)
        verdicts: tuple[Verdict, ...] = tuple(self._verdict(row) for row in at)
        if shown.images is not None:
            return Tiles(
                shown.images, color=shown.color, captions=captions, verdicts=verdicts, ids=ids,
                browse=how,
            )  # fmt: skip
        if shown.texts is not None:
            texts = tuple(words_of(text) for text in shown.texts)
            flat = tuple(caption.replace("\n", ", ") for caption in captions)
            return Tokens(texts, captions=flat, verdicts=verdicts, ids=ids, browse=how)
        return self._table(at, shown.columns or {}, ids, how)

    def _browse(
        self, at: NDArray[np.int64], orders: Mapping[str, NDArray[np.int64]]
    ) -> Browse | None:
        known = self.true[at] >= 0
        verdict = np.where(known, np.where(self.right[at], 0, 1), -1)
        facets = [
            Categories(verdict, ("right", "wrong"), "verdict"),
            Categories(self.true[at], self.classes, "true class"),
            Categories(self.predicted[at], self.classes, "predicted class"),
        ]
        if self.became is not None:
            facets.append(Categories(self.became[at], KINDS, "over the steps"))
        numbers = {"confidence": self.confidence[at], "loss": self.loss[at]}
        if self.change is not None:
            numbers[f"change of loss since step {self.before or 0:,}"] = self.change[at]
        return browse(orders, at, facets=facets, numbers=numbers, first=self.limit)

    def _table(
        self,
        at: NDArray[np.int64],
        features: Mapping[str, NDArray[Any]],
        ids: Ids,
        how: Browse | None,
    ) -> Table:
        labels = np.array([*self.classes, ""])
        verdicts = np.array([self._verdict(row) for row in at])
        columns: dict[str, NDArray[Any]] = {
            "sample": self.sample[at],
            "predicted": labels[self.predicted[at]],
            "true": labels[self.true[at]],
            "verdict": verdicts,
        }
        if not np.isnan(self.confidence).all():
            columns["confidence"] = self.confidence[at]
        if self.change is not None:
            columns["change of loss"] = self.change[at]
        clear = {
            name if name not in columns else f"{name} (input)": features[name] for name in features
        }
        bars = ("confidence",) if "confidence" in columns else ()
        return Table(
            {**columns, **clear},
            formats={"confidence": ".1%", "change of loss": "+.3g"},
            bars=bars,
            ids=ids,
            browse=how,
        )

    def _caption(self, row: int) -> str:
        sure = self.confidence[row]
        made = self.classes[self.predicted[row]] + (
            "" if np.isnan(sure) else f" · {_percent(sure)}"
        )
        if self.true[row] >= 0:
            made += f"\ntrue {self.classes[self.true[row]]}"
        if self.sort == "change" and self.change is not None and np.isfinite(self.change[row]):
            made += f"\nloss {self.change[row]:+.3g}"
        return made

    def _verdict(self, row: int) -> Verdict:
        if self.true[row] < 0:
            return ""
        return "right" if self.predicted[row] == self.true[row] else "wrong"

    def _note(self) -> str:
        known = self.true >= 0
        n, right = int(known.sum()), int(self.right.sum())
        return sentences(
            [
                accuracy_sentence(right, n) if n else "",
                f"Only {len(self.visible):,} of {len(self.sample):,} samples are recorded "
                "and can be shown."
                if len(self.visible) < len(self.sample)
                else "",
                self._legend(),
                "Over the steps: what became of a sample from the first recorded step to the last."
                if self.became is not None
                else "",
                self.shown.note if self.shown else "",
                self.note,
            ]
        )

    def _legend(self) -> str:
        """Explain the captions of images and texts."""
        if self.shown is None or self.shown.columns is not None:
            return ""
        sure = "" if np.isnan(self.confidence).all() else " with its confidence"
        truth = ", then the truth" if (self.true >= 0).any() else ""
        return f"Captions give the prediction{sure}{truth}."

    def _rule(self) -> str:
        """Say which samples are drawn where nobody can choose."""
        wrong = int((~self.right & (self.true >= 0)).sum())
        drawn, total = min(self.limit, len(self.visible)), len(self.visible)
        rule = {
            "index": "",
            "confidence": "the least sure first",
            "loss": "the highest loss first",
            "wrong first": f"the {count_text(wrong, 'wrong one')} first, by falling loss",
            "error": f"the {count_text(wrong, 'wrong one')} first, the surest before the others",
            "change": "those whose loss changed most since step "
            f"{0 if self.before is None else self.before:,} first",
        }[self.sort]
        if drawn == total:
            return f"All {count_text(total, 'sample')}, {rule}." if rule else ""
        return f"Shown: {drawn} of {total:,} samples, {rule or 'the first ones'}."


def _change(
    run: RunData, split: str, step: int, table: Mapping[str, NDArray[Any]]
) -> tuple[int | None, Floats | None]:
    """Compare the losses of a step with those of the step recorded before it, if there are any."""
    earlier = [at for at in run.table_steps(names.PREDICTIONS + split) if at < step]
    if not earlier or "loss" not in table:
        return None, None
    before = recorded.predictions_of(run, split, earlier[-1], table[names.SAMPLE])
    if "loss" not in before:
        return None, None
    return earlier[-1], table["loss"].astype(np.float64) - before["loss"]


def _percent(share: float) -> str:
    """Write a share so that only certainty reads as 100 %."""
    text = f"{share:.0%}"
    return f"{share:.1%}" if text == "100%" and share < 0.9995 else text


def _check_options(sort: str, limit: int) -> None:
    check_choice("sort", sort, SORTS)
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")


def predictions(
    inputs: Any,
    y_true: ArrayLike | None = None,
    y_pred: ArrayLike | None = None,
    *,
    scores: ArrayLike | Scores | None = None,
    kind: ScoreKind = "auto",
    classes: Sequence[Any] | None = None,
    sort: Sort = "index",
    limit: int = LIMIT,
    sample: ArrayLike | None = None,
    channels: Channels | None = None,
    image_shape: tuple[int, ...] | None = None,
    subject: str = "",
) -> Predictions:
    """Show samples with what was predicted of them.

    Parameters
    ----------
    inputs : array, sequence of str, or mapping of str to array
        Images (n, height, width[, channels]), texts, vectors, or named features.
    y_true : array, shape (n_samples,), optional
        True classes: names, numbers or one-hot rows.
    y_pred : array, shape (n_samples,), optional
        Predicted classes; not needed with ``scores``.
    scores : array, shape (n_samples, n_classes), optional
        Class scores, from which prediction, confidence and loss follow.
    kind : {"auto", "probabilities", "logits", "independent"}
        What the scores are.
    classes : sequence of str, optional
        Class names.
    sort : {"index", "confidence", "loss", "wrong first", "error"}
        Which samples come first: as given; least sure; highest loss; wrong, by falling loss;
        wrong, the surest first.
    limit : int
        How many are drawn.
    sample : array, shape (n_samples,), optional
        Ids; by default positions.
    channels : {"last", "first"}, optional
        Where the channels of images are.
    image_shape : tuple of int, optional
        Shape of flattened images.
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> view = predictions(["fine film", "dull"], [1, 0], scores=[[0.1, 0.9], [0.2, 0.8]],
    ...                    classes=["bad", "good"])
    >>> view.right
    array([ True, False])
    """
    _check_options(sort, limit)
    judged = _judge(y_true, y_pred, scores, classes=classes, kind=kind)
    _check_sort(sort, judged)
    shown = show(inputs, channels=channels, image_shape=image_shape)
    count = len(judged.predicted)
    if len(shown) != count:
        raise ValueError(
            f"`inputs` must hold one sample per prediction ({count}); got {len(shown)}."
        )
    return Predictions(
        sample_ids(sample, count),
        judged.predicted,
        judged.true,
        judged.confidence,
        judged.loss,
        judged.classes,
        shown,
        np.arange(count),
        sort,
        limit,
        subject,
        judged.note,
    )


@dataclass(frozen=True, eq=False)
class _Judged:
    predicted: Codes
    true: Codes
    confidence: Floats
    loss: Floats
    classes: tuple[str, ...]
    note: str = ""


def _judge(
    y_true: ArrayLike | None,
    y_pred: ArrayLike | None,
    scores: ArrayLike | Scores | None,
    *,
    classes: Sequence[Any] | None,
    kind: ScoreKind,
) -> _Judged:
    """Bring predictions, or the scores they follow from, into one form."""
    if scores is not None and y_pred is None:
        found = class_scores_from(scores, kind=kind)
        labels, true = score_classes(found, classes, y_true)
        predicted, confidence = found.values.argmax(axis=1), found.values.max(axis=1)
        return _Judged(predicted, true, confidence, found.losses(true), labels, found.note)
    if y_pred is None or scores is not None:
        raise ValueError("`predictions` must get either `y_pred` or `scores`, and not both.")
    given = {"y_pred": y_pred} if y_true is None else {"y_true": y_true, "y_pred": y_pred}
    codes, labels = encode_labels(given, classes)
    predicted = codes["y_pred"]
    true = codes.get("y_true", np.full(len(predicted), -1))
    unknown = np.full(len(predicted), np.nan)
    return _Judged(predicted, true, unknown, unknown, labels)


def _check_sort(sort: Sort, judged: _Judged) -> None:
    """Refuse an order that the data cannot give."""
    needs = {
        "confidence": ("`scores`", np.isnan(judged.confidence).all()),
        "loss": ("`scores` and `y_true`", np.isnan(judged.loss).all()),
        "wrong first": ("`y_true`", (judged.true < 0).all()),
        "error": (
            "`scores` and `y_true`",
            np.isnan(judged.confidence).all() or (judged.true < 0).all(),
        ),
        "change": ("predictions of two steps, as a recorded run has", True),
    }
    needed, missing = needs.get(sort, ("", False))
    if missing:
        raise ValueError(f"`sort={sort!r}` needs {needed}.")

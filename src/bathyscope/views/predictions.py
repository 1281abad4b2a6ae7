"""The samples themselves, with what was predicted, how surely, and what is true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import (
    Asked,
    Browse,
    Categories,
    Figure,
    Ids,
    Mark,
    Note,
    Panel,
    Table,
    Tokens,
)  # fmt: skip
from bathyscope.figures.marks import Verdict
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._choosing import Choice
from bathyscope.views._chosen_ids import among_chosen
from bathyscope.views._classified import classify, score_classes
from bathyscope.views._finding import holding
from bathyscope.views._gallery import (
    MOST,
    Rows,
    Sorting,
    answered,
    browse,
    counts_of,
    held,
    in_turn,
    telling,
)
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
Keep = Literal["all", "right", "wrong"]
Floats = NDArray[np.float64]
#: What readers are shown as the names of the orders.
_NAMES: dict[Sort, str] = {
    "index": "as recorded",
    "loss": "highest loss",
    "wrong first": "wrong ones first",
    "confidence": "least sure",
    "error": "surest mistakes first",
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
    keep : {"all", "right", "wrong"}
        Which samples are drawn at all.
    choice : Choice, optional
        What a reader asked for of them.
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
    keep: Keep = "all"
    choice: Choice | None = None

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
        keep: Keep = "all",
        limit: int = LIMIT,
        choice: Choice | None = None,
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
        keep : {"all", "right", "wrong"}
            Which samples are drawn at all.
        limit : int
            How many are drawn.
        choice : Choice, optional
            What a reader asked for of them, as the page does.

        Raises
        ------
        NotRecorded
            If there are no such predictions, or no losses of an earlier step where
            ``sort="change"`` needs them.
        """
        _check_options(sort, limit, keep)
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
            recorded.class_names(run, split, true, predicted),
            shown,
            visible if shown is not None else np.arange(len(ids)),
            sort,
            limit,
            f"{split} samples, step {step:,}",
            "The samples themselves are not recorded." if shown is None else "",
            change,
            before,
            what_became(run, split, ids),
            keep,
            choice,
        )

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer a set of samples at every recorded step; of a large one also the wrong ones."""
        for split in recorded.splits(run.table_names(), names.PREDICTIONS):
            steps = run.table_steps(names.PREDICTIONS + split)
            yield Offer(f"Predictions of {split} samples", {"split": split}, steps)
            if split != "probe":
                has_loss = "loss" in run.table(names.PREDICTIONS + split)
                sort = "loss" if has_loss else "index"
                worst = {"split": split, "sort": sort, "keep": "wrong"}
                yield Offer(f"Wrong predictions of {split} samples", worst, steps)
                if len(steps) > 1 and has_loss:
                    changed = {"split": split, "sort": "change"}
                    title = f"Predictions of {split} samples that changed most"
                    yield Offer(title, changed, steps[1:])

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each prediction is right; False where the truth is unknown."""
        return self.predicted == self.true

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Whether each prediction is wrong; False where the truth is unknown."""
        return ~self.right & (self.true >= 0)

    def order(self) -> NDArray[np.int64]:
        """Give the positions of the samples to draw first, in the order of drawing."""
        return self._sorted(self.sort, self._kept())[: self.limit]

    def orders(self) -> dict[Sort, NDArray[np.int64]]:
        """Give every order there is of the samples that can be shown, as their positions."""
        at = self._kept()
        return {sort: self._sorted(sort, at) for sort in self._sorts(at)}

    def _kept(self) -> Rows:
        """Give the positions of the samples that can be drawn, increasing."""
        if self.keep == "all":
            return self.visible
        return self.visible[(self.right if self.keep == "right" else self.wrong)[self.visible]]

    def _sorts(self, at: Rows) -> Iterable[Sort]:
        """Give the orders that mean something for these samples."""
        wrong = self.wrong[at]
        has_confidence = not np.isnan(self.confidence).all()
        yield "index"
        if not np.isnan(self.loss).all() or self.sort == "loss":
            yield "loss"
        if (wrong.any() and not wrong.all()) or self.sort == "wrong first":
            yield "wrong first"
        if has_confidence:
            yield "confidence"
        if has_confidence and (wrong.any() or self.sort == "error"):
            yield "error"
        if self.change is not None:
            yield "change"

    def _sorted(self, sort: Sort, at: Rows) -> Rows:
        """Put positions, which increase, in an order."""
        if sort == "index":
            return at
        if sort == "confidence":
            return at[np.argsort(self.confidence[at], kind="stable")]
        if sort == "change" and self.change is not None:
            return at[np.argsort(-np.abs(np.nan_to_num(self.change[at])), kind="stable")]
        wrong = self.wrong[at]
        if sort == "error":
            return at[np.lexsort((-np.nan_to_num(self.confidence[at]), ~wrong))]
        loss = np.where(np.isnan(self.loss[at]), np.inf, self.loss[at])
        if sort == "loss":
            return at[np.argsort(-loss, kind="stable")]
        return at[np.lexsort((np.where(wrong, -loss, 0.0), ~wrong))]

    def figure(self) -> Figure:
        """Draw the samples as tiles, texts or rows of a table."""
        what = "Predictions" if self.keep == "all" else f"{self.keep.capitalize()} predictions"
        title = what + (f": {self.subject}" if self.subject else "")
        every = self._kept()
        if not len(every):
            return Figure(title, (Panel((Note(self._none()),)),), note=self._accuracy())
        sortings = self._sortings(every)
        at, asked = self._held(every, sortings)
        panel = Panel((self._mark(every, at, sortings, asked),), note=self._rule(every, asked))
        return Figure(title, (panel,), note=self._note())

    def _held(self, every: Rows, sortings: Mapping[str, Sorting]) -> tuple[Rows, Asked | None]:
        """Choose the samples the picture holds; where a reader asked, also say what was found."""
        choice = self.choice
        size: dict[str, int] = {"sample_bytes": self._sample_bytes(), "least": self.limit}
        if choice is not None and choice.text:
            return answered(
                choice,
                every,
                sortings,
                facets=self._facets(),
                found=self._fitting(choice),
                column=self._column(choice.column),
                **size,
            )
        orders = {name: put(every) for name, put in sortings.items()}
        first = orders[_NAMES[self.sort]]
        # Whichever class is chosen, there are some samples of it.
        for name, codes in (("true", self.true), ("predicted", self.predicted)):
            orders[name] = in_turn(first, codes, least=max(MOST, self.limit))
        at = held(orders, **size)
        if choice is None or len(at) == len(first):
            return at, None
        counts = {facet.label: counts_of(facet, first) for facet in telling(self._facets(), first)}
        places = np.searchsorted(at, first[np.isin(first, at)])
        return at, Asked("", places, len(first), counts)

    def _fitting(self, choice: Choice) -> NDArray[np.bool_]:
        """Tell which samples hold the text and are among the ids that a reader asked for."""
        found = np.ones(len(self.sample), dtype=bool)
        if choice.samples:
            found &= among_chosen(self.sample, choice.samples)
        if wanted := choice.find.strip().lower():
            found &= self._holding(wanted)
        return found

    def _holding(self, wanted: str) -> NDArray[np.bool_]:
        """Tell which samples hold a text: in their id, their classes, or what is shown of them."""
        named = np.array([wanted in name.lower() for name in (*self.classes, "")])
        found = named[self.predicted] | named[self.true] | holding(self.sample, wanted)
        shown = self.shown
        if shown is not None and shown.texts is not None:
            found[self.visible] |= holding(np.array(shown.texts, dtype=np.object_), wanted)
        columns = None if shown is None else shown.columns
        for values in (columns or {}).values():
            found[self.visible] |= holding(np.asarray(values), wanted)
        return found

    def _column(self, place: int) -> NDArray[Any] | None:
        """Give a column of the table by its place, for all samples; None if there is none."""
        is_table = self.shown is None or self.shown.columns is not None
        known = list(self._table_columns(self.visible).values()) if place >= 0 and is_table else []
        if place >= len(known) or not known:
            return None
        every = np.zeros(len(self.sample), dtype=known[place].dtype)
        every[self.visible] = known[place]
        return every

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

    def _sortings(self, every: Rows) -> dict[str, Sorting]:
        """Give the orders by the names a reader is shown, that of this view first."""
        sorts = (self.sort, *self._sorts(every))
        return {_NAMES[sort]: partial(self._sorted, sort) for sort in sorts}

    def _sample_bytes(self) -> int:
        shown = self.shown
        held = None if shown is None else shown.images if shown.sounds is None else shown.sounds
        return held[:1].nbytes if held is not None else 400

    def _mark(
        self, every: Rows, at: Rows, sortings: Mapping[str, Sorting], asked: Asked | None
    ) -> Mark:
        ids = Ids("sample", self.sample[at])
        numbers = {"confidence": self.confidence, "loss": self.loss}
        if self.change is not None:
            numbers[f"change of loss since step {self.before or 0:,}"] = self.change
        how = browse(
            every, at, sortings, facets=self._facets(), numbers=numbers, first=self.limit,
            asked=asked,
        )  # fmt: skip
        if self.shown is None:
            return self._table(at, ids, how)
        shown = self.shown.take(np.searchsorted(self.visible, at))
        captions = tuple(self._caption(row) for row in at)
        verdicts: tuple[Verdict, ...] = tuple(self._verdict(row) for row in at)
        tiles = shown.tiles()
        if tiles is not None:
            return replace(tiles, captions=captions, verdicts=verdicts, ids=ids, browse=how)
        if shown.texts is not None:
            texts = tuple(words_of(text) for text in shown.texts)
            flat = tuple(caption.replace("\n", ", ") for caption in captions)
            return Tokens(texts, captions=flat, verdicts=verdicts, ids=ids, browse=how)
        return self._table(at, ids, how)

    def _facets(self) -> list[Categories]:
        """Say of all samples by what some of them can be kept."""
        verdict = np.where(self.true >= 0, np.where(self.right, 0, 1), -1)
        facets = [
            Categories(verdict, ("right", "wrong"), "verdict"),
            Categories(self.true, self.classes, "true class"),
            Categories(self.predicted, self.classes, "predicted class"),
        ]
        if self.became is not None:
            facets.append(Categories(self.became, KINDS, "over the steps"))
        return facets

    def _table(self, at: NDArray[np.int64], ids: Ids, how: Browse | None) -> Table:
        columns = self._table_columns(at)
        return Table(
            columns,
            formats={"confidence": ".1%", "change of loss": "+.3g"},
            bars=("confidence",) if "confidence" in columns else (),
            ids=ids,
            browse=how,
        )

    def _table_columns(self, at: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """Give what a table says of some of the samples that can be shown."""
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
        shown = None if self.shown is None else self.shown.columns
        for name, values in (shown or {}).items():
            clear = f"{name} (input)" if name in columns else name
            columns[clear] = np.asarray(values)[np.searchsorted(self.visible, at)]
        return columns

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

    def _accuracy(self) -> str:
        n, right = int((self.true >= 0).sum()), int(self.right.sum())
        return accuracy_sentence(right, n) if n else ""

    def _note(self) -> str:
        return sentences(
            [
                self._accuracy(),
                f"Only {len(self.visible):,} of {len(self.sample):,} samples are recorded "
                "and can be shown."
                if len(self.visible) < len(self.sample)
                else "",
                self._legend(),
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

    def _none(self) -> str:
        """Say that no sample is to be drawn."""
        if not len(self.visible):
            return "No sample is recorded that could be shown."
        return f"None of {count_text(len(self.visible), 'sample')} is {self.keep}."

    def _rule(self, kept: Rows, asked: Asked | None) -> str:
        """Say which samples are drawn where nobody can choose."""
        wrong, total = int(self.wrong[kept].sum()), len(kept)
        if asked is not None and asked.choice:
            drawn = min(self.limit, asked.found)
            of = f"{asked.found:,} that were asked for among {count_text(total, 'sample')}"
            return f"Shown: {drawn} of {of}."
        drawn = min(self.limit, total)
        rule = {
            "index": "",
            "confidence": "the least sure first",
            "loss": "the highest loss first",
            "wrong first": f"the {count_text(wrong, 'wrong one')} first, by falling loss",
            "error": f"the {count_text(wrong, 'wrong one')} first, the surest before the others",
            "change": "those whose loss changed most since step "
            f"{0 if self.before is None else self.before:,} first",
        }[self.sort]
        of = "" if self.keep == "all" else f"{self.keep} "
        if drawn == total:
            return f"All {count_text(total, f'{of}sample')}, {rule}." if rule else ""
        return f"Shown: {drawn} of {total:,} {of}samples, {rule or 'the first ones'}."


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
    """Write a share so that only certainty reads as 100%."""
    text = f"{share:.0%}"
    return f"{share:.1%}" if text == "100%" and share < 0.9995 else text


def _check_options(sort: str, limit: int, keep: str) -> None:
    check_choice("sort", sort, SORTS)
    check_choice("keep", keep, ("all", "right", "wrong"))
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
    keep: Keep = "all",
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
    keep : {"all", "right", "wrong"}
        Which samples are drawn at all.
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
    _check_options(sort, limit, keep)
    judged = _judge(y_true, y_pred, scores, classes=classes, kind=kind)
    _check_sort(sort, judged)
    if keep != "all" and (judged.true < 0).all():
        raise ValueError(f"`keep={keep!r}` needs `y_true`.")
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
        keep=keep,
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

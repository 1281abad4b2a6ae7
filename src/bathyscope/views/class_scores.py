"""The scores of the classes, as bars, beside the sample that got them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope.figures import Axis, Bars, Figure, Ids, Panel
from bathyscope.figures.marks import Tone
from bathyscope.models.batches import count_samples, take
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._classified import classify, score_classes
from bathyscope.views._inputs import as_batch, first_array
from bathyscope.views._labels import Codes
from bathyscope.views._samples import pick, sample_ids
from bathyscope.views._scores import ScoreKind, Scores, class_scores_from
from bathyscope.views._shown import Channels, Shown, show
from bathyscope.views._words import check_choice, sentences
from bathyscope.views.base import Offer, RunData, View, register

Sort = Literal["given", "loss"]

#: Classes drawn for a sample, and samples drawn, unless told otherwise.
TOP = 10
LIMIT = 4
#: Smaller scores get no number: it would read 0.0%.
_SMALLEST_TEXT = 0.0005
#: Texts of more characters are given more than a sixth of the width.
SHORT_TEXT = 100


@register(room="predictions", place=20)
@dataclass(frozen=True, eq=False, repr=False)
class ClassScores(View):
    """Class probabilities of a few samples.

    Parameters
    ----------
    scores : Scores
        Of shape (n_samples, n_classes).
    classes : tuple of str
    sample : array, shape (n_samples,)
        Ids.
    true : array of int64, shape (n_samples,)
        True classes; -1 where unknown.
    shown : Shown, optional
        The samples themselves.
    top : int
        With more classes than this, only so many of the highest scores are drawn.
    subject : str
        Which samples, at which step; part of the title.
    note : str
        What was done or left out.
    """

    scores: Scores
    classes: tuple[str, ...]
    sample: NDArray[Any]
    true: Codes
    shown: Shown | None = None
    top: int = TOP
    subject: str = ""
    note: str = ""

    @classmethod
    def from_model(
        cls,
        model: Model,
        x: Any,
        y: ArrayLike | None = None,
        *,
        sample: int | Sequence[int] | None = None,
        classes: Sequence[Any] | None = None,
        scores: ScoreKind = "auto",
        top: int = TOP,
        limit: int = LIMIT,
        inputs: Any = None,
        channels: Channels | None = None,
        image_shape: tuple[int, ...] | None = None,
    ) -> ClassScores:
        """Show the scores a model gives to samples.

        Parameters
        ----------
        model : Model
        x : array, or several arrays
            Inputs of the model.
        y : array, shape (n_samples,), optional
            True classes.
        sample : int or sequence of int, optional
            Positions in ``x``; by default the first ``limit``.
        classes : sequence of str, optional
            Class names, in the order of the scores.
        scores : {"auto", "probabilities", "logits", "independent"}
            What the model's outputs are.
        top : int
            How many classes are drawn.
        limit : int
            How many samples are drawn if ``sample`` is not given.
        inputs : array, sequence of str or mapping, optional
            What to show beside the scores instead of ``x``, such as the texts.
        channels : {"last", "first"}, optional
            Where the channels of images are.
        image_shape : tuple of int, optional
            Shape of flattened images.
        """
        batch = as_batch(x)
        count = count_samples(batch)
        at = pick(np.arange(count), sample, limit)
        true = None if y is None else np.asarray(y)[at]
        done = classify(model, take(batch, at), true, classes=classes, kind=scores)
        look = first_array(batch) if inputs is None else inputs
        shown = show(look, channels=channels, image_shape=image_shape).take(at)
        told = "" if sample is not None else _first_of(len(at), count)
        return cls(
            done.scores,
            done.classes,
            at,
            done.true,
            shown,
            top,
            note=sentences([told, shown.note]),
        )

    @classmethod
    def from_run(
        cls,
        run: RunData,
        *,
        sample: int | str | Sequence[Any] | None = None,
        split: str | None = None,
        step: int = -1,
        sort: Sort = "given",
        top: int = TOP,
        limit: int = LIMIT,
    ) -> ClassScores:
        """Show the scores a run recorded.

        Parameters
        ----------
        run : Run
        sample : id or sequence of ids, optional
            Which samples; by default the first ``limit``.
        split : str, optional
            ``"test"``, ``"probe"``; by default the first recorded.
        step : int
            A recorded step; -1 is the last.
        sort : {"given", "loss"}
            Where ``sample`` is not given, ``loss`` takes those of highest loss at the last step.
        top, limit : int
            How many classes, and how many samples if ``sample`` is not given.
        """
        check_choice("sort", sort, ("given", "loss"))
        split = recorded.default_split(run, run.array_groups(), names.SCORES, split)
        step, arrays = recorded.read_arrays(run, names.SCORES + split, step)
        scores = recorded.require_key(run, names.SCORES + split, arrays, "scores")
        ids = recorded.group_ids(run, split, arrays, len(scores))
        wanted = sample
        if sample is None and sort == "loss":
            wanted = recorded.worst_samples(run, split, ids)[:limit]
        at = pick(ids, wanted, limit)
        found = recorded.predictions_of(run, split, step, ids[at])
        true = found.get("true", np.full(len(at), -1))
        shown, have = recorded.shown_inputs(run, split, ids[at])
        complete = shown is not None and len(have) == len(at)
        judged = recorded.scores_from(run, split, scores[at])
        return cls(
            judged,
            recorded.class_names(run, split, np.array([judged.values.shape[1] - 1])),
            ids[at],
            true,
            shown if complete else None,
            top,
            f"{split} samples, step {step:,}",
            "" if sample is not None else _first_of(len(at), len(ids), sort),
        )

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer scores at every recorded step: of the first probe samples, of the worst others."""
        tables = run.table_names()
        for split in recorded.splits(run.array_groups(), names.SCORES):
            steps = run.array_steps(names.SCORES + split)
            if split == "probe" or names.PREDICTIONS + split not in tables:
                yield Offer(f"Class scores of {split} samples", {"split": split}, steps)
            else:
                title = f"Class scores of the {split} samples with the highest loss"
                yield Offer(title, {"split": split, "sort": "loss"}, steps)

    def figure(self) -> Figure:
        """Draw each sample, and the scores of its classes beside it."""
        panels: list[Panel] = []
        for row in range(len(self.sample)):
            if self.shown is not None:
                panels.append(self._input_panel(row, self.shown))
            panels.append(self._bars_panel(row))
        title = "Class scores" + (f": {self.subject}" if self.subject else "")
        if self.shown is None:
            return Figure(title, tuple(panels), columns=min(len(panels), 2), note=self._note())
        # Of a sample and its scores, beside each other.
        pairs = min(len(self.sample), 2) if _is_narrow(self.shown) else 1
        widths = (1.0, 2.0) * pairs
        return Figure(title, tuple(panels), columns=2 * pairs, note=self._note(), widths=widths)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per sample and class: the score, and whether it is the true class."""
        n_samples, n_classes = self.scores.values.shape
        columns: dict[str, NDArray[Any]] = {
            "sample": np.repeat(self.sample, n_classes),
            "class": np.tile(np.array(self.classes), n_samples),
            "score": self.scores.values.ravel(),
        }
        if (self.true >= 0).any():
            codes = np.arange(n_classes)
            columns["is_true"] = (self.true[:, None] == codes[None, :]).ravel()
        return columns

    def _note(self) -> str:
        n_classes = len(self.classes)
        told = ""
        if n_classes > self.top:
            rest = "the rest is summed" if self.scores.exclusive else "the others are left out"
            told = f"The {self.top} highest of {n_classes:,} scores, and the true class; {rest}."
        return sentences([told, self.scores.note, self.note])

    def _input_panel(self, row: int, shown: Shown) -> Panel:
        one = Ids("sample", self.sample[row : row + 1])
        return Panel((shown.take([row]).mark(one),), title=f"sample {self.sample[row]}")

    def _bars_panel(self, row: int) -> Panel:
        codes = self._codes(row)
        labels = [self.classes[code] for code in codes]
        heights = self.scores.values[row, codes]
        tones: list[Tone] = [self._tone(row, code) for code in codes]
        texts = [self._text(row, code) for code in codes]
        ids = Ids("class", np.array(labels), np.arange(len(codes)))
        n_others = len(self.classes) - len(codes)
        if n_others and self.scores.exclusive:
            others = max(0.0, 1.0 - float(heights.sum()))
            labels.append(f"{n_others:,} others")
            heights = np.append(heights, others)
            tones.append("muted")
            texts.append(f"{others:.1%}")
        bars = Bars(heights, tones=tuple(tones), text=tuple(texts), horizontal=True, ids=ids)
        return Panel(
            (bars,),
            x=Axis("probability" if self.scores.exclusive else "score", domain=(0.0, 1.0)),
            y=Axis("class", scale="category", categories=tuple(labels)),
            title="" if self.shown is not None else f"sample {self.sample[row]}",
        )

    def _codes(self, row: int) -> NDArray[np.int64]:
        """Choose the classes to draw: all in their order, or the highest with the true one."""
        scores = self.scores.values[row]
        if len(scores) <= self.top:
            return np.arange(len(scores))
        codes = np.argsort(-scores, kind="stable")[: self.top]
        true = self.true[row]
        return codes if true < 0 or true in codes else np.append(codes, true)

    def _tone(self, row: int, code: int) -> str:
        predicted, true = self.scores.values[row].argmax(), self.true[row]
        if code == predicted:
            return "accent" if true < 0 else "good" if true == predicted else "bad"
        return "good" if code == true else "muted"

    def _text(self, row: int, code: int) -> str:
        score, predicted = self.scores.values[row, code], self.scores.values[row].argmax()
        if code == predicted:
            word = " right" if code == self.true[row] else " predicted"
        else:
            word = " true" if code == self.true[row] else ""
        return f"{score:.1%}{word}" if word or score >= _SMALLEST_TEXT else ""


def _is_narrow(shown: Shown) -> bool:
    """Say whether samples fit into a sixth of a page: pictures, sounds and short texts."""
    longest = max(map(len, shown.texts), default=0) if shown.texts is not None else 0
    return shown.columns is None and longest <= SHORT_TEXT


def _first_of(shown: int, total: int, sort: Sort = "given") -> str:
    if shown == total:
        return ""
    if sort == "loss":
        return f"The {shown} of {total:,} samples with the highest loss at the last step."
    return f"The first {shown} of {total:,} samples."


def class_scores(
    scores: ArrayLike,
    *,
    y_true: ArrayLike | None = None,
    inputs: Any = None,
    classes: Sequence[Any] | None = None,
    kind: ScoreKind = "auto",
    sample: ArrayLike | None = None,
    top: int = TOP,
    limit: int = LIMIT,
    channels: Channels | None = None,
    image_shape: tuple[int, ...] | None = None,
    subject: str = "",
) -> ClassScores:
    """Show the scores of the classes of a few samples.

    Parameters
    ----------
    scores : array, shape (n_samples, n_classes), or (n_classes,) for one sample
    y_true : array, shape (n_samples,), or a single label, optional
    inputs : array, sequence of str or mapping, optional
        The samples themselves, shown beside their scores.
    classes : sequence of str, optional
        Class names; by default their numbers.
    kind : {"auto", "probabilities", "logits", "independent"}
        What the scores are.
    sample : array, shape (n_samples,), optional
        Ids; by default positions.
    top : int
        With more classes than this, only so many of the highest scores are drawn.
    limit : int
        How many samples are drawn, from the first.
    channels : {"last", "first"}, optional
        Where the channels of images are.
    image_shape : tuple of int, optional
        Shape of flattened images.
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> view = class_scores([0.1, 0.7, 0.2], y_true=1, classes=["cat", "dog", "fox"])
    >>> view.figure().panels[0].marks[0].text
    ('10.0%', '70.0% right', '20.0%')
    """
    if top < 1:
        raise ValueError(f"`top` must be at least 1; got {top}.")
    array = np.asarray(scores)
    if array.ndim == 1:
        array = array[None, :]
    judged = class_scores_from(array, kind=kind)
    count = len(array)
    labels, true = score_classes(
        judged, classes, None if y_true is None else np.atleast_1d(np.asarray(y_true))
    )
    ids = sample_ids(sample, count)
    at = pick(np.arange(count), None, limit)
    shown = None
    if inputs is not None:
        shown = show(inputs, channels=channels, image_shape=image_shape)
        if len(shown) != count:
            raise ValueError(f"`inputs` must hold {count} samples; got {len(shown)}.")
        shown = shown.take(at)
    return ClassScores(
        judged.take(at),
        labels,
        ids[at],
        true[at],
        shown,
        top,
        subject,
        sentences([_first_of(len(at), count), shown.note if shown else ""]),
    )

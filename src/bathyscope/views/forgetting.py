"""Which samples are learned, forgotten or never learned, and the history of their losses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import (
    Axis,
    Bars,
    ColorScale,
    Figure,
    Ids,
    Line,
    Mark,
    Matrix,
    Note,
    Panel,
    Table,
)  # fmt: skip
from bathyscope.views import _recorded as recorded
from bathyscope.views._history import KINDS, history, kinds, turns
from bathyscope.views._samples import sample_ids
from bathyscope.views._shown import Shown
from bathyscope.views._stepped import evenly, left_out_text
from bathyscope.views._words import count_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

Floats = NDArray[np.float64]

#: How many samples are shown of each kind unless told otherwise.
LIMIT = 24
#: Steps that are read at most.
STEPS = 500


@register(room="predictions", place=90)
@dataclass(frozen=True, eq=False, repr=False)
class Forgetting(View):
    """Whether each sample is predicted rightly at each step.

    A sample is learned where it turns from wrong to right, and forgotten where it turns from
    right to wrong, from one recorded step to the next at which it is known.

    Parameters
    ----------
    sample : array, shape (n_samples,)
        Ids.
    steps : array of int64, shape (n_steps,)
    right : array of float64, shape (n_steps, n_samples)
        1 where the prediction is right, 0 where it is wrong, NaN where it is unknown.
    loss : array of float64, shape (n_steps, n_samples)
        NaN where unknown.
    true : tuple of str, length n_samples
        Names of the true classes.
    shown : Shown, optional
        The samples as a person sees them, for those at ``visible``.
    visible : array of int64
        Positions of the samples that ``shown`` holds.
    limit : int
        How many samples are shown of each kind.
    subject : str
        Which samples; part of the title.
    note : str
        What was left out.

    References
    ----------
    M. Toneva et al., "An empirical study of example forgetting during deep neural network
    learning", ICLR 2019, arXiv:1812.05159; there counted whenever a sample is trained on.
    """

    sample: NDArray[Any]
    steps: NDArray[np.int64]
    right: Floats
    loss: Floats
    true: tuple[str, ...]
    shown: Shown | None = None
    visible: NDArray[np.int64] | None = None
    limit: int = LIMIT
    subject: str = ""
    note: str = ""

    @classmethod
    def from_run(cls, run: RunData, *, split: str | None = None, limit: int = LIMIT) -> Forgetting:
        """Follow the samples of a run over its recorded steps.

        Parameters
        ----------
        run : Run
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        limit : int
            How many samples are shown of each kind.

        Raises
        ------
        NotRecorded
            If there are no predictions of at least two steps.
        """
        _check_limit(limit)
        split = recorded.default_split(run, run.table_names(), names.PREDICTIONS, split)
        known = np.array(run.table_steps(names.PREDICTIONS + split), dtype=np.int64)
        if len(known) < 2:
            raise NotRecorded(
                f"The run `{run.name}` must hold predictions of {split} samples at two steps or "
                f"more to tell what was forgotten; it holds {len(known)}."
            )
        steps = known[evenly(len(known), STEPS)]
        _, _, last = recorded.read_predictions(run, split, int(steps[-1]))
        ids = last[names.SAMPLE]
        true, predicted = recorded.label_codes(run, split, last)
        classes = recorded.class_names(run, split, true, predicted)
        right, loss = history(run, split, steps, ids)
        shown, visible = recorded.shown_inputs(run, split, ids)
        return cls(
            ids,
            steps,
            right,
            loss,
            tuple(classes[code] for code in true),
            shown,
            visible,
            limit,
            f"{split} samples",
            left_out_text(len(steps), len(known), "recorded steps"),
        )

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every set of samples with predictions of several steps."""
        for split in recorded.splits(run.table_names(), names.PREDICTIONS):
            if len(run.table_steps(names.PREDICTIONS + split)) > 1:
                yield Offer(f"Learned and forgotten: {split} samples", {"split": split})

    @property
    def forgotten(self) -> NDArray[np.int64]:
        """How often each sample was forgotten."""
        return turns(self.right, 1.0, 0.0).sum(axis=0)

    @property
    def learned_at(self) -> NDArray[np.int64]:
        """The first step at which each sample is right; -1 if it never is."""
        ever = (self.right == 1).any(axis=0)
        return np.where(ever, self.steps[(self.right == 1).argmax(axis=0)], -1)

    @property
    def kind(self) -> NDArray[np.str_]:
        """What became of each sample.

        ``never learned``; ``forgotten`` at least once; ``learned late``: not right at first, and
        never forgotten; ``always right``.
        """
        return np.array(KINDS)[kinds(self.right)]

    def figure(self) -> Figure:
        """Draw shares over the steps, how often samples are forgotten, and the samples."""
        title = "Learned and forgotten" + (f": {self.subject}" if self.subject else "")
        if not len(self.sample):
            return Figure(title, (Panel((Note("There are no samples."),)),))
        panels = [self._shares_panel(), self._events_panel()]
        panels += [self._samples_panel(kind) for kind in KINDS[:2]]
        if np.isfinite(self.loss).any():
            panels.append(self._history_panel())
        return Figure(title, tuple(panels), columns=2, note=self._note())

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per sample: what became of it, how often it was forgotten, its last loss."""
        return {
            "sample": self.sample,
            "true": np.array(self.true, dtype=np.str_),
            "kind": self.kind,
            "forgotten": self.forgotten,
            "learned_at": self.learned_at,
            "right_at_last": self.right[-1],
            "last_loss": self.loss[-1],
            "mean_loss": _mean_known(self.loss),
        }

    def hardest(self, kind: str) -> NDArray[np.int64]:
        """Order the samples of a kind: most often forgotten first, then by their mean loss."""
        at = np.flatnonzero(self.kind == kind)
        loss = np.nan_to_num(_mean_known(self.loss[:, at]), nan=-1.0)
        return at[np.lexsort((-loss, -self.forgotten[at]))]

    def _shares_panel(self) -> Panel:
        x = self.steps.astype(np.float64)
        count = len(self.sample)
        lines = (
            ("right", _mean_known(self.right.T), "good"),
            ("learned since the step before", turns(self.right, 0.0, 1.0).sum(axis=1) / count, 0),
            (
                "forgotten since the step before",
                turns(self.right, 1.0, 0.0).sum(axis=1) / count,
                "bad",
            ),
        )
        ids = Ids("step", self.steps)
        marks = tuple(Line(x, y, label=label, tone=tone, ids=ids) for label, y, tone in lines)
        return Panel(
            marks,
            x=Axis("step", integers=True),
            y=Axis("share of the samples", domain=(0.0, 1.0)),
            title="Over the steps",
        )

    def _events_panel(self) -> Panel:
        often = np.bincount(self.forgotten)
        bars = Bars(often.astype(np.float64), tone="accent", ids=self._event_ids())
        return Panel(
            (bars,),
            x=Axis(
                "times forgotten", scale="category", categories=tuple(map(str, range(len(often))))
            ),
            y=Axis("samples"),
            title="How often samples are forgotten",
        )

    def _event_ids(self) -> Ids:
        return Ids("sample", self.sample, self.forgotten)

    def _history_panel(self) -> Panel:
        """Draw the losses of the samples with the highest mean, one row each."""
        mean = np.nan_to_num(_mean_known(self.loss), nan=-1.0)
        at = np.argsort(-mean, kind="stable")[: self.limit]
        values = self.loss[:, at].T
        finite = values[np.isfinite(values)]
        high = float(np.quantile(finite, 0.98)) if finite.size else 1.0
        beyond = int((finite > high).sum())
        # Element numbers count row by row; each sample owns a row.
        elements = np.arange(values.size)
        ids = Ids("sample", np.repeat(self.sample[at], values.shape[1]), elements)
        mark = Matrix(
            values.astype(np.float32),
            ColorScale("sequential", 0.0, high or 1.0, "loss"),
            ids=ids,
        )
        labels = tuple(f"{self.sample[i]} ({self.true[i]})" for i in at)
        return Panel(
            (mark,),
            x=Axis("step", scale="category", categories=tuple(f"{step:,}" for step in self.steps)),
            y=Axis("sample (true class)", scale="category", categories=labels),
            title="Losses of the samples with the highest mean loss",
            note=f"{count_text(beyond, 'loss', 'losses')} beyond the colours, up to "
            f"{finite.max():.3g}."
            if beyond
            else "",
        )

    def _samples_panel(self, kind: str) -> Panel:
        at = self.hardest(kind)
        total = len(at)
        title = f"{kind[0].upper()}{kind[1:]}: {count_text(total, 'sample')}"
        at = at[: self.limit]
        if not total:
            return Panel((Note(f"No sample was {kind}."),), title=title)
        note = f"{len(at)} of {total:,}, the hardest first." if len(at) < total else ""
        mark = self._pictures(at) or self._table(at)
        return Panel((mark,), title=title, note=note)

    def _pictures(self, at: NDArray[np.int64]) -> Mark | None:
        if self.shown is None or self.visible is None or self.shown.columns is not None:
            return None
        place = recorded.positions(self.visible, at)
        if (place < 0).any():
            return None
        captions = tuple(
            f"{self.true[i]}\n" + (f"forgotten {self.forgotten[i]}×" if self.forgotten[i] else "")
            for i in at
        )
        return self.shown.take(place).mark(Ids("sample", self.sample[at]), captions=captions)

    def _table(self, at: NDArray[np.int64]) -> Table:
        last = np.where(np.isnan(self.right[-1, at]), "", "wrong")
        last = np.where(self.right[-1, at] == 1, "right", last)
        return Table(
            {
                "sample": self.sample[at],
                "true": np.array([self.true[i] for i in at], dtype=np.str_),
                "times forgotten": self.forgotten[at],
                "at last": last.astype(np.str_),
                "last loss": self.loss[-1, at],
            },
            formats={"last loss": ".3g"},
            dashes=("last loss",),
            ids=Ids("sample", self.sample[at]),
        )

    def _note(self) -> str:
        found = self.kind
        told = ", ".join(f"{int((found == kind).sum()):,} {kind}" for kind in KINDS)
        unknown = int(np.isnan(self.right).sum())
        return sentences(
            [
                f"{count_text(len(self.sample), 'sample')} at {len(self.steps)} steps: {told}.",
                "Forgotten: right at one recorded step and wrong at the next; what happened "
                "between is not known.",
                f"{count_text(unknown, 'prediction')} not recorded." if unknown else "",
                self.note,
            ]
        )


def _mean_known(values: Floats) -> Floats:
    """Give the mean of each column over what is known; NaN where nothing is."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    out = np.full(values.shape[1], np.nan)
    return np.divide(total, known.sum(axis=0), out=out, where=known.any(axis=0))


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")


def forgetting(
    right: ArrayLike,
    *,
    loss: ArrayLike | None = None,
    steps: Sequence[int] | None = None,
    true: Sequence[Any] | None = None,
    sample: ArrayLike | None = None,
    limit: int = LIMIT,
    subject: str = "",
) -> Forgetting:
    """Show which samples are learned, forgotten or never learned.

    Parameters
    ----------
    right : array of bool or float, shape (n_steps, n_samples)
        Whether each prediction is right; NaN where it is unknown.
    loss : array of float, shape (n_steps, n_samples), optional
    steps : sequence of int, length n_steps, optional
        By default 0, 1, 2, ...
    true : sequence, length n_samples, optional
        Names of the true classes.
    sample : array, shape (n_samples,), optional
        Ids; by default positions.
    limit : int
        How many samples are shown of each kind.
    subject : str
        Which samples these are; part of the title.

    Raises
    ------
    ValueError
        If shapes do not fit, or there are less than two steps.

    Examples
    --------
    >>> view = forgetting([[0, 1, 0], [1, 0, 0], [1, 1, 0]])
    >>> view.forgotten.tolist(), view.kind.tolist()
    ([0, 1, 0], ['learned late', 'forgotten', 'never learned'])
    """
    _check_limit(limit)
    table = np.asarray(right, dtype=np.float64)
    if table.ndim != 2 or len(table) < 2:
        raise ValueError(
            f"`right` must have shape (n_steps, n_samples) with two steps or more; "
            f"got {table.shape}."
        )
    losses = np.full(table.shape, np.nan) if loss is None else np.asarray(loss, dtype=np.float64)
    at = np.arange(len(table)) if steps is None else np.asarray(steps, dtype=np.int64)
    if losses.shape != table.shape or len(at) != len(table):
        raise ValueError(
            f"`loss` and `steps` must fit `right` of shape {table.shape}; "
            f"got {losses.shape} and {len(at)} steps."
        )
    count = table.shape[1]
    classes = ("",) * count if true is None else tuple(str(name) for name in true)
    if len(classes) != count:
        raise ValueError(f"`true` must hold one class per sample ({count}); got {len(classes)}.")
    ids = sample_ids(sample, count)
    return Forgetting(ids, at, table, losses, classes, limit=limit, subject=subject)

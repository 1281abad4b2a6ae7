"""How the losses of single samples are spread: most are small, and a few are where to look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Bars, Figure, Ids, Mark, Note, Panel
from bathyscope.views import _recorded as recorded
from bathyscope.views._samples import sample_ids
from bathyscope.views._words import count_text, nonfinite_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

Floats = NDArray[np.float64]

#: Bins per power of ten. Edges are the same at every step and for every run.
PER_DECADE = 5
#: Smaller losses are certain answers: they are counted in the first bin.
SMALLEST = 1e-6
#: Heights that differ by more than this are drawn on a log axis.
_SPREAD = 40.0


@register(room="predictions", place=25)
@dataclass(frozen=True, eq=False, repr=False)
class LossHistogram(View):
    """Losses of single samples, counted between powers of ten.

    Parameters
    ----------
    sample : array, shape (n_samples,)
        Ids.
    loss : array of float64, shape (n_samples,)
        Not below 0; NaN where unknown.
    wrong : array of bool, shape (n_samples,), optional
        Which predictions are wrong; they are drawn once more, over all samples.
    subject : str
        Which samples, at which step; part of the title.
    """

    sample: NDArray[Any]
    loss: Floats
    wrong: NDArray[np.bool_] | None = None
    subject: str = ""

    @classmethod
    def from_run(cls, run: RunData, *, split: str | None = None, step: int = -1) -> LossHistogram:
        """Count the losses a run recorded.

        Parameters
        ----------
        run : Run
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        step : int
            A recorded step; -1 is the last.

        Raises
        ------
        NotRecorded
            If no losses of single samples are recorded.
        """
        split, step, table = recorded.read_predictions(run, split, step)
        if "loss" not in table:
            raise NotRecorded(
                f"The predictions of {split} samples in the run `{run.name}` must have a column "
                f"`loss`; they have {', '.join(table)}. Record class scores and true classes, "
                "from which losses follow."
            )
        true, predicted = table["true"], table["predicted"]
        wrong = (true != predicted) & (true >= 0)
        return loss_histogram(
            table["loss"],
            wrong=wrong,
            sample=table[names.SAMPLE],
            subject=f"{split} samples, step {step:,}",
        )

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every set of samples whose losses are recorded, at every recorded step."""
        for split in recorded.splits(run.table_names(), names.PREDICTIONS):
            held = run.table(names.PREDICTIONS + split)
            if {"loss", "true", "predicted"} <= set(held):
                steps = run.table_steps(names.PREDICTIONS + split)
                yield Offer(f"Losses of single {split} samples", {"split": split}, steps)

    @cached_property
    def edges(self) -> Floats:
        """Edges of the bins, shape (n_bins + 1,): powers of ten and four between each two."""
        finite = self._counted()
        low = np.floor(PER_DECADE * np.log10(finite.min(initial=np.inf)) + 1e-9)
        high = np.floor(PER_DECADE * np.log10(finite.max(initial=SMALLEST)) + 1e-9) + 1
        return 10.0 ** (np.arange(low, high + 1) / PER_DECADE)

    @cached_property
    def bins(self) -> NDArray[np.int64]:
        """The bin of each sample; -1 where its loss is not finite."""
        found = np.full(len(self.loss), -1, dtype=np.int64)
        known = np.isfinite(self.loss)
        place = np.searchsorted(self.edges, self._counted(), side="right") - 1
        found[known] = np.clip(place, 0, len(self.edges) - 2)
        return found

    def _counted(self) -> Floats:
        return np.maximum(self.loss[np.isfinite(self.loss)], SMALLEST)

    def figure(self) -> Figure:
        """Draw the samples as bars, the wrong ones over all of them."""
        title = "Losses of single samples" + (f": {self.subject}" if self.subject else "")
        if not np.isfinite(self.loss).any():
            return Figure(title, (Panel((Note("No loss is a finite number."),)),))
        everything = np.ones(len(self.loss), dtype=np.bool_)
        counts = self._heights(everything)
        marks: list[Mark] = [self._bars(everything, "all samples", "accent")]
        if self.wrong is not None and self.wrong.any():
            wrong = self._bars(self.wrong, "wrong predictions", "bad")
            marks.append(replace(wrong, part=True))
        is_wide = counts.max() > _SPREAD * counts[counts > 0].min()
        panel = Panel(
            tuple(marks),
            x=Axis("loss of a sample", scale="log"),
            y=Axis("samples", scale="log" if is_wide else "linear", integers=not is_wide),
        )
        return Figure(title, (panel,), note=self._note())

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per bin: its edges, its samples, and how many of them are wrong."""
        if not np.isfinite(self.loss).any():
            empty = np.array([], dtype=np.float64)
            return {"from": empty, "to": empty, "samples": empty, "wrong": empty}
        everything = np.ones(len(self.loss), dtype=np.bool_)
        wrong = ~everything if self.wrong is None else self.wrong
        return {
            "from": self.edges[:-1],
            "to": self.edges[1:],
            "samples": self._heights(everything),
            "wrong": self._heights(wrong),
        }

    def _heights(self, which: NDArray[np.bool_]) -> Floats:
        bins = self.bins[which]
        counted = np.bincount(bins[bins >= 0], minlength=len(self.edges) - 1)
        return counted.astype(np.float64)

    def _bars(self, which: NDArray[np.bool_], label: str, tone: str) -> Bars:
        known = (self.bins >= 0) & which
        ids = Ids("sample", self.sample[known], self.bins[known])
        return Bars(self._heights(which), self.edges, label=label, tone=tone, ids=ids)

    def _note(self) -> str:
        finite = self.loss[np.isfinite(self.loss)]
        certain = int((finite < SMALLEST).sum())
        return sentences(
            [
                f"{count_text(len(finite), 'sample')}: mean loss {finite.mean():.4g}, "
                f"median {np.median(finite):.4g}, highest {finite.max():.4g}.",
                f"{count_text(certain, 'loss', 'losses')} below {SMALLEST:g} in the first bar."
                if certain
                else "",
                nonfinite_text(self.loss),
            ]
        )


def loss_histogram(
    loss: ArrayLike,
    *,
    wrong: ArrayLike | None = None,
    sample: ArrayLike | None = None,
    subject: str = "",
) -> LossHistogram:
    """Show how the losses of single samples are spread.

    Parameters
    ----------
    loss : array of float, shape (n_samples,)
        Not below 0; NaN and infinities are left out and said.
    wrong : array of bool, shape (n_samples,), optional
        Which predictions are wrong.
    sample : array, shape (n_samples,), optional
        Ids; by default positions.
    subject : str
        Which samples these are; part of the title.

    Raises
    ------
    ValueError
        If a loss is below 0, or the arrays are not of one length.

    Examples
    --------
    >>> view = loss_histogram([0.011, 0.012, 2.1], wrong=[False, False, True])
    >>> [column.tolist()[-1] for column in view.columns().values()][2:]
    [1.0, 1.0]
    """
    values = np.asarray(loss, dtype=np.float64)
    if values.ndim != 1 or (values[np.isfinite(values)] < 0).any():
        raise ValueError(
            f"`loss` must hold one number of 0 or more per sample; got shape {values.shape}, "
            f"least {np.nanmin(values, initial=np.inf):.4g}. The histogram is of cross entropies "
            "and other losses that cannot be negative."
        )
    errors = None if wrong is None else np.asarray(wrong, dtype=np.bool_)
    if errors is not None and errors.shape != values.shape:
        raise ValueError(
            f"`wrong` must have the shape of `loss`, {values.shape}; got {errors.shape}."
        )
    return LossHistogram(sample_ids(sample, len(values)), values, errors, subject)

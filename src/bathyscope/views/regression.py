"""Predicted values over true ones, and what is left of them: the residuals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded, unknown_name
from bathyscope.figures import Axis, Bars, Figure, Ids, Line, Panel, Points
from bathyscope.models import forward_in_batches
from bathyscope.models.protocol import Model
from bathyscope.views import _recorded as recorded
from bathyscope.views._shown import Shown
from bathyscope.views._thumbnails import labels_of, thumbnails_of
from bathyscope.views._words import count_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

Floats = NDArray[np.float64]

#: Bars of the histogram at the most; fewer samples make fewer.
MOST_BINS = 51


@register(room="predictions", place=5)
@dataclass(frozen=True, eq=False, repr=False)
class Regression(View):
    """What a model predicts of a value, against what is true.

    Parameters
    ----------
    true, predicted : array of float64, shape (n_samples,)
        Finite.
    sample : array, shape (n_samples,)
        Ids of the samples.
    target : str
        What is predicted.
    shown : Shown, optional
        What appears when a sample is pointed at.
    subject : str
        Which samples, at which step; part of the title.
    note : str
        What was left out.
    """

    true: Floats
    predicted: Floats
    sample: NDArray[Any]
    target: str = "value"
    shown: Shown | None = None
    subject: str = ""
    note: str = ""

    @classmethod
    def from_model(
        cls, model: Model, x: Any, y: ArrayLike, *, target: int = 0, batch_size: int = 256
    ) -> Regression:
        """Judge what a model predicts.

        Parameters
        ----------
        model : Model
        x : array of shape (n_samples, ...), list or mapping of them
        y : array, shape (n_samples,) or (n_samples, n_targets)
            The true values.
        target : int
            Which of the values that the model predicts.
        batch_size : int
        """
        outputs = forward_in_batches(model, x, batch_size=batch_size).outputs
        if len(outputs) != 1:
            raise ValueError(f"The model must have one output; it has {len(outputs)}.")
        predicted, true = (_column(values, target) for values in (outputs[0], np.asarray(y)))
        return regression(true, predicted)

    @classmethod
    def from_run(
        cls,
        run: RunData,
        *,
        split: str | None = None,
        target: str | None = None,
        step: int = -1,
    ) -> Regression:
        """Judge the values a run recorded.

        Parameters
        ----------
        run : Run
        split : str, optional
            Which samples: ``"test"``, ``"probe"``; by default the first recorded.
        target : str, optional
            Which of the predicted values; by default the first.
        step : int
            A recorded step; -1 is the last.

        Raises
        ------
        NotRecorded
            If the run holds no predicted values of these samples.
        UnknownName
            If there is no such target; the nearest names are offered.
        """
        split = recorded.default_split(run, run.table_names(), names.REGRESSION, split)
        step, table = recorded.read_table(run, names.REGRESSION + split, step)
        needed = {names.SAMPLE, "target", "true", "predicted"}
        if not needed <= table.keys() or not len(table["true"]):
            raise NotRecorded(
                f"`{names.REGRESSION}{split}` of the run `{run.name}` must hold the columns "
                f"{', '.join(sorted(needed))} of at least one sample; "
                f"it has {', '.join(table) or 'none'}."
            )
        known = _targets(table)
        chosen = known[0] if target is None else target
        if chosen not in known:
            raise unknown_name("target", chosen, known)
        rows = table["target"] == chosen
        sample = table[names.SAMPLE][rows]
        found = regression(
            table["true"][rows],
            table["predicted"][rows],
            sample=sample,
            target=chosen,
            subject=f"{split} samples, step {step:,}",
        )
        shown, have = recorded.shown_inputs(run, split, found.sample)
        is_whole = shown is not None and len(have) == len(found.sample)
        return replace(found, shown=shown if is_whole else None)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every predicted value of every set of samples, at every recorded step."""
        for split in recorded.splits(run.table_names(), names.REGRESSION):
            steps = run.table_steps(names.REGRESSION + split)
            known = _targets(run.table(names.REGRESSION + split))
            for target in known:
                what = "Predicted values" if len(known) == 1 else f"Predicted {target}"
                yield Offer(
                    f"{what} of the {split} samples", {"split": split, "target": target}, steps
                )

    @property
    def residual(self) -> Floats:
        """Predicted less true, shape (n_samples,)."""
        return self.predicted - self.true

    def scores(self) -> dict[str, float]:
        """Sum up the errors.

        Returns
        -------
        dict of str to float
            ``mse``, ``rmse``, ``mae``, ``median_absolute_error``, ``largest_error``, ``bias`` (the
            mean of predicted less true) and ``r2``, the share of the variance explained (NaN if
            all true values are equal).
        """
        error = self.residual
        size = np.abs(error)
        spread = float(np.sum((self.true - self.true.mean()) ** 2))
        return {
            "mse": float(np.mean(error**2)),
            "rmse": float(np.sqrt(np.mean(error**2))),
            "mae": float(size.mean()),
            "median_absolute_error": float(np.median(size)),
            "largest_error": float(size.max()),
            "bias": float(error.mean()),
            "r2": 1.0 - float(np.sum(error**2)) / spread if spread > 0 else float("nan"),
        }

    def figure(self) -> Figure:
        """Draw predicted over true values, and how the residuals lie."""
        title = f"Predicted {self.target}" if self.target != "value" else "Predicted values"
        title += f": {self.subject}" if self.subject else ""
        thumbnails, too_many = thumbnails_of(self.shown)
        panels = (
            self._against_truth(thumbnails),
            self._against_prediction(thumbnails),
            self._histogram(),
        )
        return Figure(title, panels, columns=3, note=self._note(too_many))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per sample."""
        return {
            names.SAMPLE: self.sample,
            "true": self.true,
            "predicted": self.predicted,
            "residual": self.residual,
        }

    def _against_truth(self, thumbnails: NDArray[np.uint8] | None) -> Panel:
        both = np.concatenate([self.true, self.predicted])
        ends = np.array([both.min(), both.max()])
        # Both axes run over the same values, so that the diagonal is one.
        domain = _wider(*ends)
        return Panel(
            (
                Line(ends, ends, "predicted = true", "muted", dash="dot", markers=False),
                self._points(self.true, self.predicted, thumbnails),
            ),
            x=Axis(f"true {self.target}", domain=domain),
            y=Axis(f"predicted {self.target}", domain=domain),
            title="Against the truth",
        )

    def _against_prediction(self, thumbnails: NDArray[np.uint8] | None) -> Panel:
        ends = np.array([self.predicted.min(), self.predicted.max()])
        return Panel(
            (
                Line(ends, np.zeros(2), "no error", "muted", dash="dot", markers=False),
                self._points(self.predicted, self.residual, thumbnails),
            ),
            x=Axis(f"predicted {self.target}"),
            y=Axis("residual: predicted − true"),
            title="Residuals",
        )

    def _points(self, x: Floats, y: Floats, thumbnails: NDArray[np.uint8] | None) -> Points:
        label = "samples"
        ids = Ids("sample", self.sample)
        return Points(x, y, label, 0, text=labels_of(self.shown), thumbnails=thumbnails, ids=ids)

    def _histogram(self) -> Panel:
        edges = _symmetric_edges(self.residual)
        bins = np.clip(np.searchsorted(edges, self.residual, side="right") - 1, 0, len(edges) - 2)
        counts = np.bincount(bins, minlength=len(edges) - 1).astype(np.float64)
        ids = Ids("sample", self.sample, bins.astype(np.int64))
        return Panel(
            (Bars(counts, edges=edges, tone=0, ids=ids),),
            x=Axis("residual: predicted − true"),
            y=Axis("samples", integers=True),
            title="How large the residuals are",
        )

    def _note(self, too_many: str) -> str:
        found = self.scores()
        r2 = "undefined: all true values are equal"
        if not np.isnan(found["r2"]):
            r2 = f"{found['r2']:.4f}"
        bias = found["bias"]
        return sentences(
            [
                f"{count_text(len(self.true), 'sample')}: root mean squared error "
                f"{found['rmse']:.4g}, mean absolute error {found['mae']:.4g}, "
                f"R² {r2}.",
                f"On average {abs(bias):.4g} too {'high' if bias > 0 else 'low'}." * bool(bias),
                f"Always saying the mean would have a root mean squared error of "
                f"{self.true.std():.4g}.",
                self.note,
                too_many,
            ]
        )


def regression(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample: ArrayLike | None = None,
    target: str = "value",
    subject: str = "",
) -> Regression:
    """Show predicted values against the true ones.

    Parameters
    ----------
    y_true, y_pred : array, shape (n_samples,) or (n_samples, 1)
        Samples where one of them is not finite are left out, and counted in a note.
    sample : array, shape (n_samples,), optional
        Ids of the samples; by default 0, 1, 2, ...
    target : str
        What is predicted.
    subject : str
        Which samples these are; part of the title.

    Raises
    ------
    ValueError
        If lengths differ, or no sample is left.

    Examples
    --------
    >>> view = regression([1.0, 2.0, 3.0], [1.0, 2.5, 2.5])
    >>> round(view.scores()["r2"], 2)
    0.75
    """
    true, predicted = _values(y_true, "y_true"), _values(y_pred, "y_pred")
    ids = np.arange(len(true)) if sample is None else np.asarray(sample)
    if not len(true) == len(predicted) == len(ids):
        raise ValueError(
            "`y_true`, `y_pred` and `sample` must have one entry for each sample; "
            f"got {len(true)}, {len(predicted)} and {len(ids)}."
        )
    kept = np.isfinite(true) & np.isfinite(predicted)
    if not kept.any():
        raise ValueError(
            "There must be a sample whose true and predicted values are finite; "
            f"got {count_text(len(true), 'sample')}, none of them so."
        )
    left_out = int((~kept).sum())
    note = f"Left out: {count_text(left_out, 'sample')} with NaN or infinity." * bool(left_out)
    return Regression(true[kept], predicted[kept], ids[kept], target, subject=subject, note=note)


def _values(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"`{name}` must hold real numbers; got values of type {array.dtype}.")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(
            f"`{name}` must have shape (n_samples,); got {array.shape}. Show one target at a time."
        )
    return array.astype(np.float64)


def _column(values: NDArray[Any], target: int) -> NDArray[Any]:
    """Give one target of each sample."""
    rows = values.reshape(len(values), -1) if values.ndim else values.reshape(1, 1)
    if not 0 <= target < rows.shape[1]:
        raise ValueError(
            f"`target` must be from 0 to {rows.shape[1] - 1}, the values of a sample; got {target}."
        )
    return rows[:, target]


def _targets(table: Mapping[str, NDArray[Any]]) -> Sequence[str]:
    """Name the targets of a table, in the order in which they come."""
    return list(dict.fromkeys(map(str, table.get("target", ()))))


def _symmetric_edges(residual: Floats) -> Floats:
    """Bin edges around 0, so that errors to either side can be compared."""
    reach = float(np.abs(residual).max()) or 1.0
    # An odd number of bins: the middle one is that of the small errors.
    bins = min(2 * int(np.sqrt(len(residual)) / 2) + 1, MOST_BINS)
    return np.linspace(-reach, reach, bins + 1)


def _wider(low: float, high: float) -> tuple[float, float]:
    """Give an interval with some room at its ends."""
    room = 0.04 * (high - low) or 0.5
    return float(low - room), float(high + room)

"""Whether predictions are right as often as they claim: reliability, with n and intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.figures import Axis, Bars, Figure, Line, Mark, Panel, Points
from bathyscope.views._intervals import wilson_interval
from bathyscope.views._judged_views import JudgedView
from bathyscope.views._ranking import (
    Judged,
    judged_from_arrays,
)
from bathyscope.views._scores import ScoreKind
from bathyscope.views._words import check_choice, count_text, sentences
from bathyscope.views.base import register

Binning = Literal["width", "count"]
Floats = NDArray[np.float64]

#: How many bins, unless told otherwise: as in Guo et al. (2017).
BINS = 15


@register(room="predictions", place=70)
@dataclass(frozen=True, eq=False, repr=False)
class Calibration(JudgedView):
    """What was claimed of each prediction, and whether it was right.

    Parameters
    ----------
    claimed : array of float64, shape (n,)
        Of each sample the probability of the predicted class; of two classes that of the second;
        of independent scores each score of each sample.
    happened : array of bool, shape (n,)
        Whether the prediction is right, or the sample is of that class.
    what : str
        What is claimed.
    brier, log_loss : float
        Mean squared distance of the probabilities from the truth, summed over classes (of two
        classes: of the second alone), and mean cross entropy.
    bins : int
    binning : {"width", "count"}
        Bins of equal width, or with equally many samples.
    subject : str
        Which samples, at which step; part of the title.
    note : str
        What was done to the scores.
    """

    claimed: Floats
    happened: NDArray[np.bool_]
    what: str
    brier: float
    log_loss: float
    bins: int = BINS
    binning: Binning = "width"
    subject: str = ""
    note: str = ""

    offered = "Calibration on the {split} samples"

    @classmethod
    def _of(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, judged: Judged, bins: int = BINS, binning: Binning = "width"
    ) -> Calibration:
        check_choice("binning", binning, ("width", "count"))
        if bins < 1:
            raise ValueError(f"`bins` must be at least 1; got {bins}.")
        values, true = judged.scores.values, judged.true
        one_hot = np.arange(values.shape[1]) == true[:, None]
        squares = (values - one_hot) ** 2
        loss = float(judged.scores.losses(true).mean())
        if not judged.scores.exclusive:
            claimed, happened, what = values.ravel(), one_hot.ravel(), "score of a class"
            brier = float(squares.mean())
        elif values.shape[1] == 2:
            claimed, happened = values[:, 1], one_hot[:, 1]
            what, brier = f"probability of {judged.classes[1]}", float(squares[:, 1].mean())
        else:
            predicted = values.argmax(axis=1)
            claimed, happened = values.max(axis=1), predicted == true
            what, brier = "confidence", float(squares.sum(axis=1).mean())
        return cls(
            np.clip(claimed, 0.0, 1.0), happened, what, brier, loss, bins, binning,
            judged.subject, judged.scores.note,
        )  # fmt: skip

    def edges(self) -> Floats:
        """Edges of the bins, from 0 to 1."""
        if self.binning == "width":
            return np.linspace(0.0, 1.0, self.bins + 1)
        inner = np.quantile(self.claimed, np.linspace(0, 1, self.bins + 1)[1:-1])
        return np.unique(np.concatenate([[0.0], inner, [1.0]]))

    def table(self) -> dict[str, NDArray[Any]]:
        """Count per bin: its edges, n, mean claim, how many happened, their share and interval."""
        edges = self.edges()
        place = np.clip(np.searchsorted(edges, self.claimed, side="left") - 1, 0, len(edges) - 2)
        n = np.bincount(place, minlength=len(edges) - 1)
        happened = np.bincount(place[self.happened], minlength=len(n))
        total = np.bincount(place, weights=self.claimed, minlength=len(n))
        missing = np.full(len(n), np.nan)
        low, high = wilson_interval(happened, n)
        return {
            "left": edges[:-1],
            "right": edges[1:],
            "n": n,
            "claimed": np.divide(total, n, out=missing.copy(), where=n > 0),
            "happened": happened,
            "share": np.divide(happened, n, out=missing.copy(), where=n > 0),
            "low": low,
            "high": high,
        }

    def expected_error(self) -> float:
        """Expected calibration error: the mean distance of share and claim, weighted by n.

        References
        ----------
        M. Pakdaman Naeini, G. Cooper and M. Hauskrecht, AAAI 2015; C. Guo et al., "On calibration
        of modern neural networks", ICML 2017, arXiv:1706.04599.
        """
        table = self.table()
        gaps = np.nan_to_num(np.abs(table["share"] - table["claimed"]))
        return float((table["n"] * gaps).sum() / len(self.claimed))

    def figure(self) -> Figure:
        """Draw the share that happened over what was claimed, and how many samples each bin has."""
        table = self.table()
        title = "Calibration" + (f": {self.subject}" if self.subject else "")
        counts = Panel(
            (Bars(table["n"].astype(np.float64), edges=self.edges(), tone="muted"),),
            x=Axis(self.what, domain=(0.0, 1.0)),
            y=Axis("samples", integers=True),
            title="Samples per bin",
        )
        panels = (self._reliability(table), counts)
        return Figure(title, panels, columns=2, note=self._note(), widths=(3.0, 2.0))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per bin."""
        return self.table()

    def _reliability(self, table: Mapping[str, NDArray[Any]]) -> Panel:
        at = np.flatnonzero(table["n"] > 0)
        diagonal = np.array([0.0, 1.0])
        marks: list[Mark] = [
            Line(diagonal, diagonal, "as claimed", "muted", dash="dot", markers=False)
        ]
        marks += [
            Line(
                np.full(2, table["claimed"][i]), np.array([table["low"][i], table["high"][i]]),
                "95% interval", 0, markers=False,
            )
            for i in at
        ]  # fmt: skip
        text = tuple(
            f"{table['happened'][i]:,} of {table['n'][i]:,}, "
            f"claimed {table['claimed'][i]:.1%}, happened {table['share'][i]:.1%}"
            for i in at
        )
        marks.append(
            Points(table["claimed"][at], table["share"][at], "bins", 0, text=text, size=7.0)
        )
        happened = "share that is right" if self.what == "confidence" else "share of the class"
        return Panel(
            tuple(marks),
            x=Axis(f"{self.what}, mean of the bin", domain=(0.0, 1.0)),
            y=Axis(happened, domain=(0.0, 1.0)),
            title="Reliability",
        )

    def _note(self) -> str:
        n = len(self.claimed)
        gap = float(self.happened.mean() - self.claimed.mean())
        word = "too sure" if gap < 0 else "not sure enough"
        bins = "of equal width" if self.binning == "width" else "of equally many samples"
        empty = int((self.table()["n"] == 0).sum())
        return sentences(
            [
                f"Expected calibration error {self.expected_error():.4f} in {self.bins} bins "
                f"{bins}; Brier score {self.brier:.4f}; log loss {self.log_loss:.4f}; "
                f"{count_text(n, 'claim')}.",
                f"On the whole {word} by {abs(gap):.2%}." if self.what == "confidence" else "",
                f"{count_text(empty, 'bin')} without samples." if empty else "",
                "Intervals are Wilson's: the fewer samples, the longer.",
                self.note,
            ]
        )


def calibration(
    y_true: ArrayLike,
    scores: ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    kind: ScoreKind = "auto",
    bins: int = BINS,
    binning: Binning = "width",
    subject: str = "",
) -> Calibration:
    """Show whether predictions are right as often as they claim.

    Parameters
    ----------
    y_true : array, shape (n_samples,)
        Class names, class numbers, or one-hot rows.
    scores : array, shape (n_samples, n_classes), or (n_samples,) for the second of two classes
    classes : sequence, optional
        Class names; by default their numbers.
    kind : {"auto", "probabilities", "logits", "independent"}
        What the scores are.
    bins : int
    binning : {"width", "count"}
        Bins of equal width, or with equally many samples.
    subject : str
        Which samples these are; part of the title.

    Examples
    --------
    >>> view = calibration([0, 1, 1, 1], [0.25, 0.75, 0.75, 0.75], bins=2)
    >>> view.table()["share"].tolist()
    [0.0, 1.0]
    """
    judged = judged_from_arrays(y_true, scores, classes=classes, kind=kind, subject=subject)
    return Calibration._of(judged, bins, binning)

"""What the features are worth to a model of trees, by each measure that was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Bars, Figure, Note, Panel
from bathyscope.views import _recorded as recorded
from bathyscope.views._words import count_text, listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

#: How many features are drawn unless told otherwise.
LIMIT = 20
#: What libraries call their measures, in words.
_WORDS = {
    "gain": "gain: mean fall of the loss per split",
    "total_gain": "total gain: fall of the loss over all splits",
    "weight": "weight: number of splits",
    "split": "split: number of splits",
    "cover": "cover: mean weight of the samples per split",
    "total_cover": "total cover: weight of the samples over all splits",
    "importance": "importance: share of the fall of impurity",
    "feature_importances_": "importance: as the model's library measures it",
}


@register(room="features", place=50)
@dataclass(frozen=True, eq=False, repr=False)
class FeatureImportance(View):
    """The worth of features by one or more measures.

    Parameters
    ----------
    features : tuple of str, length n
    measures : mapping of str to array of float64, shape (n,)
    limit : int
        How many features are drawn, those worth most.
    subject : str
        Of which model, at which step; part of the title.
    """

    features: tuple[str, ...]
    measures: Mapping[str, NDArray[np.float64]]
    limit: int = LIMIT
    subject: str = ""

    @classmethod
    def from_run(cls, run: RunData, *, step: int = -1, limit: int = LIMIT) -> FeatureImportance:
        """Show the worth of features a run recorded.

        Parameters
        ----------
        run : Run
        step : int
            A recorded step; -1 is the last.
        limit : int
            How many features are drawn.

        Raises
        ------
        NotRecorded
            If there is none.
        """
        if names.FEATURE_IMPORTANCE not in run.table_names():
            raise NotRecorded(
                f"The run `{run.name}` holds no `{names.FEATURE_IMPORTANCE}`. It is recorded by "
                "`run.xgboost()`, `run.lightgbm()` and `run.sklearn(model)`."
            )
        step, table = recorded.read_table(run, names.FEATURE_IMPORTANCE, step)
        features = table.pop("feature", np.arange(len(next(iter(table.values()), ()))))
        return _made(features, table, limit, f"step {step:,}")

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer it at every step at which it was recorded."""
        if names.FEATURE_IMPORTANCE in run.table_names():
            yield Offer("Feature importance", steps=run.table_steps(names.FEATURE_IMPORTANCE))

    def figure(self) -> Figure:
        """Draw one panel per measure, the most important feature first."""
        title = "Feature importance" + (f", {self.subject}" if self.subject else "")
        if not self.features or not self.measures:
            return Figure(title, (Panel((Note("No feature was recorded."),)),))
        panels = tuple(self._panel(name, values) for name, values in self.measures.items())
        note = (
            f"The {self.limit} of {count_text(len(self.features), 'feature')} worth most "
            "are drawn in each panel."
            if len(self.features) > self.limit
            else ""
        )
        return Figure(title, panels, columns=min(2, len(panels)), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per feature, with a column per measure."""
        return {"feature": np.array(self.features, dtype=np.str_), **self.measures}

    def _panel(self, name: str, values: NDArray[np.float64]) -> Panel:
        strength = np.where(np.isfinite(values), np.abs(values), -1.0)
        order = np.argsort(-strength, kind="stable")[: self.limit]
        labels = tuple(self.features[index] for index in order)
        heights = values[order]
        finite = np.nan_to_num(heights, nan=0.0, posinf=0.0, neginf=0.0)
        bars = Bars(
            finite,
            horizontal=True,
            tone="accent",
            text=tuple(f"{value:.3g}" for value in heights),
        )
        unused = [self.features[index] for index in np.flatnonzero(values == 0)]
        word = _WORDS.get(name, name)
        return Panel(
            (bars,),
            x=Axis(word.partition(":")[0]),
            y=Axis("feature", scale="category", categories=labels),
            title=word[0].upper() + word[1:],
            note=sentences(
                [f"Never used: {listing(unused)}." if unused else ""],
            ),
        )


def _made(
    features: Any, measures: Mapping[str, Any], limit: int, subject: str
) -> FeatureImportance:
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    labels = tuple(str(feature) for feature in features)
    numbers = {
        str(name): np.asarray(values, dtype=np.float64)
        for name, values in measures.items()
        if np.asarray(values).dtype.kind in "biuf"
    }
    wrong = {name: values.shape for name, values in numbers.items()
             if values.shape != (len(labels),)}  # fmt: skip
    if wrong:
        raise ValueError(
            f"Each measure must hold one number per feature ({len(labels)}); got shapes {wrong}."
        )
    return FeatureImportance(labels, numbers, limit, subject)


def feature_importance(
    features: Any, measures: ArrayLike | Mapping[str, ArrayLike], *, limit: int = LIMIT
) -> FeatureImportance:
    """Show what features are worth.

    Parameters
    ----------
    features : sequence of str, length n
    measures : array of shape (n,), or mapping of str to such arrays
        One number per feature, by each measure.
    limit : int
        How many features are drawn, those worth most.

    Raises
    ------
    ValueError
        If there is not one number per feature.

    Examples
    --------
    >>> feature_importance(["age", "income"], [0.3, 0.7]).columns()["feature"].tolist()
    ['age', 'income']
    """
    given = measures if isinstance(measures, Mapping) else {"importance": measures}
    return _made(features, given, limit, "")

"""Gradients over the training: curves, a heat map of layers by steps, or one batch as bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Bars, ColorScale, Figure, Ids, Line, Matrix, Panel
from bathyscope.figures.marks import Tone
from bathyscope.models.protocol import Batch, Target
from bathyscope.views._curves import reader_of
from bathyscope.views._gradient_series import (
    SOURCES,
    By,
    GradientSeries,
    Kind,
    per_epoch,
    per_layer,
    readers_of_run,
    recorded,
    scalars_of,
    series_from,
)
from bathyscope.views._long_gradients import LongGradientSeries, series_of
from bathyscope.views._parameters import as_model, parameters_of
from bathyscope.views._step_columns import HEAT_COLUMNS, StepColumns
from bathyscope.views._words import check_choice, count_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

Per = Literal["step", "epoch"]
Layout = Literal["auto", "curves", "heat"]

#: More curves than this are not told apart by colour.
COLORED = 10
_WORDS: dict[Kind, str] = {
    "norm": "gradient norm",
    "ratio": "gradient norm / weight norm",
    "update_ratio": "update norm / weight norm",
}


@register(room="loss", place=20)
@dataclass(frozen=True, eq=False)
class Gradients(View):
    """Gradient norms, or their ratio to the weights.

    Parameters
    ----------
    series : tuple of GradientSeries
        One per parameter or layer, in the order of the model.
    kind : {"norm", "ratio", "update_ratio"}
        Euclidean norm of the gradient; the same divided by the norm of the weights; or norm of
        the optimizer's actual change divided by the norm of the weights.
    layout : {"auto", "curves", "heat"}
        Curves; or a heat map, one row per parameter or layer. ``auto``: curves for up to 10, a
        heat map for more. A single step is always drawn as bars.
    per : {"step", "epoch"}
        What ``series`` counts.
    by : {"parameter", "layer"}
        What each series is of.
    note : str
        What was averaged or left out.

    Examples
    --------
    >>> from bathyscope import views
    >>> view = views.gradients({"hidden": [0.5, 0.2], "output": [0.9, 0.3]}, steps=[1, 2])
    >>> [mark.label for mark in view.figure().panels[0].marks]
    ['hidden', 'output']
    """

    series: tuple[GradientSeries, ...]
    kind: Kind = "norm"
    layout: Layout = "auto"
    per: Per = "step"
    by: By = "parameter"
    note: str = ""

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, tuple(SOURCES))
        check_choice("layout", self.layout, ("auto", "curves", "heat"))
        check_choice("per", self.per, ("step", "epoch"))
        check_choice("by", self.by, ("parameter", "layer"))

    @classmethod
    def from_run(
        cls,
        run: RunData,
        *,
        kind: Kind = "norm",
        layout: Layout = "auto",
        per: Per = "step",
        by: By = "parameter",
    ) -> Gradients:
        """Show the gradients a run recorded: those the optimizer was handed.

        Parameters
        ----------
        run : bathyscope.runs.Run
        kind, layout
            As the fields of this class.
        per : {"step", "epoch"}
            ``epoch`` averages over the steps of each epoch.
        by : {"parameter", "layer"}
            ``layer`` joins the parameters of a layer: the norm of all of them as one vector.

        Raises
        ------
        NotRecorded
            If the run holds no gradients, or no epochs where ``per`` asks for them.
        """
        check_choice("kind", kind, tuple(SOURCES))
        read, is_long = reader_of(run, scalars_of(run, kind))
        readers = readers_of_run(run, kind, by, read)
        if per != "epoch":
            return cls(series_of(readers, is_long=is_long), kind, layout, per, by)
        series, left_out = per_epoch((one() for one in readers), run)
        note = f"Mean over the steps of each epoch{_left_out_text(left_out)}."
        return cls(series, kind, layout, per, by, note)

    @classmethod
    def from_model(
        cls,
        model: Any,
        inputs: Batch,
        target: Target,
        *,
        kind: Literal["norm", "ratio"] = "norm",
        by: By = "parameter",
    ) -> Gradients:
        """Compute the gradients of one batch with respect to every trainable parameter.

        Parameters
        ----------
        model : bathyscope.models.Model, or a model `bathyscope.inspect` takes
        inputs : array, or several
            A batch.
        target : Score, Loss or callable
            What to differentiate (see `bathyscope.models`).
        kind, by
            As the fields of this class; there is no update without an optimizer.

        Raises
        ------
        NotRecorded
            If no parameter is trainable.
        """
        check_choice("kind", kind, ("norm", "ratio"))
        model = as_model(model)
        trained = [p for p in parameters_of(model.layers()) if p.trainable and p.role != "state"]
        names = [about.name for about in trained if not about.same_as]
        if not names:
            raise NotRecorded(f"`{model.name}` must have a trainable parameter; it has none.")
        found = model.gradients(inputs, target, inputs_too=False, parameters=names).parameters
        owners = {about.name: about.layer for about in trained}
        series = _one_step(found, names, owners, by)
        if kind == "ratio":
            weights = _one_step(model.parameters(names), names, owners, by)
            with np.errstate(divide="ignore", invalid="ignore"):
                series = tuple(
                    GradientSeries(a.name, a.at, a.values / b.values)
                    for a, b in zip(series, weights, strict=True)
                )
        return cls(series, kind, by=by, note="One batch, in evaluation mode.")

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer norms per step and per epoch, and the ratio of updates to weights."""
        if recorded(run, "norm"):
            if _names.EPOCH in run.scalar_names():
                yield Offer("Gradients per epoch", {"per": "epoch", "layout": "curves"})
            yield Offer("Gradients per step, by layer", {"by": "layer", "layout": "heat"})
        if recorded(run, "update_ratio"):
            yield Offer("Size of the updates, by layer", {"kind": "update_ratio", "by": "layer"})
        elif recorded(run, "ratio"):
            yield Offer("Gradients beside the weights", {"kind": "ratio", "by": "layer"})

    def figure(self) -> Figure:
        """Draw curves, a heat map, or bars for a single step."""
        words = _WORDS[self.kind]
        one = all(len(item.at) == 1 for item in self.series)
        title = f"{words[0].upper()}{words[1:]} per {self.by}"
        if one:
            return Figure(title, (self._bars(),), note=self.note)
        heat = self.layout == "heat" or (self.layout == "auto" and len(self.series) > COLORED)
        panel = self._heat() if heat else self._curves()
        return Figure(f"{title} and {self.per}", (panel,), note=self.note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Give one row per value."""
        series = [item.all_values() for item in self.series]
        return {
            self.by: np.concatenate([np.full(len(item.at), item.name) for item in series]),
            self.per: np.concatenate([item.at for item in series]),
            self.kind: np.concatenate([item.values for item in series]),
        }

    def _bars(self) -> Panel:
        names = tuple(item.name for item in self.series)
        values = np.array([item.values[0] for item in self.series])
        mark = Bars(
            values,
            text=tuple(f"{value:.3g}" for value in values),
            horizontal=True,
            ids=Ids(self.by, np.array(names)),
        )
        y = Axis(self.by, scale="category", categories=names)
        return Panel((mark,), x=Axis(_WORDS[self.kind]), y=y, note=self._counts())

    def _curves(self) -> Panel:
        tones = _tones(self.series)
        drawn = sorted(zip(self.series, tones, strict=True), key=lambda pair: pair[1] != "muted")
        marks = tuple(self._line(item, tone) for item, tone in drawn)
        gray = tones.count("muted")
        note = (
            f"In colour: the {COLORED // 2} largest and the {COLORED // 2} smallest by median; "
            f"the other {gray:,} in grey."
            if gray
            else ""
        )
        x = Axis(self.per, integers=True)
        y = Axis(_WORDS[self.kind], scale="log")
        left_out = dict.fromkeys(item.left_out_text() for item in self.series)
        return Panel(
            marks, x=x, y=y, note=sentences([note, self._counts(), self._zeros(), *left_out])
        )

    def _line(self, item: GradientSeries, tone: Tone) -> Line:
        positive = item.values != 0
        gray = tone == "muted"
        return Line(
            item.at[positive].astype(np.float64),
            item.values[positive],
            label="" if gray else item.name,
            tone=tone,
            faint=gray,
            markers=None if self.per == "epoch" else False,
            ids=Ids(self.by, np.array([item.name])),
        )

    def _heat(self) -> Panel:
        grid, columns, per_column = binned(self.series, HEAT_COLUMNS)
        # log10 of 0 is minus infinity: the lowest colour, and counted in the note.
        with np.errstate(divide="ignore"):
            values = np.log10(grid)
        label = f"log₁₀ of the {_WORDS[self.kind]}"
        names = tuple(item.name for item in self.series)
        cells = np.arange(values.size)
        mark = Matrix(
            values,
            ColorScale.fit(values, label=label),
            x=columns,
            ids=Ids(self.by, np.repeat(np.array(names), values.shape[1]), cells),
        )
        x = Axis(self.per, integers=True)
        y = Axis(self.by, scale="category", categories=names)
        told = (
            f"Each cell shows the largest of up to {per_column} {self.per}s."
            if per_column > 1
            else ""
        )
        ends = "In the lowest colour: 0. In the highest: infinity. Grey: NaN, or not recorded."
        plain = np.isfinite(values).all()
        note = sentences([told, self._counts(), "" if plain else ends])
        return Panel((mark,), x=x, y=y, note=note)

    def _counts(self) -> str:
        counts = {item.name: item.told.n_nonfinite for item in self.series}
        bad = [name for name, count in counts.items() if count]
        if not bad:
            return ""
        total = sum(item.told.n_values for item in self.series)
        return (
            f"{count_text(sum(counts.values()), 'value')} of {total:,} not finite, in "
            f"{count_text(len(bad), self.by)}, first {bad[0]}."
        )

    def _zeros(self) -> str:
        n_zero = sum(item.told.n_zero for item in self.series)
        if not n_zero:
            return ""
        return f"Not drawn: {count_text(n_zero, 'value')} exactly 0, which have no logarithm."


def gradients(
    values: Mapping[str, Any],
    *,
    steps: Sequence[int] | None = None,
    kind: Kind = "norm",
    layout: Layout = "auto",
    per: Per = "step",
    by: By = "parameter",
) -> Gradients:
    """Show gradient norms.

    Parameters
    ----------
    values : mapping of str to float or array of shape (n_steps,)
        Norms (or ratios) by parameter or layer.
    steps : sequence of int, optional
        Increasing; by default 1, 2, 3, ...
    kind, layout, per, by
        As the fields of `Gradients`: what the values are.

    Raises
    ------
    ValueError
        If there are no values, negative ones, or fewer or more than steps.
    """
    return Gradients(series_from(values, steps), kind, layout, per, by)


def binned(
    series: Sequence[GradientSeries], at_most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Arrange series in a grid, joining neighbouring steps where there are too many.

    Long series hold the cells of `HEAT_COLUMNS` already.

    Returns
    -------
    array, shape (n_series, n_columns)
        Each cell as `StepColumns.largest` gives it.
    array, shape (n_columns,)
        Middle step of each column.
    int
        Most steps in one column.
    """
    first = series[0]
    if isinstance(first, LongGradientSeries):
        rows = [item.row for item in series if isinstance(item, LongGradientSeries)]
        return np.stack(rows), first.grid.middles, first.grid.size
    steps = first.at
    if any(item.at is not steps for item in series):
        steps = np.unique(np.concatenate([item.at for item in series]))
    grid = StepColumns(steps, at_most)
    rows = [grid.largest(item.at, item.values) for item in series]
    return np.stack(rows), grid.middles, grid.size


def _one_step(
    arrays: Mapping[str, NDArray[Any]],
    names: Sequence[str],
    owners: Mapping[str, str],
    by: By,
) -> tuple[GradientSeries, ...]:
    at = np.array([1], dtype=np.int64)
    each = [
        GradientSeries(name, at, np.array([float(np.linalg.norm(arrays[name].astype(float)))]))
        for name in names
    ]
    return tuple(each) if by == "parameter" else per_layer(each, lambda name: owners[name])


def _tones(series: Sequence[GradientSeries]) -> list[Tone]:
    """Colour up to ten series; of more, those with the largest and the smallest medians."""
    if len(series) <= COLORED:
        return list(range(len(series)))
    order = np.argsort([item.told.median for item in series], kind="stable")
    half = COLORED // 2
    chosen = sorted({*order[:half].tolist(), *order[-half:].tolist()})
    return [chosen.index(i) if i in chosen else "muted" for i in range(len(series))]


def _left_out_text(left_out: int) -> str:
    return f", without {count_text(left_out, 'value')} that are not finite" if left_out else ""

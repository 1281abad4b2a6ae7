"""How healthy the layers are over the training: dead units, zeros, values that are not finite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, ColorScale, Figure, Ids, Matrix, Panel
from bathyscope.views._curves import counter_of, reader_of, standing_out
from bathyscope.views._gradient_series import GradientSeries, ReadSeries, series_from
from bathyscope.views._long_gradients import series_of
from bathyscope.views._parameters import layers_of_run, parameters_of
from bathyscope.views._step_columns import HEAT_COLUMNS
from bathyscope.views._words import check_choice, count_text, sentences
from bathyscope.views.base import Offer, RunData, View, register
from bathyscope.views.gradients import binned

Kind = Literal[
    "activation_dead",
    "activation_zeros",
    "activation_nonfinite",
    "activation_std",
    "gradient_zeros",
    "gradient_nonfinite",
    "gradient_std",
    "weight_zeros",
    "weight_nonfinite",
    "weight_std",
]
_SUBJECTS = {"activation": "outputs", "gradient": "gradients", "weight": "weights"}
_WORDS = {
    "dead": "share of dead units",
    "zeros": "share of zeros",
    "nonfinite": "values not finite",
    "std": "standard deviation",
}
_KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]


@register(room="loss", place=25)
@dataclass(frozen=True, eq=False)
class TrainingHealth(View):
    """One number of every layer, or every parameter, over the steps, as a heat map.

    Parameters
    ----------
    series : tuple of GradientSeries
        One per layer or parameter, in the order of the model.
    kind : str
        ``activation_dead``: share of a layer's units that are 0 for every probe sample.
        ``..._zeros``: share of exact zeros. ``..._nonfinite``: how many values are NaN or
        infinite. ``..._std``: standard deviation. Of ``activation`` (the layer's outputs for the
        probe samples), ``gradient`` or ``weight``.

    Examples
    --------
    >>> from bathyscope import views
    >>> view = views.training_health({"hidden": [0.0, 0.25], "output": [0.0, 0.0]}, steps=[0, 100])
    >>> view.figure().panels[0].marks[0].values.tolist()
    [[0.0, 0.25], [0.0, 0.0]]
    """

    series: tuple[GradientSeries, ...]
    kind: Kind = "activation_dead"

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, _KINDS)

    @classmethod
    def from_run(cls, run: RunData, *, kind: Kind | Literal["auto"] = "auto") -> TrainingHealth:
        """Show what a run recorded of its layers.

        Parameters
        ----------
        run : bathyscope.runs.Run
        kind : str
            As the field of this class; ``auto`` takes the first that the run holds.

        Raises
        ------
        NotRecorded
            If the run holds none of it.
        """
        check_choice("kind", kind, ("auto", *_KINDS))
        wanted = _KINDS if kind == "auto" else (kind,)
        for one in wanted:
            names = _recorded(run, one)
            if names:
                read, is_long = reader_of(run, [f"{one}/{name}" for name in names])
                read_one = ReadSeries(read)
                readers = [partial(read_one, f"{one}/", name) for name in names]
                return cls(series_of(readers, is_long=is_long), one)
        raise NotRecorded(
            f"The run `{run.name}` must hold the scalars `{wanted[0]}/<name>` to show their "
            "course; it does not. Record them with `run.keras(probe=...)` or "
            "`run.watch(model, probe=...)`."
        )

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer dead units and zeros where there are any, and whatever is not finite."""
        titles: dict[Kind, str] = {
            "activation_dead": "Dead units, by layer",
            "gradient_zeros": "Zeros in the gradients",
            "gradient_nonfinite": "Gradients that are not finite",
            "activation_nonfinite": "Outputs that are not finite",
        }
        count = counter_of(run)
        for kind, title in titles.items():
            names = [f"{kind}/{name}" for name in _recorded(run, kind)]
            # The largest value stands out.
            if any((standing_out(run, name, count=count).values > 0).any() for name in names):
                yield Offer(title, {"kind": kind})

    def figure(self) -> Figure:
        """Draw one row per layer or parameter, one column per step or few steps."""
        subject, _, what = self.kind.partition("_")
        words = _WORDS[what]
        grid, columns, per_column = binned(self.series, HEAT_COLUMNS)
        if what in ("std", "nonfinite"):
            # log10 of 0 is minus infinity: the lowest colour, as the note says.
            with np.errstate(divide="ignore"):
                grid = np.log10(grid)
        names = tuple(item.name for item in self.series)
        rows = np.repeat(np.array(names), grid.shape[1])
        by = "layer" if subject == "activation" else "parameter"
        mark = Matrix(
            grid, self._color(grid, what), x=columns, ids=Ids(by, rows, np.arange(grid.size))
        )
        told = (
            f"Each cell shows the largest of up to {per_column} readings." if per_column > 1 else ""
        )
        panel = Panel(
            (mark,),
            x=Axis("step", integers=True),
            y=Axis(by, scale="category", categories=names),
            note=sentences([told, self._note(what)]),
        )
        whose = {"dead": "", "std": f" of the {_SUBJECTS[subject]}"}
        title = words + whose.get(what, f" in the {_SUBJECTS[subject]}")
        return Figure(f"{title[0].upper()}{title[1:]} per {by} and step", (panel,))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Give one row per value."""
        subject = self.kind.partition("_")[0]
        by = "layer" if subject == "activation" else "parameter"
        series = [item.all_values() for item in self.series]
        return {
            by: np.concatenate([np.full(len(item.at), item.name) for item in series]),
            "step": np.concatenate([item.at for item in series]),
            self.kind: np.concatenate([item.values for item in series]),
        }

    def _color(self, grid: NDArray[np.float64], what: str) -> ColorScale:
        if what in ("dead", "zeros"):
            return ColorScale("sequential", 0.0, 1.0, _WORDS[what])
        if what == "nonfinite":
            # A single one, whose logarithm is 0, must not look like none.
            most = float(np.nanmax(grid, initial=1.0))
            return ColorScale("sequential", -0.5, most, "log₁₀ of their number")
        return ColorScale.fit(grid, label="log₁₀ of the deviation")

    def _note(self, what: str) -> str:
        if what == "dead":
            return "A unit is dead if it is 0 for every probe sample, a channel as one unit."
        told = {item.name: item.told for item in self.series}
        if what == "nonfinite":
            touched = {name: one.largest for name, one in told.items() if one.n_zero < one.n_values}
            if not touched:
                n_values = sum(one.n_values for one in told.values())
                return f"None in {count_text(n_values, 'reading')}."
            most = max(touched, key=lambda name: touched[name])
            return sentences(
                [
                    f"NaN or infinite in {len(touched)} of {len(self.series)} rows, at most "
                    f"{touched[most]:,.0f} values ({most}).",
                    "In the lowest colour: none.",
                ]
            )
        if what == "std":
            zeros = sum(one.n_zero for one in told.values())
            bad = sum(one.n_nonfinite for one in told.values())
            lowest = f"In the lowest colour: {count_text(zeros, 'value')} of 0." if zeros else ""
            grey = f"Grey or highest: {count_text(bad, 'value')} not finite." if bad else ""
            return sentences([lowest, grey])
        return ""


def training_health(
    values: Mapping[str, Any], *, steps: Sequence[int] | None = None, kind: Kind = "activation_dead"
) -> TrainingHealth:
    """Show one number of every layer over the steps.

    Parameters
    ----------
    values : mapping of str to float or array of shape (n_steps,)
        By layer, or by parameter; not negative.
    steps : sequence of int, optional
        Increasing; by default 1, 2, 3, ...
    kind : str
        As the field of `TrainingHealth`: what the values are.

    Raises
    ------
    ValueError
        If there are no values, negative ones, or fewer or more than steps.
    """
    return TrainingHealth(series_from(values, steps), kind)


def _recorded(run: RunData, kind: Kind) -> list[str]:
    prefix = f"{kind}/"
    found = [n.removeprefix(prefix) for n in run.scalar_names() if n.startswith(prefix)]
    layers = layers_of_run(run)
    order = [layer.name for layer in layers]
    if not kind.startswith("activation"):
        order = [about.name for about in parameters_of(layers)]
    place = {name: index for index, name in enumerate(order)}
    return sorted(found, key=lambda name: place.get(name, len(order)))

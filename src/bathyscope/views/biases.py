"""Biases of every layer as histograms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Bars, Figure, Ids, Panel
from bathyscope.models.protocol import Parameter
from bathyscope.views._parameters import (
    NamedParameter,
    as_model,
    chosen_from,
    parameter_steps,
    parameters_from_arrays,
    parameters_from_model,
    parameters_from_run,
    parameters_of,
    select,
)
from bathyscope.views._words import (
    check_choice,
    count_text,
    listing,
    nonfinite_text,
    sentences,
    titled,
)
from bathyscope.views.base import Offer, RunData, View, register

Scale = Literal["raw", "unit"]

#: At most so many layers in one figure.
PANELS = 12
_MOST_BINS = 60


@register(room="parameters", place=20)
@dataclass(frozen=True, eq=False)
class Biases(View):
    """A histogram of each bias vector.

    Parameters
    ----------
    parameters : tuple of NamedParameter
        One panel each.
    scale : {"raw", "unit"}
        As they are, or each vector normalised to [0, 1] first.
    bins : int, optional
        By default as many as suit the data (NumPy's "auto" rule, at most 60).
    when : str
        Which step the values are of.
    note : str
        What was left out.

    Examples
    --------
    >>> from bathyscope import views
    >>> view = views.biases({"dense": [0.1, 0.2, 0.2, 0.4]}, bins=3)
    >>> view.figure().panels[0].marks[0].heights.tolist()
    [1.0, 2.0, 1.0]
    """

    parameters: tuple[NamedParameter, ...]
    scale: Scale = "raw"
    bins: int | None = None
    when: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        check_choice("scale", self.scale, ("raw", "unit"))
        if self.bins is not None and self.bins < 1:
            raise ValueError(f"`bins` must be at least 1; got {self.bins}.")

    @classmethod
    def from_model(
        cls, model: Any, name: str | None = None, *, scale: Scale = "raw", bins: int | None = None
    ) -> Biases:
        """Show the biases of a model.

        Parameters
        ----------
        model : bathyscope.models.Model, or a model `bathyscope.inspect` takes
        name : str, optional
            A layer or a parameter; by default every bias, of many the first 12.
        scale, bins
            As the fields of this class.

        Raises
        ------
        UnknownName
            If there is no such layer or parameter.
        """
        model = as_model(model)
        chosen, note = _choose(parameters_of(model.layers()), name, owner=model.name)
        return cls(parameters_from_model(model, chosen), scale, bins, note=note)

    @classmethod
    def from_run(
        cls,
        run: RunData,
        name: str | None = None,
        *,
        step: int = -1,
        scale: Scale = "raw",
        bins: int | None = None,
    ) -> Biases:
        """Show the biases a run recorded at a step; -1 is the last one.

        Raises
        ------
        NotRecorded
            If the run holds no biases, or not at this step.
        """
        step, found = parameters_from_run(run, step=step)
        chosen, note = _choose([item.about for item in found], name, owner=run.name)
        return cls(chosen_from(found, chosen), scale, bins, when=f"step {step:,}", note=note)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the histograms where biases were recorded."""
        steps = parameter_steps(run)
        if steps and any(x.about.role == "bias" for x in parameters_from_run(run)[1]):
            yield Offer("Biases of the layers", steps=steps)

    def figure(self) -> Figure:
        """Draw one histogram per bias vector."""
        panels = tuple(self._panel(item) for item in self.parameters)
        what = "Biases of the layers"
        if len(panels) == 1:
            what = titled("Biases", self.parameters[0].about.layer)
        title = f"{what}, {self.when}" if self.when else what
        return Figure(title, panels, columns=min(len(panels), 2), note=self.note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Give one row per bias: its parameter, its place and its value, not normalised."""
        sizes = [item.values.size for item in self.parameters]
        names = [np.full(n, item.name) for n, item in zip(sizes, self.parameters, strict=True)]
        return {
            "parameter": np.concatenate(names),
            "unit": np.concatenate([np.arange(n) for n in sizes]),
            "value": np.concatenate([item.values.reshape(-1) for item in self.parameters]),
        }

    def _panel(self, item: NamedParameter) -> Panel:
        values = item.values.reshape(-1).astype(np.float64)
        finite = values[np.isfinite(values)]
        shown, told = _normalised(finite) if self.scale == "unit" else (finite, "")
        heights, edges = histogram(shown, self.bins)
        mark = Bars(heights, edges, ids=Ids("parameter", np.array([item.name])))
        label = "bias, normalised to [0, 1]" if self.scale == "unit" else "bias"
        note = sentences([told, _spread_text(finite), nonfinite_text(values)])
        return Panel(
            (mark,), x=Axis(label), y=Axis("units", integers=True), title=item.name, note=note
        )


def biases(
    values: ArrayLike | Mapping[str, ArrayLike],
    *,
    name: str = "biases",
    scale: Scale = "raw",
    bins: int | None = None,
) -> Biases:
    """Show bias vectors as histograms.

    Parameters
    ----------
    values : array or mapping of str to array
    name : str
        What a single array is called.
    scale : {"raw", "unit"}
        As they are, or each vector normalised to [0, 1] first.
    bins : int, optional
        By default as many as suit the data.

    Raises
    ------
    ValueError
        If an array is empty.
    """
    return Biases(parameters_from_arrays(values, name=name, role="bias"), scale, bins)


def histogram(
    values: NDArray[np.float64], bins: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count finite values in bins; equal values get one in the middle, with room on both sides.

    Returns
    -------
    array, shape (n_bins,)
    array, shape (n_bins + 1,)
    """
    if not values.size:
        return np.zeros(1), np.array([0.0, 1.0])
    if values.min() == values.max():
        middle = float(values[0])
        half = max(abs(middle) * 0.05, 1e-3)
        counts = np.array([0.0, 0.0, values.size, 0.0, 0.0])
        return counts, np.linspace(middle - half, middle + half, counts.size + 1)
    n_bins = bins or min(len(np.histogram_bin_edges(values, bins="auto")) - 1, _MOST_BINS)
    counts, edges = np.histogram(values, bins=n_bins)
    return counts.astype(np.float64), edges


def _choose(
    known: Sequence[Parameter], name: str | None, *, owner: str
) -> tuple[tuple[Parameter, ...], str]:
    chosen = select(known, name, role="bias")
    if not chosen:
        raise NotRecorded(
            f"`{owner}` must have biases to show; none of its "
            f"{count_text(len(known), 'parameter')} is one. Name a parameter to see it anyway."
        )
    left_out = [about.name for about in chosen[PANELS:]]
    if not left_out:
        return chosen, ""
    return chosen[:PANELS], (
        f"The first {PANELS} of {len(chosen)} bias vectors; not shown: {listing(left_out)}."
    )


def _normalised(finite: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    if not finite.size or finite.min() == finite.max():
        return np.zeros_like(finite), "All values are equal: shown as 0."
    low, high = finite.min(), finite.max()
    told = f"Normalised: 0 stands for {low:.4g}, 1 for {high:.4g}."
    return (finite - low) / (high - low), told


def _spread_text(finite: NDArray[np.float64]) -> str:
    if not finite.size:
        return "No value is finite."
    return f"{count_text(finite.size, 'unit')}; mean {finite.mean():.3g}, std {finite.std():.3g}."

"""Statistics of every parameter: scale, spread, sparsity, rank, and what is not finite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.figures import Figure, Ids, Panel, Table
from bathyscope.models.protocol import Role
from bathyscope.views._arrange import to_sheet
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
from bathyscope.views._spectrum import largest_singular_value
from bathyscope.views._words import sentences, shape_text
from bathyscope.views.base import Offer, RunData, View, register

_FORMATS = {
    "count": ",d",
    "mean": ".3g",
    "std": ".3g",
    "min": ".3g",
    "max": ".3g",
    "zeros": ".1%",
    "norm": ".4g",
    "spectral norm": ".4g",
    "stable rank": ".1f",
    "not finite": ",d",
}


@dataclass(frozen=True)
class Statistics:
    """What is said of one parameter, computed in double precision over its finite values.

    Parameters
    ----------
    count, nonfinite : int
        All values, and those that are NaN or infinite.
    mean, std, min, max : float
        ``std`` divides by the number of values. NaN if no value is finite.
    zeros : float
        Share of the finite values that are exactly 0.
    norm : float
        Euclidean (Frobenius) norm.
    spectral_norm : float
        Largest singular value of the matrix with one row per output unit. NaN of a vector, where
        a value is not finite, and for more than two dimensions whose axes are not named.
    stable_rank : float
        ``(norm / spectral_norm) ** 2``: between 1 and the rank; how many directions matter.
    """

    count: int
    mean: float
    std: float
    min: float
    max: float
    zeros: float
    norm: float
    spectral_norm: float
    stable_rank: float
    nonfinite: int


@register(room="parameters", place=30)
@dataclass(frozen=True, eq=False)
class WeightStatistics(View):
    """A table of statistics, one row per parameter.

    Parameters
    ----------
    names, layers, roles : tuple of str, length n
        Parameters, the layers that own them, and what they are for.
    shapes : tuple of tuple of int, length n
    trainable : tuple of bool, length n
    statistics : tuple of Statistics, length n
    when : str
        Which step the values are of.

    Examples
    --------
    >>> from bathyscope import views
    >>> view = views.weight_statistics({"kernel": [[3.0, 0.0], [0.0, 4.0]]})
    >>> round(view.statistics[0].spectral_norm, 6), round(view.statistics[0].stable_rank, 6)
    (4.0, 1.5625)
    """

    names: tuple[str, ...]
    layers: tuple[str, ...]
    roles: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    trainable: tuple[bool, ...]
    statistics: tuple[Statistics, ...]
    when: str = ""

    @classmethod
    def from_model(cls, model: Any, name: str | None = None) -> WeightStatistics:
        """Describe the parameters of a model: all of them, or those of one layer or name."""
        model = as_model(model)
        chosen = select(parameters_of(model.layers()), name)
        return cls._of(parameters_from_model(model, chosen), "")

    @classmethod
    def from_run(cls, run: RunData, name: str | None = None, *, step: int = -1) -> WeightStatistics:
        """Describe the parameters a run recorded at a step; -1 is the last one."""
        step, found = parameters_from_run(run, step=step)
        chosen = select([item.about for item in found], name)
        return cls._of(chosen_from(found, chosen), f"step {step:,}")

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the table where parameters were recorded."""
        steps = parameter_steps(run)
        if steps:
            yield Offer("Statistics of the parameters", steps=steps)

    @classmethod
    def _of(cls, shown: Sequence[NamedParameter], when: str) -> WeightStatistics:
        about = [item.about for item in shown]
        return cls(
            names=tuple(item.name for item in about),
            layers=tuple(item.layer for item in about),
            roles=tuple(item.role for item in about),
            shapes=tuple(item.values.shape for item in shown),
            trainable=tuple(item.trainable for item in about),
            statistics=tuple(statistics_of(item.values, item.about.axes) for item in shown),
            when=when,
        )

    def figure(self) -> Figure:
        """Draw the table."""
        columns = self.columns()
        shown = {"parameter": columns["parameter"], "shape": columns["shape"]}
        shown |= {name.replace("_", " "): columns[name] for name in _NUMBERS}
        table = Table(
            shown,
            formats=_FORMATS,
            dashes=("spectral norm", "stable rank"),
            ids=Ids("parameter", np.array(self.names)),
        )
        title = "Statistics of the parameters"
        return Figure(f"{title}, {self.when}" if self.when else title, (self._panel(table),))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Give one row per parameter."""
        told = {
            "parameter": np.array(self.names, dtype=np.str_),
            "layer": np.array(self.layers, dtype=np.str_),
            "role": np.array(self.roles, dtype=np.str_),
            "shape": np.array([shape_text(shape) for shape in self.shapes], dtype=np.str_),
            "trainable": np.array(self.trainable, dtype=np.bool_),
        }
        for column, field in _NUMBERS.items():
            told[column] = np.array([getattr(item, field) for item in self.statistics])
        return told

    def _panel(self, table: Table) -> Panel:
        n_nonfinite = sum(item.nonfinite for item in self.statistics)
        note = sentences(
            [
                f"{len(self.names)} parameters, "
                f"{sum(item.count for item in self.statistics):,} values.",
                f"{n_nonfinite:,} values are not finite; all else is computed without them."
                if n_nonfinite
                else "",
                "Stable rank: (norm / spectral norm)²; – where no finite matrix is known.",
            ]
        )
        return Panel((table,), note=note)


_NUMBERS = {
    "count": "count",
    "mean": "mean",
    "std": "std",
    "min": "min",
    "max": "max",
    "zeros": "zeros",
    "norm": "norm",
    "spectral_norm": "spectral_norm",
    "stable_rank": "stable_rank",
    "not_finite": "nonfinite",
}


def weight_statistics(
    values: ArrayLike | Mapping[str, ArrayLike],
    *,
    name: str = "weights",
    axes: Sequence[str] | None = None,
    role: Role = "weight",
) -> WeightStatistics:
    """Describe arrays of weights.

    Parameters
    ----------
    values : array or mapping of str to array
        Any number of dimensions.
    name : str
        What a single array is called.
    axes : sequence of str, optional
        Meaning of each dimension, as in `weights`; decides which matrix the singular values of an
        array of more than two dimensions are of.
    role : {"weight", "bias", "scale", "state"}

    Raises
    ------
    ValueError
        If an array is empty.
    """
    shown = parameters_from_arrays(values, name=name, axes=axes, role=role)
    return WeightStatistics._of(shown, "")


def statistics_of(values: NDArray[Any], axes: Sequence[str]) -> Statistics:
    """Compute the statistics of one parameter in double precision."""
    exact = values.astype(np.float64)
    finite = exact[np.isfinite(exact)]
    nonfinite = exact.size - finite.size
    if not finite.size:
        nothing = float("nan")
        return Statistics(exact.size, *[nothing] * 8, nonfinite=nonfinite)
    norm = float(np.linalg.norm(finite))
    spectral = float("nan") if nonfinite else spectral_norm(exact, axes)
    return Statistics(
        count=exact.size,
        mean=float(finite.mean()),
        std=float(finite.std()),
        min=float(finite.min()),
        max=float(finite.max()),
        zeros=float(np.mean(finite == 0)),
        norm=norm,
        spectral_norm=spectral,
        stable_rank=(norm / spectral) ** 2 if spectral > 0 else float("nan"),
        nonfinite=nonfinite,
    )


def spectral_norm(values: NDArray[np.float64], axes: Sequence[str]) -> float:
    """Largest singular value with one row per output unit; NaN if there is no such matrix."""
    if values.ndim < 2 or (values.ndim > 2 and "out" not in axes):
        return float("nan")
    return largest_singular_value(to_sheet(values, axes).values)

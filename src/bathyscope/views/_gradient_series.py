"""Gradient norms as series over the steps, per parameter or per layer, per step or per epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names
from bathyscope._errors import NotRecorded
from bathyscope.views._epochs import epoch_numbers, epochs_of_run
from bathyscope.views._parameters import layer_of, layers_of_run, parameters_of
from bathyscope.views._words import listing
from bathyscope.views.base import RunData

Kind = Literal["norm", "ratio", "update_ratio"]
By = Literal["parameter", "layer"]

#: Which scalars each kind is made of: what is measured, and what it is divided by.
SOURCES: dict[Kind, tuple[str, str]] = {
    "norm": (_names.GRADIENT_NORM, ""),
    "ratio": (_names.GRADIENT_NORM, _names.WEIGHT_NORM),
    "update_ratio": (_names.UPDATE_NORM, _names.WEIGHT_NORM),
}


@dataclass(frozen=True)
class Told:
    """What is told of the values of a series.

    Parameters
    ----------
    n_values, n_nonfinite, n_zero : int
    largest : float
        NaN if a value is; minus infinity if there is none.
    median : float
        Of what is finite; 0 if nothing is.
    """

    n_values: int
    n_nonfinite: int
    n_zero: int
    largest: float
    median: float


@dataclass(frozen=True, eq=False)
class GradientSeries:
    """One quantity of one parameter, or of one layer.

    Parameters
    ----------
    name : str
    at : array of int, shape (n,)
        Steps, or numbers of epochs.
    values : array of float, shape (n,)
    """

    name: str
    at: NDArray[np.int64]
    values: NDArray[np.float64]

    @property
    def told(self) -> Told:
        """What is told of the values."""
        return self._told

    @cached_property
    def _told(self) -> Told:
        finite = self.values[np.isfinite(self.values)]
        return Told(
            n_values=len(self.values),
            n_nonfinite=len(self.values) - len(finite),
            n_zero=int((self.values == 0).sum()),
            largest=float(self.values.max(initial=-np.inf)),
            median=float(np.median(finite)) if len(finite) else 0.0,
        )

    def left_out_text(self) -> str:
        """Say which values are not held; empty if all are."""
        return ""

    def all_values(self) -> GradientSeries:
        """Give the series with every value."""
        return self


#: Gives one series of a run.
Reader = Callable[[], GradientSeries]
#: Gives the steps and the values of a scalar.
ReadScalar = Callable[[str], tuple[NDArray[Any], NDArray[Any]]]


def readers_of_run(run: RunData, kind: Kind, by: By, read: ReadScalar) -> list[Reader]:
    """Give what reads each series of a kind from a run, in the order of the layers.

    Raises
    ------
    NotRecorded
        If the run holds none.
    """
    above, below = SOURCES[kind]
    names = _in_order(run, recorded(run, kind))
    if not names:
        needed = " and ".join(f"`{prefix}<parameter>`" for prefix in (above, below) if prefix)
        raise NotRecorded(
            f"The run `{run.name}` must hold the scalars {needed} to show `kind={kind!r}`; it does "
            "not. Record them with `run.keras(...)` or `run.watch(...)`."
        )
    owner = _owners(run) if by == "layer" else None
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(owner(name) if owner else name, []).append(name)
    read_one = ReadSeries(read)

    def series(prefix: str, name: str) -> GradientSeries:
        each = [read_one(prefix, member) for member in groups[name]]
        return each[0] if by == "parameter" else _joined(name, each)

    def reader(name: str) -> GradientSeries:
        return _ratio(series(above, name), series(below, name)) if below else series(above, name)

    return [partial(reader, name) for name in groups]


def recorded(run: RunData, kind: Kind) -> tuple[str, ...]:
    """Name the parameters for which a run holds what a kind is made of."""
    known = set(run.scalar_names())
    above, below = SOURCES[kind]
    names = [name.removeprefix(above) for name in run.scalar_names() if name.startswith(above)]
    return tuple(name for name in names if not below or below + name in known)


def scalars_of(run: RunData, kind: Kind) -> list[str]:
    """Name the scalars that a kind is made of."""
    prefixes = [prefix for prefix in SOURCES[kind] if prefix]
    return [prefix + name for prefix in prefixes for name in recorded(run, kind)]


def _in_order(run: RunData, names: Sequence[str]) -> list[str]:
    order = [about.name for about in parameters_of(layers_of_run(run))]
    place = {name: index for index, name in enumerate(order)}
    return sorted(names, key=lambda name: place.get(name, len(order)))


class ReadSeries:
    """Reads scalars whose names have a prefix; steps that they share, as nearly all do, are one.

    Parameters
    ----------
    read : ReadScalar
    """

    def __init__(self, read: ReadScalar) -> None:
        self._read = read
        self._steps: NDArray[np.int64] | None = None

    def __call__(self, prefix: str, name: str) -> GradientSeries:
        """Read one."""
        steps, values = self._read(prefix + name)
        at = np.asarray(steps, np.int64)
        if self._steps is None:
            self._steps = at
        elif np.array_equal(at, self._steps):
            at = self._steps
        return GradientSeries(name, at, np.asarray(values, np.float64))


def _owners(run: RunData) -> Callable[[str], str]:
    known = {about.name: about.layer for about in parameters_of(layers_of_run(run))}
    return lambda name: known.get(name) or layer_of(name)


def per_layer(
    series: Iterable[GradientSeries], owner: Callable[[str], str] = layer_of
) -> tuple[GradientSeries, ...]:
    """Join the norms of a layer's parameters: the norm of all of them as one vector.

    Only steps at which all of them are known are kept.
    """
    groups: dict[str, list[GradientSeries]] = {}
    for item in series:
        groups.setdefault(owner(item.name), []).append(item)
    return tuple(_joined(name, items) for name, items in groups.items())


def _joined(name: str, items: Sequence[GradientSeries]) -> GradientSeries:
    at = items[0].at
    for item in items[1:]:
        at = _at_both(at, item.at)
    squares = np.zeros(len(at))
    for item in items:
        squares += _values_at(item, at) ** 2
    return GradientSeries(name, at, np.sqrt(squares))


def _ratio(above: GradientSeries, below: GradientSeries) -> GradientSeries:
    at = _at_both(above.at, below.at)
    numerator, denominator = _values_at(above, at), _values_at(below, at)
    # Weights that are all zero (fresh biases) have no ratio: infinite, or NaN for 0 / 0.
    with np.errstate(divide="ignore", invalid="ignore"):
        return GradientSeries(above.name, at, numerator / denominator)


def _at_both(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    return one if np.array_equal(one, other) else np.intersect1d(one, other)


def _values_at(item: GradientSeries, at: NDArray[np.int64]) -> NDArray[np.float64]:
    same = np.array_equal(item.at, at)
    return item.values if same else item.values[np.searchsorted(item.at, at)]


def per_epoch(
    series: Iterable[GradientSeries], run: RunData
) -> tuple[tuple[GradientSeries, ...], int]:
    """Average over the steps of each epoch, leaving out what is not finite.

    Returns
    -------
    tuple of GradientSeries
        At the numbers of the epochs, 1 for the first. NaN where no step was finite.
    int
        How many values were left out.

    Raises
    ------
    NotRecorded
        If the run recorded no epochs.
    """
    averaged, left_out = [], 0
    at, numbers, place = None, None, None
    for item in series:
        if item.at is not at or numbers is None or place is None:
            at = item.at
            numbers, place = np.unique(_epochs(run, at), return_inverse=True)
        finite = np.isfinite(item.values)
        left_out += int((~finite).sum())
        means = _means(np.where(finite, item.values, 0.0), finite, place, len(numbers))
        averaged.append(GradientSeries(item.name, numbers, means))
    return tuple(averaged), left_out


def _epochs(run: RunData, at: NDArray[np.int64]) -> NDArray[np.int64]:
    epochs = epochs_of_run(run, at)
    if epochs is None:
        raise NotRecorded(
            f"`per='epoch'` needs the scalar `{_names.EPOCH}`, which the run `{run.name}` does "
            "not hold. Choose `per='step'`."
        )
    return epoch_numbers(epochs)


def _means(
    values: NDArray[np.float64], counted: NDArray[np.bool_], place: NDArray[np.intp], n: int
) -> NDArray[np.float64]:
    sums = np.bincount(place, weights=values, minlength=n)
    counts = np.bincount(place, weights=counted.astype(np.float64), minlength=n)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def series_from(
    values: Mapping[str, Any], steps: Sequence[int] | None
) -> tuple[GradientSeries, ...]:
    """Read a mapping of names to norms over the steps.

    Raises
    ------
    ValueError
        If there is nothing, or the lengths differ from that of ``steps``.
    """
    if not values:
        raise ValueError("`values` must name at least one parameter; got none.")
    return tuple(_series(name, given, steps) for name, given in values.items())


def _series(name: str, given: Any, steps: Sequence[int] | None) -> GradientSeries:
    array = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if array.ndim != 1 or not array.size:
        raise ValueError(
            f"`{name}` must be a norm, or a list of norms over the steps; got shape {array.shape}. "
            "For a gradient itself, pass its norm: `numpy.linalg.norm(gradient)`."
        )
    if np.any(array < 0):
        raise ValueError(f"`{name}` must hold norms, which are not negative; got {array.min():g}.")
    at = np.arange(1, len(array) + 1) if steps is None else np.asarray(steps, dtype=np.int64)
    if len(at) != len(array):
        raise ValueError(
            f"`{name}` must have one value for each of the {len(at)} steps; got {len(array)}."
        )
    if np.any(np.diff(at) <= 0):
        raise ValueError(f"`steps` must increase; got {listing([str(step) for step in at])}.")
    return GradientSeries(name, at, array)

"""Metrics as series of numbers, read from runs, Keras histories and plain arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names
from bathyscope._errors import unknown_name
from bathyscope.views._epochs import epochs_at, epochs_of_run
from bathyscope.views._smoothing import smoothed
from bathyscope.views._words import count_text, first_nonfinite_text
from bathyscope.views.base import Offer, RunData

_SPLITS = {
    "train": "training",
    "training": "training",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "eval": "evaluation",
}
#: XGBoost and LightGBM number what they validate on: ``validation_0/mlogloss``.
_BEFORE = re.compile(rf"^({'|'.join(_SPLITS)})(?:_\d+/|[_/.\-])(.+)$", re.IGNORECASE)
_AFTER = re.compile(rf"^(.+)[/.]({'|'.join(_SPLITS)})$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class MetricSeries:
    """One metric of one run.

    Parameters
    ----------
    run, name : str
    steps : array of int, shape (n,)
        Increasing.
    values : array of float, shape (n,)
        NaN and infinities are data.
    epochs : array of float, shape (n,), optional
        Epochs completed at each step.
    times : array of float, shape (n,), optional
        Seconds since 1970.
    """

    run: str
    name: str
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    epochs: NDArray[np.float64] | None = None
    times: NDArray[np.float64] | None = None

    @property
    def base(self) -> str:
        """What is measured, whatever it is measured on: ``loss`` for ``val_loss``."""
        return split_name(self.name)[0]

    @property
    def split(self) -> str:
        """On what it is measured: ``training``, ``validation``, ``test``, ``evaluation``."""
        return split_name(self.name)[1]

    def average(self, weight: float) -> NDArray[np.float64]:
        """Give the moving average at each value: see `MovingAverage`."""
        return smoothed(self.values, weight)

    def count_not_positive(self) -> int:
        """Count the values at or below 0."""
        return int((self.values <= 0).sum())

    def nonfinite_text(self, who: str) -> str:
        """Say how many values are not finite, and from which step; empty if none is."""
        return first_nonfinite_text(who, self.steps, self.values)

    def left_out_text(self) -> str:
        """Say which points are not held; empty if all are."""
        return ""

    def all_points(self) -> MetricSeries:
        """Give the metric with every point."""
        return self


def split_name(name: str) -> tuple[str, str]:
    """Take apart what is measured and on what: ``val_loss``, ``test/loss``, ``Loss/train``."""
    before, after = _BEFORE.match(name), _AFTER.match(name)
    if before:
        return before[2], _SPLITS[before[1].lower()]
    if after:
        return after[1], _SPLITS[after[2].lower()]
    return name, "training"


def metric_names(run: RunData) -> tuple[str, ...]:
    """Name the metrics a run recorded: its scalars, less those that serve other views."""
    return tuple(
        name
        for name in run.scalar_names()
        if name != _names.EPOCH and not name.startswith(_names.INTERNAL_SCALARS)
    )


def offers_of(
    groups: Mapping[str, Sequence[str]],
    title: Callable[[str, Sequence[str]], str],
    options: Callable[[Sequence[str]], Mapping[str, Any]],
    *,
    most: int,
    drawn: int,
    ending: str = "",
) -> Iterator[Offer]:
    """Offer a picture for each group of metrics, the loss first; beyond the most, one for the rest.

    Of the rest no more are offered than are drawn: a run may have 100,000 metrics of which each
    takes time and memory to read.

    Parameters
    ----------
    groups : mapping of str to sequence of str
        The names of the metrics of each group.
    title, options : callable
        Give those of an `Offer`, for the name of a group and for the names of its metrics.
    most : int
        So many groups are offered one by one.
    drawn : int
        So many groups fit into one picture.
    ending : str
        Ends the title of the picture of the rest.
    """
    ordered = sorted(groups.items(), key=lambda group: group[0] != "loss")
    for base, names in ordered[:most]:
        yield Offer(title(base, names), options(names))
    rest = ordered[most:]
    if rest:
        together = [name for _, names in rest[:drawn] for name in names]
        share = f"{drawn} of " if len(rest) > drawn else ""
        counted = count_text(len(rest), "more metric")
        yield Offer(f"{share}{counted}{ending}", options(together))


def offers_one_by_one(
    names: Iterable[str], *, most: int, drawn: int, ending: str
) -> Iterator[Offer]:
    """Offer a picture for each metric; its title is the metric's name with an ending."""
    return offers_of(
        {name: (name,) for name in names},
        lambda name, _: f"{name}{ending}",
        lambda some: {"names": tuple(some) if len(some) > 1 else some[0]},
        most=most,
        drawn=drawn,
        ending=ending,
    )


def names_in_run(run: RunData, names: Sequence[str] | None) -> Sequence[str]:
    """Name those metrics that are wanted, by default all, and that a run has."""
    if names is None:
        return metric_names(run)
    known = frozenset(run.scalar_names())
    return [name for name in names if name in known]


def series_of_run(
    run: RunData, names: Sequence[str] | None, *, label: str
) -> tuple[MetricSeries, ...]:
    """Read metrics of a run; those it does not have are left out."""
    wanted = names_in_run(run, names)
    return tuple(series_of_metric(run, name, label) for name in wanted)


def series_of_metric(run: RunData, name: str, label: str) -> MetricSeries:
    """Read one metric of a run."""
    recorded = run.scalars(name)
    steps = np.asarray(recorded.steps, dtype=np.int64)
    values = np.asarray(recorded.values, dtype=np.float64)
    times = np.asarray(recorded.times, dtype=np.float64)
    return MetricSeries(label, name, steps, values, epochs_of_run(run, steps), times)


def check_known(names: Sequence[str], runs: Sequence[RunData]) -> None:
    """Raise for the first name that no run has, offering the nearest ones."""
    known = list(dict.fromkeys(name for run in runs for name in metric_names(run)))
    recorded = {name for run in runs for name in run.scalar_names()}
    for name in names:
        if name not in recorded:
            raise unknown_name("metric", name, known)


def series_from(values: Any) -> tuple[MetricSeries, ...]:
    """Read what `bathyscope.views.metrics` takes."""
    mapping = _as_mapping(values)
    if not mapping:
        raise ValueError("`values` must name at least one metric; got none.")
    if not any(_is_mapping_like(item) for item in mapping.values()):
        return _series_of_mapping(mapping, "")
    return tuple(
        series
        for run, item in mapping.items()
        for series in _series_of_mapping(_as_mapping(item), str(run))
    )


def _is_mapping_like(values: Any) -> bool:
    # A data frame maps its columns' names to them; a column maps its index to numbers.
    is_frame = hasattr(values, "keys") and getattr(values, "ndim", 0) == 2
    return _is_history(values) or isinstance(values, Mapping) or is_frame


def _is_history(values: Any) -> bool:
    """Whether this is what ``keras.Model.fit`` returns, told without importing Keras."""
    return hasattr(values, "history") and hasattr(values, "epoch")


def _as_mapping(values: Any) -> dict[str, Any]:
    if _is_history(values):
        # Keras numbers epochs from 0 and reports each at its end.
        done = np.asarray(values.epoch, dtype=np.float64) + 1
        return {**values.history, _names.EPOCH: done}
    if not _is_mapping_like(values):
        raise TypeError(
            "`values` must be a mapping of names to values, or what `model.fit` of Keras returns; "
            f"got {type(values).__name__}. For one list of losses: `metrics({{'loss': losses}})`."
        )
    return {str(name): values[name] for name in values.keys()}  # noqa: SIM118 -- data frames too


def _series_of_mapping(mapping: Mapping[str, Any], run: str) -> tuple[MetricSeries, ...]:
    read = {name: _steps_and_values(name, item) for name, item in mapping.items()}
    epoch = read.pop(_names.EPOCH, None)
    made = []
    for name, (steps, values, counted) in read.items():
        epochs = steps.astype(np.float64) if counted else None
        if epoch is not None:
            epochs = _known_epochs(name, steps, epoch)
        made.append(MetricSeries(run, name, steps, values, epochs))
    return tuple(made)


def _known_epochs(
    name: str, steps: NDArray[np.int64], epoch: tuple[NDArray[np.int64], NDArray[np.float64], bool]
) -> NDArray[np.float64] | None:
    known_steps, known_epochs, counted = epoch
    if not counted:
        return epochs_at(steps, known_steps, known_epochs)
    if len(known_epochs) != len(steps):
        raise ValueError(
            f"`epoch` must have one value for each of the {len(steps)} values of `{name}`; "
            f"got {len(known_epochs)}."
        )
    return known_epochs


def _steps_and_values(name: str, given: Any) -> tuple[NDArray[np.int64], NDArray[np.float64], bool]:
    """Read values, or (steps, values); say whether the steps were only counted."""
    pair = (
        isinstance(given, tuple) and len(given) == 2 and all(np.ndim(part) == 1 for part in given)
    )
    values = np.asarray(given[1] if pair else given, dtype=np.float64)
    if values.ndim != 1 or not values.size:
        raise ValueError(
            f"`{name}` must be a list of at least one number, or (steps, values); "
            f"got shape {values.shape}."
        )
    if not pair:
        return np.arange(1, len(values) + 1), values, True
    steps = np.asarray(given[0], dtype=np.int64)
    if len(steps) != len(values):
        raise ValueError(
            f"`{name}` must have as many steps as values; got {len(steps)} and {len(values)}."
        )
    order = np.argsort(steps, kind="stable")
    return steps[order], values[order], False

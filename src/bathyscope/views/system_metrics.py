"""How busy the machine was while a run was recorded: processor, memory, GPUs, disk, network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Figure, Ids, Line, Panel
from bathyscope.views._words import check_choice, count_text, nonfinite_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

Horizontal = Literal["time", "step"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Unit:
    """What a reading is measured in: the end of its name, and how its axis is written."""

    ending: str
    label: str
    unit: str
    divisor: float = 1.0
    domain: tuple[float, float] | None = None


#: Longer endings first: ``_bytes_per_second`` ends in none of the others.
_UNITS = (
    _Unit("_bytes_per_second", "transfer", "MiB/s", 2.0**20),
    _Unit("_utilization_percent", "busy", "%", domain=(0.0, 100.0)),
    _Unit("_percent", "in use", "%"),
    _Unit("_bytes", "memory or disk", "GiB", 2.0**30),
    _Unit("_watts", "power", "W"),
    _Unit("_celsius", "temperature", "°C"),
)
_OTHER = _Unit("", "value", "")
#: The panels, by the unit of what they hold.
_ORDER = ("%", "GiB", "MiB/s", "W", "°C", "")


@dataclass(frozen=True, eq=False)
class Reading:
    """One measure of the machine.

    Parameters
    ----------
    name : str
        Such as ``cpu_percent`` or ``gpu0/memory_bytes``.
    steps : array of int64, shape (n,)
    times : array of float64, shape (n,)
        Seconds since 1970.
    values : array of float64, shape (n,)
        In the unit its name ends with.
    """

    name: str
    steps: NDArray[np.int64]
    times: Floats
    values: Floats

    @property
    def unit(self) -> _Unit:
        """What it is measured in, told by its name."""
        return next((u for u in _UNITS if self.name.endswith(u.ending)), _OTHER)

    @property
    def title(self) -> str:
        """The name without its unit."""
        return self.name.removesuffix(self.unit.ending).replace("_", " ") or self.name


@register(room="overview", place=80)
@dataclass(frozen=True, eq=False, repr=False)
class SystemMetrics(View):
    """Readings of the machine, those of one unit in one panel.

    Parameters
    ----------
    readings : tuple of Reading
    x : {"time", "step"}
        Time since the first reading, or the step of the training at that time.
    """

    readings: tuple[Reading, ...]
    x: Horizontal = "time"

    @classmethod
    def from_run(cls, run: RunData, *, x: Horizontal = "time") -> SystemMetrics:
        """Show what a run recorded of its machine.

        Parameters
        ----------
        run : Run
        x : {"time", "step"}

        Raises
        ------
        NotRecorded
            If it recorded nothing of it.
        """
        check_choice("x", x, ("time", "step"))
        found = [name for name in run.scalar_names() if name.startswith(names.SYSTEM)]
        if not found:
            raise NotRecorded(
                f"The run `{run.name}` must hold readings of the machine; none was recorded. "
                "Record them with `bs.record(name, system=True)`."
            )
        readings: list[Reading] = []
        for name in found:
            series = run.scalars(name)
            # Readings are by time: many may belong to one step.
            order = np.argsort(series.times, kind="stable")
            steps, times = np.asarray(series.steps)[order], np.asarray(series.times)[order]
            values = np.asarray(series.values, dtype=np.float64)[order]
            readings.append(Reading(name.removeprefix(names.SYSTEM), steps, times, values))
        return cls(tuple(readings), x)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the readings where there are some."""
        if any(name.startswith(names.SYSTEM) for name in run.scalar_names()):
            yield Offer("The machine")

    def figure(self) -> Figure:
        """Draw one panel per unit."""
        groups: dict[str, list[Reading]] = {}
        for reading in self.readings:
            groups.setdefault(reading.unit.unit, []).append(reading)
        ordered = sorted(groups.items(), key=lambda group: _ORDER.index(group[0]))
        panels = tuple(self._panel(readings) for _, readings in ordered)
        count = max(len(reading.values) for reading in self.readings)
        note = f"Up to {count_text(count, 'reading')} of each."
        return Figure("The machine", panels, columns=min(2, len(panels)), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per reading, in the unit its name ends with."""
        sizes = [len(reading.values) for reading in self.readings]
        return {
            "name": np.repeat(np.array([r.name for r in self.readings], dtype=np.str_), sizes),
            "step": np.concatenate([r.steps for r in self.readings]),
            "time": np.concatenate([r.times for r in self.readings]),
            "value": np.concatenate([r.values for r in self.readings]),
        }

    def _panel(self, readings: Sequence[Reading]) -> Panel:
        start = min(float(r.times.min()) for r in self.readings if len(r.times))
        longest = max(float(r.times.max()) for r in self.readings if len(r.times)) - start
        word, seconds = ("min", 60.0) if longest < 7200 else ("h", 3600.0)
        marks = tuple(
            Line(
                (r.times - start) / seconds if self.x == "time" else r.steps.astype(np.float64),
                r.values / r.unit.divisor,
                label=r.title,
                tone=tone,
                ids=Ids("step", r.steps),
            )
            for tone, r in enumerate(readings)
        )
        unit = readings[0].unit
        x = (
            Axis("time since the first reading", word)
            if self.x == "time"
            else Axis("step", integers=True)
        )
        labels = {r.unit.label for r in readings}
        y = Axis(unit.label if len(labels) == 1 else "in use", unit.unit, domain=_domain(readings))
        note = sentences(
            f"{r.title}: {told[0].lower()}{told[1:]}"
            for r in readings
            if (told := nonfinite_text(r.values))
        )
        return Panel(marks, x=x, y=y, note=note)


def _domain(readings: Sequence[Reading]) -> tuple[float, float] | None:
    """Begin at 0, and end shares at 100 where none is above (a process may use several cores)."""
    unit = readings[0].unit
    values = np.concatenate([reading.values for reading in readings]) / unit.divisor
    values = values[np.isfinite(values)]
    if not values.size or values.min() < 0 or unit.unit == "°C":
        return None
    highest = float(values.max())
    if unit.unit == "%" and highest <= 100:
        return (0.0, 100.0)
    return (0.0, highest * 1.05) if highest > 0 else (0.0, 1.0)


def system_metrics(
    readings: Mapping[str, ArrayLike], times: ArrayLike, *, x: Horizontal = "time"
) -> SystemMetrics:
    """Show readings of a machine.

    Parameters
    ----------
    readings : mapping of str to array of shape (n,)
        Values by a name that ends with their unit: ``_percent``, ``_bytes``,
        ``_bytes_per_second``, ``_watts``, ``_celsius``.
    times : array of float, shape (n,)
        Seconds, increasing.
    x : {"time", "step"}
        A step is the number of a reading.

    Raises
    ------
    ValueError
        If there is nothing to show, or lengths differ.

    Examples
    --------
    >>> system_metrics({"cpu_percent": [10, 90]}, [0, 60]).columns()["value"].tolist()
    [10.0, 90.0]
    """
    check_choice("x", x, ("time", "step"))
    at = np.asarray(times, dtype=np.float64)
    found = {str(name): np.asarray(v, dtype=np.float64) for name, v in readings.items()}
    if not found or not at.size:
        raise ValueError("`readings` must hold at least one value; got none.")
    wrong = [name for name, values in found.items() if values.shape != at.shape]
    if wrong:
        raise ValueError(
            f"`{wrong[0]}` must have one value per time, shape {at.shape}; "
            f"got {found[wrong[0]].shape}."
        )
    steps = np.arange(len(at))
    return SystemMetrics(tuple(Reading(name, steps, at, v) for name, v in found.items()), x)

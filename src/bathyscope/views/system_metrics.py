"""How busy the machine was while a run was recorded: processor, memory, GPUs, disk, network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Figure, Ids, Line, Panel
from bathyscope.views._ranks import Look, hosts_of_ranks, looks, looks_note, mean_or_nan
from bathyscope.views._words import check_choice, count_text, nonfinite_text, sentences, time_unit
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
#: What is read of the process, not of its machine.
_OF_PROCESS = "process/"
_GPU = re.compile(r"gpu(\d+)/")


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
    where : str
        Which rank of a distributed training, or which machine; empty if there is one.
    """

    name: str
    steps: NDArray[np.int64]
    times: Floats
    values: Floats
    where: str = ""

    @property
    def unit(self) -> _Unit:
        """What it is measured in, told by its name."""
        return next((u for u in _UNITS if self.name.endswith(u.ending)), _OTHER)

    @property
    def title(self) -> str:
        """The name without its unit."""
        return self.name.removesuffix(self.unit.ending).replace("_", " ") or self.name

    @property
    def kind(self) -> str:
        """What is read, whichever GPU it is read of."""
        return _GPU.sub("gpu/", self.title)

    @property
    def source(self) -> str:
        """Whose reading it is among those of its kind: ``gpu0, node1``."""
        gpu = _GPU.match(self.name)
        return ", ".join(part for part in (gpu[0][:-1] if gpu else "", self.where) if part)


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
        hosts = hosts_of_ranks(run.events())
        if len(hosts) > 1:
            readings = [reading for name in found for reading in _of_ranks(run, name, hosts)]
        else:
            readings = [_reading(name, run.scalars_all(name)) for name in found]
        return cls(tuple(readings), x)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the readings where there are some."""
        if any(name.startswith(names.SYSTEM) for name in run.scalar_names()):
            yield Offer("The machine")

    def figure(self) -> Figure:
        """Draw one panel per unit; where ranks or machines are told apart, one per reading."""
        apart = {reading.kind for reading in self.readings if reading.where}
        groups: dict[tuple[str, str], list[Reading]] = {}
        for reading in self.readings:
            kind = reading.kind if reading.kind in apart else ""
            groups.setdefault((reading.unit.unit, kind), []).append(reading)
        ordered = sorted(groups.items(), key=lambda group: _ORDER.index(group[0][0]))
        panels = tuple(self._panel(readings, kind) for (_, kind), readings in ordered)
        count = max(len(reading.values) for reading in self.readings)
        most = max((len(readings) for (_, kind), readings in ordered if kind), default=0)
        note = sentences(
            [f"Up to {count_text(count, 'reading')} of each.", looks_note(most, "curves")]
        )
        return Figure("The machine", panels, columns=min(2, len(panels)), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per reading, in the unit its name ends with."""
        sizes = [len(reading.values) for reading in self.readings]
        return {
            "name": np.repeat(np.array([r.name for r in self.readings], dtype=np.str_), sizes),
            "step": np.concatenate([r.steps for r in self.readings]),
            "time": np.concatenate([r.times for r in self.readings]),
            "value": np.concatenate([r.values for r in self.readings]),
            **self._where(sizes),
        }

    def _where(self, sizes: Sequence[int]) -> Mapping[str, NDArray[Any]]:
        told = np.array([reading.where for reading in self.readings], dtype=np.str_)
        return {"where": np.repeat(told, sizes)} if any(told) else {}

    def _panel(self, readings: Sequence[Reading], kind: str) -> Panel:
        start = min(float(r.times.min()) for r in self.readings if len(r.times))
        longest = max(float(r.times.max()) for r in self.readings if len(r.times)) - start
        word, seconds = time_unit(longest)
        titles = [reading.source if kind else reading.title for reading in readings]
        looked = (
            looks(titles, [mean_or_nan(reading.values) for reading in readings], "curves")
            if kind
            else [Look(title, tone) for tone, title in enumerate(titles)]
        )
        marks = [
            Line(
                (r.times - start) / seconds if self.x == "time" else r.steps.astype(np.float64),
                r.values / r.unit.divisor,
                label=look.label,
                tone=look.tone,
                faint=look.faint,
                markers=False if look.faint else None,
                ids=Ids("step", r.steps),
            )
            for r, look in zip(readings, looked, strict=True)
        ]
        marks.sort(key=lambda mark: not mark.faint)
        unit = readings[0].unit
        x = (
            Axis("time since the first reading", word)
            if self.x == "time"
            else Axis("step", integers=True)
        )
        labels = {r.unit.label for r in readings}
        y = Axis(unit.label if len(labels) == 1 else "in use", unit.unit, domain=_domain(readings))
        note = sentences(
            f"{title}: {told[0].lower()}{told[1:]}"
            for r, title in zip(readings, titles, strict=True)
            if (told := nonfinite_text(r.values))
        )
        return Panel(tuple(marks), x=x, y=y, title=kind, note=note)


def _of_ranks(run: RunData, name: str, hosts: Mapping[int, str]) -> list[Reading]:
    """Read what each rank recorded; of a machine, which its ranks all read, the first's word."""
    recorded: Any = run  # only a run of ours has ranks
    by_rank = recorded.scalars_by_rank(name, keep_all=True)
    if name.startswith(names.SYSTEM + _OF_PROCESS):
        return [_reading(name, series, f"rank {rank}") for rank, series in by_rank.items()]
    several = len(set(hosts.values())) > 1
    first = {hosts[rank]: series for rank, series in sorted(by_rank.items(), reverse=True)}
    return [
        _reading(name, series, host if several else "") for host, series in reversed(first.items())
    ]


def _reading(name: str, series: Any, where: str = "") -> Reading:
    # Readings are by time: many may belong to one step.
    order = np.argsort(series.times, kind="stable")
    steps, times = np.asarray(series.steps)[order], np.asarray(series.times)[order]
    values = np.asarray(series.values, dtype=np.float64)[order]
    return Reading(name.removeprefix(names.SYSTEM), steps, times, values, where)


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

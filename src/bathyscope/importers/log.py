"""What another tool's log holds, in one form for all tools."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs.status import Status

#: By step, then by name: what was recorded at that step.
BySteps = Mapping[int, Mapping[str, NDArray[Any]]]

_LARGEST_STEP = 2**63 - 1
_LARGEST_TIME = 9e12  # of a run: 63 bits of microseconds
_MOST_FAULTS = 100
_DEEPEST_NAME = 10


class Column(NamedTuple):
    """The points of one metric, in the order they were written: arrays of shape (n_points,).

    Parameters
    ----------
    steps : array of int64
    values : array of float64
    times : array of float64
        Seconds since 1970 (UTC).
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Log:
    """What one training left in another tool's log.

    Parameters
    ----------
    name : str
        Shown to people.
    path : pathlib.Path
        The file or folder it was read from.
    format : str
        What wrote it, in words: ``"Keras CSVLogger"``.
    scalars : mapping of str to Column
    config : mapping
    tags : tuple of str
    group : str
        What it belongs to, such as an experiment; empty if nothing.
    created : float
        Seconds since 1970 (UTC); NaN if not known.
    status : {"running", "finished", "failed", "interrupted", "unknown"}
    tables, arrays : mapping of str to (mapping of int to mapping of str to array)
        By name, step, and column or key, as in a run.
    events : tuple of mapping
        Each with its ``kind``, and perhaps ``time``.
    notes : tuple of str
        What a reader of the numbers should know.
    faults : tuple of str
        What could not be read, place by place.
    files : tuple of pathlib.Path
        The files it was read from: when one of them changes, it is read again.
    """

    name: str
    path: Path
    format: str
    scalars: Mapping[str, Column]
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tags: tuple[str, ...] = ()
    group: str = ""
    created: float = math.nan
    status: Status = "unknown"
    tables: Mapping[str, BySteps] = field(default_factory=dict[str, BySteps])
    arrays: Mapping[str, BySteps] = field(default_factory=dict[str, BySteps])
    events: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    def __repr__(self) -> str:
        return f"<Log {self.name}: {self.format}, {len(self.scalars)} metrics>"


class Columns(Mapping[str, Column]):
    """Columns by name, sorted: slices of what holds all points, made when they are asked for.

    A log may have as many metrics as points; an array for each would be most of the memory.

    Parameters
    ----------
    names : mapping of str to int
        The number of each metric.
    starts : array of shape (n_metrics + 1,)
        Where the points of each number begin.
    points : Column
        All points, sorted by number.
    """

    def __init__(self, names: Mapping[str, int], starts: NDArray[np.int64], points: Column) -> None:
        self._names, self._starts, self._points = names, starts, points

    def __getitem__(self, name: str) -> Column:
        number = self._names[name]
        rows = slice(int(self._starts[number]), int(self._starts[number + 1]))
        points = self._points
        return Column(points.steps[rows], points.values[rows], points.times[rows])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Scalars:
    """Gathers points one by one, 28 bytes each."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._metrics = array("I")
        self._steps = array("q")
        self._values = array("d")
        self._times = array("d")

    def add(self, name: str, step: int, value: float, time: float) -> None:
        """Add a point.

        Raises
        ------
        ValueError
            If the step does not fit into 64 bits.
        """
        if not -_LARGEST_STEP <= step <= _LARGEST_STEP:
            raise ValueError(f"step {shortened(str(step))} is not of 64 bits")
        self._metrics.append(self._numbers.setdefault(name, len(self._numbers)))
        self._steps.append(step)
        self._values.append(value)
        self._times.append(usable_time(time))

    def columns(self) -> Columns:
        """Give the columns by name, which are then a run's: never empty, valid Unicode."""
        numbers: dict[str, int] = {}
        for name, number in sorted(self._numbers.items()):
            numbers[free_name(cleaned(name) or "(no name)", numbers)] = number
        metrics = np.array(self._metrics)
        order = np.argsort(metrics, kind="stable")
        starts = np.searchsorted(metrics[order], np.arange(len(numbers) + 1))
        points = Column(
            np.array(self._steps)[order],
            np.array(self._values)[order],
            np.array(self._times)[order],
        )
        return Columns(numbers, starts, points)


class Faults:
    """Gathers what could not be read: the first ones in words, the others counted."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._count = 0

    def add(self, fault: str) -> None:
        """Add one."""
        self._count += 1
        if len(self._told) < _MOST_FAULTS:
            self._told.append(cleaned(fault))

    def told(self) -> tuple[str, ...]:
        """Give them all."""
        rest = self._count - len(self._told)
        return (*self._told, f"and {rest:,} more of the same kind") if rest else tuple(self._told)


def free_name(name: str, taken: Mapping[str, Any]) -> str:
    """Give a name that is not taken yet."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free


def usable_time(time: float) -> float:
    """Give a time a run can hold; one that is none becomes the beginning of 1970."""
    if not math.isfinite(time):
        return 0.0
    return min(max(time, -_LARGEST_TIME), _LARGEST_TIME)


def cleaned(text: str) -> str:
    """Give text that every file can hold: half a surrogate pair becomes a question mark."""
    return text.encode(errors="replace").decode()


def shortened(text: str, *, most: int = 60) -> str:
    """Cut text that comes from a file before it is shown."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def text_column(texts: list[str]) -> NDArray[np.object_]:
    """Give texts as a column of a table."""
    return np.array([*map(cleaned, texts), None], dtype=object)[:-1]


def table_of_values(values: Mapping[str, Any]) -> BySteps:
    """Give named values as a table of names and texts, what is nested with dots in its name."""
    found: list[tuple[str, str]] = []
    waiting: list[tuple[str, Any]] = list(values.items())[::-1]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Mapping) and value and name.count(".") < _DEEPEST_NAME:
            waiting += [(f"{name}.{key}", inner) for key, inner in value.items()][::-1]
        else:
            found.append((name, value if isinstance(value, str) else json.dumps(value)))
    names, texts = [name for name, _ in found], [text for _, text in found]
    return {0: {"name": text_column(names), "value": text_column(texts)}}

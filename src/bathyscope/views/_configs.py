"""What runs were set to: flat, and where they differ."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.text import one_line, shorten

#: The last part of a name that says nothing of a run but which random numbers it drew.
SEEDS = frozenset({"seed", "random_seed", "random_state", "rng_seed", "manual_seed"})
#: The last word of a name that says where a run lies or what it is called, not how it was made.
_NAMES_A_RUN = re.compile(
    r"(?:^|[_.\-])(?:dir|directory|folder|path|file|id|uuid|hash|timestamp|datetime|host|hostname|"
    r"pid|(?:run|exp|experiment)[_-]?name)$",
    re.IGNORECASE,
)
#: Positive numbers that span more than this factor are drawn on a logarithmic axis.
_WIDE = 30.0
#: Columns that a name or a value of a setting takes at most, where many stand side by side.
_LONGEST = 40

Setting = float | str


def flat_config(config: Mapping[str, Any], prefix: str = "") -> dict[str, Setting]:
    """Flatten settings: names joined by dots, numbers as floats, all else as text."""
    found: dict[str, Setting] = {}
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found |= flat_config(value, f"{name}.")
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            found[name] = str(value)
        else:
            found[name] = float(value)
    return found


def is_seed(name: str) -> bool:
    """Whether a setting only chooses random numbers."""
    return name.rpartition(".")[2].lower() in SEEDS


@dataclass(frozen=True, eq=False)
class Varied:
    """A setting in which runs differ.

    Parameters
    ----------
    name : str
    values : tuple of float, str or None, length n_runs
        None where a run does not have it.
    """

    name: str
    values: tuple[Setting | None, ...]

    @classmethod
    def of(cls, name: str, numbers: NDArray[np.float64]) -> Varied:
        """Treat numbers as settings, to draw them alike."""
        return cls(name, tuple(map(float, numbers)))

    @property
    def names_runs(self) -> bool:
        """Whether it is different in every run and called like a place or a name of the run."""
        is_own = len(set(self.values)) == len(self.values) and None not in self.values
        return is_own and _NAMES_A_RUN.search(self.name) is not None

    @property
    def numeric(self) -> bool:
        """Whether all runs that have it have a number."""
        return all(isinstance(value, float) for value in self.values if value is not None)

    @property
    def levels(self) -> tuple[str, ...]:
        """The different values of a setting that is not numeric, in order."""
        return tuple(sorted({told(value) for value in self.values if value is not None}))

    @property
    def log(self) -> bool:
        """Whether the numbers spread over orders of magnitude."""
        numbers = self.numbers()
        numbers = numbers[np.isfinite(numbers)]
        if not self.numeric or not len(numbers) or numbers.min() <= 0:
            return False
        return bool(numbers.max() / numbers.min() > _WIDE)

    def numbers(self) -> NDArray[np.float64]:
        """Give the numbers, or the places of the values in their order; NaN where missing."""
        if self.numeric:
            return np.array([np.nan if v is None else v for v in self.values], dtype=np.float64)
        place = {level: index for index, level in enumerate(self.levels)}
        return np.array(
            [np.nan if v is None else place[told(v)] for v in self.values], dtype=np.float64
        )

    def texts(self) -> NDArray[np.str_]:
        """Give the values as a person reads them; "" where missing."""
        return np.array(["" if v is None else told(v) for v in self.values], dtype=np.str_)


def varied(configs: Sequence[Mapping[str, Any]], *, seeds: bool = True) -> tuple[Varied, ...]:
    """Find the settings in which runs differ.

    Parameters
    ----------
    configs : sequence of mapping
        One per run.
    seeds : bool
        Whether settings that only choose random numbers are among them.
    """
    flat = [flat_config(config) for config in configs]
    names = dict.fromkeys(name for config in flat for name in config)
    found = [Varied(name, tuple(config.get(name) for config in flat)) for name in names]
    return tuple(
        item for item in found if len(set(item.values)) > 1 and (seeds or not is_seed(item.name))
    )


def told(value: Setting) -> str:
    """Write a setting as a person reads it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def short_names(items: Sequence[Varied]) -> tuple[str, ...]:
    """Give the last parts of dotted names, where they tell them apart."""
    names = [item.name for item in items]
    last = [name.rpartition(".")[2] for name in names]
    return tuple(
        part if last.count(part) == 1 else name for part, name in zip(last, names, strict=True)
    )


def groups_but_seed(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Group runs that differ in nothing but the seed, and in what only names each of them.

    Returns
    -------
    dict of str to list of int
        Positions of the runs, by what sets a group apart from the others: ``lr=0.1, width=64``.
        Long names and values are cut, unless groups would be called the same.
    """
    differing = [item for item in varied(configs, seeds=False) if not item.names_runs]
    shown = short_names(differing)
    groups: dict[str, list[int]] = {}
    cut: dict[str, str] = {}
    for index in range(len(configs)):
        parts = [
            (name, told(value))
            for name, item in zip(shown, differing, strict=True)
            if (value := item.values[index]) is not None
        ]
        label = ", ".join(f"{name}={value}" for name, value in parts)
        cut[label] = ", ".join(f"{_cut(name)}={_cut(value)}" for name, value in parts)
        groups.setdefault(label, []).append(index)
    if len(set(cut.values())) < len(cut):
        return groups
    return {cut[label]: group for label, group in groups.items()}


def _cut(text: str) -> str:
    return shorten(one_line(text), _LONGEST)

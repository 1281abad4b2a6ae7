"""Statistics of parameters that are spread over processes, put together from what each recorded.

Each process records sums over its own part, ``shard/<what>/<parameter>``, in its own files. One of
them reads what the others wrote, adds up, and records the statistics of the whole parameter. It
asks nobody and waits for nobody: a process that is late, or records nothing, can hold up no
training. Whatever is not put together stays in the run as it was recorded.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bathyscope import _names as names
from bathyscope.runs import Run

#: Sums over a part, by what they are of; all of them add up to those of the whole.
_OF_TENSOR = ("sum", "squares", "spread", "zeros", "nonfinite")
_KINDS = ("gradient", "weight")
COUNT = "count"
FIELDS = (COUNT, *(f"{kind}_{what}" for kind in _KINDS for what in _OF_TENSOR), "update_squares")
#: Steps of which some part is missing that are kept in mind; older ones are given up.
_MOST_OPEN = 64
#: Seconds to wait at the end of a training for what others are writing, and between two looks.
PATIENCE, _PAUSE = 2.0, 0.02
#: Variances below this share of the mean square are rounding errors of the sums.
_RESOLUTION = 4 * np.finfo(np.float64).eps


def sums_of_part(parameter: str, statistics: Sequence[float], count: int) -> dict[str, float]:
    """Turn the statistics of a part into sums.

    Parameters
    ----------
    parameter : str
    statistics : sequence of float
        Norm, mean, standard deviation, share of zeros and number of non-finite values of the
        gradient's part, the same of the weight's, and the norm of the update's.
    count : int
        Numbers in the part.

    Returns
    -------
    dict
        Scalars by name.
    """
    sums = [float(count)]
    for start in (0, 5):
        norm, mean, std, zeros, nonfinite = statistics[start : start + 5]
        sums += [count * mean, norm**2, count * (std**2 + mean**2), count * zeros, nonfinite]
    sums.append(statistics[10] ** 2)
    return {
        f"{names.SHARD}{field}/{parameter}": value
        for field, value in zip(FIELDS, sums, strict=True)
    }


def statistics_of_whole(parameter: str, sums: Mapping[str, float]) -> dict[str, float]:
    """Turn the sums over all parts into the statistics of the parameter: scalars by name."""
    count = sums[COUNT]
    found: list[float] = []
    for kind in _KINDS:
        total, squares, spread, zeros, nonfinite = (sums[f"{kind}_{what}"] for what in _OF_TENSOR)
        mean = total / count
        with np.errstate(invalid="ignore"):
            variance = np.subtract(spread / count, mean * mean)
        if variance < _RESOLUTION * spread / count:
            variance = 0.0
        found += [squares**0.5, mean, float(variance) ** 0.5, zeros / count, nonfinite]
    found.append(sums["update_squares"] ** 0.5)
    prefixes = names.STEP_STATISTICS
    return {prefix + parameter: value for prefix, value in zip(prefixes, found, strict=True)}


class Parts:
    """Adds up what the processes of a run record of their parts.

    Parameters
    ----------
    path : path
        Folder of the run.
    sizes : mapping of str to int
        Numbers in each whole parameter: when all are counted, no part is missing.
    """

    def __init__(self, path: Path, sizes: Mapping[str, int]) -> None:
        self._run = Run(path)
        self._sizes = dict(sizes)
        self._cursor = self._run.scalars_cursor()  # what was recorded before is of other trainings
        #: By step and parameter: each field's sum, and how many parts it is of.
        self._open: dict[int, dict[str, dict[str, tuple[float, int]]]] = {}
        self._latest = 0
        #: Parameters of which parts were found, and those that were whole at a step.
        self._seen: set[str] = set()
        self._put_together: set[str] = set()

    @property
    def missing(self) -> list[str]:
        """Parameters of which parts were found, and nothing could be put together."""
        return sorted(self._seen - self._put_together)

    def take(self, *, patience: float = 0.0) -> list[tuple[int, dict[str, float]]]:
        """Read what is new; give step, and scalars by name, of what is whole now.

        Parameters
        ----------
        patience : float
            Seconds to wait for the rest of the latest step of which there is anything.
        """
        ends = time.monotonic() + patience
        found = self._take()
        while self._latest in self._open and time.monotonic() < ends:
            time.sleep(_PAUSE)
            found += self._take()
        return found

    def _take(self) -> list[tuple[int, dict[str, float]]]:
        points, self._cursor = self._run.new_scalars(self._cursor)
        touched = set()
        for place, metric in enumerate(points.metrics):
            if metric.startswith(names.SHARD):
                step = int(points.steps[place])
                self._add(metric, step, float(points.values[place]))
                touched.add(step)
        whole = [(step, self._whole(step)) for step in sorted(touched)]
        while len(self._open) > _MOST_OPEN:
            del self._open[min(self._open)]
        return [(step, values) for step, values in whole if values]

    def _add(self, metric: str, step: int, value: float) -> None:
        field, parameter = metric.removeprefix(names.SHARD).split("/", 1)
        self._latest = max(self._latest, step)
        self._seen.add(parameter)
        sums = self._open.setdefault(step, defaultdict(dict))[parameter]
        total, count = sums.get(field, (0.0, 0))
        sums[field] = total + value, count + 1

    def _whole(self, step: int) -> dict[str, float]:
        """Take the parameters of a step of which every part is there."""
        values: dict[str, float] = {}
        for parameter, sums in list(self._open[step].items()):
            if self._is_whole(parameter, sums):
                known = {field: total for field, (total, _) in sums.items()}
                values |= statistics_of_whole(parameter, known)
                self._put_together.add(parameter)
                del self._open[step][parameter]
        if not self._open[step]:
            del self._open[step]
        return values

    def _is_whole(self, parameter: str, sums: Mapping[str, tuple[float, int]]) -> bool:
        # What another process writes may be seen before it is all there.
        if len({count for _, count in sums.values()}) != 1 or len(sums) != len(FIELDS):
            return False
        return sums[COUNT][0] == self._sizes.get(parameter)

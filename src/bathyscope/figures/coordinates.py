"""The axes of parallel coordinates: where their ticks stand, and what is written beside them."""

from __future__ import annotations

import math

from bathyscope.figures.figure import Axis
from bathyscope.figures.ticks import log_tick_labels, thinned, tick_labels

#: About so many ticks on an axis; of names, at most so many.
_TICKS, _NAMES = 4, 12
_LEAST = 1e-9


def ticks_of(axis: Axis) -> list[tuple[float, str]]:
    """Give the ticks of one axis: heights from 0 to 1, and what they stand for.

    Parameters
    ----------
    axis : Axis
        One of `Panel.coordinates`, with its names or its ends.
    """
    if axis.scale == "category":
        names = axis.categories
        return [
            (index / max(len(names) - 1, 1), names[index]) for index in thinned(len(names), _NAMES)
        ]
    low, high = axis.domain or (0.0, 0.0)
    if high - low <= _LEAST * max(abs(low), abs(high)):  # no ends, or none that can be told apart
        return []
    if axis.scale == "log":
        values = _powers(low, high)
        span = math.log(high / low)
        places = [math.log(value / low) / span for value in values]
        return list(zip(places, log_tick_labels(values), strict=True))
    values = _round_values(low, high)
    places = [(value - low) / (high - low) for value in values]
    return list(zip(places, tick_labels(values), strict=True))


def _powers(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    stride = max(1, math.ceil((last - first + 1) / _TICKS))
    return [10.0**power for power in range(first, last + 1, stride)]


def _round_values(low: float, high: float) -> list[float]:
    """Give multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]

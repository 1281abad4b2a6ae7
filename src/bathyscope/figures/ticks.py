"""Numbers at the axes, written the same way on every surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUFFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_MOST_SUFFIXED = 1e12
#: Numbers that differ only beyond so many digits are told apart by their differences.
_MOST_DIGITS = 1e6


def tick_labels(
    values: Sequence[float], *, integers: bool = False, origin: float = 0.0
) -> list[str]:
    """Write the ticks of a linear axis, all with the same number of decimals.

    Parameters
    ----------
    values : sequence of float
    integers : bool
    origin : float
        What was subtracted from them, if they are so close that their sums cannot be told apart.
    """
    if not len(values):
        return []
    largest = max(abs(value) for value in values)
    step = _smallest_step(values)
    if origin or largest > step * _MOST_DIGITS:
        return _differences(values, step, origin)
    if integers and 100_000 <= largest < _MOST_SUFFIXED:
        return [_with_suffix(value, largest) for value in values]
    if largest >= 1e5 or 0 < largest < 1e-3:
        return [_scientific(value, step) for value in values]
    decimals = 0 if integers else _decimals(step)
    return [_signed(f"{value:,.{decimals}f}") for value in values]


def _smallest_step(values: Sequence[float]) -> float:
    steps = np.diff(np.sort(np.asarray(values, dtype=float)))
    steps = steps[steps > 0]
    return float(steps.min()) if steps.size else abs(float(values[0])) or 1.0


def _differences(values: Sequence[float], step: float, origin: float) -> list[str]:
    """Write the middle tick in full, and of the others how far they are from it."""
    middle = len(values) // 2
    base = values[middle]
    # Multiples of a round step: what is subtracted has few digits left.
    step = float(f"{step:.2g}")
    labels = tick_labels([round((value - base) / step) * step for value in values])
    labels = [f"+{text}" if i > middle else text for i, text in enumerate(labels)]
    labels[middle] = _signed(_in_full(base, origin, step))
    return labels


def _in_full(value: float, origin: float, step: float) -> str:
    """Write a number with all digits that its distance from the next tick has."""
    is_whole = step >= 1 and origin == round(origin) and abs(value - round(value)) < 1e-3 * step
    if is_whole and abs(origin + value) < 1e19:
        return f"{int(origin) + round(value):,}"
    number = origin + value
    digits = min(16, int(np.ceil(np.log10(abs(number) / step))) + 1) if number else 1
    return f"{float(f'{number:.{digits}g}'):,.16g}"


def _decimals(step: float) -> int:
    """Decimals that tell neighbouring ticks apart, up to six."""
    for decimals in range(7):
        if abs(round(step, decimals) - step) < step * 1e-3:
            return decimals
    return 6


def _with_suffix(value: float, largest: float) -> str:
    size, suffix = next((pair for pair in _SUFFIXES if largest >= pair[0]), (1.0, ""))
    return "0" if value == 0 else _signed(f"{value / size:,g}{suffix}")


def _scientific(value: float, step: float) -> str:
    if value == 0:
        return "0"
    if abs(value) < 1e-300:  # there is no power of ten to divide by
        return _signed(f"{value:.3g}")
    exponent = int(np.floor(np.log10(abs(value)) + 1e-9))
    mantissa = value / 10.0**exponent
    digits = _decimals(step / 10.0**exponent)
    text = f"{mantissa:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{mantissa:.0f}"
    return _signed(f"{text}×10{str(exponent).translate(_SUPERSCRIPTS)}")


def log_tick_labels(values: Sequence[float]) -> list[str]:
    """Write the ticks of a log axis: all plain (``0.01``, ``100``), or all powers (``10⁻⁸``)."""
    if all(1e-3 <= value < 1e5 for value in values):
        return [f"{value:,.10f}".rstrip("0").rstrip(".") for value in values]
    return [_power(value) for value in values]


def _power(value: float) -> str:
    exponent = int(np.floor(np.log10(value) + 1e-9))
    power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
    mantissa = round(value / 10.0**exponent)
    return power if mantissa == 1 else f"{mantissa}×{power}"


def _signed(text: str) -> str:
    """Write a minus as such; zero has none."""
    return text.replace("-", "−" if any(digit in text for digit in "123456789") else "")


def thinned(n: int, most: int) -> range:
    """Choose which of ``n`` categories get a tick: every 1st, 2nd, 5th, 10th, ..."""
    step, scale = 1, 1
    while n / step > max(most, 1):
        scale, factor = (scale, 2) if step == scale else (scale, 5) if step == 2 * scale else (
            scale * 10, 1)  # fmt: skip
        step = scale * factor
    return range(0, n, step)

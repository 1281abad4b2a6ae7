"""Small helpers every view words its titles, notes and errors with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def check_choice(name: str, given: str, allowed: Sequence[str]) -> None:
    """Raise unless an option is one of those allowed."""
    if given not in allowed:
        listing = ", ".join(repr(choice) for choice in allowed)
        raise ValueError(f"`{name}` must be one of {listing}; got {given!r}.")


def sentences(parts: Iterable[str]) -> str:
    """Join the parts of a note that say something."""
    return " ".join(part for part in parts if part)


def titled(what: str, name: str) -> str:
    """Say what is shown of whom, but not "weights of weights"."""
    return what if name.lower() == what.lower() else f"{what} of {name}"


def shape_text(shape: Sequence[int | None]) -> str:
    """Write a shape for a reader: ``784 × 512``; an unknown size is ``?``."""
    return " × ".join("?" if size is None else f"{size:,}" for size in shape) or "a single number"


def count_text(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun: ``1 value``, ``1,024 values``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def nonfinite_text(values: NDArray[Any]) -> str:
    """Say how many values are NaN or infinite; empty if none is."""
    if values.dtype.kind != "f":
        return ""
    n_nan, n_infinite = int(np.isnan(values).sum()), int(np.isinf(values).sum())
    return nonfinite_counts_text(n_nan, n_infinite, values.size)


def nonfinite_counts_text(n_nan: int, n_infinite: int, n_values: int) -> str:
    """Say how many of some values are NaN or infinite; empty if none is."""
    if not n_nan + n_infinite:
        return ""
    counts = [f"{n_nan:,} NaN"] * bool(n_nan) + [f"{n_infinite:,} infinite"] * bool(n_infinite)
    return f"Not finite: {' and '.join(counts)} of {count_text(n_values, 'value')}."


def first_nonfinite_text(who: str, steps: NDArray[np.int64], values: NDArray[Any]) -> str:
    """Say how many values of a curve are NaN or infinite, and from which step; empty if none is."""
    odd = np.flatnonzero(~np.isfinite(values))
    first = int(steps[odd[0]]) if len(odd) else 0
    n_nan = int(np.isnan(values[odd]).sum())
    return first_nonfinite_counts_text(
        who, n_nan=n_nan, n_infinite=len(odd) - n_nan, n_values=len(values), first=first
    )


def first_nonfinite_counts_text(
    who: str, *, n_nan: int, n_infinite: int, n_values: int, first: int
) -> str:
    """Say the same of values that were counted, with the step of the first of these."""
    told = nonfinite_counts_text(n_nan, n_infinite, n_values)
    return f"{who}: {told[0].lower()}{told[1:-1]}, the first at step {first:,}." if told else ""


def time_unit(longest: float) -> tuple[str, float]:
    """Give the unit of an axis of so many seconds, and how many seconds it has, as pages do."""
    for unit, seconds in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if longest >= 2 * seconds:
            return unit, seconds
    return "s", 1.0


def listing(names: Sequence[str], *, at_most: int = 4) -> str:
    """Name the first few of many: ``a, b and 7 more``."""
    shown = ", ".join(names[:at_most])
    rest = len(names) - at_most
    return f"{shown} and {rest:,} more" if rest > 0 else shown

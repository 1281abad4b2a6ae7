"""Which recorded step is meant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bathyscope._errors import NotRecorded


def resolve_step(step: int, steps: Sequence[int], *, what: str) -> int:
    """Find the recorded step that is meant.

    Parameters
    ----------
    step : int
        A recorded step; or -1 for the last one recorded, -2 for the one before, and so on.
    steps : sequence of int
        The recorded steps.
    what : str
        What was recorded, for the error: ``"table `predictions/test`"``.

    Raises
    ------
    NotRecorded
        If there is none; the nearest ones are named.
    """
    if not isinstance(step, (int, np.integer)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"`step` must be a whole number; got {step!r}.")
    known = sorted({int(one) for one in steps})
    if not known:
        raise NotRecorded(f"No step of {what} was recorded. Record one first.")
    if step >= 0 and step in known:
        return step
    if step >= 0:
        raise NotRecorded(
            f"`step` must be a recorded step of {what}; got {step}. "
            f"The nearest are {_nearest(step, known)}; -1 is the last."
        )
    if -step > len(known):
        raise NotRecorded(
            f"`step` must be at least {-len(known)}, since {len(known)} steps of {what} were "
            f"recorded ({_range(known)}); got {step}."
        )
    return known[step]


def _nearest(step: int, known: list[int]) -> str:
    near = sorted(known, key=lambda one: (abs(one - step), one))[:4]
    return ", ".join(str(one) for one in sorted(near))


def _range(known: list[int]) -> str:
    return str(known[0]) if len(known) == 1 else f"{known[0]} to {known[-1]}"

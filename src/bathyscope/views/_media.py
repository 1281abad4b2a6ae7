"""What is recorded of images and sounds: numbered arrays, and a table of what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.views import _recorded as recorded
from bathyscope.views.base import RunData


def read_media(
    run: RunData, group: str, step: int
) -> tuple[int, dict[str, NDArray[Any]], dict[str, dict[str, Any]]]:
    """Read the arrays of a group at a step, and what the table of the same name says of each.

    Returns
    -------
    step : int
    arrays : dict of str to array
        In the order of their numbers.
    about : dict of str to dict
        By the same keys: ``caption``, ``rate_hz``.
    """
    step, arrays = recorded.read_arrays(run, group, step)
    about: dict[str, dict[str, Any]] = {}
    if group in run.table_names() and step in run.table_steps(group):
        table = {key: np.asarray(column) for key, column in run.table(group, step=step).items()}
        keys = [str(key) for key in table.pop("key", np.arange(0))]
        for row, key in enumerate(keys):
            about[key] = {name: column[row] for name, column in table.items()}
    return step, {key: arrays[key] for key in sorted(arrays, key=_by_number)}, about


def _by_number(key: str) -> tuple[bool, int, str]:
    return (not key.isdecimal(), int(key) if key.isdecimal() else 0, key)


def captions_of(keys: list[str], about: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Give the captions of what has these keys; "" where nothing is said."""
    return tuple(str(about.get(key, {}).get("caption", "")) for key in keys)

"""How many steps of a picture fit on a page that can still be mailed."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

#: At most this many bytes of numbers for one moving picture.
FILM_BYTES = 4 << 20


def nbytes(value: Any) -> int:
    """Bytes of all arrays inside a figure, a mark or a container of them."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, dict):
        return sum(nbytes(item) for item in value.values())
    if isinstance(value, (tuple, list)):
        return sum(nbytes(item) for item in value)
    if is_dataclass(value):
        return sum(nbytes(getattr(value, item.name)) for item in fields(value))
    return 0


def keep_steps(steps: tuple[int, ...], *, frame_bytes: int, budget: int) -> tuple[int, ...]:
    """Choose steps that fit: always the first and the last, and the others evenly between them."""
    room = max(2, budget // max(1, frame_bytes))
    if len(steps) <= room:
        return steps
    chosen = np.unique(np.rint(np.linspace(0, len(steps) - 1, room)).astype(int))
    return tuple(steps[index] for index in chosen)

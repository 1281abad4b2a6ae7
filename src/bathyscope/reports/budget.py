"""How many steps of a picture fit on a page that can still be mailed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: At most this many bytes of numbers for one moving picture.
FILM_BYTES = 4 << 20


def own_bytes(value: Any, other: Any = None) -> int:
    """Bytes of the arrays inside a figure, a mark or a container that another does not hold too.

    A page keeps equal arrays once, such as the images of the same samples at every step.
    """
    shared = {_print(array) for array in _arrays(other)}
    return sum(array.nbytes for array in _arrays(value) if _print(array) not in shared)


def _arrays(value: Any) -> Iterator[NDArray[Any]]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _arrays(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _arrays(item)
    elif is_dataclass(value):
        for held in fields(value):
            yield from _arrays(getattr(value, held.name))


def _print(array: NDArray[Any]) -> tuple[str, tuple[int, ...], bytes]:
    """Tell arrays apart by what they hold."""
    data = np.ascontiguousarray(array)
    held = data.tobytes() if data.dtype.kind != "O" else repr(data.tolist()).encode()
    return data.dtype.str, data.shape, hashlib.sha256(held).digest()


def keep_steps(steps: tuple[int, ...], *, frame_bytes: int, budget: int) -> tuple[int, ...]:
    """Choose steps that fit: always the first and the last, and the others evenly between them."""
    room = max(2, budget // max(1, frame_bytes))
    if len(steps) <= room:
        return steps
    chosen = np.unique(np.rint(np.linspace(0, len(steps) - 1, room)).astype(int))
    return tuple(steps[index] for index in chosen)

"""Room for large arrays."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LARGE = 1 << 22
#: Linux gives all pages in one go if asked; elsewhere they come one by one.
_AT_ONCE: int = getattr(mmap, "MAP_POPULATE", 0)


def empty(count: int, kind: type[np.generic]) -> NDArray[Any]:
    """Give an array of shape (count,), to be filled: what is in it means nothing.

    NumPy asks for huge pages where an array is large. On a virtual machine whose memory is given
    back to the host when it is free, a huge page has to be fetched from there as a rule, and then
    takes ten times as long as 512 small ones, which are those that were used last. So here these
    are asked for, all at once, which halves what they cost.
    """
    size = count * np.dtype(kind).itemsize
    if size < _LARGE or not _AT_ONCE:
        return np.empty(count, kind)
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _AT_ONCE
    try:
        return np.frombuffer(mmap.mmap(-1, size, flags=flags), kind)
    except OSError:  # as where memory is limited
        return np.empty(count, kind)

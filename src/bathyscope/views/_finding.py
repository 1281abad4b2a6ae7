"""Which values hold a text, as they are written: what a search among samples looks for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: No number is written with another sign: 1e-05, nan, -inf.
_OF_NUMBERS = frozenset("0123456789.+-einfa")


def holding(values: NDArray[Any], wanted: str) -> NDArray[np.bool_]:
    """Tell which values hold a text.

    Parameters
    ----------
    values : array, shape (n,)
    wanted : str
        In lower case; values may be in any.
    """
    if values.dtype.kind in "iuf" and not _OF_NUMBERS.issuperset(wanted):
        return np.zeros(len(values), dtype=np.bool_)
    if values.dtype.kind in "iu" and values.min(initial=0) >= 0:
        return _with_digits(values, wanted)
    texts = values if values.dtype.kind in "OU" else values.astype(np.str_)
    found = (wanted in str(text).lower() for text in texts.tolist())
    return np.fromiter(found, np.bool_, len(values))


def _with_digits(values: NDArray[Any], wanted: str) -> NDArray[np.bool_]:
    """Tell which whole numbers from 0 have these digits in a row, without writing the numbers."""
    found = np.zeros(len(values), dtype=np.bool_)
    if not wanted.isdigit():
        return found
    size = 10 ** len(wanted)
    if size > np.iinfo(values.dtype).max:  # none has more digits: only the whole number can be it
        return values.astype(np.str_) == wanted
    # Zeros in front are written only after another digit, but for the number 0.
    least = size if wanted.startswith("0") else 0
    if wanted == "0":
        found |= values == 0
    left = values
    while left.any():
        found |= (left % size == int(wanted)) & (left >= least)
        left = left // 10
    return found

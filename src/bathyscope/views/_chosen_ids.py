"""Some samples out of many, written as the page writes a selection: `3-7.12.~name`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

_RANGE = re.compile(r"(-?\d+)(?:-(\d+))?")


def among_chosen(sample: NDArray[Any], text: str) -> NDArray[np.bool_]:
    """Tell which ids are among those a text lists.

    Parameters
    ----------
    sample : array, shape (n,)
        Ids, numbers or text.
    text : str
        Numbers and ranges of numbers, texts after a tilde; with points between them.

    Raises
    ------
    ValueError
        If the text is not so.
    """
    found = np.zeros(len(sample), dtype=bool)
    is_number = sample.dtype.kind in "iu"
    names: list[str] = []
    for part in text.split("."):
        if part.startswith("~"):
            names.append(unquote(part[1:]))
            continue
        ends = _RANGE.fullmatch(part)
        if ends is None:
            raise ValueError(
                f"`only` must list ids of samples such as `3-7.12.~name`; got {part[:60]!r}."
            )
        if is_number:
            first, last = int(ends[1]), int(ends[2] or ends[1])
            found |= (sample >= first) & (sample <= last)
    if names and not is_number:
        found |= np.isin(sample.astype(np.str_), names)
    return found

"""Which samples are shown, and what they are called."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope._errors import unknown_name


def sample_ids(sample: ArrayLike | None, count: int) -> NDArray[Any]:
    """Give the ids of samples, by default their positions.

    Raises
    ------
    ValueError
        If there is not exactly one per sample.
    """
    if sample is None:
        return np.arange(count)
    ids = np.asarray(sample)
    if ids.shape != (count,):
        raise ValueError(f"`sample` must hold one id per sample ({count}); got shape {ids.shape}.")
    return ids


def pick(ids: NDArray[Any], wanted: Any, limit: int) -> NDArray[np.int64]:
    """Find the positions of the samples asked for, or of the first few.

    Parameters
    ----------
    ids : array, shape (n_samples,)
    wanted : id, sequence of ids, or None
    limit : int
        How many to take where none is asked for.

    Raises
    ------
    UnknownName
        If a sample is not there.
    """
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    if wanted is None:
        return np.arange(min(limit, len(ids)))
    asked = [wanted] if np.ndim(wanted) == 0 else list(wanted)
    if not asked:
        raise ValueError("`sample` must name at least one sample; got none.")
    place = {value: index for index, value in enumerate(ids.tolist())}
    missing = [item for item in asked if _plain(item) not in place]
    if missing:
        raise unknown_name("sample", str(missing[0]), [str(value) for value in place])
    return np.array([place[_plain(item)] for item in asked], dtype=np.int64)


def _plain(item: Any) -> Any:
    """Give a NumPy scalar as Python's own, so that it can be looked up."""
    return item.item() if isinstance(item, np.generic) else item

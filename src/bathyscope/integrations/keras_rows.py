"""Many tensors as the rows of one table, so that few kernels compute something of each of them.

A compiler that is given a computation for each tensor apart takes longer for them than for the
whole training step (`benchmarks/compiling.py`). So tensors are laid side by side, each from the
beginning of a row on. That copies them, and so such a table is bounded; a tensor that is too large
for one is a row of its own, where it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

#: Typed loosely: each back end has tensors of its own.
ops: Any = keras.ops
#: Numbers in a row of a table of several tensors.
WIDTH = 256
#: Numbers in such a table: so many, or this share of all numbers if that is more.
MANY = 2**23
_SHARE = 1 / 8
#: A tensor that holds more than this share of all numbers is not copied: there are few of them.
_LARGE = 1 / 4


class Rows:
    """Tensors as rows. What is left of a tensor's last row is filled with zeros.

    Parameters
    ----------
    tensors : sequence of tensor, shape (n_numbers,)
        Of one type. A single one is one row.

    Attributes
    ----------
    values : tensor, shape (n_rows, width)
    owner : array of int, shape (n_rows,)
        The place of the tensor that a row is of.
    sizes, padding : array of int, shape (n_tensors,)
        Numbers of each tensor, and zeros that are none of them.
    """

    def __init__(self, tensors: Sequence[Any]) -> None:
        self.sizes = np.array([tensor.shape[0] for tensor in tensors])
        self._width = WIDTH if len(tensors) > 1 else max(int(self.sizes[0]), 1)
        n_rows = np.maximum(-(-self.sizes // self._width), 1)
        self.padding = n_rows * self._width - self.sizes
        self.owner = np.repeat(np.arange(len(tensors)), n_rows).astype("int32")
        self._filled = np.full(len(self.owner), self._width, dtype="int32")
        self._filled[np.cumsum(n_rows) - 1] -= self.padding.astype("int32")
        self.values = ops.reshape(self._side_by_side(tensors), (-1, self._width))

    def _side_by_side(self, tensors: Sequence[Any]) -> Any:
        parts: list[Any] = []
        for tensor, padding in zip(tensors, self.padding.tolist(), strict=True):
            parts += [tensor, ops.zeros((padding,), dtype=tensor.dtype)] if padding else [tensor]
        return ops.concatenate(parts) if len(parts) > 1 else parts[0]

    def where_filled(self, values: Any, otherwise: Any) -> Any:
        """Take values of shape (n_rows, width), but another where no tensor's number is."""
        if not self.padding.any():
            return values
        is_filled = ops.arange(self._width, dtype="int32")[None] < self._filled[:, None]
        return ops.where(is_filled, values, ops.cast(otherwise, values.dtype))

    def each(self, values: Any) -> Any:
        """Give each row what belongs to its tensor: from shape (n_tensors,) to (n_rows, 1)."""
        return ops.take(values, self.owner)[:, None]

    def total(self, values: Any) -> Any:
        """Add up values of shape (n_rows, width) for each tensor."""
        return self._by_owner(ops.segment_sum, ops.sum(values, axis=1))

    def highest(self, values: Any) -> Any:
        """Find the highest of values of shape (n_rows, width) for each tensor."""
        return self._by_owner(ops.segment_max, ops.max(values, axis=1))

    def _by_owner(self, reduce: Callable[..., Any], values: Any) -> Any:
        if len(self.owner) == 1:
            return values
        return reduce(values, self.owner, num_segments=len(self.sizes))


def over_rows(
    compute: Callable[..., tuple[Any, ...]], dtype: str, *lists: Sequence[Any]
) -> tuple[Any, ...]:
    """Compute something of each tensor.

    Parameters
    ----------
    compute : function
        Given `Rows` of some of the tensors of each list; returns tensors of shape (n_tensors, ...).
    dtype : str
        What tensors are converted to.
    *lists : sequence of tensor
        Of the same shapes, at least one in each.

    Returns
    -------
    tuple of tensor, shape (n_tensors, ...)
        In the order of the lists.
    """
    flat = [[_flat(tensor, dtype) for tensor in tensors] for tensors in lists]
    groups = groups_of([tensor.shape[0] for tensor in flat[0]])
    found = [
        compute(*(Rows([tensors[place] for place in group]) for tensors in flat))
        for group in groups
    ]
    order = np.argsort(np.concatenate(groups)).astype("int32")
    return tuple(
        ops.take(ops.concatenate(parts), order, axis=0) for parts in zip(*found, strict=True)
    )


def groups_of(sizes: Sequence[int]) -> list[list[int]]:
    """Divide tensors into those that become one table each.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of each.

    Returns
    -------
    list of list of int
        Places.
    """
    if keras.distribution.distribution() is not None:
        # To lie side by side, tensors spread over devices would have to be sent about.
        return [[place] for place in range(len(sizes))]
    total = sum(sizes)
    at_most = max(MANY, int(total * _SHARE))
    groups: list[list[int]] = []
    current: list[int] = []
    used = 0
    for place, size in enumerate(sizes):
        takes = -(-size // WIDTH) * WIDTH
        if takes > at_most or size > total * _LARGE:
            groups.append([place])
            continue
        if current and used + takes > at_most:
            groups.append(current)
            current, used = [], 0
        current.append(place)
        used += takes
    return [*groups, current] if current else groups


def _flat(tensor: Any, dtype: str) -> Any:
    return ops.reshape(ops.cast(ops.convert_to_tensor(tensor, sparse=False), dtype), (-1,))

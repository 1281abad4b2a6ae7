"""Colour points by a column: classes, truth values or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.figures import Categories, ColorScale, Continuous
from bathyscope.views._words import count_text

Color = Categories | Continuous | None

#: More distinct whole numbers than this are a quantity, unless class names say otherwise.
_MOST_CLASSES = 50


def coloring(
    values: ArrayLike, *, label: str, classes: Sequence[Any] | None = None
) -> Categories | Continuous:
    """Choose colours for a column.

    Parameters
    ----------
    values : array, shape (n_samples,)
        Text, truth values and whole numbers are classes; other numbers are a quantity.
    label : str
        What the column is.
    classes : sequence of str, optional
        Names that whole numbers index into; -1 means none.

    Raises
    ------
    ValueError
        If the column is not one-dimensional, or a number has no name in ``classes``.
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"`color` must have shape (n_samples,); got {array.shape}.")
    if array.dtype.kind == "b":
        return Categories(array.astype(np.int64), ("no", "yes"), label)
    if array.dtype.kind in "OUS":
        texts, codes = np.unique(array.astype(np.str_), return_inverse=True)
        return Categories(codes, tuple(texts.tolist()), label)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"`color` must hold text or numbers; got dtype {array.dtype}.")
    if classes is not None and array.dtype.kind in "iu":
        return _named(array, tuple(str(name) for name in classes), label)
    distinct = np.unique(array) if array.dtype.kind in "iu" else array
    if array.dtype.kind in "iu" and len(distinct) <= _MOST_CLASSES:
        codes = np.searchsorted(distinct, array)
        return Categories(codes, tuple(str(number) for number in distinct), label)
    numbers = array.astype(np.float64)
    are_whole = array.dtype.kind in "iu"
    return Continuous(numbers, ColorScale.fit(numbers, label=label, integers=are_whole))


def _named(array: NDArray[Any], names: tuple[str, ...], label: str) -> Categories:
    if array.size and (array.min() < -1 or array.max() >= len(names)):
        raise ValueError(
            f"`color` must lie in 0 .. {len(names) - 1} ({count_text(len(names), 'class name')}), "
            f"or be -1; got {array.min()} .. {array.max()}."
        )
    return Categories(array.astype(np.int64), names, label)


def taken(color: Color, at: NDArray[Any]) -> Color:
    """Give the colours of some of the points."""
    if color is None:
        return None
    if isinstance(color, Categories):
        return Categories(color.codes[at], color.names, color.label)
    return Continuous(color.values[at], color.scale)


def column_of(color: Color) -> dict[str, NDArray[Any]]:
    """Give the coloured column back, with class names for codes."""
    if color is None:
        return {}
    if isinstance(color, Categories):
        return {color.label or "color": np.array([*color.names, ""])[color.codes]}
    return {color.scale.label or "color": color.values}

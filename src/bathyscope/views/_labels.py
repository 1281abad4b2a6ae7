"""Labels as codes: class names, class numbers or one-hot rows become indices into one list."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Codes = NDArray[np.int64]


def encode_labels(
    labels: Mapping[str, ArrayLike], classes: Sequence[Any] | None = None
) -> tuple[dict[str, Codes], tuple[str, ...]]:
    """Turn labels into indices of one list of classes.

    Parameters
    ----------
    labels : mapping of str to array, shape (n_samples,), or one-hot (n_samples, n_classes)
        Names are those of the caller's arguments, for error messages.
    classes : sequence, optional
        Names of the classes: labels that are whole numbers index into it. If it holds
        numbers, labels are looked up in it instead. By default the labels that occur, sorted.

    Returns
    -------
    codes : dict of str to array of int64, shape (n_samples,)
    names : tuple of str

    Raises
    ------
    ValueError
        If a label is missing (NaN), is not one of the classes, or lengths differ.
    """
    clean = {name: _clean(name, values) for name, values in labels.items()}
    _check_lengths(clean)
    kinds = {name: values.dtype.kind == "U" for name, values in clean.items()}
    if len(set(kinds.values())) > 1:
        told = ", ".join(f"`{n}` holds {'text' if k else 'numbers'}" for n, k in kinds.items())
        raise ValueError(f"Labels must be all text or all whole numbers; {told}.")
    if classes is None:
        values = np.unique(np.concatenate(list(clean.values())))
        return {n: _look_up(n, v, values) for n, v in clean.items()}, _names(values)
    return _encode_given(clean, list(classes))


def _encode_given(
    clean: Mapping[str, NDArray[Any]], classes: list[Any]
) -> tuple[dict[str, Codes], tuple[str, ...]]:
    names = _names(classes)
    if len(set(names)) != len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"`classes` must be distinct; got {repeated!r} more than once.")
    if not names:
        raise ValueError("`classes` must hold at least one class; got none.")
    numbers = all(isinstance(c, (int, np.integer)) and not isinstance(c, bool) for c in classes)
    codes: dict[str, Codes] = {}
    for name, values in clean.items():
        if values.dtype.kind == "U":
            codes[name] = _look_up(name, values, np.array(names))
        elif numbers:
            codes[name] = _look_up(name, values, np.array(classes, dtype=np.int64))
        else:
            codes[name] = _index(name, values, len(names))
    return codes, names


def _names(classes: Sequence[Any] | NDArray[Any]) -> tuple[str, ...]:
    return tuple(str(item) for item in classes)


def _clean(name: str, values: ArrayLike) -> NDArray[Any]:
    """Give labels as one-dimensional int64 or text."""
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2:
        array = _from_one_hot(name, array)
    if array.ndim != 1:
        raise ValueError(
            f"`{name}` must have shape (n_samples,), or one-hot rows; got {array.shape}."
        )
    if not array.size:
        raise ValueError(f"`{name}` must hold at least one label; got an empty array.")
    if array.dtype.kind == "O":
        array = _from_objects(name, array)
    if array.dtype.kind in "US":
        return array.astype(np.str_)
    if array.dtype.kind in "biu":
        return array.astype(np.int64)
    return _from_floats(name, array)


def _from_objects(name: str, array: NDArray[Any]) -> NDArray[Any]:
    items = array.tolist()
    if all(isinstance(item, str) for item in items):
        return array.astype(np.str_)
    missing = [i for i, item in enumerate(items) if _is_missing(item)]
    if missing:
        raise ValueError(
            f"`{name}` must hold a label for every sample; {len(missing)} are missing, "
            f"the first at position {missing[0]}. Leave these samples out."
        )
    if any(isinstance(item, str) for item in items):
        raise ValueError(f"`{name}` must be all text or all whole numbers; got both.")
    return np.array(items)


def _is_missing(item: Any) -> bool:
    return item is None or (isinstance(item, float) and math.isnan(item))


def _from_floats(name: str, array: NDArray[Any]) -> NDArray[np.int64]:
    if array.dtype.kind != "f":
        raise ValueError(f"`{name}` must hold text or whole numbers; got dtype {array.dtype}.")
    missing = np.flatnonzero(~np.isfinite(array))
    if missing.size:
        raise ValueError(
            f"`{name}` must hold a label for every sample; {missing.size} are NaN or infinite, "
            f"the first at position {missing[0]}. Leave these samples out."
        )
    whole = array.astype(np.int64)
    if not np.array_equal(whole, array):
        odd = array[whole != array][0]
        raise ValueError(
            f"`{name}` must hold whole numbers or names; got {odd}. "
            "For class scores take their argmax first."
        )
    return whole


def _from_one_hot(name: str, array: NDArray[Any]) -> NDArray[np.int64]:
    one_hot = np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all()
    if array.dtype.kind not in "biuf" or not one_hot:
        raise ValueError(
            f"`{name}` must have shape (n_samples,), or one-hot rows; got shape {array.shape} "
            "with rows that are not one-hot. For class scores take their argmax first."
        )
    return array.argmax(axis=1).astype(np.int64)


def _look_up(name: str, labels: NDArray[Any], values: NDArray[Any]) -> Codes:
    order = np.argsort(values, kind="stable")
    at = np.searchsorted(values[order], labels).clip(max=len(values) - 1)
    codes = order[at].astype(np.int64)
    unknown = np.flatnonzero(values[codes] != labels)
    if unknown.size:
        raise _outside(name, labels[unknown[0]], _names(values))
    return codes


def _index(name: str, labels: NDArray[Any], n_classes: int) -> Codes:
    unknown = np.flatnonzero((labels < 0) | (labels >= n_classes))
    if unknown.size:
        raise ValueError(
            f"`{name}` must lie in 0 .. {n_classes - 1} (`classes` has {n_classes} names); "
            f"got {labels[unknown[0]]}."
        )
    return labels.astype(np.int64)


def _outside(name: str, label: Any, names: tuple[str, ...]) -> ValueError:
    listing = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return ValueError(f"`{name}` must hold only the classes {listing}; got {str(label)!r}.")


def _check_lengths(columns: Mapping[str, NDArray[Any]]) -> None:
    if len({len(values) for values in columns.values()}) > 1:
        told = ", ".join(f"{name}: {len(values)}" for name, values in columns.items())
        raise ValueError(f"Labels must have one entry per sample; got {told}.")

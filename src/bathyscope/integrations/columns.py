"""Columns of data frames, and of what else a caller hands over as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bathyscope.integrations.values import array_from


def is_frame(value: Any) -> bool:
    """Say whether something is a data frame, of pandas or polars."""
    return hasattr(value, "columns") and not isinstance(value, Mapping)


def table_from(given: Any) -> Mapping[str, Any]:
    """Give the columns of a data frame, of rows, or of a mapping, which stays as it is.

    Parameters
    ----------
    given : data frame, sequence of mappings, or mapping of str to sequence
        What a row lacks is missing.
    """
    if is_frame(given):
        return columns_of_frame(given, name="columns")
    if isinstance(given, Mapping):
        return cast(Mapping[str, Any], given)
    rows = cast(Sequence[Any], given if isinstance(given, (list, tuple)) else ())
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        raise TypeError(
            "`columns` must be a mapping of names to columns, a data frame, or a list of rows that "
            f"are mappings; got {type(given).__name__}."
        )
    named = dict.fromkeys(name for row in rows for name in row)
    return {
        str(name): column_from([row.get(name) for row in rows], name=f"columns[{name!r}]")
        for name in named
    }


def columns_of_frame(frame: Any, *, name: str) -> dict[str, NDArray[Any]]:
    """Turn the columns of a data frame into arrays that a table can hold.

    Parameters
    ----------
    frame : data frame
    name : str
        What it is called, for errors.
    """
    return {
        str(column): column_from(frame[column], name=f"{name}[{str(column)!r}]")
        for column in frame.columns
    }


def column_from(values: Any, *, name: str) -> NDArray[Any]:
    """Turn a column into numbers, booleans or texts.

    What is neither becomes text: dates, and of a data frame lists and things of several kinds. A
    missing number is NaN, and anything else that is missing the empty text.

    Parameters
    ----------
    values : sequence, array, tensor, or column of a data frame
    name : str
        What it is called, for errors.
    """
    held = values.to_numpy() if hasattr(values, "to_numpy") else values
    if isinstance(held, (list, tuple)) and any(value is None for value in cast(Any, held)):
        held = np.array(held, dtype=object)
    if not isinstance(held, np.ndarray) or held.ndim != 1 or held.dtype.kind not in "OmM":
        return array_from(values, name=name)
    array = cast(NDArray[Any], held)
    if array.dtype.kind == "M":
        texts = np.datetime_as_string(array, unit="auto")
        return np.where(np.isnat(array), "", texts)
    if array.dtype.kind == "m":
        array = array.astype("timedelta64[us]").astype(object)  # in words of Python: 1:30:00
    return _of_objects(array)


def _of_objects(values: NDArray[np.object_]) -> NDArray[Any]:
    missing = np.array([_is_missing(value) for value in values], dtype=bool)
    numbers = (int, float, np.integer, np.floating)
    there = values[~missing]
    if len(there) and all(isinstance(v, numbers) and not isinstance(v, bool) for v in there):
        return np.where(missing, np.nan, values).astype(np.float64)
    texts = ["" if lacks else str(value) for value, lacks in zip(values, missing, strict=True)]
    return np.array(texts, dtype=np.str_)


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):  # pandas' own
        return True
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))

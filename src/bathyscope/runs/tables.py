"""Tables: named columns of equal length, one immutable Parquet file per step and call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs import parquet
from bathyscope.runs.checks import check_parquet
from bathyscope.runs.files import publish
from bathyscope.runs.layout import Part
from bathyscope.runs.naming import check_name, make_named_folder
from bathyscope.runs.sharded import Shard, check_shard, join_tables, stem_of

_KINDS = "biuf"


def write_table(
    folder: Path, name: str, columns: Mapping[str, Any], stem: str, *, shard: Shard | None = None
) -> Path:
    """Write a table, or this rank's shard of it, into the folder of its name."""
    checked = check_columns(name, columns)
    if shard is not None:
        check_shard(shard, {})
        join_tables([checked])  # refuses what could not be put together
    place = make_named_folder(folder, name)
    return publish(
        place,
        stem_of(stem, shard),
        ".parquet",
        lambda path: parquet.write_columns(path, checked),
    )


def read_table(part: Part) -> dict[str, NDArray[Any]]:
    """Read a table.

    Raises
    ------
    DamagedFile
        If its bytes are not those that were written.
    """
    check_parquet(part)
    return parquet.read_columns(part.path)


def check_columns(name: str, columns: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Give the columns as arrays that Parquet can hold, or say why not."""
    check_name(name, what="The name of a table")
    if not columns:
        raise ValueError(f"Table `{name}` must have at least one column; got none.")
    _check_column_names(name, columns)
    checked = {
        column: _column(values, what=f"Column `{column}` of table `{name}`")
        for column, values in columns.items()
    }
    lengths = {column: len(values) for column, values in checked.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"The columns of table `{name}` must be of equal length; got "
            + ", ".join(f"`{column}`: {length}" for column, length in lengths.items())
            + "."
        )
    return checked


def _check_column_names(table: str, columns: Mapping[str, Any]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        check_name(column, what=f"The name of a column of table `{table}`")
        if "\0" in column:
            raise ValueError(
                f"The name of a column of table `{table}` must not hold a NUL; got {column!r}."
            )
        other = seen.setdefault(column.lower(), column)
        if other != column:
            # SQL does not tell them apart.
            raise ValueError(
                f"The columns of table `{table}` must differ in more than upper and lower case; "
                f"got `{other}` and `{column}`. Rename one."
            )


def _column(values: Any, *, what: str) -> NDArray[Any]:
    array = values if isinstance(values, np.ndarray) else _array(values, what)
    if array.ndim != 1:
        raise ValueError(
            f"{what} must be one-dimensional; got shape {array.shape}. "
            "Give each part its own column, or use `log_arrays`."
        )
    if array.dtype.kind in "OUT":
        return _texts(array, what)
    if array.dtype.kind in _KINDS and array.dtype.itemsize <= 8:
        return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    raise TypeError(
        f"{what} must hold numbers, booleans or text; got {array.dtype}. Convert it first."
    )


def _array(values: Any, what: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{what} must be one-dimensional; got a ragged list ({error}).") from error
    # Among texts, NumPy would turn numbers into text without a word.
    return np.asarray(values, dtype=object) if array.dtype.kind in "US" else array


def _texts(array: NDArray[Any], what: str) -> NDArray[Any]:
    texts = array.astype(object)
    if not all(isinstance(text, str) for text in texts):
        kinds = sorted({type(one).__name__ for one in texts})
        raise TypeError(
            f"{what} must hold only text, only booleans, or only numbers of at most 64 bits; "
            f"got an object column of {', '.join(kinds)}. Convert every value; use NaN for a "
            "missing number."
        )
    for index, text in enumerate(texts):
        check_text(text, what=f"{what}, row {index},")
    return texts


def check_text(text: str, *, what: str) -> None:
    """Refuse text that no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{what} must be valid Unicode; got {text!r}, which holds half of a surrogate pair."
        ) from None

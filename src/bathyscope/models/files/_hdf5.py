"""HDF5 groups and datasets, read without following anything out of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import UnsafeFile
from bathyscope._optional import require
from bathyscope.models.files._bfloat16 import widened
from bathyscope.models.files._names import natural_order


def opened(source: Path | BinaryIO, name: str) -> Any:
    """Open an HDF5 file to read it."""
    h5py = require("h5py", extra="hdf5", caller=f"load({name!r})")
    try:
        return h5py.File(source, "r")
    except OSError as error:
        raise ValueError(
            f"`{name}` must be an HDF5 file; it cannot be read as one: {error}."
        ) from error


def members(group: Any) -> dict[str, Any]:
    """Groups and datasets in a group, ``10`` after ``2``; links out of it are refused."""
    h5py = require("h5py", extra="hdf5", caller="load")
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise UnsafeFile(
                f"`{group.name}/{name}` must lie in the file itself; it is a link to elsewhere."
            )
    return {name: group[name] for name in sorted(group, key=natural_order)}


def is_group(member: Any) -> bool:
    """Whether a member is a group, not a dataset."""
    return hasattr(member, "keys")


def array_from(dataset: Any) -> NDArray[Any]:
    """Read a dataset; Keras keeps bfloat16 as two raw bytes."""
    if dataset.external:
        raise UnsafeFile(
            f"`{dataset.name}` must lie in the file itself; its data is in another file."
        )
    array = np.asarray(dataset[()])
    return widened(array.view(np.uint16)) if _is_bfloat16(dataset) else array


def dtype_of(dataset: Any) -> str:
    """NumPy's name of the dataset's type, or ``"bfloat16"``."""
    return "bfloat16" if _is_bfloat16(dataset) else dataset.dtype.name


def text_list(group: Any, attribute: str) -> list[str]:
    """Read an attribute that lists names; long ones are cut in parts numbered from 0."""
    parts = [key for key in group.attrs if key.rstrip("0123456789") == attribute]
    values = [value for key in sorted(parts, key=natural_order) for value in group.attrs[key]]
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def reader(
    source: Callable[[], Path | BinaryIO], name: str, places: dict[str, str]
) -> Callable[[Sequence[str]], dict[str, NDArray[Any]]]:
    """Make a function that reads arrays by name, from where they are in the file."""

    def read(names: Sequence[str]) -> dict[str, NDArray[Any]]:
        with opened(source(), name) as file:
            return {wanted: array_from(file[places[wanted]]) for wanted in names}

    return read


def _is_bfloat16(dataset: Any) -> bool:
    return dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2

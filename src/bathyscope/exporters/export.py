"""Writes a run into a new folder, in the format that is asked for.

A format is one file of this package with ``write(run, folder)``. What all formats but
TensorBoard's have in common, `contents` writes.
"""

from __future__ import annotations

import importlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from bathyscope._errors import RunError

#: Name of a format -> the file of this package that writes it.
FORMATS = {
    "csv": "csv_files",
    "parquet": "parquet_files",
    "json": "json_files",
    "tensorboard": "tensorboard",
}


def export(run: Any, folder: str | os.PathLike[str], form: str) -> Path:
    """Write a run into a new folder.

    Parameters
    ----------
    run : Run
        One of ours, or another tool's that was opened.
    folder : str or path
        Where the files go. It appears when all of them are written.
    form : {"csv", "parquet", "json", "tensorboard"}

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ValueError
        If there is no such format.
    RunError
        If the folder is there already, or the disk refuses.

    Examples
    --------
    >>> export(bs.open("runs/a"), "a-as-csv", "csv")  # doctest: +SKIP
    """
    if form not in FORMATS:
        raise ValueError(f"`form` must be one of {', '.join(FORMATS)}; got {form!r}.")
    place = Path(os.path.abspath(folder))  # noqa: PTH100 (links are kept as they are)
    if place.exists():
        raise RunError(
            f"`{place}` must not exist yet to be exported into. Choose another folder, "
            "or remove it."
        )
    # Written beside its place under a hidden name, so that no half of it is taken for all.
    hidden = place.with_name(f".{place.name}-{secrets.token_hex(4)}.tmp")
    writer = importlib.import_module(f"bathyscope.exporters.{FORMATS[form]}")
    try:
        hidden.mkdir(parents=True)
        writer.write(run, hidden)
        hidden.rename(place)
    except OSError as error:
        raise RunError(
            f"`{place}` must be writable to be exported into; {error.strerror or error}. "
            "Choose another folder."
        ) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return place

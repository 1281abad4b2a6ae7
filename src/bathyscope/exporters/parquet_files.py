"""Parquet: every column in its own type, NaN apart from what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope.exporters.contents import (
    Columns,
    file_of_table,
    no_scalars,
    scalar_columns,
    table_columns,
    write_common,
)
from bathyscope.runs.parquet import join_files, write_columns


def write(run: Any, folder: Path) -> None:
    """Write a run's files into a folder that is there and empty."""
    write_common(run, folder)
    pieces = [no_scalars(), *scalar_columns(run)]
    scalars = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    write_columns(folder / "scalars.parquet", scalars)
    for name in run.table_names():
        if parts := table_columns(run, name):
            write_parts(file_of_table(folder, name, ".parquet"), parts)


def write_parts(path: Path, parts: Iterable[Columns]) -> None:
    """Write columns one part below the other; what a part lacks is missing (NULL)."""
    pieces = path.with_name(f".{path.name}.parts")
    pieces.mkdir()
    files: list[Path] = []
    for number, part in enumerate(parts):
        files.append(pieces / f"{number}.parquet")
        write_columns(files[-1], part)
    join_files(files, path)
    shutil.rmtree(pieces)

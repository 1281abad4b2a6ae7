"""JSON: lists of rows, each an object; see `contents.NOT_FINITE` for NaN and the infinities."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bathyscope.exporters.contents import (
    NOT_FINITE,
    Columns,
    file_of_table,
    scalar_columns,
    table_columns,
    write_common,
)


def write(run: Any, folder: Path) -> None:
    """Write a run's files into a folder that is there and empty."""
    write_common(run, folder)
    write_rows(folder / "scalars.json", scalar_columns(run))
    for name in run.table_names():
        if parts := table_columns(run, name):
            write_rows(file_of_table(folder, name, ".json"), parts)


def write_rows(path: Path, parts: Iterable[Columns]) -> None:
    """Write columns one part below the other, a row a line."""
    separator = "\n"
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write("[")
        for part in parts:
            names = list(part)
            for row in zip(*(_cells(column) for column in part.values()), strict=True):
                file.write(separator + json.dumps(dict(zip(names, row, strict=True))))
                separator = ",\n"
        file.write("\n]\n")


def _cells(column: Any) -> list[Any]:
    if column.dtype.kind != "f":
        return column.tolist()
    numbers = column.astype(float).tolist()
    return [one if math.isfinite(one) else NOT_FINITE[str(one)] for one in numbers]

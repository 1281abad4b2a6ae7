"""Comma-separated values: every digit that a number needs, NaN and the infinities as words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bathyscope.exporters.contents import (
    Columns,
    file_of_table,
    no_scalars,
    scalar_columns,
    table_columns,
    write_common,
)

_WORDS = {"nan": "NaN"}  # `inf` and `-inf` are read by all; of NaN, some know this spelling only


def write(run: Any, folder: Path) -> None:
    """Write a run's files into a folder that is there and empty."""
    write_common(run, folder)
    write_csv(folder / "scalars.csv", scalar_columns(run), header=list(no_scalars()))
    for name in run.table_names():
        parts = table_columns(run, name)
        header = list(dict.fromkeys(column for part in parts for column in part))
        if parts:
            write_csv(file_of_table(folder, name, ".csv"), parts, header=header)


def write_csv(path: Path, parts: Iterable[Columns], *, header: list[str]) -> None:
    """Write columns one part below the other; what a part lacks is left out."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(",".join(map(_quoted, header)) + "\n")
        for part in parts:
            missing = [""] * len(next(iter(part.values())))
            columns = [_cells(part[name]) if name in part else missing for name in header]
            file.writelines(",".join(row) + "\n" for row in zip(*columns, strict=True))


def _cells(column: Any) -> list[str]:
    """Give the cells of a column; Python writes the shortest digits that give a number back."""
    if column.dtype.kind == "f":
        return [_WORDS.get(text, text) for text in map(repr, column.astype(float).tolist())]
    if column.dtype.kind == "b":
        return ["true" if one else "false" for one in column.tolist()]
    if column.dtype.kind in "iu":
        return [str(one) for one in column.tolist()]
    return [_quoted(text) for text in column.tolist()]


def _quoted(text: str) -> str:
    """Quote what would end a cell; and no text at all, to tell it from what is missing."""
    # The csv module of Python 3.11 lets a lone carriage return through.
    if text and not any(mark in text for mark in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'

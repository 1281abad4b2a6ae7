"""Rows of comma-separated values, as training loops write them: line by line, perhaps cut off."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bathyscope._errors import DamagedFile, RunNotFound
from bathyscope.importers.log import Faults, Scalars, shortened
from bathyscope.importers.reading import head

_DELIMITERS = (",", ";", "\t")
_LARGEST = 2.0**62
#: How libraries write that there is no number.
_MISSING = ("", "NA")


@dataclass(frozen=True)
class Row:
    """One line: the cells that hold something, by column."""

    line: int
    cells: dict[str, str]


def header_of(path: Path) -> list[str]:
    """Give the first line's cells, by the delimiter that makes most of them; none if unreadable."""
    first = head(path).decode("utf-8-sig", errors="replace").splitlines()
    return _split(first[0])[0] if first else []


def _split(line: str) -> tuple[list[str], str]:
    delimiter = max(_DELIMITERS, key=line.count)
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return [], delimiter
    return [cell.strip() for cell in cells], delimiter


def read_rows(path: Path, faults: Faults) -> Iterator[Row]:
    """Give the rows of a file; lines that are none are told and skipped.

    Raises
    ------
    RunNotFound, DamagedFile
        If the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            header, delimiter = _split(file.readline())
            yield from _rows(csv.reader(_lines(file, faults), delimiter=delimiter), header, faults)
    except FileNotFoundError as error:
        raise RunNotFound(f"`{path}` must exist to be read; it does not.") from error
    except OSError as error:
        reason = error.strerror or error
        raise DamagedFile(f"`{path}` must be readable; the system says: {reason}.") from error


def _lines(file: Iterator[str], faults: Faults) -> Iterator[str]:
    line = "\n"
    for line in file:
        yield line
    if not line.endswith(("\n", "\r")):
        faults.add("the last line does not end: it is being written, or its last number is cut")


def _rows(reader: Iterator[list[str]], header: list[str], faults: Faults) -> Iterator[Row]:
    line = 1
    while True:
        line += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            faults.add(f"line {line} is no row ({error})")
            continue
        if cells is None:
            return
        stripped = [cell.strip() for cell in cells]
        if stripped == header or not any(stripped):  # a header again: another session began
            continue
        if len(cells) != len(header):
            faults.add(f"line {line} has {len(cells)} cells, the header {len(header)}")
            continue
        pairs = zip(header, stripped, strict=True)
        yield Row(line, {name: cell for name, cell in pairs if cell not in _MISSING})


def number(text: str) -> float:
    """Read a number as every reader of such files does.

    Raises
    ------
    ValueError
        If it is none.
    """
    if "_" in text:  # Python alone takes 1_000 for a number
        raise ValueError
    return float(text)


def whole(text: str) -> int:
    """Read a whole number of less than 63 bits, also one that is written as 12.0.

    Raises
    ------
    ValueError
        If it is none.
    """
    value = number(text)
    if not value.is_integer() or abs(value) >= _LARGEST:
        raise ValueError
    return int(text) if text.lstrip("+-").isdecimal() else int(value)


def add_cells(
    scalars: Scalars, row: Row, step: int, time: float, *, skip: tuple[str, ...], faults: Faults
) -> None:
    """Add a row's numbers; ``"[1.5, 2]"`` becomes one metric per number."""
    for name, text in row.cells.items():
        if name in skip:
            continue
        is_list = text.startswith(('"[', "[")) and text.endswith(("]", ']"'))
        parts = text.strip('"[]').replace(",", " ").split() if is_list else [text]
        for index, part in enumerate(parts):
            try:
                value = number(part)
                scalars.add(f"{name}/{index}" if is_list else name, step, value, time)
            except ValueError:
                faults.add(f"line {row.line}, column `{shortened(name)}`: "
                           f"`{shortened(part)}` is no number")  # fmt: skip

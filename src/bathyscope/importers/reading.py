"""Reading files of unknown making: nothing they say of themselves is trusted.

What is read is bounded by the size of the file: JSON takes at most `JSON_MULTIPLE` times its
bytes, whatever it holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bathyscope._errors import DamagedFile, RunNotFound
from bathyscope.importers.log import Faults, Scalars, shortened

#: Bytes of memory per byte of JSON, at most: empty objects are the worst.
JSON_MULTIPLE = 40


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises
    ------
    RunNotFound
        If it is not there.
    DamagedFile
        If the system cannot read it.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise RunNotFound(f"`{path}` must exist to be read; it does not.") from error
    except OSError as error:
        reason = error.strerror or error
        raise DamagedFile(f"`{path}` must be readable; the system says: {reason}.") from error


def read_json(path: Path) -> Any:
    """Read a JSON file; NaN and Infinity, as Python writes them, too.

    Raises
    ------
    DamagedFile
        If it is none.
    """
    try:
        return json_value(read_bytes(path))
    except ValueError as error:
        if isinstance(error, DamagedFile):
            raise
        raise DamagedFile(f"`{path}` must be whole JSON to be read; {error}.") from error


def json_value(data: bytes | str) -> Any:
    """Read JSON.

    Raises
    ------
    ValueError
        If it is none.
    """
    text = data.decode("utf-8-sig", errors="replace") if isinstance(data, bytes) else data
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def modified(path: Path) -> float:
    """Give when a file was written last, in seconds since 1970; 0 if nobody knows."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def size_of(path: Path) -> int:
    """Give how many bytes a file has; 0 if nobody knows."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def head(path: Path, size: int = 4096) -> bytes:
    """Give the first bytes of a file; none if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError:
        return b""


def begins_json(path: Path) -> bool:
    """Say whether a file may hold a JSON object."""
    return path.is_file() and head(path, 64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def is_number(value: Any) -> bool:
    """Say whether a value from JSON is a number that a float can hold; bool is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, float) or value.bit_length() < 1024


def add_points(
    scalars: Scalars,
    name: str,
    steps: Iterable[int],
    values: Iterable[Any],
    *,
    time: float,
    faults: Faults,
) -> None:
    """Add a list of numbers from JSON; a list in its place becomes one metric per number.

    None is no number and no fault: it is how libraries write that there is none.
    """
    for step, value in zip(steps, values, strict=True):
        is_list = isinstance(value, (list, tuple))
        parts: Iterable[Any] = value if is_list else [value]
        for index, part in enumerate(parts):
            given = part.item() if hasattr(part, "item") else part  # a number of NumPy's
            if given is None:
                continue
            if is_number(given):
                scalars.add(f"{name}/{index}" if is_list else name, step, float(given), time)
            else:
                kind = shortened(str(given))
                faults.add(f"`{shortened(name)}` at step {step}: `{kind}` is no number")

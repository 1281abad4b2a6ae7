"""Where the values of one run lie that are no single number: they are read when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile

Integers = NDArray[np.int64]


class Place(NamedTuple):
    """Bytes of a file."""

    path: Path
    start: int
    stop: int

    def read(self) -> bytes:
        """Read them.

        Raises
        ------
        DamagedFile
            If they are not there any more.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.start)
                found = file.read(self.stop - self.start)
        except OSError as error:
            raise _gone(self.path, str(error.strerror or error)) from error
        if len(found) < self.stop - self.start:
            raise _gone(self.path, "it has become shorter")
        return found


def _gone(path: Path, reason: str) -> DamagedFile:
    return DamagedFile(
        f"the event file `{path.name}` must stay as it is while it is shown; {reason}. "
        "Open the log again."
    )


class Payloads(Sequence[tuple[int, bytes]]):
    """Values as they were written, each with the number of the field that held it.

    Parameters
    ----------
    kinds : array of shape (n_items,), int64
    places : sequence of Place
    """

    def __init__(self, kinds: Integers, places: Sequence[Place]) -> None:
        self._kinds = kinds
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def kind(self, index: int) -> int:
        """Give the number of the field that holds a value."""
        return int(self._kinds[index])

    @overload
    def __getitem__(self, index: int) -> tuple[int, bytes]: ...
    @overload
    def __getitem__(self, index: slice) -> Payloads: ...
    def __getitem__(self, index: int | slice) -> tuple[int, bytes] | Payloads:
        if isinstance(index, slice):
            return Payloads(self._kinds[index], self._places[index])
        return int(self._kinds[index]), self._places[index].read()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # pyright: ignore[reportAssignmentType]


class Rows(NamedTuple):
    """Items in the order of their records: arrays of shape (n_items,).

    Parameters
    ----------
    keys : array of int64
        Number of the tag.
    kinds : array of int64
        Number of the field that holds each.
    records, steps : array of int64
    times : array of float64
    starts, stops : array of int64
        Where in its file each lies.
    """

    keys: Integers
    kinds: Integers
    records: Integers
    steps: Integers
    times: NDArray[np.float64]
    starts: Integers
    stops: Integers

    def take(self, which: Any) -> Rows:
        """Choose items."""
        chosen: list[NDArray[Any]] = [column[which] for column in self]
        return Rows(*chosen)


def empty_rows() -> Rows:
    """Give no items."""
    whole = np.empty(0, np.int64)
    return Rows(whole, whole, whole, whole, np.empty(0), whole, whole)


class ItemTable:
    """Items of all tags."""

    def __init__(self, rows: Rows | None = None) -> None:
        self._parts: list[Rows] = [] if rows is None else [rows]
        self._sorted: tuple[Rows, dict[int, slice]] | None = None

    def add(self, rows: Rows) -> None:
        """Add items."""
        if len(rows.keys):
            self._parts.append(rows)
            self._sorted = None

    def of(self, key: int) -> Rows:
        """Give the items of a tag, in the order of their records."""
        rows, places = self._by_key()
        return rows.take(places[key]) if key in places else empty_rows()

    def keys(self) -> list[int]:
        """Give the tags that have items."""
        return list(self._by_key()[1])

    def whole(self) -> Rows:
        """Give the items of all tags, tag by tag."""
        return self._by_key()[0]

    def _by_key(self) -> tuple[Rows, dict[int, slice]]:
        if self._sorted is None:
            parts = self._parts or [empty_rows()]
            columns: list[NDArray[Any]] = [np.concatenate(c) for c in zip(*parts, strict=True)]
            joined = Rows(*columns)
            rows = joined.take(np.lexsort((joined.records, joined.keys)))
            ends = np.append(np.flatnonzero(np.diff(rows.keys)) + 1, len(rows.keys)).tolist()
            starts = [0, *ends[:-1]]
            pairs = zip(starts, ends, strict=True)
            places = {int(rows.keys[a]): slice(a, b) for a, b in pairs if b > a}
            self._parts, self._sorted = [rows], (rows, places)
        return self._sorted

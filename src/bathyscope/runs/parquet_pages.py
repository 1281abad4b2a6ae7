"""Reads the points that `parquet_points` wrote, several times as fast as a general reader.

Its files have one page for each column of a group of rows, and nothing is missing in them. All
other files, and these where nothing was compiled, are DuckDB's to read.
"""

from __future__ import annotations

import contextlib
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Container, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs import parquet_points
from bathyscope.runs.footer import Footer
from bathyscope.runs.outline import Outline
from bathyscope.runs.outline_bytes import KEY, outlines_from_bytes
from bathyscope.runs.thrift import read_struct, read_varint

#: Columns of numbers, in the order of the file.
STEP, VALUE, TIME_US, RECORD = 1, 2, 3, 4
_KINDS = {STEP: np.int64, VALUE: np.float64, TIME_US: np.int64, RECORD: np.int64}
_METRIC = 0
_INT = struct.Struct("<q")


class _Page(NamedTuple):
    content: bytes
    size: int  # once it is decompressed
    values: int


class _Group(NamedTuple):
    """A group of rows, and what the footer says of its columns."""

    start: int
    stop: int
    columns: list[dict[int, Any]]


class PointsFile:
    """A file of points.

    Parameters
    ----------
    path : pathlib.Path
    footer : Footer

    Raises
    ------
    DamagedFile
        If its metadata or its names are not as they were written.
    """

    def __init__(self, path: Path, footer: Footer) -> None:
        self.path = path
        self._groups: list[_Group] = []
        try:
            start = 0
            for said in footer.groups:
                stop = start + said[3]
                self._groups.append(_Group(start, stop, [column[3] for column in said[1]]))
                start = stop
            #: How many rows each metric has, in the order of the file.
            self.counts = self._count()
            start, size = map(int, footer.texts.get(KEY, b"0 0").split())
            self._outlines = slice(start, start + size)
        except (ValueError, LookupError, TypeError, struct.error) as error:
            raise DamagedFile(f"it cannot be read ({error!r})") from error

    def _count(self) -> dict[str, int]:
        found: dict[str, int] = {}
        with self.path.open("rb") as file:
            for group in self._groups:
                rows = 0
                for name, count in _names(file, group):
                    found[name] = found.get(name, 0) + count
                    rows += count
                if rows != group.stop - group.start:
                    raise ValueError(f"{rows} rows have a metric, of {group.stop - group.start}")
        return found

    @contextlib.contextmanager
    def _open(self) -> Generator[BinaryIO]:
        """Open the file; name it if its pages are not those that its metadata describe."""
        try:
            with self.path.open("rb") as file:
                yield file
        except (ValueError, LookupError, TypeError) as error:
            raise DamagedFile(f"`{self.path}` must be whole to be read; {error!r}.") from error

    def pieces(self, columns: Sequence[int], rows: slice) -> Iterator[list[NDArray[Any]]]:
        """Give columns of some rows, group by group."""
        with self._open() as file:
            for group in self._groups:
                inside = slice(max(rows.start, group.start), min(rows.stop, group.stop))
                if inside.start < inside.stop:
                    here = slice(inside.start - group.start, inside.stop - group.start)
                    whole = (_read_numbers(file, group, column) for column in columns)
                    yield [column[here] for column in whole]

    def read_into(
        self, columns: Sequence[int], stretches: Sequence[slice], into: Sequence[NDArray[Any]]
    ) -> None:
        """Fill arrays with columns of some stretches of rows, one behind the other.

        Parameters
        ----------
        columns : sequence of int
        stretches : sequence of slice
            Ascending; no row is in two of them.
        into : sequence of array
            One for each column, of as many rows as there are in the stretches.
        """
        starts, stops = [one.start for one in stretches], [one.stop for one in stretches]
        places = [0, *np.cumsum([one.stop - one.start for one in stretches]).tolist()]
        with self._open() as file:
            for group in self._groups:
                here = range(bisect_right(stops, group.start), bisect_left(starts, group.stop))
                copies = [_copy(group, stretches[k], places[k]) for k in here]
                if not copies:
                    continue
                is_whole = copies[0][0] == slice(0, group.stop - group.start)
                for column, array in zip(columns, into, strict=True):
                    if is_whole:
                        _read_numbers(file, group, column, array[copies[0][1]])
                        continue
                    numbers = _read_numbers(file, group, column)
                    for inside, place in copies:
                        array[place] = numbers[inside]

    def end_pieces(
        self, known: Container[str]
    ) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float64]]]:
        """Give steps and values where metrics begin and end, and which row each piece begins with.

        A group of rows amid a metric is left out, unless the metric's first step goes on in it;
        so is one that holds nothing but metrics whose ends are known.
        """
        is_known = np.array([name in known for name in self.counts])
        counts = np.array([*self.counts.values()], np.int64)
        ends = np.cumsum(counts)
        starts = ends - counts
        last_step: int | None = None
        with self._open() as file:
            for group in self._groups:
                bounds = [group.start, group.stop - 1]
                metric, last = np.searchsorted(ends, bounds, "right").tolist()
                is_amid = starts[metric] < group.start and group.stop < ends[metric]
                least, _ = _ends(group, STEP)
                goes_on = least in (None, last_step)
                if is_known[metric : last + 1].all() or (is_amid and not goes_on):
                    last_step = None
                    continue
                steps = _read_numbers(file, group, STEP)
                last_step = int(steps[-1])
                yield group.start, steps, _read_numbers(file, group, VALUE)

    def last_record(self) -> int | None:
        """Give the latest record, without reading any; None if the metadata do not say it."""
        latest = [_ends(group, RECORD)[1] for group in self._groups]
        known = [record for record in latest if record is not None]
        return max(known) if known and len(known) == len(latest) else None

    def outlines(self) -> dict[str, Outline]:
        """Read what stands out of the long metrics; empty if that was not written.

        Raises
        ------
        DamagedFile
            If it is not as it was written.
        """
        place = self._outlines
        if place.start == place.stop:
            return {}
        with self.path.open("rb") as file:
            file.seek(max(0, place.start))
            data = file.read(max(0, place.stop - place.start))
        names = [*self.counts]
        found = outlines_from_bytes(data, [*self.counts.values()])
        return {names[place]: outline for place, outline in found.items()}


def open_points(path: Path, footer: Footer) -> PointsFile | None:
    """Open a file of points that was written by ourselves; None where DuckDB is to read it."""
    if parquet_points.COMPILED is None or footer.written_by != parquet_points.WRITTEN_BY:
        return None
    return PointsFile(path, footer)


def _copy(group: _Group, rows: slice, place: int) -> tuple[slice, slice]:
    """Give which rows of a group are among some, and where these go whose first has a place."""
    start, stop = max(rows.start, group.start), min(rows.stop, group.stop)
    shift = place - rows.start
    return slice(start - group.start, stop - group.start), slice(start + shift, stop + shift)


def _ends(group: _Group, column: int) -> tuple[int | None, int | None]:
    """Give the least and the greatest number of a column, if the metadata say them."""
    said = group.columns[column].get(12)
    if said is None:
        return None, None
    (least,), (greatest,) = _INT.unpack(said[6]), _INT.unpack(said[5])
    return least, greatest


def _names(file: BinaryIO, group: _Group) -> Iterator[tuple[str, int]]:
    """Give the metrics of a group of rows, and how many rows of each follow in turn."""
    column = group.columns[_METRIC]
    least, greatest = column[12][6], column[12][5]
    if least == greatest:
        yield least.decode(), group.stop - group.start
        return
    dictionary, data = _read_pages(file, column)
    names = _texts(_decompress(dictionary), dictionary.values)
    for index, count in _runs(_decompress(data)):
        yield names[index], count


def _read_numbers(
    file: BinaryIO, group: _Group, column: int, into: NDArray[Any] | None = None
) -> NDArray[Any]:
    count = group.stop - group.start
    array = np.empty(count, _KINDS[column]) if into is None else into
    (page,) = _read_pages(file, group.columns[column])
    parquet_points.COMPILED.read_page(page.content, page.size, column == VALUE, array)
    return array


def _read_pages(file: BinaryIO, column: dict[int, Any]) -> list[_Page]:
    """Read the pages of a column: its data, and before that its dictionary if it has one."""
    file.seek(column.get(11, column[9]))
    data = file.read(column[7])
    pages: list[_Page] = []
    at = 0
    while at < len(data):
        head, start = read_struct(data, at)
        at = start + head[3]
        pages.append(_Page(data[start:at], head[2], (head.get(5) or head[7])[1]))
    return pages


def _decompress(page: _Page) -> bytes:
    return parquet_points.COMPILED.decompress(page.content, page.size)


def _texts(data: bytes, count: int) -> list[str]:
    """Read texts, each behind its length."""
    found: list[str] = []
    at = 0
    for _ in range(count):
        (size,) = struct.unpack_from("<I", data, at)
        found.append(data[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return found


def _runs(data: bytes) -> Iterator[tuple[int, int]]:
    """Give which text of a dictionary follows, and how often, run by run."""
    width = -(-data[0] // 8)
    at = 1
    while at < len(data):
        head, at = read_varint(data, at)
        yield int.from_bytes(data[at : at + width], "little"), head >> 1
        at += width

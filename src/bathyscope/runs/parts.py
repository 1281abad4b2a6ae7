"""The tables, or the groups of arrays, of a run: which there are, and at which steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bathyscope.runs.layout import Part, list_names, list_parts, strange_names
from bathyscope.runs.naming import NAME_FILE, folder_from_name, name_from_folder
from bathyscope.runs.sharded import Launches, Record, is_whole, missing_texts, records_of


class Parts:
    """Named sets of immutable files, one file per step and call.

    Parameters
    ----------
    folder : pathlib.Path
        ``tables`` or ``arrays`` of a run.
    pattern : re.Pattern
        What the names of its files are like.
    launches : callable, optional
        Gives the launch of each writer that is a rank of one.
    """

    def __init__(
        self, folder: Path, pattern: re.Pattern[str], launches: Launches = dict[str, str]
    ) -> None:
        self.folder = folder
        self.pattern = pattern
        self._launches = launches

    def names(self) -> tuple[str, ...]:
        """Sorted names under which something was recorded that is whole."""
        return tuple(sorted(name for name, _ in self._named() if self.of(name)))

    def of(self, name: str) -> list[Record]:
        """Give what is whole of a name, in recorded order."""
        return [record for record in self._records(name) if is_whole(record)]

    def incomplete(self, name: str) -> list[Record]:
        """Give what lacks the shards of some ranks."""
        return [record for record in self._records(name) if not is_whole(record)]

    def _records(self, name: str) -> list[Record]:
        return records_of(self._files(name), self._launches)

    def _files(self, name: str) -> list[Part]:
        return list_parts(self.folder / folder_from_name(name), self.pattern)

    def every(self) -> Iterator[Part]:
        """Give all files."""
        for name, _ in self._named():
            yield from self._files(name)

    def missing(self) -> Iterator[tuple[str, str]]:
        """Give the name of all that lacks the shards of some ranks, and say which."""
        for name, _ in self._named():
            yield from ((name, text) for text in missing_texts(self.incomplete(name)))

    def strange(self) -> Iterator[Path]:
        """Give what is there and not ours."""
        known = [self.pattern, re.compile(re.escape(NAME_FILE))]
        for component in list_names(self.folder):
            place = self.folder / component
            try:
                name_from_folder(place)
            except ValueError:
                if not place.is_dir() or list_names(place):
                    yield place
            else:
                yield from (place / name for name in strange_names(place, known))

    def _named(self) -> Iterator[tuple[str, Path]]:
        for component in list_names(self.folder):
            place = self.folder / component
            try:
                yield name_from_folder(place), place
            except ValueError:
                continue

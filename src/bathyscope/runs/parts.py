"""The tables, or the groups of arrays, of a run: which there are, and at which steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bathyscope.runs.layout import Part, list_names, list_parts, strange_names
from bathyscope.runs.naming import NAME_FILE, folder_from_name, name_from_folder


class Parts:
    """Named sets of immutable files, one file per step and call.

    Parameters
    ----------
    folder : pathlib.Path
        ``tables`` or ``arrays`` of a run.
    pattern : re.Pattern
        What the names of its files are like.
    """

    def __init__(self, folder: Path, pattern: re.Pattern[str]) -> None:
        self.folder = folder
        self.pattern = pattern

    def names(self) -> tuple[str, ...]:
        """Sorted names under which something was recorded."""
        return tuple(sorted(name for name, _ in self._named() if self.of(name)))

    def of(self, name: str) -> list[Part]:
        """Give the files of a name, in recorded order."""
        return list_parts(self.folder / folder_from_name(name), self.pattern)

    def every(self) -> Iterator[Part]:
        """Give all files."""
        for name, _ in self._named():
            yield from self.of(name)

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

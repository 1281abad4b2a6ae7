"""SQLite's files, opened for reading only and without trust in what they hold.

What a damaged or malicious file could make SQLite do is bounded: no view or trigger is asked, and
neither more rows are taken than the file has bytes, nor more work is done than its size justifies.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

from bathyscope._errors import DamagedFile
from bathyscope.importers.reading import head

_MAGIC = b"SQLite format 3\0"
#: Steps of SQLite's machine: per byte of the file, and for any file.
_WORK_PER_BYTE, _WORK = 200, 50_000_000
_LOOK_EVERY = 10_000


def is_database(path: Path) -> bool:
    """Say whether a file is one of SQLite's."""
    return path.is_file() and head(path, len(_MAGIC)) == _MAGIC


class Database:
    """A connection that gives no more rows than the file can hold."""

    def __init__(self, connection: sqlite3.Connection, size: int) -> None:
        self._connection = connection
        self._size = size
        self._work = 0
        connection.set_progress_handler(self._count, _LOOK_EVERY)

    def _count(self) -> int:
        self._work += _LOOK_EVERY
        return self._work > _WORK + _WORK_PER_BYTE * self._size

    def rows(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Give the rows of a question."""
        left = self._size  # a row is a byte at least
        for row in self._connection.execute(query, values):
            left -= 1
            if left < 0:
                raise sqlite3.DatabaseError("it gives more rows than it has bytes")
            yield row

    def has(self, tables: Iterable[str]) -> bool:
        """Say whether tables are there, as tables and not as views."""
        question = "SELECT name FROM sqlite_master WHERE type = 'table'"
        return {row[0] for row in self.rows(question)}.issuperset(tables)


@contextlib.contextmanager
def opened(path: Path, tables: Collection[str], *, what: str) -> Generator[Database]:
    """Open for reading only.

    Parameters
    ----------
    path : pathlib.Path
    tables : collection of str
        What must be in it.
    what : str
        Whose database it then is, in words.

    Raises
    ------
    DamagedFile
        If it is no such database, or SQLite cannot read it.
    """
    try:
        size = path.stat().st_size
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except (OSError, sqlite3.Error) as error:
        raise DamagedFile(f"`{path}` must be readable; {error}.") from error
    connection.text_factory = lambda data: data.decode(errors="replace")
    with contextlib.closing(connection):
        try:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(max(size, 1 << 16), 1 << 30))
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA mmap_size = 0")
            connection.execute("PRAGMA temp_store = MEMORY")
            database = Database(connection, size)
            if not database.has(tables):
                raise DamagedFile(
                    f"`{path}` must have the tables {', '.join(tables)} to be read as {what}; "
                    "it has not."
                )
            yield database
        except (sqlite3.Error, UnicodeError, OverflowError, MemoryError) as error:
            raise DamagedFile(
                f"`{path}` must be a whole database; SQLite says: {error}."
            ) from error

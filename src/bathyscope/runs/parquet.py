"""Columns in Parquet files, written and read by DuckDB in memory."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs.arrow import batches
from bathyscope.runs.parquet_small import write_small

if TYPE_CHECKING:
    import duckdb

VERSION_KEY = "bathyscope_version"
VERSION = 1

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,  # a pool of threads would not live through a fork
    "preserve_insertion_order": "true",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@functools.cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    """Open this process's database; one inherited through a fork is never touched."""
    import duckdb

    del process
    return duckdb.connect(":memory:", config=_SETTINGS)


def private_database() -> duckdb.DuckDBPyConnection:
    """Open another database in memory, that sees no variables of Python."""
    import duckdb

    connection = duckdb.connect(":memory:", config=_SETTINGS)
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET python_enable_replacements = false")
    return connection


def connect() -> duckdb.DuckDBPyConnection:
    """Give a connection of one's own to this process's database in memory."""
    connection = _database(os.getpid()).cursor()
    connection.execute("SET enable_progress_bar = false")
    return connection


def prepare() -> None:
    """Load what reading takes, a tenth of a second, before somebody waits for it."""
    connect().close()
    _ = np.ma  # loaded when it is first named


def write_columns(path: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    """Write columns of equal length, row by row as given; NaN stays NaN, and is not missing."""
    if not write_small(path, columns, {VERSION_KEY: str(VERSION)}):
        write_pieces(path, [columns])


def write_pieces(path: Path, pieces: Sequence[Mapping[str, NDArray[Any] | str]]) -> None:
    """Write columns piece by piece, one below the other.

    Parameters
    ----------
    path : pathlib.Path
    pieces : sequence of mapping of str to array or str
        Of the same columns, at least one an array. A text is that of every row.
    """
    with connect() as connection:
        sources: list[str] = []
        for number, piece in enumerate(pieces):
            arrays = {f"c{i}": c for i, c in enumerate(piece.values()) if not isinstance(c, str)}
            connection.register(f"given{number}", arrays)
            pairs = zip(select_values(piece.values()), piece, strict=True)
            chosen = ", ".join(f"{value} AS {quote_name(name)}" for value, name in pairs)
            sources.append(f"SELECT {chosen} FROM given{number}")
        options = f", KV_METADATA {{{VERSION_KEY}: '{VERSION}'}}"
        _write_selected(connection, " UNION ALL ".join(sources), path, options)


def _write_selected(
    connection: duckdb.DuckDBPyConnection, select: str, path: Path, options: str = ""
) -> None:
    """Write what is selected into a file, also where the file system has no locks."""
    form = f"(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2{options})"
    try:
        connection.execute(f"COPY ({select}) TO {quote_text(str(path))} {form}")
    except Exception as error:
        if "Could not set lock" not in str(error):
            raise
        # DuckDB locks what it writes, and so cannot write to some network disks: bytes can.
        with tempfile.TemporaryDirectory(prefix="bathyscope-") as folder:
            elsewhere = Path(folder) / "columns.parquet"
            connection.execute(f"COPY ({select}) TO {quote_text(str(elsewhere))} {form}")
            shutil.copyfile(elsewhere, path)


def select_values(columns: Iterable[NDArray[Any] | str]) -> list[str]:
    """Give what SQL selects of columns that were registered as ``c0``, ``c1``, ...

    A text is that of every row.
    """
    return [_value(index, column) for index, column in enumerate(columns)]


def _value(index: int, column: NDArray[Any] | str) -> str:
    value = f"c{index}"
    if isinstance(column, str):
        return f"{quote_text(column)}::VARCHAR"
    if column.dtype.kind == "f" and np.isnan(column).any():
        kind = "FLOAT" if column.dtype.itemsize <= 4 else "DOUBLE"
        return f"coalesce({value}, 'nan'::{kind})"  # DuckDB takes NaN for missing
    return f"{value}::VARCHAR" if column.dtype.kind == "O" else value


def join_files(files: Sequence[Path], path: Path) -> None:
    """Write one file of several, one below the other; what a file lacks is missing (NULL)."""
    listed = ", ".join(quote_text(literal_path(one)) for one in files)
    with connect() as connection:
        _write_selected(connection, f"FROM read_parquet([{listed}], union_by_name = true)", path)


def read_columns(
    path: Path | Sequence[Path],
    *,
    sql: str = "SELECT * FROM file",
    options: str = "",
    **values: Any,
) -> dict[str, Any]:
    """Read columns; in the SQL, the file is called ``file``.

    Parameters
    ----------
    path : pathlib.Path or sequence of pathlib.Path
        Several files are read one behind the other.
    sql : str
    options : str
        Of DuckDB's ``read_parquet``.
    **values
        Parameters of the SQL.

    Returns
    -------
    dict of str to array of shape (n_rows,)

    Raises
    ------
    DamagedFile
        If DuckDB cannot read it.
    """
    paths = [path] if isinstance(path, Path) else path
    with connect() as connection, _naming_what_is_refused():
        connection.execute(_from_files(paths, sql, options), values or None)
        return fetch_columns(connection)


def stream_columns(
    paths: Sequence[Path], *, sql: str, options: str = "", **values: Any
) -> Iterator[list[NDArray[Any]]]:
    """Read columns of whole numbers (BIGINT) and doubles, none of them missing, piece by piece.

    Parameters
    ----------
    paths, sql, options, **values
        See `read_columns`.

    Yields
    ------
    list of array of shape (n_rows,)
        Column by column; overwritten when the next piece is asked for.
    """
    with connect() as connection, _naming_what_is_refused():
        yield from batches(connection.sql(_from_files(paths, sql, options), params=values or None))


@contextlib.contextmanager
def _naming_what_is_refused() -> Generator[None]:
    """Turn DuckDB's errors into what is told of any other file that cannot be read.

    Its checksum may be right: whatever wrote it, wrote what no Parquet file holds.
    """
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(str(error)) from error
    except duckdb.Error as error:
        said = "".join(filter(str.isprintable, str(error).strip().partition("\n")[0]))
        raise DamagedFile(f"DuckDB cannot read it ({said.rstrip(' :')})") from error


def _from_files(paths: Sequence[Path], sql: str, options: str) -> str:
    listed = ", ".join(quote_text(literal_path(one)) for one in paths)
    given = f", {options}" if options else ""
    return f"WITH file AS (FROM read_parquet([{listed}]{given})) {sql}"


def fetch_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Give the columns of the last result."""
    return {name: _unmasked(np.ma.asanyarray(c)) for name, c in connection.fetchnumpy().items()}


def _unmasked(column: np.ma.MaskedArray[Any, Any]) -> NDArray[Any]:
    """Give missing numbers as NaN and other missing things as None."""
    missing = np.ma.getmask(column)
    plain = np.asarray(column.data)
    if missing is np.ma.nomask:
        return plain
    is_number = column.dtype.kind in "iuf"
    plain = plain.astype(np.float64 if is_number else object)
    plain[missing] = np.nan if is_number else None
    return plain


def quote_text(text: str) -> str:
    """Write text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """Write a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal_path(path: Path) -> str:
    """Write a path so that none of its characters is taken for a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))

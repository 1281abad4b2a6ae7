"""SQL over other tools' logs: the same views as of our runs, of what was read of the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs.query import Query
from bathyscope.runs.series import Series


class HasTables(Protocol):
    """What gives tables as a run does."""

    def table_names(self) -> tuple[str, ...]:
        """Give the names of the tables."""
        ...

    def table_steps(self, name: str) -> tuple[int, ...]:
        """Give the steps at which a table was recorded."""
        ...

    def table(self, name: str, *, step: int = -1) -> dict[str, NDArray[Any]]:
        """Give the columns of a table at one step."""
        ...


def ask(
    query: str, every: Sequence[Series], *, writer: str, tables: HasTables
) -> dict[str, NDArray[Any]]:
    """Answer a question in SQL.

    Parameters
    ----------
    query : str
        One SELECT, as `bathyscope.runs.Run.sql` takes it.
    every : sequence of Series
        All that was recorded of each metric: `scalars_all`.
    writer : str
        The column `writer` of the scalars.
    tables : HasTables
        Asked only for the tables that the question names.

    Raises
    ------
    ValueError
        If it is no SELECT, or DuckDB cannot run it.
    """
    with Query(query, tables.table_names()) as asked:
        asked.offer_series(every, writer)
        for name in asked.tables():
            asked.offer_columns(name, _whole(tables, name))
        return asked.answer()


def _whole(tables: HasTables, name: str) -> Iterator[tuple[int, dict[str, NDArray[Any]]]]:
    """Give a table step by step; what is damaged is left out, as `faults` says."""
    for step in tables.table_steps(name):
        try:
            yield step, tables.table(name, step=step)
        except DamagedFile:
            continue

"""Tables a program recorded under names of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope.figures import Figure, Ids, Note, Panel, Table
from bathyscope.views import _recorded as recorded
from bathyscope.views._stepped import choose_name, unclaimed
from bathyscope.views._words import count_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

#: How many rows are drawn unless told otherwise.
LIMIT = 200
_HOW = "Record them with `run.log_table('samples', {'name': [...], 'score': [...]}, step=...)`."


@register(room="overview", place=60)
@dataclass(frozen=True, eq=False, repr=False)
class Tables(View):
    """One table at one step.

    Parameters
    ----------
    name : str
        What it is called.
    table : mapping of str to array of shape (n_rows,)
    limit : int
        How many rows are drawn.
    subject : str
        At which step, if at any; part of the title.

    Examples
    --------
    >>> from bathyscope import views
    >>> views.tables({"city": ["Bern", "Chur"], "degrees": [9.5, 10.1]}).to_frame().shape
    (2, 2)
    """

    name: str
    table: Mapping[str, NDArray[Any]]
    limit: int = LIMIT
    subject: str = ""

    @classmethod
    def from_run(
        cls, run: RunData, name: str | None = None, *, step: int = -1, limit: int = LIMIT
    ) -> Tables:
        """Show a table a run recorded.

        Parameters
        ----------
        run : Run
        name : str, optional
            Any table; by default the first that has no view of its own.
        step : int
            A recorded step; -1 is the last.
        limit : int
            How many rows are drawn.

        Raises
        ------
        UnknownName, NotRecorded
            If there is no such table, or none at all.
        """
        own = unclaimed(run.table_names(), names.TABLES_WITH_A_VIEW)
        known = own if name is None else tuple(run.table_names())
        name = choose_name(run, known, name, what="tables", how=_HOW)
        step, table = recorded.read_table(run, name, step)
        return cls(name, table, _checked(limit), f"step {step:,}" if _steps(run, name) else "")

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every table that has no view of its own, at every recorded step."""
        for name in unclaimed(run.table_names(), names.TABLES_WITH_A_VIEW):
            yield Offer(f"Table: {name}", {"name": name}, _steps(run, name))

    def figure(self) -> Figure:
        """Draw the table."""
        title = f"Table: {self.name}" + (f", {self.subject}" if self.subject else "")
        n_rows = len(next(iter(self.table.values()), ()))
        if not n_rows:
            return Figure(title, (Panel((Note("The table has no rows."),)),))
        # A run gives text as objects; only what is drawn is made of one width.
        columns = {key: _plain(values[: self.limit]) for key, values in self.table.items()}
        ids = None
        if names.SAMPLE in columns:
            ids = Ids("sample", columns[names.SAMPLE])
        formats = {key: ".6g" for key, values in columns.items() if values.dtype.kind == "f"}
        left_out = n_rows > self.limit
        note = sentences(
            [
                f"The first {self.limit:,} of {count_text(n_rows, 'row')} are drawn."
                if left_out
                else ""
            ]
        )
        return Figure(title, (Panel((Table(columns, formats=formats, ids=ids),)),), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Give the table."""
        return self.table


def _steps(run: RunData, name: str) -> tuple[int, ...]:
    """Give the steps of a table; none of one that is of the whole run."""
    steps = run.table_steps(name)
    return () if name in names.TABLES_OF_THE_RUN and steps == (0,) else steps


def _checked(limit: int) -> int:
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    return limit


def tables(values: Mapping[str, ArrayLike], *, name: str = "table", limit: int = LIMIT) -> Tables:
    """Show a table.

    Parameters
    ----------
    values : mapping of str to sequence, all of one length
        Numbers or texts by the name of their column.
    name : str
        What it is called.
    limit : int
        How many rows are drawn.

    Raises
    ------
    ValueError
        If there is no column, or the columns differ in length.
    """
    table = {str(key): _plain(np.asarray(values[key])) for key in values}
    shapes = {key: column.shape for key, column in table.items()}
    if (
        not table
        or any(len(shape) != 1 for shape in shapes.values())
        or len(set(shapes.values())) > 1
    ):
        raise ValueError(f"`values` must hold columns of one length; got shapes {shapes}.")
    return Tables(name, table, _checked(limit))


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    return column if column.dtype.kind in "biufU" else column.astype(np.str_)

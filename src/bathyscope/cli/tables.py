"""Columns of numbers as a table in the terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.markup import escape
from rich.table import Table

#: All but the tab and the end of a line.
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd")


def frame_table(
    columns: Mapping[str, NDArray[Any]],
    *,
    keep: tuple[str, Collection[str]] | None = None,
    only: Sequence[str] = (),
    digits: int = 4,
) -> Table:
    """Lay out named columns of equal length.

    Parameters
    ----------
    columns : mapping of str to array of shape (n,)
        Numbers are right-aligned.
    keep : (str, collection of str), optional
        A column and the values whose rows are shown.
    only : sequence of str
        The columns that are shown; by default all.
    digits : int
        Of numbers that are not whole.
    """
    arrays = {name: np.asarray(values) for name, values in columns.items()}
    rows = np.arange(len(next(iter(arrays.values()), [])))
    if keep is not None:
        name, wanted = keep
        rows = rows[[str(value) in wanted for value in arrays[name]]]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(only or arrays):
        is_number = arrays[name].dtype.kind in "fiu"
        # Numbers that wrap cannot be read; of chosen columns only the first, the names, may.
        table.add_column(
            printable(name.replace("_", " ")),
            justify="right" if is_number else "left",
            no_wrap=is_number or (bool(only) and place > 0),
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(cell(arrays[name][row], digits) for name in only or arrays))
    return table


def cell(value: Any, digits: int = 4) -> str:
    """Write one value: counts in full, other numbers with so many digits."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{int(value):,}"
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.{digits}g}"
    return printable(str(value))


def printable(text: str) -> str:
    """Write what a run says as it is: nothing in it commands the terminal, or is markup."""
    return escape(text.translate(_CONTROLS))

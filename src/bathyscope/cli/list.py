"""``bathyscope list``: the runs of a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from bathyscope.cli.tables import printable

if TYPE_CHECKING:
    from bathyscope.runs import RunSummary

EPILOG = """\b
Examples:
  bathyscope list
  bathyscope list demo-output
  bathyscope list tensorboard-logs
  bathyscope list --archived
"""


@click.command(epilog=EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("runs"))
@click.option("--archived", is_flag=True, help="Also those that were put away.")
def command(folder: Path, archived: bool) -> None:
    """List the runs of a folder, the newest first; if it has none, what lies deeper."""
    from bathyscope.runs import list_runs

    runs = list_runs(folder)
    if not runs:
        _list_below(folder)
        return
    shown = [run for run in reversed(runs) if archived or not run.archived]
    if shown:
        Console(highlight=False).print(_table(shown))
    hidden = len(runs) - len(shown)
    if hidden:
        click.echo(f"{hidden} archived run{'s are' if hidden > 1 else ' is'} shown by --archived.")


def _table(runs: Sequence[RunSummary]) -> Table:
    """Lay out the runs; columns that would be empty are left out."""
    columns = {
        "run": [run.name for run in runs],
        "folder": [run.path.name if run.path.name != run.name else "" for run in runs],
        "status": [f"{run.status}, archived" if run.archived else run.status for run in runs],
        "created": [when(run.created) for run in runs],
        "group": [run.group for run in runs],
        "tags": [", ".join(run.tags) for run in runs],
        "note": [run.note.partition("\n")[0] for run in runs],
    }
    return _columns_as_table({title: cells for title, cells in columns.items() if any(cells)})


def _list_below(folder: Path) -> None:
    """List runs and other tools' logs at any depth, as the dashboard shows them."""
    from bathyscope.sources import list_sources

    found = list_sources(folder)
    if not found:
        click.echo(f"There is no run in {folder}. `bathyscope demo` makes one.")
        return
    columns = {
        "place": [source.relative for source in found],
        "kind": [source.kind for source in found],
        "status": [source.status for source in found],
        "created": [when(source.created) for source in found],
    }
    Console(highlight=False).print(_columns_as_table(columns))


def _columns_as_table(shown: Mapping[str, Sequence[str]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in shown:
        table.add_column(title, overflow="fold")
    for row in zip(*shown.values(), strict=True):
        table.add_row(*(printable(cell) for cell in row))
    return table


def when(seconds: float) -> str:
    """Write a time of the epoch as the clock on the wall showed it; nothing if it is unknown."""
    try:
        return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):  # NaN, or no year that a calendar has
        return ""

"""``bathyscope list``: the runs of a folder."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

EPILOG = """\b
Examples:
  bathyscope list
  bathyscope list demo-output/runs
"""


@click.command(epilog=EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("runs"))
def command(folder: Path) -> None:
    """List the runs of a folder, the newest first."""
    from bathyscope.runs import list_runs

    runs = list_runs(folder)
    if not runs:
        click.echo(f"There is no run in {folder}. `bathyscope demo` makes one.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("run", "status", "created", "tags"):
        table.add_column(title, overflow="fold")
    for run in reversed(runs):
        table.add_row(escape(run.name), run.status, when(run.created), escape(", ".join(run.tags)))
    Console(highlight=False).print(table)


def when(seconds: float) -> str:
    """Write a time of the epoch as the clock on the wall showed it; nothing if it is unknown."""
    if math.isnan(seconds):
        return ""
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")

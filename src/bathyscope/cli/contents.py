"""What a recorded run holds, told in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bathyscope import _names as names
from bathyscope.cli.tables import printable
from bathyscope.exporters.contents import series_of
from bathyscope.reports.headlines import headlines
from bathyscope.sources import OpenRun


def print_contents(run: OpenRun, *, console: Console | None = None) -> None:
    """Print a run's state, its telling numbers, and everything it recorded."""
    console = console or Console(highlight=False)
    console.print(f"[bold]{printable(run.name)}[/bold]  {run.status}")
    for headline in headlines(run):
        console.print(f"{printable(headline.label)}: {printable(headline.text)}")
    console.print(_contents(run))
    for fault in run.faults():
        console.print(f"[yellow]Warning:[/yellow] {printable(fault)}")


def _contents(run: OpenRun) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("recorded", "kind"):
        table.add_column(title)
    table.add_column("steps", justify="right")
    table.add_column("last value", justify="right")
    own = [name for name in run.scalar_names() if not name.startswith(names.INTERNAL_SCALARS)]
    for series in series_of(run, own):
        last = f"{series.values[-1]:.4g}"
        table.add_row(printable(series.name), "scalar", f"{len(series):,}", last)
    for group in run.array_groups():
        table.add_row(printable(group), "arrays", f"{len(run.array_steps(group)):,}", "")
    for name in run.table_names():
        table.add_row(printable(name), "table", f"{len(run.table_steps(name)):,}", "")
    return table

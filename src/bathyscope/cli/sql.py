"""``bathyscope sql``: ask a run in SQL."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click
from rich.console import Console

from bathyscope.cli.tables import frame_table

EPILOG = """\b
Examples:
  bathyscope sql runs/mnist-mlp "select metric, count(*) as n from scalars group by metric"
  bathyscope sql runs/mnist-mlp "select step, value from scalars where metric = 'loss'" --csv
  bathyscope sql runs/mnist-mlp 'select * from "predictions/test" where true <> predicted'
  bathyscope sql lightning_logs/version_0 "select max(value) from scalars where metric = 'acc'"

`scalars` holds metric, step, value, time and writer; `scalars_all` also the values that were
replaced later; `to_timestamp(time)` is a date. Each table has its own name, in double quotes:
`show tables` lists them.
"""

#: At most so many rows are laid out as a table: more nobody reads, and each takes a while.
MOST_ROWS = 200
_BLOCK = 10_000


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("query")
@click.option("--csv", "as_csv", is_flag=True, help="Write comma-separated values, digits in full.")
def command(run: Path, query: str, as_csv: bool) -> None:
    """Ask a run in SQL, also while it is being written. Nothing is changed.

    RUN may also be another tool's log, as for `bathyscope import`.
    """
    from bathyscope.sources import open_source

    columns = open_source(run).sql(query)
    count = len(next(iter(columns.values()), ()))
    if as_csv:
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(columns)
        for start in range(0, count, _BLOCK):  # all at once, as Python's numbers, take much memory
            block = [column[start : start + _BLOCK].tolist() for column in columns.values()]
            rows.writerows(zip(*block, strict=True))
        return
    shown = {name: column[:MOST_ROWS] for name, column in columns.items()}
    Console(highlight=False).print(frame_table(shown, digits=6))
    if count > MOST_ROWS:
        click.echo(f"The first {MOST_ROWS} of {count:,} rows; --csv writes all.", err=True)

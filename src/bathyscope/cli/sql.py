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
replaced later. Each table has its own name, in double quotes.
"""


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
    if as_csv:
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(columns)
        rows.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    else:
        Console(highlight=False).print(frame_table(columns))

"""``bathyscope delete``: move runs into the trash."""

from __future__ import annotations

from pathlib import Path

import click

EPILOG = """\b
Examples:
  bathyscope delete runs/failed-try
  bathyscope delete runs/sweep-1 runs/sweep-2
  bathyscope restore runs/failed-try

A run is moved to .bathyscope-trash in the folder it is in. To free its room, remove that folder.
"""


@click.command(epilog=EPILOG)
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--force", is_flag=True,
              help="Also a run that a process may still be writing.")  # fmt: skip
def command(runs: tuple[Path, ...], force: bool) -> None:
    """Move runs into the trash, from which `bathyscope restore` takes them back."""
    from bathyscope.runs import delete_run

    for run in runs:
        deleted = delete_run(run, force=force)
        click.echo(f"Deleted   {run} (to {deleted.path})")

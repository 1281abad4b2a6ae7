"""``bathyscope compact``: seal what a dead run left in journals."""

from __future__ import annotations

from pathlib import Path

import click

EPILOG = """\b
Examples:
  bathyscope compact runs/killed
  bathyscope compact runs/shared --only-finished
  bathyscope compact runs/copied-from-the-cluster --dead
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--only-finished", is_flag=True,
              help="Leave alone what a living process still writes.")  # fmt: skip
@click.option("--dead", is_flag=True,
              help="Take for dead what ran on hosts that cannot be asked.")  # fmt: skip
def command(run: Path, only_finished: bool, dead: bool) -> None:
    """Pack the scalars of a run that was killed into sorted, compressed Parquet.

    A run that finishes does this by itself. No point is lost or unreadable at any moment.
    """
    from bathyscope.runs import compact

    done = compact(run, only_finished=only_finished, others_are_dead=dead)
    for path, why in done.kept.items():
        click.echo(f"Kept      {path.name} ({why})")
    for path in done.sealed:
        click.echo(f"Sealed    {path.name}")
    if not (done.kept or done.sealed):
        click.echo("There was nothing to seal.")

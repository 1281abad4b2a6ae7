"""``bathyscope import``: runs out of TensorBoard logs."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

EPILOG = """\b
Examples:
  bathyscope import logs
  bathyscope import lightning_logs --into runs/old
"""


@click.command("import", epilog=EPILOG)
@click.argument("logdir", type=click.Path(path_type=Path))
@click.option("--into", "runs_dir", type=click.Path(file_okay=False, path_type=Path),
              default=Path("runs"), show_default=True, help="Folder of the new runs.")  # fmt: skip
def command(logdir: Path, runs_dir: Path) -> None:
    """Make a run of every folder below LOGDIR that holds TensorBoard event files.

    Every value is kept. Neither TensorBoard nor TensorFlow is needed, and LOGDIR is only read.
    """
    from bathyscope._names import FAULT_EVENT
    from bathyscope.importers.tensorboard import import_logs
    from bathyscope.runs import Run

    paths = import_logs(logdir, runs_dir, console=Console(stderr=True))
    for path in paths:
        run = Run(path)
        click.echo(f"Imported  {path} ({len(run.scalar_names())} metrics)")
        for fault in run.events(FAULT_EVENT):
            click.echo(f"  left out: {fault['message']}", err=True)
    click.echo(f"{len(paths)} run{'s' if len(paths) != 1 else ''} in {runs_dir}")

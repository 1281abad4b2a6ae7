"""``bathyscope restore``: take deleted runs back."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bathyscope.cli.list import when
from bathyscope.cli.tables import printable

EPILOG = """\b
Examples:
  bathyscope restore runs              what was deleted from this folder
  bathyscope restore runs/failed-try   take it back; the one deleted last
"""


@click.command(epilog=EPILOG)
@click.argument("path", type=click.Path(path_type=Path), default=Path("runs"))
@click.option("--to", type=click.Path(path_type=Path), help="Where to put it instead.")
def command(path: Path, to: Path | None) -> None:
    """Take back a run that was deleted, or list those that can be."""
    from bathyscope.runs import list_trash, restore_run

    wanted = path.absolute()
    for root in wanted.parents:
        for trashed in list_trash(root):
            if trashed.original == wanted:
                click.echo(f"Restored  {restore_run(root, trashed.id, to=to)}")
                return
    _print_trash(path)


def _print_trash(folder: Path) -> None:
    from bathyscope.runs import list_trash

    trash = list_trash(folder)
    if not trash:
        raise click.ClickException(
            f"`{folder}` must be a run that was deleted, or a folder that runs were deleted from; "
            "nothing deleted is known there."
        )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("run", "deleted"):
        table.add_column(title, overflow="fold")
    for trashed in trash:
        inner = trashed.original.relative_to(folder.absolute())
        table.add_row(printable(str(folder / inner)), when(trashed.deleted))
    Console(highlight=False).print(table)

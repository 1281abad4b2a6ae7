"""``bathyscope report``: a run as one HTML file, and as pictures."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Any

import click
from rich.console import Console

EPILOG = """\b
Examples:
  bathyscope report runs/mnist-mlp
  bathyscope report runs/mnist-mlp -o report.html --open
  bathyscope report runs/mnist-mlp --pictures figures --theme dark
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              help="HTML file to write; by default <run>.html here.")  # fmt: skip
@click.option("--pictures", type=click.Path(file_okay=False, path_type=Path),
              help="Also write every picture as a PNG file into this folder.")  # fmt: skip
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True,
              help="Of the PNG files; the page follows its reader.")  # fmt: skip
@click.option("--open", "show", is_flag=True, help="Open the report in a browser.")
def command(
    *, run: Path, output: Path | None, pictures: Path | None, theme: Any, show: bool
) -> None:
    """Write everything a run holds into one HTML file that opens anywhere, offline."""
    from bathyscope.reports import write_pictures, write_report
    from bathyscope.sources import open_source

    progress = Console(stderr=True)
    opened = open_source(run)
    page = write_report(opened, output, console=progress)
    click.echo(f"Report    {page}")
    if pictures is not None:
        files = write_pictures(opened, pictures, theme=theme, console=progress)
        click.echo(f"Pictures  {pictures} ({len(files)} files)")
    if show:
        webbrowser.open(page.resolve().as_uri())

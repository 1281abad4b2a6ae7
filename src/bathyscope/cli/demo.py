"""``bathyscope demo``: the main job, from training to pictures."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

EPILOG = """\b
Examples:
  bathyscope demo                          784-512-10 network, Keras 3 on JAX
  bathyscope demo --model cnn              a small convolutional network
  bathyscope demo --framework torch        the same networks in PyTorch
  BATHYSCOPE_DATA=~/data bathyscope demo   MNIST from ~/data/mnist/*.gz
"""


@click.command(epilog=EPILOG)
@click.option("--model", type=click.Choice(["mlp", "cnn"]), default="mlp", show_default=True)
@click.option("--framework", type=click.Choice(["jax", "torch"]), default="jax",
              show_default=True, help="jax: Keras 3 on JAX; torch: PyTorch.")  # fmt: skip
@click.option("--epochs", type=click.IntRange(min=1), help="By default 10 (3 for cnn on MNIST).")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              default=Path("demo-output"), show_default=True,
              help="Folder for the run, the report and the pictures.")  # fmt: skip
def command(model: Any, framework: Any, epochs: int | None, out: Path) -> None:
    """Train a small network on handwritten digits, record it and show it.

    Uses MNIST where it finds it ($BATHYSCOPE_DATA/mnist, or the Keras cache), else the digits that
    come with scikit-learn. Nothing is downloaded.
    """
    from bathyscope.demo import run_demo

    result = run_demo(
        out, model=model, framework=framework, epochs=epochs, console=Console(stderr=True)
    )
    console = Console(highlight=False)
    for headline in result.headlines:
        console.print(
            f"{escape(headline.label):<24} [bold]{escape(headline.value)}[/bold]", soft_wrap=True
        )
        console.print(f"{'':<24} {escape(headline.detail)}", soft_wrap=True, style="dim")
    click.echo()
    click.echo(f"Report    {shown(result.report)}")
    click.echo(f"Pictures  {shown(result.pictures[0].parent)} ({len(result.pictures)} files)")
    click.echo(f"Run       {shown(result.run)}")
    click.echo(f"Live      {_program()} view {shown(result.run.parent)}")


def _program() -> str:
    """Write this program as it can be typed here: its environment may not be active."""
    program = Path(sys.executable).with_name("bathyscope")
    is_elsewhere = program.exists() and shutil.which("bathyscope") != str(program)
    return shown(program) if is_elsewhere else "bathyscope"


def shown(path: Path) -> str:
    """Write a path as short as it can be typed here."""
    full, here = path.resolve(), Path.cwd()
    return str(full.relative_to(here) if full.is_relative_to(here) else full)

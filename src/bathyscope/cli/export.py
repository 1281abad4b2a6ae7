"""``bathyscope export``: a run as files that other tools read."""

from __future__ import annotations

from pathlib import Path

import click

EPILOG = """\b
Examples:
  bathyscope export runs/mnist-mlp mnist-as-csv
  bathyscope export runs/mnist-mlp mnist-as-parquet --parquet
  bathyscope export runs/mnist-mlp logs/mnist-mlp --tensorboard

OUT becomes a folder: run.json (name, config, tags), scalars, one file for each table, arrays as
NumPy's .npz. RUN may also be another tool's log, as for `bathyscope import`.
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--csv", "form", flag_value="csv", default=True,
              help="Comma-separated values (the default).")  # fmt: skip
@click.option("--parquet", "form", flag_value="parquet", help="Parquet: types and all digits.")
@click.option("--json", "form", flag_value="json", help="JSON: lists of rows.")
@click.option("--tensorboard", "form", flag_value="tensorboard",
              help="An event file that TensorBoard shows.")  # fmt: skip
def command(run: Path, out: Path, form: str) -> None:
    """Write RUN into the new folder OUT. RUN is only read."""
    from bathyscope.exporters import export
    from bathyscope.subjects import open_run

    opened = open_run(run)
    place = export(opened, out, form)
    files = [path for path in place.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    click.echo(f"Exported  {place} ({len(files)} files, {size / 1e6:.1f} MB)")
    for fault in opened.faults():
        click.echo(f"  left out: {fault}", err=True)

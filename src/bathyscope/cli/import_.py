"""``bathyscope import``: runs out of what other tools recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

if TYPE_CHECKING:
    from bathyscope.importers import Found

EPILOG = """\b
Examples:
  bathyscope import logs
  bathyscope import mlruns --to runs/old
  bathyscope import training.log --from keras
  bathyscope import mlflow.db#2f6c

Formats: tensorboard, wandb, mlflow (folders), mlflow-sqlite, huggingface (trainer_state.json),
lightning and keras (CSVLogger), keras-history, boosting (evals_result), xgboost, lightgbm (models),
aim (through its own library).
"""
_TENSORBOARD = "tensorboard"


@click.command("import", epilog=EPILOG)
@click.argument("place", type=click.Path(path_type=Path), metavar="PATH")
@click.option("--to", "--into", "runs_dir", type=click.Path(file_okay=False, path_type=Path),
              default=Path("runs"), show_default=True, help="Folder of the new runs.")  # fmt: skip
@click.option("--from", "form", metavar="FORMAT", help="Look for this format only.")
def command(place: Path, runs_dir: Path, form: str | None) -> None:
    """Make runs of what other tools recorded at PATH: a file, or a folder with logs at any depth.

    What wrote the logs is found out. Every value is kept, and PATH is only read; none of the
    tools needs to be installed, but Aim for its own.
    """
    from bathyscope._errors import RunNotFound

    found = _found(place, form)
    paths: list[Path] = []
    refused: list[str] = []
    console = Console(stderr=True)
    if form in (None, _TENSORBOARD):
        from bathyscope.importers.tensorboard import import_logs

        try:
            paths += import_logs(place, runs_dir, console=console)
        except RunNotFound:
            if not found:
                raise _nothing(place) from None
    if found:
        from bathyscope.importers import import_found

        new, refused = import_found(found, runs_dir, console=console)
        paths += new
    _tell(paths, refused, runs_dir)
    if refused and not paths:
        raise click.exceptions.Exit(1)


def _found(place: Path, form: str | None) -> list[Found]:
    """Find what is there, apart from TensorBoard's logs."""
    from bathyscope._errors import RunNotFound
    from bathyscope.importers.formats import find_logs, module_of

    if form == _TENSORBOARD:
        return []
    found = find_logs(place, form=form)
    if form and not found:
        title = module_of(form).TITLE
        raise RunNotFound(f"PATH must hold a log of {title}; there is none at `{place}`.")
    return found


def _nothing(place: Path) -> Exception:
    from bathyscope._errors import RunNotFound

    state = "holds none" if place.exists() else "does not exist"
    return RunNotFound(
        f"PATH must be a log, or a folder with logs; `{place}` {state}. Formats are in "
        "`bathyscope import --help`; say which by --from if a file has an unusual name."
    )


def _tell(paths: list[Path], refused: list[str], runs_dir: Path) -> None:
    from bathyscope._names import FAULT_EVENT
    from bathyscope.runs import Run

    for path in paths:
        run = Run(path)
        n_metrics = len(run.scalar_names())
        click.echo(f"Imported  {path} ({n_metrics} metric{'s' if n_metrics != 1 else ''})")
        for fault in run.events(FAULT_EVENT):
            click.echo(f"  left out: {fault['message']}", err=True)
    for reason in refused:
        click.echo(f"Refused   {reason}", err=True)
    click.echo(f"{len(paths)} run{'s' if len(paths) != 1 else ''} in {runs_dir}")

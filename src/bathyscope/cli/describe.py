"""``bathyscope describe``: say something of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

EPILOG = """\b
Examples:
  bathyscope describe runs/a --name baseline --note "before the fix"
  bathyscope describe runs/a --tag paper --tag ablation
  bathyscope describe runs/a --archive
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--name", help="What to call it; '' gives it its recorded name again.")
@click.option("--tag", "tags", multiple=True, help="Its tags, instead of those it has.")
@click.option("--no-tags", is_flag=True, help="Take all tags from it.")
@click.option("--note", help="'' takes it back.")
@click.option("--archive/--unarchive", "archived", default=None,
              help="Put it away: `bathyscope list` shows it only with --archived.")  # fmt: skip
def command(
    *,
    run: Path,
    name: str | None,
    tags: tuple[str, ...],
    no_tags: bool,
    note: str | None,
    archived: bool | None,
) -> None:
    """Rename a run, tag it, note something, put it away. What was recorded stays as it is."""
    from bathyscope.runs import describe_run

    words: dict[str, Any] = {}
    if name is not None:
        words["name"] = name or None
    if tags or no_tags:
        words["tags"] = tags
    if note is not None:
        words["note"] = note
    if archived is not None:
        words["archived"] = archived
    said = describe_run(run, **words)
    click.echo(f"Name      {said.name or '(as recorded)'}")
    click.echo(f"Tags      {'(as recorded)' if said.tags is None else ', '.join(said.tags)}")
    click.echo(f"Note      {said.note}")
    click.echo(f"Archived  {'yes' if said.archived else 'no'}")

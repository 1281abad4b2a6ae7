"""A progress bar for work of known length; nothing is drawn for work shorter than a moment."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

#: Called with the number of steps done and a few words about them.
Advance = Callable[[int, str], None]


@contextmanager
def progress_bar(title: str, total: int, *, console: Console | None) -> Generator[Advance]:
    """Show a bar until the block ends.

    Parameters
    ----------
    title : str
    total : int
        Number of steps.
    console : rich.console.Console, optional
        Where to draw; None draws nothing.

    Yields
    ------
    function
        ``advance(done, words)``.
    """
    if console is None:
        yield lambda done, words: None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}", style="dim"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=total, words="")

        def advance(done: int, words: str) -> None:
            progress.update(task, completed=done, words=shorten(words, console.width // 2))

        yield advance


def shorten(words: str, width: int) -> str:
    """Cut words that would squeeze the bar, marking the cut with an ellipsis."""
    return words if len(words) <= width else words[: max(0, width - 1)].rstrip() + "…"

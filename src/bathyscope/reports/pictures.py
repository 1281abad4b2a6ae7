"""Write a run as a folder of pictures, one file for each thing it can show."""

from __future__ import annotations

import os
import re
from pathlib import Path

from rich.console import Console

from bathyscope._progress import progress_bar
from bathyscope.figures.color import Theme
from bathyscope.reports.collect import Entry, entries, still
from bathyscope.sources import OpenRun


def write_pictures(
    run: OpenRun,
    folder: str | os.PathLike[str],
    *,
    theme: Theme = "light",
    dpi: int = 150,
    console: Console | None = None,
) -> tuple[Path, ...]:
    """Write every picture of a run, at its last step, as a PNG file.

    Parameters
    ----------
    run : Run
    folder : path
        Made if it is not there. Files are numbered in the order of the rooms.
    theme : {"light", "dark"}
    dpi : int
        Dots per inch.
    console : rich.console.Console, optional
        Where progress is shown; by default nowhere.

    Returns
    -------
    tuple of pathlib.Path
        The files written.
    """
    from bathyscope.figures import mpl  # whoever only lists pictures need not wait for matplotlib

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    plan = entries(run)
    written = []
    with progress_bar("Pictures", len(plan), console=console) as advance:
        for number, entry in enumerate(plan, start=1):
            path = target / file_name(number, entry)
            mpl.save(still(entry, run), path, theme=theme, dpi=dpi)
            written.append(path)
            advance(number, entry.offer.title)
    return tuple(written)


def file_name(number: int, entry: Entry) -> str:
    """Name a picture's file: its place, its room and its title, in letters any disk takes."""
    words = re.sub(r"[^a-z0-9]+", "-", entry.offer.title.lower()).strip("-")[:60]
    return f"{number:02d}-{entry.room}-{words or entry.view.view_name}.png"

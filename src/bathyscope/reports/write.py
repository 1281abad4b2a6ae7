"""Write a run as one HTML file that opens anywhere and asks nothing of any network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from bathyscope._progress import progress_bar
from bathyscope.figures import Figure, Film, Note, Panel, web
from bathyscope.reports.budget import FILM_BYTES
from bathyscope.reports.collect import ROOM_TITLES, entries, moving
from bathyscope.reports.epochs import run_epochs
from bathyscope.reports.headlines import headlines
from bathyscope.reports.ranks import rank_facts
from bathyscope.reports.read_once import ReadOnce
from bathyscope.sources import OpenRun, open_source
from bathyscope.views.base import Room


def write_report(
    run: OpenRun | str | os.PathLike[str],
    path: str | os.PathLike[str] | None = None,
    *,
    console: Console | None = None,
) -> Path:
    """Write everything a run can show into one self-contained, interactive HTML file.

    Parameters
    ----------
    run : Run or path
        A run or another tool's log that was opened, or its folder.
    path : path, optional
        Where to write, or an existing folder to write into; by default the working folder. In a
        folder, the file is called ``<name of the run>.html``.
    console : rich.console.Console, optional
        Where progress is shown; by default nowhere.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    RunNotFound
        If there is no run at this place.
    """
    opened = open_source(run) if isinstance(run, (str, os.PathLike)) else run
    target = Path(path or ".")
    if target.is_dir():
        target /= f"{file_name(opened.name)}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(report_page(opened, console=console), encoding="utf-8")
    return target


def file_name(run: str) -> str:
    """Give a run's name without what makes folders of it, or no file on some disk."""
    plain = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]+', "-", run).strip("-. ")
    return plain.encode()[:200].decode(errors="ignore") or "run"


def report_page(
    run: OpenRun,
    *,
    console: Console | None = None,
    film_bytes: int = FILM_BYTES,
    link: str = "",
) -> str:
    """Give everything a run can show as one HTML page.

    Parameters
    ----------
    run : Run
    console : rich.console.Console, optional
        Where progress is shown; by default nowhere.
    film_bytes : int
        At most this many bytes of numbers for one moving picture.
    link : str
        Name under which the page tells a notebook around it what is selected.
    """
    sections = _sections(run, console, film_bytes)
    facts, epochs = run_facts(run), run_epochs(run)
    return web.document(run.name, sections, facts=facts, epochs=epochs, link=link)


def _sections(run: OpenRun, console: Console | None, film_bytes: int) -> list[web.Section]:
    read: Any = ReadOnce(run)
    plan = entries(read)
    items: dict[Room, list[Figure | Film]] = {}
    with progress_bar("Report", len(plan), console=console) as advance:
        for number, entry in enumerate(plan, start=1):
            items.setdefault(entry.room, []).append(moving(entry, read, film_bytes=film_bytes))
            advance(number, entry.offer.title)
    sections = [
        web.Section(ROOM_TITLES[room], tuple(shown), room=room) for room, shown in items.items()
    ]
    return [*_warnings(run.faults()), *(sections or [_empty(run)])]


def _warnings(faults: Sequence[str]) -> list[web.Section]:
    """Name the damaged files first: a reader must know that something is missing below."""
    if not faults:
        return []
    figures = tuple(
        Figure("Not everything could be read", (Panel((Note(fault, tone="warning"),)),))
        for fault in faults
    )
    return [web.Section("Warnings", figures, room="overview")]


def _empty(run: OpenRun) -> web.Section:
    note = Note(
        f"The run `{run.name}` holds nothing that can be drawn yet. Log numbers with "
        "`run.log({'loss': value}, step=step)`, or train with `run.keras(probe=...)` or "
        "`run.watch(model, optimizer)`."
    )
    return web.Section(
        "Overview", (Figure("Nothing recorded", (Panel((note,)),)),), room="overview"
    )


def run_facts(run: OpenRun) -> list[web.Fact]:
    """Give what stands at the top: telling numbers, the status and the settings."""
    facts: list[web.Fact] = [
        (headline.label, headline.value, headline.detail) for headline in headlines(run)
    ]
    facts.append(("status", run.status))
    facts += rank_facts(run)
    facts += [(name, str(value)) for name, value in _settings(run.config)]
    return facts


def _settings(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give nested settings one by one, with dotted names."""
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _settings(cast(Mapping[str, Any], value), f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value

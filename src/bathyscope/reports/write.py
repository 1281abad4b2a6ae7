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
from bathyscope.reports.collect import ROOM_TITLES, Entry, entries, moving
from bathyscope.reports.epochs import run_epochs
from bathyscope.reports.headlines import headlines
from bathyscope.reports.ranks import rank_facts
from bathyscope.reports.read_once import ReadOnce
from bathyscope.sources import OpenRun, open_source
from bathyscope.views.base import Room, View

#: Of more pictures of one kind than this, only the first few are seen until a reader asks for all.
MOST_OF_A_KIND, FIRST_OF_A_KIND = 8, 4


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
    folded = _folded(plan)
    #: By room, what it is, and whether it is folded.
    items: dict[tuple[Room, str, bool], list[Figure | Film]] = {}
    with progress_bar("Report", len(plan), console=console) as advance:
        for number, entry in enumerate(plan, start=1):
            is_folded = number - 1 in folded
            title = _kind(entry.view) if is_folded else ROOM_TITLES[entry.room]
            made = moving(entry, read, film_bytes=film_bytes)
            items.setdefault((entry.room, title, is_folded), []).append(made)
            advance(number, entry.offer.title)
    sections = [
        web.Section(title, tuple(shown), room=room, folded=is_folded)
        for (room, title, is_folded), shown in items.items()
    ]
    return [*_warnings(run.faults()), *(sections or [_empty(run)])]


def _folded(plan: Sequence[Entry]) -> set[int]:
    """Give the places of pictures that are folded: of a great many of one kind all but the first.

    A histogram of each of 200 weights would stand between a reader and all other rooms.
    """
    by_view: dict[type[View], list[int]] = {}
    for place, entry in enumerate(plan):
        by_view.setdefault(entry.view, []).append(place)
    many = [places for places in by_view.values() if len(places) > MOST_OF_A_KIND]
    return {place for places in many for place in places[FIRST_OF_A_KIND:]}


def _kind(view: type[View]) -> str:
    """Give the name of a view in words: ``Weight statistics``."""
    return view.view_name.replace("_", " ").capitalize()


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

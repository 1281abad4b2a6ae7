"""Several runs in one picture."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bathyscope._errors import UnknownName
from bathyscope.figures import Figure
from bathyscope.reports.collect import Entry
from bathyscope.reports.compare import comparison, comparisons
from bathyscope.server.catalog import Catalog
from bathyscope.server.identity import entry_ids
from bathyscope.server.known import Known
from bathyscope.server.opened import OpenedRuns

#: More runs than this in one picture nobody can tell apart.
MOST_RUNS = 200
#: What a page may choose, and how it is read from text.
_CHOICES = {"metric": str, "value": str, "goal": str, "x": str, "smoothing": float}


def runs_of(catalog: Catalog, text: str) -> list[Known]:
    """Find the runs whose ids are listed, separated by commas.

    Raises
    ------
    ValueError
        If there are none, or too many.
    RunNotFound
        If one of them is none.
    """
    ids = list(dict.fromkeys(part for part in text.split(",") if part))
    if not 1 <= len(ids) <= MOST_RUNS:
        raise ValueError(
            f"`runs` must be the ids of 1 to {MOST_RUNS} runs, separated by commas; got {len(ids)}."
        )
    return [catalog.get(run) for run in ids]


def version_of(runs: Sequence[Known]) -> int:
    """Version of what several runs show: it grows when any of them changes."""
    return max(known.version for known in runs)


def compared_entries(opened: OpenedRuns, runs: Sequence[Known]) -> dict[str, Any]:
    """List the pictures that some runs can show together, as those of one run are listed."""
    found = _entries(opened, runs)
    version = version_of(runs)
    return {
        "runs": [known.id for known in runs],
        "version": version,
        "entries": [
            {
                "id": name,
                "room": entry.room,
                "title": entry.offer.title,
                "place": entry.view.place,
                "view": entry.view.__name__,
                "steps": [],
                "fault": entry.fault,
                "version": version,
            }
            for name, entry in found.items()
        ],
    }


def compared_figure(
    opened: OpenedRuns, runs: Sequence[Known], name: str, choices: Mapping[str, Any]
) -> Figure:
    """Make one picture of several runs.

    Parameters
    ----------
    opened : OpenedRuns
    runs : sequence of Known
    name : str
        Id of the picture.
    choices : mapping
        That `read_choices` gave.

    Raises
    ------
    UnknownName
        If these runs cannot show it.
    """
    chosen = _chosen(opened, runs, name, choices)
    return comparison(chosen, [opened.get(run) for run in runs])


def compared_table(
    opened: OpenedRuns, runs: Sequence[Known], name: str, choices: Mapping[str, Any]
) -> bytes:
    """Give the numbers behind one picture of several runs, as CSV."""
    chosen = _chosen(opened, runs, name, choices)
    maker: Any = chosen.view
    made = maker.from_runs([opened.get(run) for run in runs], **chosen.offer.options)
    return made.to_frame().to_csv(index=False).encode()


def _chosen(
    opened: OpenedRuns, runs: Sequence[Known], name: str, choices: Mapping[str, Any]
) -> Entry:
    entry = _entries(opened, runs).get(name)
    if entry is None:
        raise UnknownName(
            f"`entry` must be the id of a picture of these runs; got {name[:100]!r}. "
            "Ask for `/api/compare`: it lists them."
        )
    maker: Any = entry.view
    known = inspect.signature(maker.from_runs).parameters
    options = {**entry.offer.options, **{k: v for k, v in choices.items() if k in known}}
    return replace(entry, offer=replace(entry.offer, options=options))


def read_choices(query: Mapping[str, str]) -> dict[str, Any]:
    """Read what the page chose: metric, value, goal, x, smoothing.

    Raises
    ------
    ValueError
        If a number is none.
    """
    choices: dict[str, Any] = {}
    for key, read in _CHOICES.items():
        if text := query.get(key, ""):
            try:
                choices[key] = read(text)
            except ValueError:
                raise ValueError(f"`{key}` must be a number; got {text[:60]!r}.") from None
    return choices


def _entries(opened: OpenedRuns, runs: Sequence[Known]) -> dict[str, Entry]:
    found = comparisons([opened.get(known) for known in runs])
    return dict(zip(entry_ids(found), found, strict=True))

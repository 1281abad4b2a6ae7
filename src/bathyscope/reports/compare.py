"""Ask every registered view what it can show of several runs together, and make it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bathyscope.figures import Figure
from bathyscope.reports.collect import Entry, apology, reason
from bathyscope.views import Offer, View, registry
from bathyscope.views.base import ROOMS, RunData


def comparisons(runs: Sequence[RunData]) -> tuple[Entry, ...]:
    """All pictures these runs can show together, room by room."""
    found = [entry for view in registry().values() for entry in _entries_of(view, runs)]
    return tuple(sorted(found, key=lambda entry: ROOMS.index(entry.room)))


def comparison(entry: Entry, runs: Sequence[RunData]) -> Figure:
    """Make one picture; where its data cannot be read, say so in its place."""
    if entry.fault:
        return apology(entry, entry.fault)
    try:
        made = entry.view.from_runs(runs, **entry.offer.options)  # pyright: ignore[reportAttributeAccessIssue]
        return made.figure().titled(entry.offer.title)
    except Exception as error:  # whatever one view meets, the others must still be shown
        return apology(entry, reason(error))


def _entries_of(view: type[View], runs: Sequence[RunData]) -> Iterator[Entry]:
    try:
        for offer in view.compares(runs):
            yield Entry(view.room, view, offer)
    except Exception as error:  # as above
        yield Entry(view.room, view, Offer(view.__name__), fault=reason(error))

"""Ask every registered view what it can show of a run, and make it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bathyscope._errors import BathyscopeError
from bathyscope.figures import Figure, Film, Note, Panel
from bathyscope.report.budget import FILM_BYTES, keep_steps, nbytes
from bathyscope.views import Offer, View, registry
from bathyscope.views.base import ROOMS, Room, RunData

#: What the rooms are called on a page.
ROOM_TITLES: dict[Room, str] = {
    "overview": "Overview",
    "parameters": "Parameters",
    "loss": "Loss",
    "features": "Features",
    "predictions": "Predictions",
}


@dataclass(frozen=True)
class Entry:
    """One picture that can be made of a run.

    Parameters
    ----------
    room : str
        Where it belongs.
    view : type of View
        What makes it.
    offer : Offer
        With which options.
    """

    room: Room
    view: type[View]
    offer: Offer


def entries(run: RunData) -> tuple[Entry, ...]:
    """All pictures this run can show, room by room."""
    found = [
        Entry(view.room, view, offer) for view in registry().values() for offer in _offers(view, run)
    ]
    return tuple(sorted(found, key=lambda entry: ROOMS.index(entry.room)))


def _offers(view: type[View], run: RunData) -> Iterator[Offer]:
    """Give what a view offers; damaged records cost the pictures that need them and no others."""
    try:
        yield from view.offers(run)
    except BathyscopeError as error:
        yield Offer(view.__name__, {"_failed": str(error)})


def still(entry: Entry, run: RunData) -> Figure:
    """Make the picture of the last step."""
    step = entry.offer.steps[-1] if entry.offer.steps else None
    return _figure(entry, run, step)


def moving(entry: Entry, run: RunData) -> Figure | Film:
    """Make the picture of the whole run, or one for each recorded step that there is room for."""
    steps = entry.offer.steps
    if len(steps) < 2:
        return still(entry, run)
    last = still(entry, run)
    kept = keep_steps(steps, frame_bytes=nbytes(last), budget=FILM_BYTES)
    frames = [*(_figure(entry, run, step) for step in kept[:-1]), last]
    note = ""
    if len(kept) < len(steps):
        note = (
            f"{len(kept)} of {len(steps)} recorded steps; "
            "the others are left out to keep this page small."
        )
    return Film(kept, tuple(frames), note)


def _figure(entry: Entry, run: RunData, step: int | None) -> Figure:
    """Make one figure; where its data cannot be read, say so in its place."""
    options = dict(entry.offer.options)
    failed = options.pop("_failed", "")
    if step is not None:
        options["step"] = step
    try:
        if failed:
            raise BathyscopeError(failed)
        made = entry.view.from_run(run, **options)  # pyright: ignore[reportAttributeAccessIssue]
        return made.figure().titled(entry.offer.title)
    except BathyscopeError as error:
        note = Note(f"This picture could not be made. {error}", tone="error")
        return Figure(entry.offer.title, (Panel((note,)),))

"""Ask every registered view what it can show of a run, and make it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bathyscope._errors import BathyscopeError
from bathyscope.figures import Figure, Film, Note, Panel
from bathyscope.reports.budget import FILM_BYTES, keep_steps, own_bytes
from bathyscope.reports.curves import shortened
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
    fault : str
        Why it cannot be made, if that is known already.
    """

    room: Room
    view: type[View]
    offer: Offer
    fault: str = ""


def entries(run: RunData) -> tuple[Entry, ...]:
    """All pictures this run can show, room by room."""
    found = [entry for view in registry().values() for entry in entries_of(view, run)]
    return tuple(sorted(found, key=lambda entry: ROOMS.index(entry.room)))


def entries_of(view: type[View], run: RunData) -> Iterator[Entry]:
    """Give what a view offers; damaged records cost the pictures that need them and no others."""
    try:
        for offer in view.offers(run):
            yield Entry(view.room, view, offer)
    except Exception as error:  # whatever one view meets, the others must still be shown
        yield Entry(view.room, view, Offer(view.__name__), fault=reason(error))


def still(entry: Entry, run: RunData) -> Figure:
    """Make the picture of the last step."""
    step = entry.offer.steps[-1] if entry.offer.steps else None
    return picture(entry, run, step)


def moving(entry: Entry, run: RunData, *, film_bytes: int = FILM_BYTES) -> Figure | Film:
    """Make the picture of the whole run, or one for each recorded step that there is room for."""
    steps = entry.offer.steps
    if len(steps) < 2:
        return still(entry, run)
    first, last = picture(entry, run, steps[0]), still(entry, run)
    kept = keep_steps(steps, frame_bytes=own_bytes(last, first), budget=film_bytes)
    frames = [first, *(picture(entry, run, step) for step in kept[1:-1]), last]
    note = ""
    if len(kept) < len(steps):
        note = (
            f"{len(kept)} of {len(steps)} recorded steps; "
            "the others are left out to keep this page small."
        )
    return Film(kept, tuple(frames), note)


def picture(entry: Entry, run: RunData, step: int | None, **more: Any) -> Figure:
    """Make the picture of a step, or of the whole run; what cannot be read is said in its place.

    `more` are options of the view beside those that are offered.
    """
    if entry.fault:
        return apology(entry, entry.fault)
    options = {**entry.offer.options, **more}
    if step is not None:
        options["step"] = step
    try:
        view = entry.view.from_run(run, **options)  # pyright: ignore[reportAttributeAccessIssue]
        return shortened(view.figure().titled(entry.offer.title))
    except Exception as error:  # as above
        return apology(entry, reason(error))


def reason(error: Exception) -> str:
    """Say to a reader why a picture cannot be made."""
    return str(error) if isinstance(error, BathyscopeError) else f"{type(error).__name__}: {error}"


def apology(entry: Entry, why: str) -> Figure:
    """Give the figure that takes the place of one that cannot be made."""
    note = Note(f"This picture could not be made. {why}", tone="error")
    return Figure(entry.offer.title, (Panel((note,)),))

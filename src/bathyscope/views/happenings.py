"""What happened to a run: sessions, notes, and what could not be recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Figure, Note, Panel, Points, Table
from bathyscope.views._ranks import processes
from bathyscope.views._words import count_text, sentences, time_unit
from bathyscope.views.base import Offer, RunData, View, register

#: How many rows are drawn unless told otherwise.
LIMIT = 200
_GAP = "gap"
#: Descriptions of the model and its classes, which other views draw.
_SHOWN_ELSEWHERE = (names.MODEL_EVENT, names.CLASSES_EVENT, names.SCORES_EVENT)
#: What an event says, in the order of how much it matters, and in which tone it is drawn.
_TONES = {names.FAULT_EVENT: "bad", _GAP: "bad", names.NOTE_EVENT: 0}
_OWN = (
    "kind", "time", "writer", "version", "process", "crc32", "represented", "software", "rank",
    "launch",
)  # fmt: skip
_LONGEST = 300


@register(room="overview", place=90)
@dataclass(frozen=True, eq=False, repr=False)
class Happenings(View):
    """Events of a run, in the order in which they happened.

    Parameters
    ----------
    kind : tuple of str, length n
    time : array of float64, shape (n,)
        Seconds since 1970.
    text : tuple of str, length n
        What is said of each.
    rank : tuple of str, length n
        Which rank of a distributed training said it, and where that is not clear, on which
        machine; empty if there are no ranks.
    limit : int
        How many rows are drawn; faults and gaps are drawn first.
    """

    kind: tuple[str, ...]
    time: NDArray[np.float64]
    text: tuple[str, ...]
    rank: tuple[str, ...] = ()
    limit: int = LIMIT

    @classmethod
    def from_run(cls, run: RunData, *, limit: int = LIMIT) -> Happenings:
        """Show what happened to a run.

        Parameters
        ----------
        run : Run
        limit : int
            How many events are drawn.

        Raises
        ------
        NotRecorded
            If nothing is known of it.
        """
        events = [event for event in run.events() if event.get("kind") not in _SHOWN_ELSEWHERE]
        if not events:
            raise NotRecorded(f"The run `{run.name}` holds no events.")
        return happenings(events, limit=limit)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the list where there is more to say than that the run began and ended."""
        telling = {*_TONES, "resumed", "forked"}
        if any(event.get("kind") in telling for event in run.events()):
            yield Offer("What happened")

    def figure(self) -> Figure:
        """Draw the events by time, and list them, the most serious first."""
        if not self.kind:
            return Figure("What happened", (Panel((Note("Nothing is recorded."),)),))
        serious = np.array([_seriousness(kind) for kind in self.kind])
        order = np.lexsort((np.arange(len(self.kind)), serious))[: self.limit]
        rank = {"rank": np.array([self.rank[i] for i in order])} if self.rank else {}
        table = Table(
            {
                "time (UTC)": np.array(
                    [_moment(float(self.time[i])) for i in order], dtype=np.str_
                ),
                **rank,
                "what": np.array([self.kind[i] for i in order], dtype=np.str_),
                "said": np.array([_shortened(self.text[i]) for i in order], dtype=np.str_),
            }
        )
        panels = [Panel((table,))]
        if len(self.kind) > 1 and np.ptp(self.time) > 0:
            panels.insert(0, self._timeline())
        n_faults = sum(kind == names.FAULT_EVENT for kind in self.kind)
        n_gaps = sum(kind == _GAP for kind in self.kind)
        note = sentences(
            [
                f"{count_text(n_faults, 'thing')} could not be recorded." if n_faults else "",
                f"{count_text(n_gaps, 'time')} the disk refused, and numbers were lost."
                if n_gaps
                else "",
                f"{len(order):,} of {count_text(len(self.kind), 'event')} are listed, the most "
                "serious first."
                if len(order) < len(self.kind)
                else "",
            ]
        )
        return Figure("What happened", tuple(panels), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per event: its kind, its time, what is said of it, and which rank said it."""
        return {
            "kind": np.array(self.kind, dtype=np.str_),
            "time": self.time,
            "text": np.array(self.text, dtype=np.str_),
            **({"rank": np.array(self.rank, dtype=np.str_)} if self.rank else {}),
        }

    def _timeline(self) -> Panel:
        kinds = tuple(sorted(dict.fromkeys(self.kind), key=_seriousness))
        longest = float(np.ptp(self.time))
        unit, seconds = time_unit(longest)
        since = (self.time - self.time.min()) / seconds
        marks = []
        for row, kind in enumerate(kinds):
            at = np.flatnonzero(np.array(self.kind) == kind)
            marks.append(
                Points(
                    since[at],
                    np.full(len(at), float(row)),
                    tone=_TONES.get(kind, "muted"),
                    text=tuple(_shortened(self.text[i]) for i in at),
                    size=7.0,
                )
            )
        return Panel(
            tuple(marks),
            x=Axis("time since the first event", unit),
            y=Axis("what", scale="category", categories=kinds),
        )


def _seriousness(kind: str) -> int:
    order = list(_TONES)
    return order.index(kind) if kind in order else len(order)


def _moment(time: float) -> str:
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "unknown"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _said(event: Mapping[str, Any]) -> str:
    """Say what an event holds in one sentence."""
    kind = event.get("kind")
    if kind == names.NOTE_EVENT:
        return str(event.get("text", ""))
    if kind == names.FAULT_EVENT:
        return f"{event.get('operation')}: {event.get('error')}: {event.get('message')}"
    if kind == _GAP:
        return (
            f"{event.get('calls')} logging calls between step {event.get('first_step')} and step "
            f"{event.get('last_step')} could not be written ({event.get('reason')})"
        )
    rest = {key: value for key, value in event.items() if key not in _OWN and value not in ({}, [])}
    return ", ".join(f"{key}: {value}" for key, value in rest.items())


def happenings(events: Sequence[Mapping[str, Any]], *, limit: int = LIMIT) -> Happenings:
    """Show events.

    Parameters
    ----------
    events : sequence of mapping
        Each with ``kind``, ``time`` (seconds since 1970) and whatever else is said.
    limit : int
        How many are drawn.

    Examples
    --------
    >>> happenings([{"kind": "note", "time": 0.0, "text": "begun"}]).text
    ('begun',)
    """
    if limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    return Happenings(
        tuple(str(event.get("kind", "")) for event in events),
        np.array([float(event.get("time", np.nan)) for event in events], dtype=np.float64),
        tuple(_said(event) for event in events),
        _ranks(events),
        limit,
    )


def _ranks(events: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Say of each event which rank wrote it, and on which machine if there are several."""
    known = processes(events)
    several = len({process.host for process in known.values()}) > 1
    named = {
        writer: f"{process.rank} on {process.host}" if several else str(process.rank)
        for writer, process in known.items()
    }
    return tuple(named.get(str(event.get("writer")), "") for event in events) if named else ()

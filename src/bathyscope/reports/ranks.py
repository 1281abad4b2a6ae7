"""What is said of the ranks of a distributed training at the top of a run's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from bathyscope.runs.status import FORKED, writer_status
from bathyscope.views.base import RunData

#: What became of a rank, the worst first; that it finished or runs is not said.
_BAD = ("failed", "interrupted", "unknown")
#: At most so many machines are named.
_MACHINES = 8


def rank_facts(run: RunData) -> list[tuple[str, str]]:
    """Say how many ranks on which machines recorded a run, and which of them went wrong.

    Returns
    -------
    list of (label, value)
        Of the launch that came last; empty if no process has a rank.
    """
    ranks = [log for log in _by_writer(run.events()) if _is_rank(log[0])]
    if not ranks:
        return []
    launch = ranks[-1][0].get("launch")
    ranks = sorted(
        (log for log in ranks if log[0].get("launch") == launch), key=lambda log: log[0]["rank"]
    )
    numbers = {int(log[0]["rank"]) for log in ranks}
    size = int(ranks[0][0].get("world_size") or len(numbers))
    count = f"{len(numbers)} / {size}" if len(numbers) < size else f"{size}"
    return [("ranks", count), _machines(ranks), *_went_wrong(ranks)]


def _by_writer(events: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Give the events of each process that holds any."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        found.setdefault(str(event.get("writer")), []).append(event)
    return list(found.values())


def _is_rank(first: Mapping[str, Any]) -> bool:
    """Say whether a process is a rank itself, not one that a rank forked."""
    return isinstance(first.get("rank"), int) and first.get("kind") != FORKED


def _machines(ranks: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[str, str]:
    hosts: dict[str, list[int]] = {}
    for first, *_ in ranks:
        host = str((first.get("process") or {}).get("host") or "?")
        hosts.setdefault(host, []).append(int(first["rank"]))
    if len(hosts) == 1:
        return "machine", next(iter(hosts))
    each = [f"{host} ({_ranges(of)})" for host, of in hosts.items()]
    more = [f"… (+{len(each) - _MACHINES})"] if len(each) > _MACHINES else []
    return "machines", ", ".join(each[:_MACHINES] + more)


def _went_wrong(ranks: Sequence[Sequence[Mapping[str, Any]]]) -> list[tuple[str, str]]:
    found: dict[str, list[int]] = {}
    for log in ranks:
        found.setdefault(writer_status(log[0], log[-1]), []).append(int(log[0]["rank"]))
    return [(f"{status} ranks", _ranges(found[status])) for status in _BAD if status in found]


def _ranges(numbers: Iterable[int]) -> str:
    """Write whole numbers in short: ``0-3, 6``."""
    known = sorted(set(numbers))
    gaps = [(before, after) for before, after in pairwise(known) if after > before + 1]
    starts = [known[0], *(after for _, after in gaps)]
    ends = [*(before for before, _ in gaps), known[-1]]
    return ", ".join(
        f"{first}" if first == last else f"{first}-{last}"
        for first, last in zip(starts, ends, strict=True)
    )

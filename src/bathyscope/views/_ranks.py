"""The ranks of a distributed training: who they are, and how their curves are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.color import CATEGORICAL
from bathyscope.figures.marks import Tone
from bathyscope.views._metric_series import metric_names
from bathyscope.views.base import RunData

#: More curves than there are colours: so many are drawn in colour, those farthest from the others.
OUTSTANDING = 5


@dataclass(frozen=True)
class Process:
    """One process of a distributed training, as its first event tells.

    Parameters
    ----------
    rank : int
    host : str
        Name of its machine; empty if not known.
    """

    rank: int
    host: str


def processes(events: Iterable[Mapping[str, Any]]) -> dict[str, Process]:
    """Give the processes that have a rank, by the names of their writers."""
    found: dict[str, Process] = {}
    for event in events:
        rank = event.get("rank")
        if isinstance(rank, int) and "process" in event:
            told = event["process"] or {}
            found[str(event.get("writer"))] = Process(rank, str(told.get("host") or ""))
    return found


def hosts_of_ranks(events: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """Give the machine of each rank, by its number; of a rank that came again its last one."""
    found = processes(events).values()
    return dict(sorted({process.rank: process.host for process in found}.items()))


def shared_names(run: RunData) -> list[str]:
    """Name the metrics that more than one rank of a run recorded."""
    ranks = {process.rank for process in processes(run.events()).values()}
    if len(ranks) < 2:
        return []
    recorded: Any = run  # only a run of ours has ranks
    count: dict[str, int] = {}
    for names in recorded.scalar_names_by_rank().values():
        for name in names:
            count[name] = count.get(name, 0) + 1
    return [name for name in metric_names(run) if count.get(name, 0) > 1]


@dataclass(frozen=True)
class Look:
    """How one of several curves is drawn.

    Parameters
    ----------
    label : str
    tone : int or str
    faint : bool
    """

    label: str
    tone: Tone
    faint: bool = False


def mean_or_nan(values: NDArray[np.float64]) -> float:
    """Give the mean of the values of a curve; NaN if they are not finite everywhere."""
    return float(values.mean()) if np.isfinite(values).all() else np.nan


def looks(labels: Sequence[str], means: Sequence[float], what: str) -> list[Look]:
    """Say how curves of one kind are told apart.

    Where there are more than colours, those are drawn in colour whose mean is farthest from
    that of the middle one, and first of all those that are not finite everywhere: a rank that
    strays is what such a picture is looked at for.

    Parameters
    ----------
    labels : sequence of str
    means : sequence of float
        Of each curve, as `mean_or_nan` gives it.
    what : str
        What they are curves of, in the plural.
    """
    if len(labels) <= len(CATEGORICAL):
        return [Look(label, tone) for tone, label in enumerate(labels)]
    middle = np.nanmedian(means) if np.isfinite(means).any() else 0.0
    away = np.where(np.isnan(means), np.inf, np.abs(np.array(means) - middle))
    outstanding = np.sort(np.argsort(-away, kind="stable")[:OUTSTANDING])
    tones = {int(index): tone for tone, index in enumerate(outstanding)}
    others = Look(f"the other {len(labels) - len(tones)} {what}", "muted", faint=True)
    return [
        Look(label, tones[index]) if index in tones else others
        for index, label in enumerate(labels)
    ]


def looks_note(count: int, what: str) -> str:
    """Say which curves are drawn in colour; empty if all are."""
    if count <= len(CATEGORICAL):
        return ""
    return (
        f"In colour: the {OUTSTANDING} of {count:,} {what} whose mean is farthest from that of "
        "the middle one, or that are not finite everywhere."
    )

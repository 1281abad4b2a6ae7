"""The feature vectors of one layer, placed step after step so that points can be followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.views import _recorded as recorded
from bathyscope.views._aligning import Placed
from bathyscope.views._projecting import MOST_TSNE, Projected, Projector
from bathyscope.views._projections import Told
from bathyscope.views._words import count_text, sentences
from bathyscope.views.base import RunData

#: Takes the step that is placed, how many are done, how many there are, and the share of this one.
ToldStep = Callable[[int, int, int, float], None]


@dataclass(frozen=True, eq=False)
class Places:
    """Where the samples of one step lie.

    Parameters
    ----------
    step : int
    sample : array, shape (n,)
        Ids of those that were placed.
    projected : Projected
    note : str
        What was left out.
    """

    step: int
    sample: NDArray[Any]
    projected: Projected
    note: str = ""

    @property
    def placed(self) -> Placed:
        """For the step that comes next."""
        return Placed(self.sample, self.projected.positions)


@dataclass(frozen=True)
class Wanted:
    """What is to be placed, and how.

    Parameters
    ----------
    layer, split : str
    step : int
        A recorded step.
    projector : Projector
    limit : int, optional
        Of more samples so many are placed, chosen at random.
    follow : bool
        Begin at the first step, and turn each picture to match that of the step before.
    """

    layer: str
    split: str
    step: int
    projector: Projector = field(default_factory=Projector)
    limit: int | None = None
    follow: bool = True


def place_steps(
    run: RunData, wanted: Wanted, *, done: Places | None = None, told: ToldStep | None = None
) -> Iterator[Places]:
    """Place step after step, up to the one that is wanted.

    Parameters
    ----------
    run : Run
    wanted : Wanted
    done : Places, optional
        Of an earlier step, found in the same way: steps up to it are not placed again.
    told : function, optional
        Called while a step is placed.

    Yields
    ------
    Places
        Of every step up to the wanted one, or only of that one without ``follow``. Steps at which
        no vector is finite are left out.

    Raises
    ------
    NotRecorded
        If there is no step with finite vectors.
    """
    group = names.FEATURES + wanted.split
    steps = [step for step in run.array_steps(group) if step <= wanted.step]
    steps = steps if wanted.follow else steps[-1:]
    if done is not None and wanted.follow:
        steps = [step for step in steps if step > done.step]
    before = done if wanted.follow else None
    found = before is not None
    for number, step in enumerate(steps):
        _, arrays = recorded.read_arrays(run, group, step)
        try:
            vectors = recorded.require_vectors(run, group, arrays, wanted.layer)
        except NotRecorded:  # diverged, or not recorded at this step
            continue
        table = vectors.reshape(len(vectors), -1)
        ids = recorded.group_ids(run, wanted.split, arrays, len(table))
        before = _place(table, ids, wanted, step=step, before=before,
                        told=_share_of(told, step, number, len(steps)))  # fmt: skip
        found = True
        yield before
    if not found:
        raise NotRecorded(
            f"`{wanted.layer}` in `{group}` of the run `{run.name}` must be finite at a step up to "
            f"{wanted.step}; it is at none. The model has diverged, or its inputs are not finite."
        )


def _share_of(told: ToldStep | None, step: int, number: int, count: int) -> Told | None:
    return None if told is None else lambda share: told(step, number, count, share)


def _place(
    table: NDArray[Any],
    ids: NDArray[Any],
    wanted: Wanted,
    *,
    step: int,
    before: Places | None,
    told: Told | None,
) -> Places:
    at, note = choose_rows(table, wanted.projector, limit=wanted.limit)
    if told is not None:
        told(0.0)
    projected = wanted.projector.project(
        table[at], sample=ids[at], before=None if before is None else before.placed, told=told
    )
    followed = "" if before is None else f"Turned to match step {before.step:,}."
    return Places(step, ids[at], projected, sentences([note, followed]))


def choose_rows(
    table: NDArray[Any], projector: Projector, *, limit: int | None
) -> tuple[NDArray[np.int64], str]:
    """Choose the samples to place: those that are finite, and not more than can be placed."""
    at = np.flatnonzero(recorded.finite_rows(table))
    left_out = len(table) - len(at)
    told = f"{count_text(left_out, 'sample')} with NaN or infinities left out." if left_out else ""
    most = limit or (MOST_TSNE if projector.method == "tsne" else len(at))
    if len(at) <= most:
        return at, told
    chosen = np.random.default_rng(projector.seed).choice(len(at), most, replace=False)
    drawn = f"{most:,} of {len(at):,} samples, chosen at random (seed {projector.seed})."
    return at[np.sort(chosen)], sentences([drawn, told])

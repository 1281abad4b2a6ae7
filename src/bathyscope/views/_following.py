"""The feature vectors of one layer, placed step after step so that points can be followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.views import _recorded as recorded
from bathyscope.views._aligning import Placed
from bathyscope.views._chosen_ids import among_chosen
from bathyscope.views._projecting import MOST_TSNE, Projected, Projector
from bathyscope.views._projections import Told
from bathyscope.views._words import count_text, sentences
from bathyscope.views.base import RunData


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
    only : str
        Which samples, as `among_chosen` reads them; empty for all.
    """

    layer: str
    split: str
    step: int
    projector: Projector = field(default_factory=Projector)
    limit: int | None = None
    follow: bool = True
    only: str = ""


@dataclass(frozen=True, eq=False)
class Vectors:
    """What a layer gave for samples at one step.

    Parameters
    ----------
    step : int
    sample : array, shape (n,)
        Ids.
    table : array of float, shape (n, n_features)
    note : str
        Which of more samples these are.
    """

    step: int
    sample: NDArray[Any]
    table: NDArray[Any]
    note: str = ""


def steps_up_to(run: RunData, wanted: Wanted) -> tuple[int, ...]:
    """Give the recorded steps that have to be placed, in order: all before, or the one."""
    steps = run.array_steps(names.FEATURES + wanted.split)
    earlier = tuple(step for step in steps if step <= wanted.step)
    return earlier if wanted.follow else earlier[-1:]


def read_vectors(run: RunData, wanted: Wanted, step: int) -> Vectors | None:
    """Read the vectors of a step; None if none of them is there, finite and wanted."""
    group = names.FEATURES + wanted.split
    _, arrays = recorded.read_arrays(run, group, step)
    try:
        vectors = recorded.require_vectors(run, group, arrays, wanted.layer)
    except NotRecorded:
        return None
    table = vectors.reshape(len(vectors), -1)
    sample = recorded.group_ids(run, wanted.split, arrays, len(table))
    if not wanted.only:
        return Vectors(step, sample, table)
    at = np.flatnonzero(among_chosen(sample, wanted.only))
    if not len(at) or not recorded.finite_rows(table[at]).any():
        return None
    note = f"{len(at):,} of {len(sample):,} samples, those that were selected."
    return Vectors(step, sample[at], table[at], note)


def place(
    vectors: Vectors,
    projector: Projector,
    *,
    limit: int | None = None,
    before: Places | None = None,
    told: Told | None = None,
) -> Places:
    """Place the vectors of one step.

    Parameters
    ----------
    vectors : Vectors
    projector : Projector
    limit : int, optional
        Of more samples so many are placed, chosen at random.
    before : Places, optional
        Of the step before, which the picture is turned to match.
    told : function, optional
        Called with the share that is done, from 0 to 1.
    """
    at, note = choose_rows(vectors.table, projector, limit=limit)
    sample, table = take_rows(vectors.sample, at), take_rows(vectors.table, at)
    placed = None if before is None else before.placed
    projected = projector.project(table, sample=sample, before=placed, told=told)
    followed = "" if before is None else f"Turned to match step {before.step:,}."
    return Places(vectors.step, sample, projected, sentences([vectors.note, note, followed]))


def nowhere_finite(wanted: Wanted, name: str) -> NotRecorded:
    """Give the error for a layer that was finite at no step."""
    if wanted.only:
        return NotRecorded(
            f"`only` must name samples whose `{wanted.layer}` in `{names.FEATURES + wanted.split}` "
            f"of the run `{name}` is finite at a step up to {wanted.step}; it names none of them."
        )
    return NotRecorded(
        f"`{wanted.layer}` in `{names.FEATURES + wanted.split}` of the run `{name}` must be finite "
        f"at a step up to {wanted.step}; it is at none. The model has diverged, or its inputs are "
        "not finite."
    )


def place_steps(run: RunData, wanted: Wanted) -> Iterator[Places]:
    """Place step after step, up to the one that is wanted; those that are not finite are left out.

    Raises
    ------
    NotRecorded
        If there is no step with finite vectors.
    """
    before: Places | None = None
    for step in steps_up_to(run, wanted):
        vectors = read_vectors(run, wanted, step)
        if vectors is not None:
            before = place(vectors, wanted.projector, limit=wanted.limit, before=before)
            yield before
    if before is None:
        raise nowhere_finite(wanted, run.name)


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


def take_rows(array: NDArray[Any], at: NDArray[np.int64]) -> NDArray[Any]:
    """Give the rows that `choose_rows` chose; of all rows no copy is made."""
    return array if len(at) == len(array) else array[at]

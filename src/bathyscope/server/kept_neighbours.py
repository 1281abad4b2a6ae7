"""Who is near whom, for every sample of a map: what a saved copy of a page keeps of vectors.

The vectors themselves are left out: of each sample its nearest neighbours are kept, by every
distance a reader can choose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bathyscope.figures import web
from bathyscope.reports.budget import keep_steps
from bathyscope.views._following import Wanted
from bathyscope.views._neighbourhoods import METRICS, nearest_of_all
from bathyscope.views.feature_vectors import FeatureVectors

#: Of each sample so many, as on a live page.
COUNT = 8
#: Bytes of all steps of one view, before they are compressed.
MOST_BYTES = 8 << 20
#: Products of two numbers: more are not worked out only to be saved.
MOST_PRODUCTS = 100_000_000_000
#: A place and a distance.
_BYTES_OF_ONE = 8
#: What sorting costs beside the products, about, for each pair of samples.
_SORTING = 100

Answers = Iterator[tuple[tuple[str, ...], bytes]]


@dataclass(frozen=True)
class KeptSteps:
    """The steps whose neighbours a copy holds, and the bytes of those it does not."""

    steps: tuple[int, ...]
    left_out_bytes: int


def choose_steps(
    n_samples: int, n_features: int, steps: Sequence[int], *, share: float = 1.0
) -> KeptSteps:
    """Choose the steps that there is room and time for: the first, the last, and some between.

    Parameters
    ----------
    n_samples, n_features : int
        Of the vectors of a step.
    steps : sequence of int
        Those the copy holds.
    share : float
        What part of the room, and of the time, of a view there is for this one.
    """
    size = n_samples * COUNT * _BYTES_OF_ONE * len(METRICS)
    work = n_samples**2 * (n_features + _SORTING) * len(METRICS)
    room = int(share * min(MOST_BYTES / max(1, size), MOST_PRODUCTS / max(1, work)))
    if room == 0:
        kept: tuple[int, ...] = ()
    elif room == 1:
        kept = tuple(steps[-1:])
    else:
        kept = keep_steps(tuple(steps), frame_bytes=1, budget=room)
    return KeptSteps(kept, size * (len(steps) - len(kept)))


def neighbour_answers(run: Any, address: tuple[str, ...], wanted: Wanted, steps: Any) -> Answers:
    """Write what the page asks of the neighbours of samples, step by step.

    Parameters
    ----------
    run : Run
    address : tuple of str
        What the addresses begin with.
    wanted : Wanted
        The layer and the samples.
    steps : sequence of int
    """
    for step in steps:
        yield (*address, str(step)), web.envelope(_neighbours(run, replace(wanted, step=step)))


def _neighbours(run: Any, wanted: Wanted) -> dict[str, Any]:
    made = FeatureVectors.from_run(
        run, wanted.layer, split=wanted.split, step=wanted.step,
        method="raw", components=(0,), style="histogram", thumbnails=False,
    )  # fmt: skip
    near: dict[str, Any] = {}
    for metric in METRICS:
        rows, apart = nearest_of_all(made.vectors, count=COUNT, metric=metric)
        near[metric] = {"rows": rows.astype(np.int32), "apart": apart.astype(np.float32)}
    return {
        "ids": made.sample,
        "names": list(made.sample_names()),
        "near": near,
        "note": made.neighbour_note(min(COUNT, len(made.sample) - 1)),
    }

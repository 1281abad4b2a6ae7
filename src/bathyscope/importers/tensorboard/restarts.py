"""What a restart makes void: points at steps that were done again.

The rules are those of TensorBoard's EventAccumulator, so that the same points remain. In files
of version 2 a session's start makes everything at its step and behind void; in older ones, an
event whose step is smaller than the largest until then does so for its own tags. Tensors, which
EventAccumulator leaves alone, are treated like everything else, as TensorBoard's pages do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Restarts(NamedTuple):
    """Restarts in the order of their records: arrays of shape (n_restarts,), int64."""

    records: Integers
    steps: Integers

    @classmethod
    def of(cls, pairs: list[tuple[int, int]]) -> Restarts:
        """Collect pairs of record and step."""
        table = np.array(sorted(pairs), np.int64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1])

    def merged(self, other: Restarts) -> Restarts:
        """Give both, in order."""
        records = np.concatenate([self.records, other.records])
        order = np.argsort(records, kind="stable")
        return Restarts(records[order], np.concatenate([self.steps, other.steps])[order])

    def survivors(self, records: Integers, steps: Integers) -> NDArray[np.bool_]:
        """Say which points no later restart makes void."""
        if not len(self.records):
            return np.ones(len(records), bool)
        smallest_after = np.minimum.accumulate(self.steps[::-1])[::-1]
        later = np.searchsorted(self.records, records, side="right")
        is_last = later == len(self.records)
        return is_last | (steps < smallest_after[np.minimum(later, len(self.records) - 1)])


def steps_back(steps: Integers, has_summary: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which events of an old file step back.

    Parameters
    ----------
    steps : array of shape (n_events,), int64
    has_summary : array of shape (n_events,), bool
        Only summaries step back; after any other event its own step counts.
    """
    back = np.zeros(len(steps), bool)
    begins = np.unique(np.append(0, np.flatnonzero(~has_summary)))
    last = np.int64(-1)
    for first, stop in zip(begins, np.append(begins[1:], len(steps)), strict=True):
        part = steps[first:stop]
        if not len(part):
            continue
        floor = last if has_summary[first] else part[0]
        highest = np.maximum.accumulate(np.append(floor, part))
        back[first:stop] = part < highest[:-1]
        last = highest[-1]
    return back

"""The first and the last value of every metric, without reading what lies between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: The first row, steps and values.
_Piece = tuple[int, NDArray[np.int64], NDArray[np.float64]]


class ScalarSummary(NamedTuple):
    """A metric at a glance.

    Parameters
    ----------
    name : str
    n_points : int
        Points that were recorded, those that were replaced later too.
    first_step, last_step : int
        The smallest and the largest step.
    first, last : float
        The values there, the latest of each step.
    """

    name: str
    n_points: int
    first_step: int
    first: float
    last_step: int
    last: float


class Ends(NamedTuple):
    """The first and the last point of some metrics: arrays of shape (n_metrics,).

    ``may_repeat`` tells which may have several values at one step.
    """

    names: Sequence[str]
    counts: NDArray[np.int64]
    first_steps: NDArray[np.int64]
    firsts: NDArray[np.float64]
    last_steps: NDArray[np.int64]
    lasts: NDArray[np.float64]
    may_repeat: NDArray[np.bool_]

    def put(self, place: int, steps: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Take the first and the last of some arrays as the ends of a metric of single values."""
        self.may_repeat[place] = False
        self.first_steps[place], self.last_steps[place] = steps.flat[0], steps.flat[-1]
        self.firsts[place], self.lasts[place] = values.flat[0], values.flat[-1]


def ends_of(
    names: Sequence[str],
    counts: NDArray[np.int64],
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
) -> Ends:
    """Find the first and the last point of each metric.

    Parameters
    ----------
    names : sequence of str
    counts : array of shape (n_metrics,)
        How many points each has, at least one.
    steps, values : array of shape (n_points,)
        Metric by metric, each sorted by step, then in recorded order.
    """
    ends = np.cumsum(counts)
    starts = ends - counts
    is_latest = np.append(steps[1:] != steps[:-1], True)[: len(steps)]
    is_latest[ends - 1] = True
    latest = np.flatnonzero(is_latest)
    firsts, lasts = latest[np.searchsorted(latest, starts)], ends - 1
    may_repeat = np.zeros(len(counts), np.bool_)
    may_repeat[np.searchsorted(ends, np.flatnonzero(~is_latest), "right")] = True
    return Ends(
        names, counts, steps[firsts], values[firsts], steps[lasts], values[lasts], may_repeat
    )


def ends_of_pieces(
    names: Sequence[str],
    counts: NDArray[np.int64],
    pieces: Iterable[_Piece],
) -> Ends:
    """Find the first and the last point of each metric in columns that come piece by piece.

    Parameters
    ----------
    names : sequence of str
    counts : array of shape (n_metrics,)
        How many points each has, at least one.
    pieces : iterable of (row, steps, values)
        Metric by metric, each sorted by step, then in recorded order; cut anywhere. The first
        row of each piece counts those before it; pieces may be missing that hold neither the
        last row of a metric nor any of its first step.
    """
    n_metrics = len(counts)
    found = Ends(
        names, counts, np.zeros(n_metrics, np.int64), np.zeros(n_metrics),
        np.zeros(n_metrics, np.int64), np.zeros(n_metrics), np.zeros(n_metrics, np.bool_),
    )  # fmt: skip
    ends = np.cumsum(counts)
    row, last_step = 0, None
    for piece in pieces:
        if len(piece[1]):
            _take_piece(found, ends, piece)
            _note_repeats(found, ends, piece, last_step if piece[0] == row else None)
            row, last_step = piece[0] + len(piece[1]), piece[1][-1]
    return found


def _note_repeats(
    found: Ends, ends: NDArray[np.int64], piece: _Piece, before: np.int64 | None
) -> None:
    """Note the metrics of which a piece has a step twice, or of which points are missing before it.

    Parameters
    ----------
    before : int64 or None
        The step before the piece; None if that is not known.
    """
    row, steps, _ = piece
    again = row + 1 + np.flatnonzero(steps[1:] == steps[:-1])
    if before is None or before == steps[0]:
        again = np.append(again, row)
    metric = np.searchsorted(ends, again, "right")
    is_first = again == (ends - found.counts)[metric]
    found.may_repeat[metric[~is_first]] = True


def _take_piece(found: Ends, ends: NDArray[np.int64], piece: _Piece) -> None:
    """Take from a piece what it holds of each metric's ends."""
    row, steps, values = piece
    stop = row + len(steps)
    starts = ends - found.counts
    begun = _between(starts, row, stop)
    found.first_steps[begun] = steps[starts[begun] - row]
    done = _between(ends - 1, row, stop)
    found.last_steps[done] = steps[ends[done] - 1 - row]
    found.lasts[done] = values[ends[done] - 1 - row]
    here = slice(int(np.searchsorted(ends, row, "right")), begun.stop)
    tops = np.maximum(starts[here], row) - row
    bottoms = np.minimum(ends[here], stop) - row
    is_first = steps[tops] == found.first_steps[here]  # not of one that began in an earlier piece
    after = np.minimum(tops + 1, bottoms - 1)
    is_alone = (steps[after] != found.first_steps[here]) | (after == tops)
    for k in np.flatnonzero(is_first & ~is_alone).tolist():  # of several there, the last counts
        inside = steps[tops[k] : bottoms[k]]
        tops[k] += np.searchsorted(inside, inside[0], "right") - 1
    metrics = np.arange(here.start, here.stop)[is_first]
    found.firsts[metrics] = values[tops[is_first]]


def _between(rows: NDArray[np.int64], first: int, stop: int) -> slice:
    """Give which of the ascending rows lie between two."""
    return slice(*np.searchsorted(rows, [first, stop]).tolist())


def summarize_ends(sources: Iterable[Ends]) -> dict[str, ScalarSummary]:
    """Put what writer after writer recorded together, sorted by name."""
    found: dict[str, ScalarSummary] = {}
    for ends in sources:
        columns = (column.tolist() for column in ends[1:-1])
        for name, *rest in zip(ends.names, *columns, strict=True):
            new = ScalarSummary(name, *rest)
            old = found.get(name)
            found[name] = new if old is None else _joined(old, new)
    return dict(sorted(found.items()))


def _joined(old: ScalarSummary, new: ScalarSummary) -> ScalarSummary:
    first = new if new.first_step <= old.first_step else old
    last = new if new.last_step >= old.last_step else old
    return ScalarSummary(
        new.name,
        old.n_points + new.n_points,
        first.first_step,
        first.first,
        last.last_step,
        last.last,
    )

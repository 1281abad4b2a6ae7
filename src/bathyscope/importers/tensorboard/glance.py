"""The first and the last value of every metric of a log, without looking at all between."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard.points import Piece
from bathyscope.importers.tensorboard.store import Store
from bathyscope.runs import ScalarSummary

#: Of larger logs, metrics are summed up one by one: all at once would take as much memory again.
_MOST = 1 << 20


def summaries_at_once(store: Store) -> dict[str, ScalarSummary] | None:
    """Sum up all tags together.

    Returns
    -------
    dict of str to ScalarSummary, or None
        By tag; None where that takes looking at each tag by itself: after restarts, where a tag
        was written in several ways, or in a large log.
    """
    tags = [tag for tag, _, _ in store.keys]
    n_points = sum(map(len, store.points.pieces))
    if store.odd or n_points > _MOST or len(set(tags)) < len(tags) or store.has_restarts():
        return None
    piece = store.points.whole()
    if piece is None:
        return {}
    counts = np.diff(piece.ends, prepend=0)
    keys = np.repeat(piece.keys, counts)
    is_inside = keys[1:] == keys[:-1]
    if (is_inside & (np.diff(piece.records.astype(np.int64)) < 0)).any():
        return None
    steps, values = piece.steps, piece.values
    if (is_inside & (steps[1:] < steps[:-1])).any():
        order = np.lexsort((steps, np.repeat(np.arange(len(counts)), counts)))
        steps, values = steps[order], values[order]
    ends, starts = piece.ends, piece.ends - counts
    is_latest = np.append(steps[1:] != steps[:-1], True)
    is_latest[ends - 1] = True
    latest = np.flatnonzero(is_latest)
    firsts, lasts = latest[np.searchsorted(latest, starts)], ends - 1
    rows = zip(
        piece.keys.tolist(), counts.tolist(), steps[starts].tolist(), values[firsts].tolist(),
        steps[lasts].tolist(), values[lasts].tolist(), strict=True,
    )  # fmt: skip
    return {tags[key]: ScalarSummary(tags[key], *row) for key, *row in rows}


def summaries_of_rising(store: Store) -> dict[str, ScalarSummary]:
    """Sum up the tags whose steps rise from point to point, as nearly all do.

    Of each piece of a log is looked once whether they do, so that a log that grows or is still
    being read costs what came.

    Returns
    -------
    dict of str to ScalarSummary
        By tag. Left out is what was written in several ways, and everything after restarts.
    """
    if store.has_restarts() or not store.points.pieces:
        return {}
    tags = [tag for tag, _, _ in store.keys]
    written = Counter(tags) + Counter(dict.fromkeys(store.odd, 1))
    pieces = store.points.pieces
    keys = np.concatenate([piece.keys for piece in pieces])
    order = np.argsort(keys, kind="stable")
    firsts = [_at(piece, piece.starts) for piece in pieces]
    lasts = [_at(piece, piece.ends - 1) for piece in pieces]
    rises = np.concatenate([piece.is_rising for piece in pieces])[order]
    counts = np.concatenate([np.diff(piece.ends, prepend=0) for piece in pieces])[order]
    first_steps, first_values = (np.concatenate(c)[order] for c in zip(*firsts, strict=True))
    last_steps, last_values = (np.concatenate(c)[order] for c in zip(*lasts, strict=True))
    keys = keys[order]
    begins = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    ends = np.append(begins[1:], len(keys)) - 1
    rises[1:] &= (first_steps[1:] > last_steps[:-1]) | (keys[1:] != keys[:-1])
    rows = zip(
        keys[begins].tolist(), np.logical_and.reduceat(rises, begins).tolist(),
        np.add.reduceat(counts, begins).tolist(), first_steps[begins].tolist(),
        first_values[begins].tolist(), last_steps[ends].tolist(), last_values[ends].tolist(),
        strict=True,
    )  # fmt: skip
    return {
        tags[key]: ScalarSummary(tags[key], *row)
        for key, is_rising, *row in rows
        if is_rising and written[tags[key]] == 1
    }


def _at(piece: Piece, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return piece.steps[rows], piece.values[rows]

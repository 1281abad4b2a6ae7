"""The first and the last value of every metric of a log, all metrics at once."""

from __future__ import annotations

import numpy as np

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

"""Where steps were recorded again: there the latest value counts, elsewhere the only one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bathyscope.runs.summaries import Ends

#: Stretches further apart than so many are taken as one.
_MOST = 50


class Again(NamedTuple):
    """What may have several values at a step; all else has one.

    Parameters
    ----------
    metrics : set of str
        Of these, at any step.
    stretches : list of (int, int)
        First and last of the steps at which any metric may.
    """

    metrics: set[str]
    stretches: list[tuple[int, int]]


def find_again(parts: Iterable[Ends]) -> Again:
    """Find what may have been recorded again, by the ends of the metrics of each part."""
    metrics: set[str] = set()
    spans: dict[str, list[tuple[int, int]]] = {}
    for ends in parts:
        columns = (ends.may_repeat, ends.first_steps, ends.last_steps)
        columns = (column.tolist() for column in columns)
        for name, may_repeat, first, last in zip(ends.names, *columns, strict=True):
            spans.setdefault(name, []).append((first, last))
            if may_repeat:
                metrics.add(name)
    overlaps = {
        overlap for name, of in spans.items() if name not in metrics for overlap in _overlaps(of)
    }
    return Again(metrics, _joined(overlaps))


def _overlaps(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give where some spans reach over those that begin before them."""
    if len(spans) == 1:
        return []
    (_, reached), *later = sorted(spans)
    found: list[tuple[int, int]] = []
    for first, last in later:
        if first <= reached:
            found.append((first, min(last, reached)))
        reached = max(reached, last)
    return found


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join stretches that meet; of a great many, all."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found if len(found) <= _MOST else [(found[0][0], found[-1][1])]

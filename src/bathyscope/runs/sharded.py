"""Arrays and tables that the ranks of one launch record shard by shard: which make a whole.

Each rank writes a file of its own, whose name says which shard of how many it is; no rank asks
another. What of one name, step and launch is there of all ranks is one record.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs.aligned import COLUMNS, add_histograms
from bathyscope.runs.layout import Part

#: What was recorded at once: one whole file, or shards in their order.
Record = tuple[Part, ...]
#: Steps, or ranks, that are named before the rest is counted.
_MOST_NAMED = 5
Launches = Callable[[], Mapping[str, str]]


class Place(NamedTuple):
    """Where a shard of an array lies in the whole.

    Parameters
    ----------
    offset : tuple of int
        Index of its first number.
    shape : tuple of int
        Of the whole array.
    """

    offset: tuple[int, ...]
    shape: tuple[int, ...]


class Shard(NamedTuple):
    """Which part of a record this process holds.

    Parameters
    ----------
    number, of : int
        Its rank, and how many ranks there are. Every rank must record its shard, though nothing
        may be in it.
    places : mapping of str to Place
        Of each array of which it holds a part; what is not named is whole.
    """

    number: int
    of: int
    places: Mapping[str, Place] = {}


def stem_of(stem: str, shard: Shard | None) -> str:
    """Name a file, given its name without a shard's number."""
    return stem if shard is None else f"{stem}.{shard.number}of{shard.of}"


def text_from_places(places: Mapping[str, Place]) -> str:
    """Write places as metadata can hold them."""
    return json.dumps({name: place._asdict() for name, place in places.items()})


def places_from_text(text: str) -> dict[str, Place]:
    """Read places that were written by `text_from_places`."""
    return {
        name: Place(tuple(place["offset"]), tuple(place["shape"]))
        for name, place in json.loads(text).items()
    }


def records_of(parts: Sequence[Part], launches: Launches) -> list[Record]:
    """Put files that belong together into one record each; what was recorded later comes later.

    Parameters
    ----------
    parts : sequence of Part
        All of one name, in recorded order.
    launches : callable
        Gives the launch of each writer: shards of different launches do not belong together.
    """
    if not any(part.shards for part in parts):
        return [(part,) for part in parts]
    known = launches()
    # A rank whose first event is damaged was of the launch of the others, if there was one only.
    lone = next(iter(known.values())) if len(set(known.values())) == 1 else None
    times: Counter[tuple[Any, ...]] = Counter()
    found: dict[tuple[Any, ...], list[Part]] = {}
    for part in parts:
        key: tuple[Any, ...] = (part.path,)
        if part.shards:
            kind = (part.step, part.shards, known.get(part.writer, lone or part.writer))
            key = (*kind, times[*kind, part.shard])  # a rank may record a step again
            times[*kind, part.shard] += 1
        found.setdefault(key, []).append(part)
    records = [tuple(sorted(record, key=lambda part: part.shard)) for record in found.values()]
    return sorted(records, key=lambda record: record[0].key)  # what rank 0 recorded later is later


def is_whole(record: Record) -> bool:
    """Whether no shard is missing."""
    return not record[0].shards or len(record) == record[0].shards


def missing_texts(records: Iterable[Record]) -> list[str]:
    """Say whose shards are missing: of all steps that lack the same in one sentence."""
    steps: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for record in records:
        there = {part.shard for part in record}
        missing = tuple(rank for rank in range(record[0].shards) if rank not in there)
        steps.setdefault((record[0].shards, missing), []).append(record[0].step)
    return [
        f"of {_listed('step', at)}, shards of {of - len(missing)} of {of} ranks are there; "
        f"missing, or still being written: {_listed('rank', missing)}"
        for (of, missing), at in steps.items()
    ]


def _listed(word: str, numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_NAMED]))
    more = f" and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else ""
    return f"{word}{'s' if len(numbers) > 1 else ''} {shown}{more}"


def join_arrays(
    shards: Sequence[tuple[Mapping[str, NDArray[Any]], Mapping[str, Place]]],
) -> dict[str, NDArray[Any]]:
    """Put shards of arrays together.

    Parameters
    ----------
    shards : sequence of (arrays, places)

    Raises
    ------
    DamagedFile
        If they do not cover each array once.
    """
    joined: dict[str, NDArray[Any]] = {}
    covered: dict[str, NDArray[np.bool_]] = {}
    for arrays, places in shards:
        for name, array in arrays.items():
            place = places.get(name)
            if place is None:
                joined[name] = array
                continue
            if name not in covered:
                joined[name] = np.empty(place.shape, array.dtype)
                covered[name] = np.zeros(place.shape, np.bool_)
            at = _where(array, place, joined[name])
            if at is None or covered[name][at].any():
                raise DamagedFile(f"its array `{name}` does not fit to the shards of other ranks")
            joined[name][at], covered[name][at] = array, True
    for name, seen in covered.items():
        if not seen.all():
            raise DamagedFile(
                f"of its array `{name}` the shards of all ranks hold {seen.sum():,} of "
                f"{seen.size:,} numbers"
            )
    return joined


def _where(array: NDArray[Any], place: Place, whole: NDArray[Any]) -> tuple[slice, ...] | None:
    """Give the part of the whole that a shard takes up; None if it does not fit."""
    if (whole.shape, whole.dtype) != (place.shape, array.dtype) or not _is_within(array, place):
        return None
    return tuple(
        slice(start, start + length)
        for start, length in zip(place.offset, array.shape, strict=True)
    )


def _is_within(array: NDArray[Any], place: Place) -> bool:
    if not array.ndim == len(place.offset) == len(place.shape):
        return False
    ends = zip(place.offset, array.shape, place.shape, strict=True)
    return all(start >= 0 and start + length <= most for start, length, most in ends)


def join_tables(tables: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Add up shards of a table of histograms.

    Raises
    ------
    DamagedFile
        If it is another table.
    """
    if any(set(table) != set(COLUMNS) for table in tables):
        raise DamagedFile(f"a table in shards must have the columns {', '.join(COLUMNS)}")
    return add_histograms(tables)


def check_shard(shard: Shard, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse a shard that lies outside its whole.

    Raises
    ------
    ValueError
    """
    if not 0 <= shard.number < shard.of:
        raise ValueError(f"`shard` must be one of {shard.of}, numbered from 0; got {shard.number}.")
    for name, place in shard.places.items():
        if name not in arrays or not _is_within(arrays[name], place):
            given = arrays[name].shape if name in arrays else "none"
            raise ValueError(
                f"The shard of `{name}` must lie in the whole of shape {place.shape}; got an "
                f"array of shape {given} at {place.offset}."
            )

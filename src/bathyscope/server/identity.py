"""Ids of runs and pictures: names in a table, never paths, the same whenever they are asked for."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

from bathyscope.reports.collect import Entry

#: Options that say how something is drawn, not what: they change as a run grows.
_LOOK = ("style", "smoothing")
_LONGEST = 48


def run_id(relative: str, name: str) -> str:
    """Name a run by its place below the root; readable, and safe in a URL."""
    digest = hashlib.sha256(relative.encode("utf-8", "surrogateescape")).hexdigest()[:10]
    return f"{_slug(name) or 'run'}-{digest}"


def entry_ids(entries: Iterable[Entry]) -> list[str]:
    """Name pictures by their view and by what they show, so that a growing run keeps their names.

    A picture of ``loss`` stays that picture when ``val_loss`` joins it.
    """
    seen: Counter[str] = Counter()
    ids: list[str] = []
    for entry in entries:
        name = _entry_name(entry)
        seen[name] += 1
        ids.append(name if seen[name] == 1 else f"{name}--{seen[name]}")
    return ids


def _entry_name(entry: Entry) -> str:
    words = [entry.view.view_name or entry.view.__name__.lower()]
    for key, value in sorted(entry.offer.options.items()):
        first = next(iter(value), "") if isinstance(value, (tuple, list)) else value
        if isinstance(first, str) and first and key not in _LOOK:
            words.append(first)
    text = "-".join(words)
    slug = _slug(text)
    if slug == text.replace("_", "-"):
        return slug
    return f"{slug}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:6]}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST].strip("-")

"""Refuses files that are damaged, or newer than this version can read."""

from __future__ import annotations

import time

from bathyscope._errors import DamagedFile
from bathyscope.runs import parquet
from bathyscope.runs.files import checksum, identity
from bathyscope.runs.footer import Footer, read_footer
from bathyscope.runs.layout import Part

#: Files that were found good, as they were then.
_GOOD: set[tuple[tuple[int, ...], str]] = set()
_MOST_GOOD = 10_000
#: A file that was changed so short a time ago may change again without that its time tells.
_SETTLED_NS = 2_000_000_000


def check_parquet(part: Part) -> Footer:
    """Refuse a Parquet file that was damaged, or that a newer version wrote."""
    check_bytes(part)
    try:
        footer = read_footer(part.path)
        version = int(footer.texts.get(parquet.VERSION_KEY.encode(), parquet.VERSION))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DamagedFile(f"it cannot be read ({error!r})") from error
    check_version(version, parquet.VERSION)
    return footer


def check_bytes(part: Part) -> None:
    """Refuse a file whose bytes are not those that were written.

    What was found good is not read again by this process until it changes: a run is opened by
    several who show it, and its files may be large.
    """
    state = identity(part.path), part.checksum
    if state in _GOOD:
        return
    found = checksum(part.path)
    if found != part.checksum:
        raise DamagedFile(
            f"its bytes are not those that were written (CRC32 {found}, not {part.checksum})"
        )
    if len(_GOOD) >= _MOST_GOOD:
        _GOOD.clear()
    if time.time_ns() - state[0][-1] > _SETTLED_NS:
        _GOOD.add(state)


def check_version(version: int, known: int) -> None:
    """Refuse a newer format."""
    if version > known:
        raise DamagedFile(
            f"it has format version {version}, and this bathyscope reads up to {known}; "
            "use a newer one"
        )

"""Where the files of a run are, and what their names say.

A *writer* is one process that recorded into the run: ``<ordinal>-<pid>-<random>``. The ordinal
is one more than the largest that was there, so the order of the writers needs no clock. Files
that are written whole carry the CRC32 of their bytes in their name.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

MANIFEST = "run.json"
SCALARS = "scalars"
TABLES = "tables"
ARRAYS = "arrays"
EVENTS = "events"
ABOUT = "about"
FOLDERS = (SCALARS, TABLES, ARRAYS, EVENTS)

_WRITER = r"(?P<writer>[0-9]{4,}-[0-9]+-[0-9a-f]{8})"
_CHECKSUM = r"(?P<checksum>[0-9a-f]{8})"
_STEP = r"(?P<step>-?[0-9]+)"
JOURNAL_NAME = re.compile(rf"{_WRITER}-(?P<part>[0-9]+)\.journal")
SEALED_NAME = re.compile(rf"{_WRITER}-(?P<part>[0-9]+)\.{_CHECKSUM}\.parquet")
EVENTS_NAME = re.compile(rf"{_WRITER}\.jsonl")
ABOUT_NAME = re.compile(rf"{_WRITER}\.{_CHECKSUM}\.json")
_SHARD = re.compile(r"\.(?P<shard>[0-9]+)of(?P<shards>[0-9]+)")
_STEPPED = rf"{_STEP}-{_WRITER}-(?P<part>[0-9]+)(?:{_SHARD.pattern})?"
TABLE_NAME = re.compile(rf"{_STEPPED}\.{_CHECKSUM}\.parquet")
ARRAYS_NAME = re.compile(rf"{_STEPPED}\.{_CHECKSUM}\.safetensors")


class Part(NamedTuple):
    """One file of a run, and what its name says of it."""

    path: Path
    writer: str
    number: int = 0
    step: int = 0
    checksum: str = ""
    #: Which shard of how many it is; of a file that is whole, how many is 0.
    shard: int = 0
    shards: int = 0

    @property
    def key(self) -> tuple[int, str, int]:
        """Sorts parts so that what was recorded later comes later."""
        return *writer_key(self.writer), self.number


def writer_key(writer: str) -> tuple[int, str]:
    """Sort writers so that the later come later."""
    return int(writer.partition("-")[0]), writer


def part_from_path(path: Path, pattern: re.Pattern[str]) -> Part | None:
    """Read a file's name; None if it is not of that pattern."""
    return _part(path.parent, path.name, pattern)


def _part(folder: Path, name: str, pattern: re.Pattern[str]) -> Part | None:
    match = pattern.fullmatch(name)
    if match is None:
        return None
    said = match.groupdict()
    return Part(
        folder / name,
        said["writer"],
        number=int(said.get("part") or 0),
        step=int(said.get("step") or 0),
        checksum=said.get("checksum") or "",
        shard=int(said.get("shard") or 0),
        shards=int(said.get("shards") or 0),
    )


def list_parts(folder: Path, pattern: re.Pattern[str]) -> list[Part]:
    """Give the files of a folder whose names are of that pattern, in recorded order."""
    return parts_from_names(folder, list_names(folder), pattern)


def parts_from_names(folder: Path, names: Iterable[str], pattern: re.Pattern[str]) -> list[Part]:
    """Give those of the files whose names are of that pattern, in recorded order."""
    found = (_part(folder, name, pattern) for name in names)
    return sorted((part for part in found if part is not None), key=lambda part: part.key)


def is_shard(name: str) -> bool:
    """Say whether a file of a table or of arrays is one of several that make a whole."""
    return _SHARD.search(name) is not None


def list_event_logs(run: Path) -> list[str]:
    """Give the paths of a run's event logs, the later writer's last; as text, to be quick."""
    folder = f"{run}/{EVENTS}"
    names = [name for name in list_names(folder) if EVENTS_NAME.fullmatch(name)]
    return [f"{folder}/{name}" for name in sorted(names, key=writer_key)]


def list_names(folder: str | Path) -> list[str]:
    """Give the sorted names in a folder; hidden ones are files that are not finished yet."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 (polled: a Path per file costs too much)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(name for name in names if not name.startswith("."))


def strange_names(folder: Path, patterns: Iterable[re.Pattern[str]]) -> list[str]:
    """Give the names in a folder that are of none of the patterns."""
    known = tuple(patterns)
    names = list_names(folder)
    return [name for name in names if not any(pattern.fullmatch(name) for pattern in known)]


def new_writer(run: Path) -> str:
    """Make the name of a new writer of this run."""
    return next_writer(run / EVENTS, EVENTS_NAME)


def next_writer(folder: Path, pattern: re.Pattern[str]) -> str:
    """Make the name of a writer that comes after all whose files are in a folder."""
    taken = [part.key[0] for part in list_parts(folder, pattern)]
    return f"{max(taken, default=0) + 1:04d}-{os.getpid()}-{secrets.token_hex(4)}"


def looks_like_run(path: Path) -> bool:
    """Say whether a folder is a run, though its manifest may be lost.

    That there is a folder called ``scalars`` says nothing: a run in a folder of runs may be called
    so, or a folder of runs. There must be files in it that are named as ours are.
    """
    if os.path.isfile(f"{path}/{MANIFEST}"):  # noqa: PTH113 (asked of thousands of folders)
        return True
    flat = {SCALARS: (JOURNAL_NAME, SEALED_NAME), EVENTS: (EVENTS_NAME,)}
    if any(_holds_any(f"{path}/{name}", patterns) for name, patterns in flat.items()):
        return True
    nested = {TABLES: TABLE_NAME, ARRAYS: ARRAYS_NAME}
    return any(
        _holds_any(f"{path}/{folder}/{name}", (pattern,))
        for folder, pattern in nested.items()
        for name in list_names(f"{path}/{folder}")
    )


def _holds_any(folder: str, patterns: tuple[re.Pattern[str], ...]) -> bool:
    names = list_names(folder)
    return any(pattern.fullmatch(name) for name in names for pattern in patterns)

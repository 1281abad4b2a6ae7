"""What was deleted and can be taken back: it lies in a hidden folder beside the runs.

``<root>/.bathyscope-trash/<time>-<random>-<depth>/<path of the run below the root>``, which has
as many components as ``depth`` says: where the run came from is in its place.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bathyscope.runs.layout import looks_like_run

TRASH = ".bathyscope-trash"
_ID = re.compile(r"(?P<time>[0-9]{8}T[0-9]{6}Z)-[0-9a-f]{8}-(?P<depth>[0-9]+)")
_TIME = "%Y%m%dT%H%M%SZ"


class Trashed(NamedTuple):
    """A run that was deleted, and can be taken back.

    Parameters
    ----------
    id : str
        Names this deletion.
    path : pathlib.Path
        Where the run is now.
    original : pathlib.Path
        Where it was.
    deleted : float
        When, in seconds since 1970 (UTC).
    """

    id: str
    path: Path
    original: Path
    deleted: float

    def size(self) -> int:
        """Add up what its files hold, in bytes."""
        found = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with contextlib.suppress(OSError):  # it was taken back meanwhile
                    found += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118
        return found


def has_trash(root: str | os.PathLike[str]) -> bool:
    """Whether anything was deleted from a folder of runs: one look, however much it was."""
    try:
        names = os.listdir(Path(root) / TRASH)  # noqa: PTH208 (names are wanted)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return any(_ID.fullmatch(name) for name in names)


def list_trash(root: str | os.PathLike[str]) -> list[Trashed]:
    """List what was deleted from a folder of runs and can be taken back, the latest first."""
    home = Path(os.path.abspath(root))  # noqa: PTH100 (links are kept as they are)
    try:
        names = os.listdir(home / TRASH)  # noqa: PTH208 (names are wanted)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = (_look(home, name) for name in sorted(names, reverse=True))
    return [trashed for trashed in found if trashed is not None]


def _look(home: Path, name: str) -> Trashed | None:
    """Look at one deletion; None if it is none, or the run was taken back."""
    match = _ID.fullmatch(name)
    if match is None:
        return None
    place = path = home / TRASH / name
    for _ in range(int(match["depth"])):
        inside = list(path.iterdir()) if path.is_dir() else []
        if len(inside) != 1:
            return None
        (path,) = inside
    if not looks_like_run(path):
        return None
    return Trashed(name, path, home / path.relative_to(place), _moment(match["time"]))


def _moment(written: str) -> float:
    return datetime.strptime(written, _TIME).replace(tzinfo=UTC).timestamp()


def place_in_trash(run: Path, root: Path) -> Trashed:
    """Choose where a run of a folder is moved when it is deleted now."""
    inner = run.relative_to(root)
    now = datetime.now(UTC).strftime(_TIME)
    id = f"{now}-{secrets.token_hex(4)}-{len(inner.parts)}"
    return Trashed(id, root / TRASH / id / inner, run, _moment(now))

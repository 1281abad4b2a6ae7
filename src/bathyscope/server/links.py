"""Nothing of a run may lead out of the folder that is shown: a link in it could name any file."""

from __future__ import annotations

import os
from pathlib import Path

from bathyscope.server.refusal import Refusal


def check_links(path: Path, root: Path) -> None:
    """Refuse a run that holds, or a file that is, a link to something outside the root.

    Raises
    ------
    Refusal
        If it does.
    OSError
        If it is gone.
    """
    inside = os.path.realpath(root) + os.sep
    for link in _links(str(path)) if path.is_dir() else [str(path)]:
        if not os.path.realpath(link).startswith(inside):
            shown = Path(link).relative_to(path).as_posix()
            raise Refusal(
                403,
                f"A run must hold its own files; `{shown}` is a link that leads out of `{root}`, "
                "and nothing of this run is read. Put a copy in its place, or remove the link.",
            )


def _links(folder: str) -> list[str]:
    found: list[str] = []
    with os.scandir(folder) as items:
        for item in items:
            if item.is_symlink():
                found.append(item.path)
            elif item.is_dir():
                found += _links(item.path)
    return found

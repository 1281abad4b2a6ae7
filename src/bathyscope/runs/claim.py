"""What is settled before a run is written: its settings, and whose its folder is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bathyscope._errors import RunError
from bathyscope.runs.files import cannot_write
from bathyscope.runs.layout import list_names, looks_like_run
from bathyscope.runs.manifest import git_commit, software
from bathyscope.runs.naming import check_name


def check_settings(
    name: str | None, config: Mapping[str, Any] | None, tags: Sequence[str], group: str | None
) -> None:
    """Refuse settings that are none.

    Raises
    ------
    TypeError, ValueError
        If one is of the wrong kind.
    """
    if name is not None:
        check_name(name, what="`name`")
    if group is not None:
        check_name(group, what="`group`")
    if config is not None and not isinstance(config, Mapping):
        raise TypeError(f"`config` must be a mapping; got {type(config).__name__}. Use a dict.")
    if isinstance(tags, str):
        raise TypeError(f"`tags` must be a sequence of texts; got {tags!r}. Use [{tags!r}].")
    for tag in tags:
        check_name(tag, what="A tag")


def claim(path: Path, *, resume: bool) -> None:
    """Make the run's folder, or take the one that is there.

    Raises
    ------
    RunError
        If it is there and must not be, or is no run, or the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()
    except OSError as error:
        if not path.exists():
            raise cannot_write(path, error) from error
        _check_resume(path, resume=resume)


def _check_resume(path: Path, *, resume: bool) -> None:
    if not resume:
        raise RunError(
            f"`{path}` must not exist yet, so that no run is mixed into another. "
            "Choose another name, or go on with it by `resume=True`."
        )
    # Another process may be making the run: hidden files are its own.
    is_empty_folder = path.is_dir() and not list_names(path)
    if not (is_empty_folder or looks_like_run(path)):
        raise RunError(f"`{path}` must be a run to be resumed; it holds something else.")


def later_session(config: Mapping[str, Any] | None, tags: Sequence[str]) -> dict[str, Any]:
    """Describe a later session: the manifest describes the first."""
    return {
        "config": dict(config or {}),
        "tags": list(tags),
        "software": software(),
        "git_commit": git_commit(),
    }

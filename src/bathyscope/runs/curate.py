"""Rename a run, tag it, note something, put it away; what was recorded stays as it is."""

from __future__ import annotations

import enum
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from bathyscope.runs import plain
from bathyscope.runs.about import VERSION, About, check_change, read_about
from bathyscope.runs.files import cannot_write, publish
from bathyscope.runs.layout import ABOUT, ABOUT_NAME, looks_like_run, next_writer
from bathyscope.runs.missing import run_not_found
from bathyscope.runs.secrets import settings_without_secrets


class _Unchanged(enum.Enum):
    UNCHANGED = enum.auto()


#: Stands for what a change says nothing of.
UNCHANGED: Literal[_Unchanged.UNCHANGED] = _Unchanged.UNCHANGED


def describe_run(
    path: str | os.PathLike[str],
    *,
    name: str | _Unchanged | None = UNCHANGED,
    tags: Sequence[str] | _Unchanged | None = UNCHANGED,
    note: str | _Unchanged = UNCHANGED,
    archived: bool | _Unchanged = UNCHANGED,
    config: Mapping[str, Any] | _Unchanged = UNCHANGED,
) -> About:
    """Rename a run, tag it, note something, put it away. What was recorded stays as it is.

    The run may be being written, by this process or another.

    Parameters
    ----------
    path : str or path
        The run's folder, which keeps its name.
    name : str or None
        None gives it its recorded name again.
    tags : sequence of str, or None
        All of its tags; None gives it the recorded ones again.
    note : str
        May have several lines; ``""`` takes it back.
    archived : bool
        Whether it is put away.
    config : mapping
        Settings by name: anything JSON can hold. They are added to those there are, and replace
        those of the same name. Secrets are hidden, as in those that the run was made with.

    Returns
    -------
    About
        What is said of the run now.

    Raises
    ------
    RunNotFound
        If there is no run at this place.
    TypeError, ValueError
        If a name, a tag, a note or a setting is none.
    RunError
        If the disk refuses.

    Examples
    --------
    >>> describe_run("runs/a", name="baseline", tags=["paper"])  # doctest: +SKIP
    """
    run = Path(os.path.abspath(path))  # noqa: PTH100 (links are kept as they are)
    if not looks_like_run(run):
        raise run_not_found(run)
    given = {"name": name, "tags": tags, "note": note, "archived": archived, "config": config}
    change: dict[str, Any] = {key: value for key, value in given.items() if value is not UNCHANGED}
    check_change(change)
    if "config" in change:
        change |= _settings(change["config"])
    if change:
        _write(run, change)
    return read_about(run)


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Write settings as the manifest does."""
    form = plain.Plain()
    written = {"config": settings_without_secrets(form.convert(config))}
    return written | ({"represented": form.represented} if form.represented else {})


def _write(run: Path, change: Mapping[str, Any]) -> None:
    folder = run / ABOUT
    said: dict[str, Any] = {"version": VERSION, "time": time.time(), **change}
    if said.get("tags") is not None:
        said["tags"] = list(dict.fromkeys(said["tags"]))
    text = plain.dump(said).encode() + b"\n"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    stem = next_writer(folder, ABOUT_NAME)
    publish(folder, stem, ".json", lambda hidden: _put(hidden, text), sync=True)


def _put(path: Path, text: bytes) -> None:
    path.write_bytes(text)

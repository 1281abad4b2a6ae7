"""What people said of a run: its name, tags, note and settings, and whether it is put away.

Each change is a small file of its own in ``about/``, so that several people and programs may
speak of a run that another process is writing, and nothing that was recorded is touched.
`curate` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from bathyscope._errors import DamagedFile
from bathyscope.runs import plain
from bathyscope.runs.checks import check_bytes, check_version
from bathyscope.runs.files import cannot_read
from bathyscope.runs.layout import ABOUT, ABOUT_NAME, Part, list_names, parts_from_names
from bathyscope.runs.naming import check_name

VERSION = 1
_LONGEST_NAME = 1000


class About(NamedTuple):
    """What people said of a run.

    Parameters
    ----------
    name : str or None
        None where nobody renamed it: the recorded name counts.
    tags : tuple of str, or None
        None where nobody changed them: the recorded ones count.
    note : str
    archived : bool
        Put away: kept, and not shown among the others.
    faults : tuple of str
        Changes that cannot be read, and why.
    config : mapping
        Settings that were added to those it was made with, or replace them.
    """

    name: str | None = None
    tags: tuple[str, ...] | None = None
    note: str = ""
    archived: bool = False
    faults: tuple[str, ...] = ()
    config: Mapping[str, Any] = MappingProxyType({})


def check_change(change: Mapping[str, Any]) -> None:
    """Refuse what cannot be said of a run."""
    if change.get("name") is not None:
        _check_run_name(change["name"])
    if change.get("tags") is not None:
        if isinstance(change["tags"], str) or not isinstance(change["tags"], Sequence):
            raise TypeError(f"`tags` must be a sequence of texts; got {change['tags']!r}.")
        for tag in change["tags"]:
            check_name(tag, what="A tag")
    if change.get("note", "") != "":
        check_name(change["note"], what="`note`")
    if not isinstance(change.get("archived", False), bool):
        raise TypeError(f"`archived` must be True or False; got {change['archived']!r}.")
    if not isinstance(change.get("config", {}), Mapping):
        raise TypeError(
            f"`config` must be a mapping; got {type(change['config']).__name__}. Use a dict."
        )


def _check_run_name(name: object) -> None:
    checked = check_name(name, what="The name of a run")
    if not checked.strip():
        raise ValueError(
            "The name of a run must show; this one is blank. Use None to take it back."
        )
    if len(checked) > _LONGEST_NAME:
        raise ValueError(
            f"The name of a run must have at most {_LONGEST_NAME} characters; got {len(checked)}. "
            "Put the rest into its note."
        )


def read_about(path: Path) -> About:
    """Give what people said of a run, the later word counting."""
    names = list_names(f"{path}/{ABOUT}")
    if not names:  # as in most of the runs that a listing asks
        return About()
    found: dict[str, Any] = {}
    config: dict[str, Any] = {}
    faults: list[str] = []
    for part in parts_from_names(path / ABOUT, names, ABOUT_NAME):
        try:
            said = _read(part)
            config.update(said.pop("config", {}))
            found.update(said)
        except (DamagedFile, OSError) as error:
            reason = cannot_read(error) if isinstance(error, OSError) else str(error)
            faults.append(f"{ABOUT}/{part.path.name}: {reason}")
    tags = found.get("tags")
    return About(
        name=found.get("name"),
        tags=None if tags is None else tuple(tags),
        note=found.get("note", ""),
        archived=found.get("archived", False),
        config=config,
        faults=tuple(faults),
    )


def _read(part: Part) -> dict[str, Any]:
    """Read one change.

    Raises
    ------
    DamagedFile
        If it is not as it was written, or newer.
    """
    check_bytes(part)
    try:
        said: dict[str, Any] = plain.load(part.path.read_bytes())
        version = int(said.pop("version"))
        check_change(said)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedFile(f"it says nothing of a run ({error!r})") from error
    check_version(version, VERSION)
    return said

"""What a page may change: what people say of a run, and whether it lies in the trash.

What was recorded is never changed. A run that was deleted keeps its id, by which it is taken back;
of several that lay at one place, each deletion has an id of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bathyscope._errors import RunNotFound
from bathyscope.runs import (
    Trashed,
    delete_run,
    describe_run,
    erase_run,
    list_trash,
    restore_run,
)
from bathyscope.runs.listing import summarize
from bathyscope.server.catalog import Catalog
from bathyscope.server.identity import run_id
from bathyscope.server.known import Known
from bathyscope.server.refusal import Refusal

_SAID = ("name", "tags", "note", "archived")
_DELETED = "deleted"
_ERASED = "erased"


def read_change(body: bytes) -> dict[str, Any]:
    """Read what is to be changed.

    Raises
    ------
    ValueError
        If it is no JSON object of known keys.
    """
    change = _read_object(body, (*_SAID, _DELETED))
    if _DELETED in change and not isinstance(change[_DELETED], bool):
        raise ValueError(f"`{_DELETED}` must be true or false; got {change[_DELETED]!r}.")
    return change


def change_run(catalog: Catalog, run: str, change: dict[str, Any]) -> None:
    """Do what is asked.

    Parameters
    ----------
    catalog : Catalog
    run : str
        The run's id.
    change : dict
        That `read_change` gave.

    Raises
    ------
    RunNotFound, ValueError, TypeError, RunError
        If it cannot be done; nothing was changed then.
    """
    if change.get(_DELETED) is False:
        restore_run(*_find_trashed(catalog, run))
        return
    known = catalog.get(run)
    path = _path_of_own(known)
    said: dict[str, Any] = {key: value for key, value in change.items() if key in _SAID}
    if said:
        describe_run(path, **said)
    if change.get(_DELETED):
        if known.place.relative == ".":
            raise Refusal(
                409,
                "A run must lie in the folder that is shown to be deleted; this dashboard shows "
                "the run itself. Open the dashboard of the folder above it.",
            )
        delete_run(path, root=catalog.root)


def change_trashed(catalog: Catalog, deletion: str, body: bytes) -> None:
    """Take back what was deleted, or erase it.

    Parameters
    ----------
    catalog : Catalog
    deletion : str
        `Trashed.id`.
    body : bytes
        A JSON object: ``{"deleted": false}`` or ``{"erased": true}``.

    Raises
    ------
    RunNotFound, ValueError, RunError
        If it cannot be done; nothing was changed then.
    """
    change = _read_object(body, (_DELETED, _ERASED))
    known = {trashed.id: home for home, trashed in _trashed(catalog)}
    home = known.get(deletion, catalog.root)
    if len(change) == 1 and change.get(_DELETED) is False:
        restore_run(home, deletion)
    elif len(change) == 1 and change.get(_ERASED) is True:
        erase_run(home, deletion)
    else:
        raise ValueError(
            f'A deleted run must be changed by {{"{_DELETED}": false}} or {{"{_ERASED}": true}}; '
            f"got {json.dumps(change)[:200]}. Nothing was changed."
        )


def trashed_rows(catalog: Catalog) -> list[dict[str, Any]]:
    """List what can be taken back, the latest first."""
    rows = [
        {
            "id": _id_of(catalog.root, trashed),
            "deletion": trashed.id,
            "name": summarize(trashed.path).name,
            "path": trashed.original.relative_to(catalog.root).as_posix(),
            "deleted": trashed.deleted,
            "size": trashed.size(),
        }
        for _, trashed in _trashed(catalog)
    ]
    return sorted(rows, key=lambda row: row["deletion"], reverse=True)


def _trashed(catalog: Catalog) -> Iterator[tuple[Path, Trashed]]:
    """Give what was deleted, and from which folder: `bathyscope delete` uses the one it was in."""
    for home in catalog.trashes:
        for trashed in list_trash(home):
            yield home, trashed


def _read_object(body: bytes, keys: tuple[str, ...]) -> dict[str, Any]:
    try:
        change = json.loads(body)
    except ValueError:
        change = None
    if not isinstance(change, dict) or not change or not change.keys() <= set(keys):
        raise ValueError(
            f"The body must be a JSON object with some of {', '.join(keys)}; "
            f"got {body[:200].decode('utf-8', 'replace')!r}. Nothing was changed."
        )
    return change


def _path_of_own(known: Known) -> Path:
    if known.place.kind != "run":
        raise Refusal(
            409,
            f"A run must be recorded by bathyscope to be changed from here; this is a log of "
            f"{known.place.kind}, which is only read. `bathyscope import` makes a run of it.",
        )
    return known.place.path


def _find_trashed(catalog: Catalog, run: str) -> tuple[Path, str]:
    """Find the latest deletion of a run: from which folder, and its id there."""
    found = [
        (trashed.id, home)
        for home, trashed in _trashed(catalog)
        if _id_of(catalog.root, trashed) == run
    ]
    if found:
        deletion, home = max(found)
        return home, deletion
    raise RunNotFound(
        f"`id` must be that of a deleted run of `{catalog.root}`; got {run[:100]!r}. It was taken "
        "back already, or its place in the trash was emptied."
    )


def _id_of(root: Path, trashed: Trashed) -> str:
    return run_id(trashed.original.relative_to(root).as_posix(), trashed.original.name)

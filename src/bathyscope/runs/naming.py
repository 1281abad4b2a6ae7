"""How names become file names: any Unicode in, one plain path component out, and back.

A component is the name's UTF-8 with every byte outside ``a-z 0-9 _ -`` written as ``%xx``, so
it can neither leave the run's folder, nor be hidden, nor meet another name on a file system
that ignores case. A longer one is cut and ends in ``~`` and a digest; the name itself then
stands in the file ``name.txt`` of that folder.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from bathyscope.runs.files import cannot_write, publish_once

NAME_FILE = "name.txt"
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-")
_LONGEST = 180
_CUT = 100
_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")


def check_name(name: object, *, what: str) -> str:
    """Refuse what cannot be the name of something recorded."""
    if not isinstance(name, str):
        raise TypeError(f"{what} must be text; got {name!r} ({type(name).__name__}).")
    if not name:
        raise ValueError(f"{what} must not be empty; give it a name.")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{what} must be valid Unicode; got {name!r}, which holds half of a surrogate pair."
        ) from None
    return name


def folder_from_name(name: str) -> str:
    """Give the path component that stands for a name."""
    escaped = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in name.encode())
    if _RESERVED.fullmatch(escaped):
        escaped = f"%{ord(escaped[0]):02x}{escaped[1:]}"
    if len(escaped) <= _LONGEST:
        return escaped
    return f"{escaped[:_CUT]}~{hashlib.sha256(name.encode()).hexdigest()}"


def make_named_folder(parent: Path, name: str) -> Path:
    """Make the folder that stands for a name, if it is not there."""
    folder = parent / folder_from_name(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    if "~" in folder.name and not (folder / NAME_FILE).exists():
        publish_once(folder / NAME_FILE, name.encode())
    return folder


def name_from_folder(folder: Path) -> str:
    """Give the name a folder stands for.

    Raises
    ------
    ValueError
        If it stands for none.
    """
    try:
        name = _long_name(folder) if "~" in folder.name else _unescape(folder.name)
    except (OSError, ValueError):
        name = ""
    if not name or folder_from_name(name) != folder.name:
        raise ValueError("this folder's name does not stand for a recorded name")
    return name


def _long_name(folder: Path) -> str:
    return (folder / NAME_FILE).read_bytes().decode()


def _unescape(component: str) -> str:
    escaped = component.encode()
    return re.sub(rb"%([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), escaped).decode()

"""Settings in YAML: read as a tree of nodes, from which nothing but plain values is made.

PyYAML's parser gives the nodes; its constructors, which can make objects, are never called. A
tag such as ``!!python/object`` says nothing to us: what it stands before is read as it lies.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bathyscope._errors import DamagedFile, MissingDependency
from bathyscope._optional import require
from bathyscope.importers.log import Faults, cleaned
from bathyscope.importers.reading import read_bytes

_DEEPEST = 20
#: Larger files are no settings. PyYAML takes up to 500 times the size of a file.
_MOST_BYTES = 1 << 18
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
    ".nan": float("nan"),
    ".inf": float("inf"),
    "-.inf": -float("inf"),
}


def read_yaml(path: Path, faults: Faults) -> dict[str, Any]:
    """Read a mapping; what cannot be read is told, and nothing of it given."""
    try:
        data = read_bytes(path)
        if len(data) > _MOST_BYTES:
            raise ValueError(f"it has {len(data):,} bytes, and settings at most {_MOST_BYTES:,}")
        found = value_of(data.decode("utf-8-sig", errors="replace"))
    except (DamagedFile, MissingDependency, ValueError) as error:
        faults.add(f"{path.name}: {error}")
        return {}
    if isinstance(found, dict):
        return found
    if found is not None:
        faults.add(f"{path.name}: it must hold names with values")
    return {}


def value_of(text: str) -> Any:
    """Read YAML.

    Raises
    ------
    ValueError
        If it is none, is nested too deeply, or repeats itself without end.
    MissingDependency
        If PyYAML is not installed.
    """
    yaml = require("yaml", extra="import", caller="reading YAML")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"it is no YAML ({' '.join(str(error).split())})") from None
    except (RecursionError, ValueError, OverflowError):
        raise ValueError("it is no YAML, or nested too deeply") from None
    return None if node is None else _Values(most=len(text) + 1).of(node, 0)


class _Values:
    """Makes plain values of nodes. An alias counts each time, so that none multiplies."""

    def __init__(self, most: int) -> None:
        self._left = most

    def of(self, node: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise ValueError("it repeats itself, or is nested too deeply")
        if node.id == "scalar":
            is_plain = node.style is None
            return _plain(node.value) if is_plain else cleaned(node.value)
        if node.id == "sequence":
            return [self.of(one, depth + 1) for one in node.value]
        return {
            str(self.of(key, depth + 1)): self.of(value, depth + 1) for key, value in node.value
        }


def _plain(text: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return cleaned(text)

"""Figures read back from the JSON of `to_json`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures import color, figure, marks
from bathyscope.figures.figure import Figure, Film
from bathyscope.figures.web.encode import FIGURE_FORMAT, VERSION, type_name
from bathyscope.figures.web.packing import Packed, unpack


def from_json(text: str) -> Figure | Film:
    """Read a figure or a film that `to_json` wrote (a file that ``View.save("x.json")`` made).

    Raises
    ------
    ValueError
        If the text is not such a figure, or was written by a newer version.
    """
    content = _content(text)
    try:
        item = decode(content)
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError(f"The figure is damaged: {error}. Save it again.") from error
    if not isinstance(item, Figure | Film):
        raise ValueError(f"`text` must hold a figure or a film; got {type(item).__name__}.")
    return item


def decode(value: Any) -> Any:
    """Turn JSON back into the value it stands for."""
    if isinstance(value, list):
        return tuple(decode(held) for held in value)
    if not isinstance(value, Mapping):
        return value
    for key, read in _READERS.items():
        if key in value:
            return read(value)
    raise KeyError("an object without type")


def _content(text: str) -> Any:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"`text` must be JSON that `to_json` wrote; got: {error}.") from error
    found = document.get("format") if isinstance(document, dict) else type(document).__name__
    if found != FIGURE_FORMAT:
        raise ValueError(f"`text` must be of format {FIGURE_FORMAT!r}; got {found!r}.")
    if document["version"] > VERSION:
        raise ValueError(
            f"The figure is of version {document['version']}, newer than {VERSION}, the newest "
            "this bathyscope can read. Update bathyscope."
        )
    return document["content"]


def _numbers(node: Mapping[str, Any]) -> NDArray[Any]:
    data = base64.b64decode(node["base64"], validate=True)
    return unpack(Packed(node["$array"], node["dtype"], tuple(node["shape"]), data))


def _strings(node: Mapping[str, Any]) -> NDArray[Any]:
    return np.array(node["$strings"], dtype=np.str_).reshape(node["shape"])


def _map(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: decode(held) for key, held in node["$map"]}


def _number(node: Mapping[str, Any]) -> float:
    return float(node["$number"])


def _dataclass(node: Mapping[str, Any]) -> Any:
    name = node["type"]
    kind = KINDS.get(name)
    if kind is None:
        raise ValueError(f"The figure holds `{name}`, which this bathyscope does not know.")
    return kind(**{key: decode(held) for key, held in node.items() if key != "type"})


def _kinds() -> dict[str, type]:
    found = (kind for module in (color, marks, figure) for kind in vars(module).values())
    return {type_name(kind): kind for kind in found if isinstance(kind, type) and _is_data(kind)}


def _is_data(kind: type) -> bool:
    return is_dataclass(kind) and bool(fields(kind))


#: Every dataclass a figure may hold, by its name in JSON.
KINDS = _kinds()

_READERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "$array": _numbers,
    "$strings": _strings,
    "$map": _map,
    "$number": _number,
    "type": _dataclass,
}

"""Any Python value as JSON that every parser accepts, and back.

NaN and the infinities, which JSON lacks, become ``{"$float": "nan"}``. What has no JSON form,
such as half of a surrogate pair, becomes its ``repr``, and its place is noted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

_FLOAT = "$float"
_NOT_FINITE = ("nan", "inf", "-inf")
#: What is nested deeper becomes its ``repr``.
DEEPEST = 40


class Plain:
    """Turns values into JSON-able ones.

    Attributes
    ----------
    represented : list of str
        Places of the values that were replaced by their ``repr``.
    """

    def __init__(self) -> None:
        self.represented: list[str] = []

    def convert(self, value: Any, place: str = "", depth: int = 0) -> Any:
        """Give the JSON-able form of a value found at a place such as ``optimizer.lr``."""
        if isinstance(value, np.generic | np.ndarray):
            value = value.tolist()
        if depth > DEEPEST:
            return self._represent(value, place)
        if isinstance(value, Mapping):
            return self._mapping(value, place, depth)
        if isinstance(value, list | tuple):
            return [self.convert(v, f"{place}[{i}]", depth + 1) for i, v in enumerate(value)]
        return self._single(value, place)

    def _single(self, value: Any, place: str) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str | PurePath):
            text = str(value)
            return text if _is_unicode(text) else self._represent(value, place)
        # Larger integers are not read back by every JSON parser.
        if isinstance(value, int) and value.bit_length() <= 64:
            return int(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {_FLOAT: str(float(value))}
        return self._represent(value, place)

    def _mapping(self, value: Mapping[Any, Any], place: str, depth: int) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for key, item in value.items():
            name = str(key) if _is_unicode(str(key)) else ascii(key)
            inner = f"{place}.{name}" if place else name
            plain[name] = self.convert(item, inner, depth + 1)
        return plain

    def _represent(self, value: Any, place: str) -> str:
        self.represented.append(place)
        try:
            return repr(value).encode(errors="backslashreplace").decode()
        except Exception:
            return f"<{type(value).__name__}>"


def _is_unicode(text: str) -> bool:
    """Say whether a text holds no half of a surrogate pair, as undecodable file names do."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def dump(value: Any, *, indent: int | None = None, sort: bool = False) -> str:
    """Write a JSON-able value as ASCII JSON."""
    separators = (",", ":") if indent is None else None
    return json.dumps(value, allow_nan=False, indent=indent, separators=separators, sort_keys=sort)


def load(text: bytes) -> Any:
    """Read JSON that `dump` wrote.

    Raises
    ------
    ValueError
        If it is none.
    """
    if is_as_it_stands(text):
        return parse(text)
    found = json.dumps(parse(text, _number), ensure_ascii=False)
    # Nobody can print or send half of a surrogate pair, which JSON can hold.
    return parse(found.encode(errors="replace"))


def parse(text: bytes, object_hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """Read JSON as it stands there.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        return json.loads(text.decode(), object_hook=object_hook)
    except UnicodeDecodeError as error:
        raise ValueError(f"its byte {error.start} is no UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def is_as_it_stands(text: bytes) -> bool:
    """Say whether `load` gives what `parse` does, as it mostly does."""
    return _FLOAT.encode() not in text and b"\\ud" not in text.lower()


def _number(found: dict[str, Any]) -> Any:
    if len(found) == 1 and found.get(_FLOAT) in _NOT_FINITE:
        return float(found[_FLOAT])
    return found

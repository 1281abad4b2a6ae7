"""Figures as JSON, for pages and for files.

Everything follows the dataclasses of `bathyscope.figures`: a new mark or field needs no
change here.

========================= ====================================================================
in Python                 in JSON
========================= ====================================================================
dataclass                 ``{"type": ..., <field>: ...}``, all its fields
tuple, list               list
mapping                   ``{"$map": [[key, value], ...]}``, in order
NaN, inf, -inf (scalar)   ``{"$number": "nan" | "inf" | "-inf"}``
array of text             ``{"$strings": [...], "shape": [...]}``, row by row
array of numbers          ``{"$array": "f4", "dtype": "float64", "shape": [...], "base64": ...}``
========================= ====================================================================

``$array`` is the type of the little-endian bytes (the smallest that holds every number
exactly), ``dtype`` what the array was; ``"$array": "count"`` are whole numbers that follow each
other, as ids do, of which the first is there as ``u4``. In a page the bytes of a large array are
kept beside the JSON: ``"blob": 3, "codec": "deflate-raw"`` in place of ``base64``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.figure import Figure, Film
from bathyscope.figures.web.blobs import BlobStore, inline
from bathyscope.figures.web.packing import Packed, pack
from bathyscope.figures.web.palette import palettes

#: Label, value and, for what a page is about, what the value rests on.
Fact = tuple[str, str] | tuple[str, str, str]

DOCUMENT_FORMAT = "bathyscope-document"
FIGURE_FORMAT = "bathyscope-figure"
VERSION = 1

WriteNumbers = Callable[[Packed], dict[str, Any]]


class SectionData(Protocol):
    """What a document's section holds."""

    @property
    def title(self) -> str:
        """Heading."""
        ...

    @property
    def room(self) -> str:
        """Where in the house it belongs; may be empty."""
        ...

    @property
    def items(self) -> Sequence[Figure | Film]:
        """Shown one below another."""
        ...

    @property
    def folded(self) -> bool:
        """Whether only the heading is seen at first."""
        ...


def encode_document(
    title: str, sections: Sequence[SectionData], *, facts: Sequence[Fact] = ()
) -> tuple[str, tuple[str, ...]]:
    """Encode what a page shows.

    Parameters
    ----------
    title : str
    sections : sequence of Section
    facts : sequence of (label, value) or (label, value, detail)
        Shown at the top.

    Returns
    -------
    json : str
        ASCII, and safe inside a ``script`` element.
    blobs : tuple of str
        Base64 texts the JSON refers to by number.
    """
    store = BlobStore()
    content = {
        "format": DOCUMENT_FORMAT,
        "version": VERSION,
        "title": title,
        "facts": [[str(part) for part in fact] for fact in facts],
        "sections": [_section(section, store) for section in sections],
        "colors": encode(palettes(), inline),
    }
    return _safe_json(content), store.texts


def to_json(item: Figure | Film) -> str:
    """Encode one figure or film as a single JSON text; `from_json` gives it back.

    Arrays are base64 of uncompressed bytes, so that any program can read them.
    """
    if not isinstance(item, Figure | Film):
        raise TypeError(f"`item` must be a Figure or a Film; got {type(item).__name__}.")
    content = {"format": FIGURE_FORMAT, "version": VERSION, "content": encode(item, inline)}
    return _safe_json(content)


def encode(value: Any, numbers: WriteNumbers) -> Any:
    """Turn a value of a figure into what `json` can write."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$number": str(value)}
    if isinstance(value, np.ndarray):
        return _array(value, numbers)
    if isinstance(value, Mapping):
        return {"$map": [[str(key), encode(held, numbers)] for key, held in value.items()]}
    if isinstance(value, tuple | list):
        return [encode(held, numbers) for held in value]
    if is_dataclass(value):
        return _dataclass(value, numbers)
    raise TypeError(
        "A figure must hold numbers, text, arrays, tuples, mappings and marks; "
        f"got {type(value).__name__}."
    )


def type_name(kind: type) -> str:
    """Name a dataclass in JSON: a mark by its ``type``, others by their class in snake case."""
    return getattr(kind, "type", None) or re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def _dataclass(value: Any, numbers: WriteNumbers) -> dict[str, Any]:
    held = {item.name: _field(value, item.name, numbers) for item in fields(value)}
    return {"type": type_name(type(value)), **held}


def _field(owner: Any, name: str, numbers: WriteNumbers) -> Any:
    try:
        return encode(getattr(owner, name), numbers)
    except TypeError as error:
        error.add_note(f"In `{type(owner).__name__}.{name}`.")
        raise


def _array(array: NDArray[Any], numbers: WriteNumbers) -> dict[str, Any]:
    if array.dtype.kind == "U":
        return {"$strings": array.ravel().tolist(), "shape": list(array.shape)}
    return numbers(pack(array))


def _section(section: SectionData, store: BlobStore) -> dict[str, Any]:
    items = [encode(item, store.reference) for item in section.items]
    content: dict[str, Any] = {"title": section.title, "room": section.room, "items": items}
    return {**content, "folded": True} if section.folded else content


def _safe_json(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    # "<" occurs only inside strings; without it no text can end or open a script element.
    return text.replace("<", "\\u003c")

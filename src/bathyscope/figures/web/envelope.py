"""Arrays and the JSON that names them as one binary answer, for pages that ask a server.

::

    u32 length of the JSON | JSON, filled up with spaces | bytes of the arrays

The length is little-endian. The JSON ends at a multiple of 8 bytes, and so does every array, so
that a page can look at the arrays where they are. ``"blobs": [[offset, length], ...]`` counts from
the end of the JSON; an array is ``{"$array", "dtype", "shape", "blob": number, "codec": "raw"}``,
or has its bytes with it as ``base64`` if they are few.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from bathyscope.figures.figure import Figure, Film
from bathyscope.figures.web.blobs import INLINE_BYTES, describe, to_base64
from bathyscope.figures.web.encode import FIGURE_FORMAT, VERSION, encode
from bathyscope.figures.web.packing import Packed

MEDIA_TYPE = "application/x-bathyscope"
_LENGTH = struct.Struct("<I")
_ALIGNMENT = 8


class _Bytes:
    """Collects the bytes of arrays, one after the other."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.places: list[tuple[int, int]] = []
        self._end = 0

    def reference(self, packed: Packed) -> dict[str, Any]:
        if len(packed.data) <= INLINE_BYTES:
            return describe(packed) | {"base64": to_base64(packed.data)}
        self.places.append((self._end, len(packed.data)))
        self.pieces += [packed.data, b"\0" * (-len(packed.data) % _ALIGNMENT)]
        self._end += len(packed.data) + len(self.pieces[-1])
        return describe(packed) | {"blob": len(self.places) - 1, "codec": "raw"}


def figure_envelope(item: Figure | Film) -> bytes:
    """Encode a figure as one binary answer."""
    held = _Bytes()
    content = {"format": FIGURE_FORMAT, "version": VERSION, "content": encode(item, held.reference)}
    return _join(content, held)


def envelope(content: dict[str, Any]) -> bytes:
    """Encode text, numbers, lists, mappings with text as keys and arrays as one binary answer.

    Mappings stay plain JSON objects here; in figures they are ``$map``.
    """
    held = _Bytes()
    return _join(_plain(content, held), held)


def _plain(value: Any, held: _Bytes) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item, held) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, held) for item in value]
    return encode(value, held.reference)


def _join(content: dict[str, Any], held: _Bytes) -> bytes:
    whole = {**content, "blobs": held.places}
    text = json.dumps(whole, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + _LENGTH.size) % _ALIGNMENT)
    return b"".join([_LENGTH.pack(len(text)), text, *held.pieces])

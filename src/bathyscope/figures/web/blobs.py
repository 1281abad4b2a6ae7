"""Large arrays of a document, each kept once and compressed where that helps."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

from bathyscope.figures.web.packing import Packed

#: Up to this many bytes an array is written where it is used; a blob of its own would be larger.
INLINE_BYTES = 256

_LEVEL = 6
_RAW_DEFLATE = -zlib.MAX_WBITS


class BlobStore:
    """Collects arrays; equal ones become one blob.

    A blob is base64 text. `references` name it by its number and say whether it is to be
    inflated ("deflate-raw", the name browsers use) or taken as it is ("raw").
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._known: dict[bytes, dict[str, Any]] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """The blobs, by number."""
        return tuple(self._texts)

    def reference(self, packed: Packed) -> dict[str, Any]:
        """Give the JSON that stands for an array."""
        node = describe(packed)
        if len(packed.data) <= INLINE_BYTES:
            return node | {"base64": to_base64(packed.data)}
        return node | self._place(packed.data)

    def _place(self, data: bytes) -> dict[str, Any]:
        key = hashlib.sha256(data).digest()
        if key not in self._known:
            codec, payload = _compressed(data)
            self._known[key] = {"blob": len(self._texts), "codec": codec}
            self._texts.append(to_base64(payload))
        return self._known[key]


def inline(packed: Packed) -> dict[str, Any]:
    """Give the JSON of an array with all its bytes, uncompressed: for files others read."""
    return describe(packed) | {"base64": to_base64(packed.data)}


def describe(packed: Packed) -> dict[str, Any]:
    """Say what the bytes of an array are."""
    return {"$array": packed.stored, "dtype": packed.dtype, "shape": list(packed.shape)}


def to_base64(data: bytes) -> str:
    """Encode bytes as ASCII text."""
    return base64.b64encode(data).decode("ascii")


def _compressed(data: bytes) -> tuple[str, bytes]:
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
    deflated = compressor.compress(data) + compressor.flush()
    return ("deflate-raw", deflated) if len(deflated) < len(data) else ("raw", data)

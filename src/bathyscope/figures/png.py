"""Pixels as PNG, for surfaces that are pages: the standard library is enough."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_COLOR_TYPES = {3: 2, 4: 6}


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode RGB or RGBA.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width, 3) or (height, width, 4)
    """
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), dtype=np.uint8)  # each row: filter 0, pixels
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """Encode pixels so that they can stand in a page."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii")

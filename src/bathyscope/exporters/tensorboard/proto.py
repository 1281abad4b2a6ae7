"""Messages of event files, written field by field.

References
----------
Google, "Encoding", https://protobuf.dev/programming-guides/encoding
TensorFlow, ``event.proto``, ``summary.proto``, ``tensor.proto``
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FLOAT32, _FLOAT64, _STRING = 1, 2, 7
_CODES = {np.dtype("<f4"): _FLOAT32, np.dtype("<f8"): _FLOAT64}
_SIMPLE_VALUE = bytes([2 << 3 | 5])
_TIME = bytes([1 << 3 | 1])


def varint(number: int) -> bytes:
    """Write an integer of 64 bits."""
    number &= 2**64 - 1
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def held(number: int, content: bytes) -> bytes:
    """Write a field that holds bytes, a text or a message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def whole(number: int, value: int) -> bytes:
    """Write a field that holds an integer."""
    return varint(number << 3) + varint(value)


def real(number: int, value: float) -> bytes:
    """Write a field that holds a floating-point number of 64 bits."""
    return varint(number << 3 | 1) + struct.pack("<d", value)


def tensor(array: NDArray[Any]) -> bytes:
    """Write an array of float32 or float64 (TensorProto)."""
    code = _CODES[array.dtype.newbyteorder("<")]
    content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
    return whole(1, code) + held(2, _shape(array.shape)) + held(4, content)


def text_tensor(texts: Sequence[bytes], shape: tuple[int, ...]) -> bytes:
    """Write texts (TensorProto)."""
    return whole(1, _STRING) + held(2, _shape(shape)) + b"".join(held(8, text) for text in texts)


def _shape(sizes: tuple[int, ...]) -> bytes:
    return b"".join(held(2, whole(1, size)) for size in sizes)


def metadata(plugin: str, content: bytes = b"") -> bytes:
    """Say whose data a tag holds (SummaryMetadata)."""
    return held(1, held(1, plugin.encode()) + held(2, content))


def tensor_value(tag: str, content: bytes, about: bytes) -> bytes:
    """Write a tensor under a tag (Summary.Value)."""
    return held(1, tag.encode()) + held(8, content) + held(9, about)


def simple_value(tag: bytes, value: float) -> bytes:
    """Write a number of 32 bits under a tag (Summary.Value)."""
    return tag + _SIMPLE_VALUE + struct.pack("<f", value)


def event(time: float, step: int, value: bytes) -> bytes:
    """Write an event that holds one value."""
    return _TIME + struct.pack("<d", time) + whole(2, step) + held(5, held(1, value))


def version_event(time: float) -> bytes:
    """Write the event a file begins with."""
    return _TIME + struct.pack("<d", time) + held(3, b"brain.Event:2")

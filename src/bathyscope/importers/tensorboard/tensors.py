"""Tensors as event files hold them (TensorProto), as arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard import wire

_STRING, _BFLOAT16 = 7, 14
_TYPES = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "|u1", 5: "<i2", 6: "|i1", 8: "<c8", 9: "<i8", 10: "|b1",
    11: "|i1", 12: "|u1", 13: "<i4", 14: "<u2", 15: "<i2", 16: "<u2", 17: "<u2", 18: "<c16",
    19: "<f2", 22: "<u4", 23: "<u8",
}  # fmt: skip
_FLOATS = {5: "<f4", 6: "<f8", 9: "<f4", 12: "<f8"}
_INTEGERS = frozenset({7, 10, 11, 13, 16, 17})
_COMPLEX = frozenset({9, 12})
_HALF = 13
_CONTENT, _TEXTS = 4, 8
#: One value may stand for all; a damaged shape must not ask for all the memory there is.
_MOST_REPEATED = 1 << 24


def read_tensor(data: bytes) -> NDArray[Any]:
    """Decode a tensor.

    Parameters
    ----------
    data : bytes
        A TensorProto.

    Returns
    -------
    array
        bfloat16 as float32, texts as bytes objects.

    Raises
    ------
    ValueError
        If it is none, or of a type that has no NumPy equivalent.
    """
    kind, shape, content = 0, (), None
    pieces: list[NDArray[Any] | list[Any]] = []
    number = 0
    for part in wire.fields(data):
        if part.number == 1:
            kind = wire.integer(data, part)
        elif part.number == 2:
            shape = _read_shape(wire.content(data, part))
        elif part.number == _CONTENT:
            content = wire.content(data, part)
        elif part.number == _TEXTS or part.number in _FLOATS or part.number in _INTEGERS:
            number = part.number
            pieces.append(_read_values(data, part))
    if content:
        return _shaped(_from_content(content, kind), shape)
    return _shaped(_from_values(pieces, number, kind), shape)


def _read_values(data: bytes, part: wire.Field) -> NDArray[Any] | list[Any]:
    if part.number == _TEXTS:
        return [wire.content(data, part)]
    if part.number in _FLOATS:
        return wire.numbers(data, part, _FLOATS[part.number])
    return wire.integers(data, part)


def _from_content(content: bytes, kind: int) -> NDArray[Any]:
    if kind == _STRING or len(content) % np.dtype(_type(kind)).itemsize:
        raise ValueError("a tensor whose bytes do not fit its type")
    return _widened(np.frombuffer(content, _type(kind)), kind)


def _from_values(pieces: list[NDArray[Any] | list[Any]], number: int, kind: int) -> NDArray[Any]:
    if kind == _STRING:
        texts = [text for piece in pieces for text in piece if number == _TEXTS]
        values = np.empty(len(texts), object)
        values[:] = texts
        return values
    if number == _TEXTS:
        raise ValueError("a tensor of numbers that holds texts")
    code = _type(kind)
    values = np.concatenate([np.asarray(p) for p in pieces]) if pieces else np.empty(0)
    if number == _HALF:
        halves = values.astype(np.int64).astype(np.uint16)
        return _widened(halves if kind == _BFLOAT16 else halves.view("<f2"), kind)
    if number in _COMPLEX:
        if len(values) % 2:
            raise ValueError("a tensor of complex numbers that are cut off")
        pairs = np.empty(len(values) // 2, np.result_type(values.dtype, np.complex64))
        with np.errstate(all="ignore"):
            pairs.real, pairs.imag = values[0::2], values[1::2]
        return pairs
    with np.errstate(all="ignore"):  # what a damaged tensor holds may not fit its type
        return values.astype(code)


def _type(kind: int) -> str:
    if kind not in _TYPES:
        raise ValueError(f"a tensor of type {kind}, which has no array")
    return _TYPES[kind]


def _widened(values: NDArray[Any], kind: int) -> NDArray[Any]:
    """Give bfloat16 as float32: its bits are the upper half."""
    if kind != _BFLOAT16:
        return values
    return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)


def _shaped(values: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    size = math.prod(shape)
    if len(values) == 1 and 1 < size <= _MOST_REPEATED:
        return np.broadcast_to(values[0], shape)
    if len(values) != size:
        raise ValueError(f"a tensor of shape {shape} with {len(values)} values")
    return values.reshape(shape)


def _read_shape(data: bytes) -> tuple[int, ...]:
    sizes: list[int] = []
    for part in wire.fields(data):
        if part.number == 2:
            inner = wire.content(data, part)
            found = [wire.integer(inner, p) for p in wire.fields(inner) if p.number == 1]
            sizes.append(found[-1] if found else 0)
    if any(size < 0 for size in sizes) or len(sizes) > 32:
        raise ValueError(f"a tensor of shape {tuple(sizes)[:32]}")
    return tuple(sizes)

"""Arrays as the fewest bytes that hold every number exactly, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What can be packed; the rest has no exact counterpart in a browser.
DTYPES: tuple[str, ...] = (
    "float64", "float32", "float16", "bool",
    "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8",
)  # fmt: skip

#: So many numbers are looked at before all of them are.
_HEAD = 64
#: What ids mostly are: 0, 1, 2, ... So many fit into their bytes.
_COUNT, _MOST_COUNTED = "count", 1 << 32
_SMALL_INTEGERS = ("u1", "i1", "u2", "i2", "u4", "i4")


@dataclass(frozen=True)
class Packed:
    """Little-endian, row by row.

    Parameters
    ----------
    stored : str
        What the bytes are: "f8", "f4", "f2", or "i" or "u" with the bytes per number; "count" for
        whole numbers that follow each other, of which the first is there, as "u4".
    dtype : str
        What the array was, and becomes again: "float64", "bool", ...
    shape : tuple of int
    data : bytes
    """

    stored: str
    dtype: str
    shape: tuple[int, ...]
    data: bytes


def pack(array: NDArray[Any]) -> Packed:
    """Store an array in the smallest type that gives back the same bits.

    Raises
    ------
    TypeError
        If the array holds objects, complex numbers, times or another type without counterpart.
    """
    dtype = array.dtype.name
    if dtype not in DTYPES:
        raise TypeError(
            f"An array of a figure must hold floats, whole numbers, booleans or text; "
            f"got dtype {array.dtype}. {_advice(array)}"
        )
    if _counts_up(array):
        first = array.ravel()[:1].astype("<u4").tobytes()
        return Packed(stored=_COUNT, dtype=dtype, shape=array.shape, data=first)
    stored = _smallest(array)
    data = array.astype(f"<{stored}", copy=False).tobytes()
    return Packed(stored=stored, dtype=dtype, shape=array.shape, data=data)


def unpack(packed: Packed) -> NDArray[Any]:
    """Give the array again, bit for bit and in its own type."""
    if packed.dtype not in DTYPES:
        raise ValueError(f"`dtype` must be one of {', '.join(DTYPES)}; got {packed.dtype!r}.")
    if packed.stored == _COUNT:
        first = int.from_bytes(packed.data, "little")
        count = math.prod(packed.shape)
        return np.arange(first, first + count).astype(packed.dtype).reshape(packed.shape)
    stored = np.dtype(f"<{packed.stored}")
    wanted = math.prod(packed.shape) * stored.itemsize
    if len(packed.data) != wanted:
        raise ValueError(
            f"An array of shape {packed.shape} must have {wanted} bytes; got {len(packed.data)}."
        )
    numbers = np.frombuffer(packed.data, dtype=stored)
    return numbers.astype(packed.dtype).reshape(packed.shape)


def _advice(array: NDArray[Any]) -> str:
    if array.dtype.kind == "O":
        return "Convert it, for example by `np.asarray(values, dtype=str)`."
    return "Convert it, for example by `values.astype(np.float64)`."


def _counts_up(array: NDArray[Any]) -> bool:
    """Whether each of many whole numbers is the one before and one more."""
    if array.dtype.kind not in "iu" or array.size <= _HEAD:
        return False
    flat = array.ravel()
    first, last = int(flat[0]), int(flat[-1])
    if first < 0 or last >= _MOST_COUNTED or last - first != len(flat) - 1:
        return False
    return all(bool((part[1:] == part[:-1] + 1).all()) for part in (flat[:_HEAD], flat))


def _smallest(array: NDArray[Any]) -> str:
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind == "b":
        return "u1"
    own = f"{kind}{size}"
    whole = _smallest_integer(array)
    if whole and np.dtype(whole).itemsize < size:
        return whole
    if own == "f8" and _survives(array, "f4"):
        return "f4"
    return own


def _smallest_integer(array: NDArray[Any]) -> str | None:
    if not array.size:
        return "u1"
    low, high = array.min(), array.max()
    for name in _SMALL_INTEGERS:
        limits = np.iinfo(name)
        if limits.min <= low and high <= limits.max:
            return name if _survives(array, name) else None
    return None


def _survives(array: NDArray[Any], name: str) -> bool:
    """Whether every bit comes back, also the sign of zero and the kind of NaN."""
    flat = array.ravel()
    # Most arrays that do not fit tell so by their first numbers.
    return _comes_back(flat[:_HEAD], name) and _comes_back(flat[_HEAD:], name)


def _comes_back(flat: NDArray[Any], name: str) -> bool:
    with np.errstate(all="ignore"):
        back = flat.astype(name).astype(flat.dtype)
    bits = f"u{flat.itemsize}"
    return np.array_equal(back.view(bits), np.ascontiguousarray(flat).view(bits))

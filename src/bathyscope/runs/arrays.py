"""Arrays: a group of named tensors, one immutable safetensors file per step and call."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs import plain
from bathyscope.runs.checks import check_version
from bathyscope.runs.files import publish
from bathyscope.runs.layout import Part
from bathyscope.runs.naming import check_name, make_named_folder
from bathyscope.runs.sharded import (
    Place,
    Shard,
    check_shard,
    places_from_text,
    stem_of,
    text_from_places,
)

VERSION_KEY = "bathyscope_version"
VERSION = 1
#: Where each shard of an array lies in the whole.
PLACES_KEY = "bathyscope_places"

_BFLOAT16 = "BF16"
_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "?",
    "C64": "<c8",
}
_STORABLE = frozenset(np.dtype(code).name for code in _TYPES.values()) | {"bfloat16"}


def write_arrays(
    folder: Path, group: str, arrays: Mapping[str, Any], stem: str, *, shard: Shard | None = None
) -> Path:
    """Write arrays, or this rank's shards of them, into the folder of their group."""
    checked = check_arrays(group, arrays, may_be_empty=shard is not None)
    metadata = {VERSION_KEY: str(VERSION)}
    if shard is not None:
        check_shard(shard, checked)
        metadata[PLACES_KEY] = text_from_places(shard.places)
    place = make_named_folder(folder, group)

    def write(path: Path) -> None:
        from safetensors.numpy import save_file

        save_file(checked, path, metadata=metadata)

    return publish(place, stem_of(stem, shard), ".safetensors", write)


def check_arrays(
    group: str, arrays: Mapping[str, Any], *, may_be_empty: bool = False
) -> dict[str, NDArray[Any]]:
    """Give the arrays as safetensors can hold them, or say why not."""
    check_name(group, what="The name of a group of arrays")
    if not arrays and not may_be_empty:
        raise ValueError(f"Group `{group}` must hold at least one array; got none.")
    return {_key(group, key): _array(group, key, value) for key, value in arrays.items()}


def _key(group: str, key: object) -> str:
    name = check_name(key, what=f"The name of an array of group `{group}`")
    if name == "__metadata__":
        raise ValueError(
            f"The name of an array of group `{group}` must not be `__metadata__`, which "
            "safetensors keeps for itself. Rename it."
        )
    return name


def _array(group: str, key: str, value: Any) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.name not in _STORABLE:
        raise TypeError(
            f"Array `{key}` of group `{group}` must be of one of the types "
            f"{', '.join(sorted(_STORABLE))}; got {array.dtype}. Convert it first, "
            "and store text with `log_table`."
        )
    # safetensors writes the memory as it lies.
    return np.require(array, dtype=array.dtype.newbyteorder("<"), requirements="C")


def read_arrays(part: Part) -> dict[str, NDArray[Any]]:
    """Read the arrays of a file; bfloat16 comes as float32, which holds it exactly.

    Raises
    ------
    DamagedFile
        If the bytes are not those that were written.
    """
    return read_shard(part)[0]


def read_shard(part: Part) -> tuple[dict[str, NDArray[Any]], dict[str, Place]]:
    """Read the arrays of a file as `read_arrays` does, and where those lie that are parts."""
    from safetensors import SafetensorError, deserialize

    data = part.path.read_bytes()
    _check_bytes(part, data)
    try:
        metadata = _metadata(data)
        version = int(metadata.get(VERSION_KEY, VERSION))
    except (ValueError, TypeError, AttributeError) as error:
        raise DamagedFile(f"it cannot be read ({error})") from error
    check_version(version, VERSION)
    try:
        tensors = deserialize(data)
        places = places_from_text(metadata.get(PLACES_KEY, "{}"))
    except (SafetensorError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise DamagedFile(f"it cannot be read ({error})") from error
    return {key: _tensor(key, found) for key, found in tensors}, places


def _check_bytes(part: Part, data: bytes) -> None:
    found = f"{zlib.crc32(data):08x}"
    if found != part.checksum:
        raise DamagedFile(
            f"its bytes are not those that were written (CRC32 {found}, not {part.checksum})"
        )


def _metadata(data: bytes) -> dict[str, str]:
    length = int.from_bytes(data[:8], "little")
    return plain.parse(data[8 : 8 + length]).get("__metadata__", {})


def _tensor(key: str, found: Mapping[str, Any]) -> NDArray[Any]:
    kind, shape, data = found["dtype"], found["shape"], found["data"]
    if kind == _BFLOAT16:
        upper = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return upper.view(np.float32).reshape(shape)
    if kind not in _TYPES:
        raise DamagedFile(f"its array `{key}` is of type {kind}, which this bathyscope cannot read")
    return np.frombuffer(data, _TYPES[kind]).reshape(shape)

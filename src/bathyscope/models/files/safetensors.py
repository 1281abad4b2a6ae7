"""Files of the safetensors format, read by the library that owns it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from bathyscope._errors import Unanswered
from bathyscope.models.files._bfloat16 import widened
from bathyscope.models.files._model import FileModel
from bathyscope.models.files._names import Entry, layers_from_names, natural_order

ENDINGS = (".safetensors",)

_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
}


def load(path: Path) -> FileModel:
    """Read the header; the arrays are read when asked for."""
    return FileModel(
        framework="file (safetensors)",
        name=path.name,
        layers=layers_from_names(_entries(path), top=path.stem),
        read=lambda names: _read(path, names),
    )


def _entries(path: Path) -> list[Entry]:
    with _opened(path) as file:
        slices = {name: file.get_slice(name) for name in sorted(file.keys(), key=natural_order)}
        return [
            Entry(name, tuple(part.get_shape()), _dtype(part.get_dtype()))
            for name, part in slices.items()
        ]


def _read(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    with _opened(path) as file:
        return {name: _array(file, path, name) for name in names}


def _array(file: Any, path: Path, name: str) -> NDArray[Any]:
    kind = file.get_slice(name).get_dtype()
    if kind == "BF16":
        return _bfloat16_array(path, name)
    if kind not in _DTYPES:
        raise Unanswered(
            f"`{name}` of `{path.name}` holds {_dtype(kind)} numbers, which NumPy does not have. "
            "Convert the file to float16 or float32."
        )
    return file.get_tensor(name)


def _bfloat16_array(path: Path, name: str) -> NDArray[Any]:
    """Read the bits where the header says they are: the library's NumPy side cannot."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))[name]
        start, end = entry["data_offsets"]
        file.seek(8 + length + start)
        halves = np.frombuffer(file.read(end - start), dtype="<u2")
    return widened(halves).reshape(entry["shape"])


def _dtype(kind: str) -> str:
    return _DTYPES.get(kind, kind.lower())


def _opened(path: Path) -> Any:
    try:
        return safe_open(path, framework="numpy")
    except SafetensorError as error:
        raise ValueError(
            f"`{path.name}` must be a safetensors file; it cannot be read as one: {error}."
        ) from error

"""The ``.keras`` format: a zip of JSON and HDF5, read as such. Keras is not needed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import BinaryIO

from bathyscope.models.files._hdf5 import opened, reader
from bathyscope.models.files._keras_config import described_model
from bathyscope.models.files._keras_store import Store
from bathyscope.models.files._model import FileModel

ENDINGS = (".keras",)

_WEIGHTS = "model.weights.h5"
_CONFIG = "config.json"


def load(path: Path) -> FileModel:
    """Read the layers from the configuration and the weights, without building any of them."""
    model = described_model(_member(path, _CONFIG), source=path.name)
    store = Store()
    with opened(_weights(path), path.name) as file:
        store.add_model(file, model)
    return FileModel(
        framework="file (keras)",
        name=model.name or path.stem,
        layers=store.layers,
        read=reader(lambda: _weights(path), path.name, store.places),
    )


def _weights(path: Path) -> BinaryIO:
    return io.BytesIO(_member(path, _WEIGHTS))


def _member(path: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(
            f"`{path.name}` must be a .keras file: a zip with `{_CONFIG}` and `{_WEIGHTS}`. "
            f"It cannot be read as one: {error}."
        ) from error

"""HDF5 files: weights of Keras 3, whole models and weights of older Keras, and any others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bathyscope.models.conventions import keras as conventions
from bathyscope.models.files._hdf5 import dtype_of, is_group, members, opened, reader, text_list
from bathyscope.models.files._keras_config import Described, described_model
from bathyscope.models.files._keras_store import Store
from bathyscope.models.files._model import FileModel
from bathyscope.models.files._names import Entry, layers_from_names
from bathyscope.models.protocol import Layer

ENDINGS = (".h5", ".hdf5")


def load(path: Path) -> FileModel:
    """Read layers and parameters by their places in the file."""
    with opened(path, path.name) as file:
        model = described_model(file.attrs.get("model_config"), source=path.name)
        layers, places = _contents(file, model, path)
    return FileModel(
        framework="file (hdf5)",
        name=model.name or path.name,
        layers=layers,
        read=reader(lambda: path, path.name, places),
    )


def _contents(file: Any, model: Described, path: Path) -> tuple[tuple[Layer, ...], dict[str, str]]:
    if "vars" in file or ("layers" in file and is_group(file["layers"])):
        store = Store()
        store.add_model(file, model)
        return tuple(store.layers), store.places
    legacy = _legacy_group(file)
    found = dict(_datasets(file) if legacy is None else _legacy(legacy))
    entries = [Entry(name, tuple(d.shape), dtype_of(d)) for name, d in found.items()]
    if not entries:
        raise ValueError(f"`{path.name}` must hold arrays; it holds none.")
    layers = layers_from_names(entries, top=path.stem)
    return _with_kinds(layers, model), {name: d.name for name, d in found.items()}


def _legacy_group(file: Any) -> Any | None:
    """Where older Keras keeps the layers: in whole models, and in files of weights."""
    group = file.get("model_weights", file)
    return group if text_list(group, "layer_names") else None


def _legacy(group: Any) -> Iterator[tuple[str, Any]]:
    """Yield each weight by layer and own name; the model's own name comes off its path."""
    for layer in (*text_list(group, "layer_names"), "top_level_model_weights"):
        if layer not in group:
            continue
        found = members(group)[layer]
        for stored in text_list(found, "weight_names"):
            parts = stored.removesuffix(":0").split("/")
            if layer in parts:
                parts = parts[parts.index(layer) + 1 :]
            own = layer if layer != "top_level_model_weights" else ""
            yield "/".join((own, *parts) if own else parts), found[stored]


def _datasets(group: Any) -> Iterator[tuple[str, Any]]:
    for member in members(group).values():
        if is_group(member):
            yield from _datasets(member)
        else:
            yield member.name.strip("/"), member


def _with_kinds(layers: tuple[Layer, ...], model: Described) -> tuple[Layer, ...]:
    """Fill in the classes that the configuration knows, and what follows from them."""
    kinds = dict(_kinds("", model))
    return tuple(_with_kind(layer, kinds.get(layer.name, "")) for layer in layers)


def _kinds(parent: str, model: Described) -> Iterator[tuple[str, str]]:
    for part in model.parts():
        name = f"{parent}/{part.name}" if parent else part.name
        yield name, part.kind
        yield from _kinds(name, part)


def _with_kind(layer: Layer, kind: str) -> Layer:
    if not kind:
        return layer
    own_layer = layer.name.rpartition("/")[2]
    own_names = [parameter.name.rpartition("/")[2] for parameter in layer.parameters]
    parameters = tuple(
        replace(
            parameter,
            role=conventions.role(kind, own),
            axes=conventions.axes(kind, own, parameter.shape, layer=own_layer),
        )
        for parameter, own in zip(layer.parameters, own_names, strict=True)
    )
    return replace(layer, kind=kind, parameters=parameters)

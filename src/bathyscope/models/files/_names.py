"""Layers, from nothing but the names and shapes of their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bathyscope.models.conventions import keras, torch
from bathyscope.models.protocol import Layer, Parameter


@dataclass(frozen=True)
class Entry:
    """One array of a file.

    Parameters
    ----------
    name : str
    shape : tuple of int
    dtype : str
    """

    name: str
    shape: tuple[int, ...]
    dtype: str


def layers_from_names(entries: Iterable[Entry], *, top: str) -> tuple[Layer, ...]:
    """Build the tree that parameter names describe, each layer before its parts.

    Parameters
    ----------
    entries : iterable of Entry
        Names joined by ``/`` are read as Keras writes them, others as PyTorch does.
    top : str
        Layer to which names without a layer belong.
    """
    entries = list(entries)
    sign = "/" if any("/" in entry.name for entry in entries) else "."
    by_layer: dict[str, list[Parameter]] = {}
    for entry in entries:
        path = entry.name.rpartition(sign)[0] or top
        for ancestor in _with_ancestors(path, sign):
            by_layer.setdefault(ancestor, [])
        by_layer[path].append(_parameter(entry, path, sign))
    return tuple(
        Layer(
            name=name,
            kind="",
            parent=name.rpartition(sign)[0] if name != top else "",
            parameters=tuple(parameters),
            trainable=not parameters or any(parameter.trainable for parameter in parameters),
        )
        for name, parameters in by_layer.items()
    )


def natural_order(name: str) -> list[Any]:
    """Sort key that puts ``layer.10`` after ``layer.2``."""
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", name)]


def _with_ancestors(path: str, sign: str) -> list[str]:
    parts = path.split(sign)
    return [sign.join(parts[:count]) for count in range(1, len(parts) + 1)]


def _parameter(entry: Entry, layer: str, sign: str) -> Parameter:
    own = entry.name.rpartition(sign)[2]
    if sign == "/":
        role = keras.role("", own)
        axes = keras.axes("", own, entry.shape, layer=layer.rpartition(sign)[2])
    else:
        role = torch.role("", own, entry.shape)
        axes = torch.axes("", own, entry.shape, layer=layer)
    return Parameter(
        name=entry.name,
        layer=layer,
        shape=entry.shape,
        dtype=entry.dtype,
        role=role,
        axes=axes,
        trainable=role != "state",
    )

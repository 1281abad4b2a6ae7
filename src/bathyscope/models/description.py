"""A model's layers as plain data, for a run's record, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bathyscope.models.protocol import Layer, Model, Parameter


def describe(model: Model) -> dict[str, Any]:
    """Describe a model as data that JSON can hold.

    Returns
    -------
    dict
        ``framework``, ``name``, and ``layers``: one dict per layer, in order, with its parameters.
    """
    return {
        "framework": model.framework,
        "name": model.name,
        "layers": [asdict(layer) for layer in model.layers()],
    }


def layers_from_description(description: Mapping[str, Any]) -> tuple[Layer, ...]:
    """Build the layers that `describe` described; keys of a newer version are left aside.

    Raises
    ------
    ValueError
        If it is not such a description.
    """
    try:
        return tuple(_layer(entry) for entry in description["layers"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            "`description` must be what `describe` gave: a mapping with `layers`, each with "
            f"`name`, `kind` and `parameters`; this one is not ({type(error).__name__}: {error})."
        ) from error


def _layer(entry: Mapping[str, Any]) -> Layer:
    shape, inputs = entry.get("output_shape"), entry.get("inputs")
    return Layer(
        name=entry["name"],
        kind=entry["kind"],
        parent=entry.get("parent", ""),
        parameters=tuple(_parameter(parameter) for parameter in entry["parameters"]),
        output_shape=None if shape is None else tuple(shape),
        uses=entry.get("uses", 1),
        trainable=entry.get("trainable", True),
        inputs=None if inputs is None else tuple(inputs),
    )


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=entry["name"],
        layer=entry["layer"],
        shape=tuple(entry["shape"]),
        dtype=entry["dtype"],
        role=entry["role"],
        axes=tuple(entry["axes"]),
        trainable=entry.get("trainable", True),
        same_as=entry.get("same_as", ""),
    )

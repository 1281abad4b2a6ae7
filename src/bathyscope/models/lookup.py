"""Find a layer or a parameter by name, or say which names are near."""

from __future__ import annotations

from collections.abc import Sequence

from bathyscope._errors import unknown_name
from bathyscope.models.protocol import Layer, Model, Parameter


def find_layer(where: Model | Sequence[Layer], name: str) -> Layer:
    """Find a layer by its name.

    Parameters
    ----------
    where : Model or sequence of Layer
    name : str

    Raises
    ------
    UnknownName
        If there is no such layer; the nearest names are offered.
    """
    layers = _layers(where)
    for layer in layers:
        if layer.name == name:
            return layer
    raise unknown_name("layer", name, (layer.name for layer in layers))


def find_parameter(where: Model | Sequence[Layer], name: str) -> Parameter:
    """Find a parameter by its name.

    Parameters
    ----------
    where : Model or sequence of Layer
    name : str

    Raises
    ------
    UnknownName
        If there is no such parameter; the nearest names are offered.
    """
    parameters = [parameter for layer in _layers(where) for parameter in layer.parameters]
    for parameter in parameters:
        if parameter.name == name:
            return parameter
    raise unknown_name("parameter", name, (parameter.name for parameter in parameters))


def _layers(where: Model | Sequence[Layer]) -> Sequence[Layer]:
    return where.layers() if isinstance(where, Model) else where

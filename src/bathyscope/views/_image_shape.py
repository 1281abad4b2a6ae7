"""Find out whether the inputs of a first layer are the pixels of an image, and of which shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bathyscope import _names
from bathyscope.models.protocol import Layer, Parameter
from bathyscope.views._parameters import parameters_of
from bathyscope.views.base import RunData

#: Flat inputs are taken for a square image only from 8 × 8 on.
_SMALLEST_SIDE = 8
_CHANNELS = (1, 3)


@dataclass(frozen=True)
class ImageShape:
    """The shape of an image whose pixels a layer takes in.

    Parameters
    ----------
    shape : tuple of int
    source : str
        How it is known, to be told to the reader.
    """

    shape: tuple[int, ...]
    source: str


def image_shape_of_model(about: Parameter, layers: Sequence[Layer]) -> ImageShape | None:
    """Take a square number of inputs of the first layer for a square image."""
    n_inputs = _inputs_of_first(about, layers)
    return None if n_inputs is None else _assumed_square(n_inputs)


def image_shape_of_run(
    run: RunData, about: Parameter, layers: Sequence[Layer]
) -> ImageShape | None:
    """Use the shape of the inputs a run recorded, unless they are shown as text or a table."""
    n_inputs = _inputs_of_first(about, layers)
    if n_inputs is None or any(name.startswith("shown/") for name in run.table_names()):
        return None
    groups = [group for group in run.array_groups() if group.startswith(_names.INPUTS)]
    for group in groups:
        arrays = run.arrays(group)
        inputs = [values for key, values in arrays.items() if key != _names.SAMPLE]
        if len(inputs) == 1:
            return _from_shape(inputs[0].shape[1:], n_inputs, "of the shape of the recorded inputs")
    return image_shape_of_model(about, layers)


def _inputs_of_first(about: Parameter, layers: Sequence[Layer]) -> int | None:
    """Number of inputs, if this is the first weight of the model and a plain matrix."""
    weights = [item for item in parameters_of(layers) if item.role == "weight"]
    if not weights or weights[0].name != about.name or sorted(about.axes) != ["in", "out"]:
        return None
    return about.shape[about.axes.index("in")]


def _from_shape(shape: Sequence[int | None], n_inputs: int, source: str) -> ImageShape | None:
    sizes = tuple(size for size in shape if size is not None)
    if len(sizes) != len(shape) or math.prod(sizes) != n_inputs:
        return None
    if len(sizes) == 1:
        return _assumed_square(n_inputs)
    with_channels = len(sizes) == 3 and (sizes[0] in _CHANNELS or sizes[2] in _CHANNELS)
    return ImageShape(sizes, source) if len(sizes) == 2 or with_channels else None


def _assumed_square(n_inputs: int) -> ImageShape | None:
    side = math.isqrt(n_inputs)
    if side * side != n_inputs or side < _SMALLEST_SIDE:
        return None
    return ImageShape(
        (side, side), f"assuming that its {n_inputs:,} inputs are an image of {side} × {side}"
    )

"""What is known of a layer's outputs for the probe samples: moments, zeros, dead units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.models.protocol import Layer
from bathyscope.views._channels import channels_of


def activation_scalars(
    outputs: Mapping[str, NDArray[Any]], layers: Sequence[Layer], framework: str
) -> dict[str, float]:
    """Describe the outputs of layers by a few numbers each.

    Parameters
    ----------
    outputs : mapping of str to array, shape (n_samples, ...)
    layers : sequence of Layer
    framework : str
        Which says, with the kind of a layer, where its channels are.

    Returns
    -------
    dict of str to float
        By the names of `_names.ACTIVATION_STATISTICS`, for layers whose outputs are numbers.
    """
    kinds = {layer.name: layer.kind for layer in layers}
    found: dict[str, float] = {}
    for name, array in outputs.items():
        if array.size and array.dtype.kind in "biuf":
            first = channels_of(framework, kinds.get(name, ""), ndim=array.ndim) == "first"
            described = describe(array, unit_axis=1 if first and array.ndim > 2 else -1)
            prefixed = zip(names.ACTIVATION_STATISTICS, described, strict=True)
            found |= {prefix + name: value for prefix, value in prefixed}
    return found


def describe(array: NDArray[Any], *, unit_axis: int) -> tuple[float, float, float, float, float]:
    """Compute mean, standard deviation, share of zeros, non-finite values, share of dead units.

    A unit is dead if it is 0 for every sample, and at every place.
    """
    values = array.astype(np.float64)
    is_zero = values == 0
    others = tuple(axis for axis in range(array.ndim) if axis != unit_axis % array.ndim)
    with np.errstate(invalid="ignore", over="ignore"):
        mean, std = float(values.mean()), float(values.std())
    nonfinite = float(np.count_nonzero(~np.isfinite(values)))
    return mean, std, float(is_zero.mean()), nonfinite, float(is_zero.all(axis=others).mean())

"""A layer's output in one form, whatever the framework and the kind of layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.views._shown import Channels
from bathyscope.views._words import check_choice

Kind = Literal["maps", "sequences", "vectors"]

#: Layers of PyTorch whose three-dimensional output is (n, channels, time).
_TORCH_1D = ("Conv", "LazyConv", "BatchNorm1d", "InstanceNorm1d")
_TORCH_1D_ENDINGS = ("Pool1d",)


@dataclass(frozen=True, eq=False)
class LayerOutput:
    """Outputs of a layer for some samples.

    Parameters
    ----------
    values : array
        Maps (n_samples, n_channels, height, width), sequences (n_samples, n_steps, n_features) or
        vectors (n_samples, n_units).
    kind : {"maps", "sequences", "vectors"}
    shape : tuple of int
        Shape of one output as the layer gave it.
    note : str
        What was left out.
    """

    values: NDArray[Any]
    kind: Kind
    shape: tuple[int, ...]
    note: str = ""

    @property
    def n_units(self) -> int:
        """Number of channels, units or features."""
        return self.values.shape[2 if self.kind == "sequences" else 1]


def unify(outputs: ArrayLike, channels: Channels) -> LayerOutput:
    """Bring a layer's output into one form.

    Raises
    ------
    ValueError
        If it has no samples, no numbers, or more than five dimensions.
    """
    check_choice("channels", channels, ("last", "first"))
    array = np.asarray(outputs)
    if array.dtype.kind not in "biuf" or not array.size or not 1 <= array.ndim <= 5:
        raise ValueError(
            "`outputs` must be numbers of shape (n_samples, ...) with up to five dimensions and at "
            f"least one sample; got {array.dtype} of shape {array.shape}."
        )
    if array.dtype != np.float32:
        array = array.astype(np.float64)
    shape = array.shape[1:]
    if array.ndim <= 2:
        return LayerOutput(array.reshape(len(array), -1), "vectors", shape)
    if array.ndim == 3:
        values = array.swapaxes(1, 2) if channels == "first" else array
        return LayerOutput(values, "sequences", shape)
    values = array if channels == "first" else np.moveaxis(array, -1, 1)
    if array.ndim == 4:
        return LayerOutput(values, "maps", shape)
    middle = values.shape[2] // 2
    note = f"Of each volume, slice {middle} of {values.shape[2]} is shown."
    return LayerOutput(values[:, :, middle], "maps", shape, note)


def channels_of(framework: str, kind: str, *, ndim: int) -> Channels:
    """Say where a layer keeps its channels.

    Parameters
    ----------
    framework : str
        As `Model.framework` gives it.
    kind : str
        Class name of the layer.
    ndim : int
        Dimensions of its output, with the batch. PyTorch's images are channels first; its
        sequences are so only in convolutions and what belongs to them.
    """
    if not framework.startswith("torch"):
        return "last"
    if ndim == 3:
        first = kind.startswith(_TORCH_1D) or kind.endswith(_TORCH_1D_ENDINGS)
        return "first" if first else "last"
    return "first"

"""Keras: what a variable is, by the class of its layer, its own name and its shape.

Used for live models and for files, which know the classes but hold no layer objects.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bathyscope.models.conventions.spatial import spatial_axes
from bathyscope.models.protocol import Role

_STATES = {"moving_mean", "moving_variance", "mean", "variance", "count", "seed_generator_state"}
_NORMALISATIONS = ("Normalization", "LayerScale")
_ATTENTION_INPUTS = {"query", "key", "value", "gate"}
_ATTENTION_OUTPUTS = {"attention_output", "output"}


def role(kind: str, name: str, *, is_state: bool = False) -> Role:
    """Say what part a variable plays.

    Parameters
    ----------
    kind : str
        Class of the layer, such as ``"Dense"``; "" if unknown.
    name : str
        The variable's own name, such as ``"kernel"``.
    is_state : bool
        Whether the layer created it as not trainable.
    """
    if name in _STATES and (is_state or not kind or kind.endswith("Normalization")):
        return "state"
    if name.endswith("bias") or name == "beta":
        return "bias"
    if name in {"gamma", "scale"} and (not kind or kind.endswith(_NORMALISATIONS)):
        return "scale"
    if is_state and not name.endswith(("kernel", "embeddings")):
        return "state"
    return "weight"


def axes(kind: str, name: str, shape: Collection[int], *, layer: str = "") -> tuple[str, ...]:
    """Name the dimensions of a variable.

    Parameters
    ----------
    kind : str
        Class of the layer.
    name : str
        The variable's own name.
    shape : collection of int
    layer : str
        The layer's own name: tells the projections of an attention layer apart.
    """
    rank = len(shape)
    if kind == "EinsumDense" or (not kind and layer in _ATTENTION_INPUTS | _ATTENTION_OUTPUTS):
        return _projection(name, rank, layer)
    if name.endswith("kernel") and rank >= 3 and ("Conv" in kind or (not kind and rank >= 4)):
        return _convolution(kind, name, rank)
    if rank == 2 and (name.endswith("kernel") or name == "embeddings"):
        return ("in", "out")
    if rank == 1:
        return ("out",)
    if name.endswith("bias") and rank:
        return ("",) * (rank - 1) + ("out",)
    return ("",) * rank


def _convolution(kind: str, name: str, rank: int) -> tuple[str, ...]:
    if kind.startswith("Depthwise") or name.startswith("depthwise"):
        # Each input channel has filters of its own: (..., channel, filters per channel).
        return (*spatial_axes(rank - 2), "group", "out")
    if kind.endswith("Transpose"):
        return (*spatial_axes(rank - 2), "out", "in")
    return (*spatial_axes(rank - 2), "in", "out")


def _projection(name: str, rank: int, layer: str) -> tuple[str, ...]:
    """Name the axes of an `EinsumDense` from its place in an attention layer."""
    if name == "bias":
        heads = ("heads",) if layer in _ATTENTION_INPUTS and rank == 2 else ("",) * (rank - 1)
        return (*heads, "out")
    if rank == 3 and layer in _ATTENTION_INPUTS:
        return ("in", "heads", "out")
    if rank == 3 and layer in _ATTENTION_OUTPUTS:
        return ("heads", "in", "out")
    if rank == 2:
        return ("in", "out")
    return ("",) * rank


#: Variables of each class in the order in which a layer saves them, with the setting that
#: leaves one out when it is false.
_VARIABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "BatchNormalization": (
        ("gamma", "scale"),
        ("beta", "center"),
        ("moving_mean", ""),
        ("moving_variance", ""),
    ),
    "LayerNormalization": (("gamma", "scale"), ("beta", "center")),
    "GroupNormalization": (("gamma", "scale"), ("beta", "center")),
    "UnitNormalization": (),
    "RMSNormalization": (("scale", ""),),
    "Normalization": (("mean", ""), ("variance", ""), ("count", "")),
    "Embedding": (("embeddings", ""),),
    "PReLU": (("alpha", ""),),
    "SeparableConv1D": (("depthwise_kernel", ""), ("pointwise_kernel", ""), ("bias", "use_bias")),
    "SeparableConv2D": (("depthwise_kernel", ""), ("pointwise_kernel", ""), ("bias", "use_bias")),
    **dict.fromkeys(
        ("LSTMCell", "GRUCell", "SimpleRNNCell"),
        (("kernel", ""), ("recurrent_kernel", ""), ("bias", "use_bias")),
    ),
    **dict.fromkeys(
        (
            "Dense",
            "EinsumDense",
            "Conv1D",
            "Conv2D",
            "Conv3D",
            "Conv1DTranspose",
            "Conv2DTranspose",
            "Conv3DTranspose",
            "DepthwiseConv1D",
            "DepthwiseConv2D",
        ),
        (("kernel", ""), ("bias", "use_bias")),
    ),
}


def variable_names(
    kind: str, settings: Mapping[str, Any], shapes: Sequence[tuple[int, ...]]
) -> list[str]:
    """Name the variables that a file only numbers.

    Parameters
    ----------
    kind : str
        Class of the layer; "" if unknown.
    settings : mapping
        Its configuration; empty if unknown.
    shapes : sequence of tuple of int
        Shapes of the variables, in the order of the file.

    Returns
    -------
    list of str
        The numbers themselves where nothing is known.
    """
    listed = _VARIABLES.get(kind, ())
    names = [name for name, setting in listed if settings.get(setting, True)]
    if len(names) == len(shapes):
        return names
    if kind == "BatchNormalization" and len(shapes) == 2:
        return ["moving_mean", "moving_variance"]
    if kind and len(shapes) == 1 and names:
        return names[:1]
    return _names_from_shapes(shapes)


def _names_from_shapes(shapes: Sequence[tuple[int, ...]]) -> list[str]:
    """A kernel and a vector as long as its last axis: that is how nearly every layer starts."""
    first, second = (*shapes, (), ())[:2]
    if len(shapes) <= 2 and len(first) >= 2 and second in {(), first[-1:]}:
        return ["kernel", "bias"][: len(shapes)]
    return [str(number) for number in range(len(shapes))]


def count_variables(kind: str) -> int:
    """Count the variables a layer of this class has when nothing is left out."""
    return len(_VARIABLES.get(kind, ()))


def kind_from_snake_case(name: str) -> str:
    """Find the class that a file calls ``"dense_1"``; "" if it is not a known one."""
    return _BY_SNAKE_CASE.get(re.sub(r"_\d+$", "", name), "")


def snake_case(kind: str) -> str:
    """Write a class name as Keras writes it in files: ``"MultiHeadAttention"`` with underscores."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


_WITHOUT_VARIABLES = (
    "Activation Add Average AveragePooling1D AveragePooling2D Bidirectional Concatenate Dropout "
    "Flatten Functional GRU GlobalAveragePooling1D GlobalAveragePooling2D InputLayer LSTM "
    "LeakyReLU MaxPooling1D MaxPooling2D MultiHeadAttention GroupQueryAttention Multiply "
    "Permute ReLU RepeatVector Rescaling Reshape Sequential SimpleRNN Softmax "
    "SpatialDropout1D SpatialDropout2D TimeDistributed UpSampling2D ZeroPadding2D"
)
_BY_SNAKE_CASE = {snake_case(kind): kind for kind in (*_VARIABLES, *_WITHOUT_VARIABLES.split())}

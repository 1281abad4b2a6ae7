"""Keras: what a variable is, by the class of its layer, its own name and its shape.

Used for live models and for files, which know the classes but hold no layer objects.
"""

from __future__ import annotations

from collections.abc import Collection

from bathyscope.models.conventions.spatial import spatial_axes
from bathyscope.models.protocol import Role

_STATES = {"moving_mean", "moving_variance", "mean", "variance", "count", "seed_generator_state"}
_NORMALISATIONS = ("Normalization", "LayerScale")
_ATTENTION_INPUTS = {"query", "key", "value", "gate"}
_ATTENTION_OUTPUTS = {"attention_output", "output"}
ATTENTIONS = ("MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention")


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
    if name in _STATES and (is_state or kind.endswith("Normalization") or name not in _STATES):
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
    if kind == "EinsumDense":
        return _projection(name, rank, layer)
    if "kernel" in name and "Conv" in kind:
        return _convolution(kind, name, rank)
    if rank == 2 and (name.endswith("kernel") or name == "embeddings"):
        return ("in", "out")
    if rank == 1:
        return ("out",)
    if name.endswith("bias"):
        return ("",) * (rank - 1) + ("out",) * min(rank, 1)
    return ("",) * rank


def _convolution(kind: str, name: str, rank: int) -> tuple[str, ...]:
    if kind.endswith("LSTM") or "LSTMCell" in kind:
        return (*spatial_axes(rank - 2), "in", "out")
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

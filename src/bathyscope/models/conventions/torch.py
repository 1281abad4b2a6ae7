"""PyTorch: what a tensor is, by the class of its module, its own name and its shape.

Files hold no modules; there the class is "" and names and shapes must do.
"""

from __future__ import annotations

from collections.abc import Collection

from bathyscope.models.conventions.spatial import spatial_axes
from bathyscope.models.protocol import Role

_STATES = {"running_mean", "running_var", "num_batches_tracked"}


def role(kind: str, name: str, shape: Collection[int], *, is_buffer: bool = False) -> Role:
    """Say what part a tensor plays.

    Parameters
    ----------
    kind : str
        Class of the module, such as ``"Linear"``; "" if unknown.
    name : str
        The tensor's own name, such as ``"weight"``.
    shape : collection of int
    is_buffer : bool
        Whether the module registered it as a buffer.
    """
    if is_buffer or name in _STATES:
        return "state"
    if name in {"bias", "beta"} or name.startswith("bias_") or name.endswith("_bias"):
        return "bias"
    if name == "gamma" or (name == "weight" and len(shape) <= 1 and _may_normalise(kind)):
        return "scale"
    return "weight"


def axes(kind: str, name: str, shape: Collection[int], *, layer: str = "") -> tuple[str, ...]:
    """Name the dimensions of a tensor.

    Parameters
    ----------
    kind : str
        Class of the module; "" if unknown.
    name : str
        The tensor's own name.
    shape : collection of int
    layer : str
        Name of the module, which tells an embedding apart where the class is unknown.
    """
    rank = len(shape)
    if rank == 1:
        return ("out",)
    if rank == 2 and "weight" in name:
        return ("in", "out") if _is_embedding(kind, layer) else ("out", "in")
    if name == "weight" and 3 <= rank <= 5 and (not kind or "Conv" in kind):
        first = ("in", "out") if "Transpose" in kind else ("out", "in")
        return (*first, *spatial_axes(rank - 2))
    if kind == "Bilinear" and rank == 3:
        return ("out", "in", "")
    return ("",) * rank


def _may_normalise(kind: str) -> bool:
    return not kind or "Norm" in kind


def _is_embedding(kind: str, layer: str) -> bool:
    if kind:
        return "Embedding" in kind
    own = layer.rpartition(".")[2]
    return "emb" in own or own in {"wte", "wpe"}

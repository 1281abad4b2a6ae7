"""Waist 1: the five questions asked of every model, whatever made it.

An adapter answers them for one framework, in one file of this folder. Arrays at the
border are plain NumPy, batches in and batches out; the device, the mode and the
parameters of the model are left as they were found.

1. `Model.layers`       the ordered tree of named layers
2. `Model.parameters`   read, and set bit for bit, named arrays
3. `Model.forward`      outputs, and the outputs of named layers, for a batch
4. `Model.gradients`    of a scalar target with respect to inputs, layers or parameters
5. `Model.attention`    attention weights per layer and head

A question an adapter cannot answer raises `bathyscope.Unanswered` and says exactly why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

#: What a batch may be: one array, several for models with several inputs, or named ones.
Batch = NDArray[Any] | Sequence[NDArray[Any]] | Mapping[str, NDArray[Any]]

Role = Literal["weight", "bias", "scale", "state"]
LossKind = Literal["cross_entropy", "cross_entropy_logits", "mse", "compiled"]


@dataclass(frozen=True)
class Parameter:
    """One named array of a model.

    Parameters
    ----------
    name : str
        Unique in the model, such as ``"encoder/dense/kernel"`` or ``"encoder.0.weight"``.
    layer : str
        Name of the layer that owns it.
    shape : tuple of int
    dtype : str
        NumPy's name, or ``"bfloat16"``.
    role : {"weight", "bias", "scale", "state"}
        ``weight``: kernels, embeddings, projections. ``scale``: the gain of a normalisation.
        ``bias``: additive vectors. ``state``: not trained by gradients (running means, counters).
    axes : tuple of str
        Meaning of each dimension: "in", "out", "height", "width", "depth", "time", "heads",
        "group"; or "" where unknown. Frameworks store kernels in different orders; with the
        axes named, a picture need not know which.
    trainable : bool
    same_as : str
        Name of an earlier parameter whose very array this is (tied weights); "" otherwise.
    """

    name: str
    layer: str
    shape: tuple[int, ...]
    dtype: str
    role: Role
    axes: tuple[str, ...]
    trainable: bool = True
    same_as: str = ""


@dataclass(frozen=True)
class Layer:
    """One layer.

    Parameters
    ----------
    name : str
        Path in the tree, parts joined by the framework's own sign (``/`` in Keras, ``.`` in torch).
    kind : str
        Class name: ``"Dense"``, ``"Conv2d"``; "" if a file does not say.
    parent : str
        Name of the enclosing layer; "" at the top.
    parameters : tuple of Parameter
        Those the layer owns itself, not its children's.
    output_shape : tuple, optional
        With None for the batch and for unknown sizes; None if not known before a forward pass.
    uses : int
        How often a forward pass calls it, where known beforehand.
    trainable : bool
    inputs : tuple of str, optional
        Layers of the same parent whose outputs it takes; empty if it takes only what the parent
        is given. None where the graph is not known beforehand.
    """

    name: str
    kind: str
    parent: str = ""
    parameters: tuple[Parameter, ...] = ()
    output_shape: tuple[int | None, ...] | None = None
    uses: int = 1
    trainable: bool = True
    inputs: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class Forward:
    """What a forward pass gave.

    Parameters
    ----------
    outputs : tuple of array
        The model's outputs, in its own order; first dimension is the batch.
    captured : mapping of str to tuple of array
        For each layer asked for, its output at each call (a layer used twice has two). Of a
        layer that returns several arrays, the first.
    """

    outputs: tuple[NDArray[Any], ...]
    captured: Mapping[str, tuple[NDArray[Any], ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Score:
    """Target: the sum over the batch of one entry of an output per sample.

    Parameters
    ----------
    index : int or array of int, shape (n_samples,)
        Entry of the last axis: the class.
    output : int
        Which output of the model.
    """

    index: int | NDArray[np.int64]
    output: int = 0


@dataclass(frozen=True, eq=False)
class Loss:
    """Target: the mean loss over the batch.

    Parameters
    ----------
    true : array
        Class indices (n_samples,) or one-hot rows for cross entropy; values for "mse".
    kind : {"cross_entropy", "cross_entropy_logits", "mse", "compiled"}
        ``cross_entropy`` takes outputs that are probabilities, ``cross_entropy_logits`` raw scores;
        ``compiled`` is the loss the model was compiled with, where the framework has such a thing.
    output : int
    """

    true: NDArray[Any]
    kind: LossKind = "cross_entropy"
    output: int = 0


#: A scalar to differentiate. A function gets the outputs as the framework's own tensors
#: (a tuple) and returns its own scalar.
Target = Score | Loss | Callable[[tuple[Any, ...]], Any]


@dataclass(frozen=True, eq=False)
class Gradients:
    """Derivatives of a target.

    Parameters
    ----------
    value : float
        The target itself.
    inputs : tuple of array
        One per input of the model; empty if not asked for. None-like inputs (integers) give zeros.
    layers : mapping of str to tuple of array
        For each layer asked for, the derivative by its output at each call.
    parameters : mapping of str to array
        By parameter name.
    """

    value: float
    inputs: tuple[NDArray[Any], ...] = ()
    layers: Mapping[str, tuple[NDArray[Any], ...]] = field(default_factory=dict)
    parameters: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@runtime_checkable
class Model(Protocol):
    """The five questions. Every adapter answers them; `bathyscope.inspect` finds the adapter."""

    @property
    def framework(self) -> str:
        """Who computes: ``"keras (jax)"``, ``"torch"``, ``"file (safetensors)"``."""
        ...

    @property
    def name(self) -> str:
        """The model's own name, or its class."""
        ...

    def layers(self) -> tuple[Layer, ...]:
        """All layers, parents before children, in the order of definition."""
        ...

    def parameters(self, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """Read parameters (all, or those named) as copies, in the order of the layers."""
        ...

    def set_parameters(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Set parameters bit for bit; those not named keep their values."""
        ...

    def forward(self, inputs: Batch, *, capture: Sequence[str] = ()) -> Forward:
        """Run a batch in evaluation mode, without gradients, capturing the named layers."""
        ...

    def gradients(
        self,
        inputs: Batch,
        target: Target,
        *,
        inputs_too: bool = True,
        layers: Sequence[str] = (),
        parameters: Sequence[str] = (),
    ) -> Gradients:
        """Differentiate a target in evaluation mode."""
        ...

    def attention(
        self, inputs: Batch, *, layers: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Attention weights by layer, each of shape (n_samples, n_heads, n_queries, n_keys).

        A layer called more than once gives ``name``, ``name#2`` and so on.
        """
        ...

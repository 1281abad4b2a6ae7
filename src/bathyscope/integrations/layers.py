"""Which layers' outputs are worth keeping."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import Unanswered
from bathyscope.models.batches import take
from bathyscope.models.protocol import Batch, Forward, Model, Parameter

#: Bytes of a number of single precision.
_SINGLE = 4


def leaf_layers(model: Model) -> list[str]:
    """Names of the layers that hold no other layers and are not mere inputs."""
    layers = model.layers()
    parents = {layer.parent for layer in layers}
    return [
        layer.name for layer in layers if layer.name not in parents and layer.kind != "InputLayer"
    ]


def sample_outputs(
    model: Model, inputs: Batch, *, layers: Sequence[str] | None = None
) -> tuple[Forward, dict[str, NDArray[Any]]]:
    """Run one sample, and give the outputs of layers that have one per sample.

    Parameters
    ----------
    model : Model
    inputs : array of shape (n_samples, ...), list or mapping of them
    layers : sequence of str, optional
        By default all leaf layers.

    Returns
    -------
    forward : Forward
    outputs : mapping of str to array, shape (1, ...)
        By layer; of a layer used several times the last one.
    """
    names = leaf_layers(model) if layers is None else layers
    forward = model.forward(take(inputs, slice(0, 1)), capture=names)
    last = {name: forward.captured[name][-1] for name in names if forward.captured.get(name)}
    return forward, {name: array for name, array in last.items() if is_of_samples(array, 1)}


def seen_outputs(
    model: Model, inputs: Batch
) -> tuple[dict[str, NDArray[Any]], dict[str, Unanswered]]:
    """Run one sample, and give the outputs that can be seen.

    Where those of a leaf cannot, as of a cell inside a compiled loop, the layer around it is taken.

    Returns
    -------
    outputs : mapping of str to array, shape (1, ...)
        In the order of the model.
    unseen : mapping of str to Unanswered
        The leaf layers that cannot be seen, and why.
    """
    try:
        return sample_outputs(model, inputs)[1], {}
    except Unanswered:
        pass
    parents = {layer.name: layer.parent for layer in model.layers()}
    outputs: dict[str, NDArray[Any]] = {}
    unseen: dict[str, Unanswered] = {}
    for leaf in leaf_layers(model):
        for name in filter(None, (leaf, parents[leaf])):
            try:
                outputs |= sample_outputs(model, inputs, layers=[name])[1]
                break
            except Unanswered as reason:
                unseen.setdefault(leaf, reason)
    return outputs, unseen


def declared_sizes(model: Model) -> dict[str, int] | None:
    """Compute what the outputs of leaf layers take for one sample from their shapes.

    No pass is needed then, which a back end that compiles would compile for one sample alone.

    Returns
    -------
    dict of str to int, or None
        Bytes by layer, each number as wide as the widest parameter; None if the shape of an output
        is not known beforehand.
    """
    layers = {layer.name: layer for layer in model.layers()}
    widths = [_width(parameter) for layer in layers.values() for parameter in layer.parameters]
    width = max([_SINGLE, *widths])
    sizes: dict[str, int] = {}
    for name in leaf_layers(model):
        samples, *others = layers[name].output_shape or (0,)
        lengths = [length for length in others if length is not None]
        if samples is not None or len(lengths) < len(others):
            return None
        if lengths:
            sizes[name] = math.prod(lengths) * width
    return sizes


def _width(parameter: Parameter) -> int:
    return 2 if parameter.dtype == "bfloat16" else np.dtype(parameter.dtype).itemsize


def is_of_samples(array: NDArray[Any], n_samples: int) -> bool:
    """Whether the output of a layer holds numbers of each sample."""
    return array.ndim >= 2 and len(array) == n_samples and array.dtype.kind in "biuf"


def last_vector_layer(model: Model, inputs: Batch) -> str | None:
    """Find the last layer before the output that gives a vector; None if there is none.

    Layers at the end as wide as the output only reshape the scores (a softmax, the scores
    themselves), so they are passed over.
    """
    outputs, _ = seen_outputs(model, inputs)
    forward, _ = sample_outputs(model, inputs, layers=())
    width = forward.outputs[0].shape[-1] if forward.outputs[0].ndim == 2 else -1
    vectors = [name for name, array in outputs.items() if array.ndim == 2]
    while vectors and outputs[vectors[-1]].shape[1] == width:
        vectors.pop()
    return vectors[-1] if vectors else None

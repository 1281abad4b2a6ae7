"""Targets as scalar tensors, with Keras operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from bathyscope.models.border import tensors_in
from bathyscope.models.protocol import Loss, Score, Target
from bathyscope.models.targets import (
    EPSILON,
    chosen_output,
    expected_values,
    is_binary,
    require_scalar,
    score_positions,
)

#: Keras's operations take and give any back end's tensors; its own annotations say None.
ops: Any = keras.ops


def scalar(model: Any, target: Target, outputs: Any) -> Any:
    """Compute a target from what the model returned."""
    tensors = tuple(tensors_in(outputs, ops.is_tensor))
    if isinstance(target, Score):
        output = chosen_output(target, tensors)
        positions = score_positions(target, output.shape)
        return ops.sum(ops.take(ops.reshape(output, (-1,)), positions))
    if isinstance(target, Loss):
        if target.kind == "compiled":
            return _compiled(model, target, outputs)
        return _loss(target, chosen_output(target, tensors))
    value = target(tensors)
    require_scalar(value.shape)
    return ops.reshape(value, ())


def _loss(target: Loss, output: Any) -> Any:
    true = ops.convert_to_tensor(expected_values(target, output.shape), dtype=output.dtype)
    return ops.mean(_LOSSES[target.kind, is_binary(output.shape)](true, output))


def _squared(true: Any, output: Any) -> Any:
    return ops.square(output - true)


def _cross_entropy(true: Any, output: Any) -> Any:
    return -ops.sum(true * ops.log(ops.maximum(output, EPSILON)), axis=-1)


def _cross_entropy_logits(true: Any, output: Any) -> Any:
    return -ops.sum(true * ops.log_softmax(output, axis=-1), axis=-1)


def _binary(true: Any, output: Any) -> Any:
    output = ops.clip(output, EPSILON, 1 - EPSILON)
    return -true * ops.log(output) - (1 - true) * ops.log(1 - output)


def _binary_logits(true: Any, output: Any) -> Any:
    return ops.softplus(output) - true * output


_LOSSES: dict[tuple[str, bool], Callable[[Any, Any], Any]] = {
    ("mse", False): _squared,
    ("mse", True): _squared,
    ("cross_entropy", False): _cross_entropy,
    ("cross_entropy", True): _binary,
    ("cross_entropy_logits", False): _cross_entropy_logits,
    ("cross_entropy_logits", True): _binary_logits,
}


def _compiled(model: Any, target: Loss, outputs: Any) -> Any:
    """Compute the loss the model was compiled with, with its regularisers, as `evaluate` does."""
    true = keras.tree.map_structure(ops.convert_to_tensor, target.true)
    return model.compute_loss(y=true, y_pred=outputs, sample_weight=None, training=False)


def prepare_compiled(model: Any, target: Loss, outputs: Any) -> None:
    """Make the loss's own parts outside of any differentiation, where they can keep state."""
    if not getattr(model, "compiled", False):
        raise ValueError(
            "A loss of kind 'compiled' needs a model that was compiled with a loss; "
            f"`{model.name}` was not. Call `model.compile(loss=...)`, or choose another kind."
        )
    loss = model._compile_loss
    if loss is not None and not loss.built:
        true = keras.tree.map_structure(ops.convert_to_tensor, target.true)
        loss.build(true, outputs)

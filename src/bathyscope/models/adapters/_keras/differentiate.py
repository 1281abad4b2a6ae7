"""Differentiate a function of tensors, or do without, on whichever back end Keras runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras

#: From the tensors to differentiate by, to a scalar tensor.
Function = Callable[[list[Any]], Any]


def differentiate(function: Function, leaves: list[Any]) -> tuple[Any, list[Any]]:
    """Give the function's value and its derivatives by the leaves, zeros where independent."""
    backends = {"jax": _with_jax, "tensorflow": _with_tensorflow, "torch": _with_torch}
    return backends[keras.backend.backend()](function, leaves)


def _with_jax(function: Function, leaves: list[Any]) -> tuple[Any, list[Any]]:
    import jax

    return jax.value_and_grad(function)(leaves)


def _with_tensorflow(function: Function, leaves: list[Any]) -> tuple[Any, list[Any]]:
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(leaves)
        value = function(leaves)
    gradients = tape.gradient(value, leaves, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return value, [tf.convert_to_tensor(gradient) for gradient in gradients]


def _with_torch(function: Function, leaves: list[Any]) -> tuple[Any, list[Any]]:
    import torch

    with torch.enable_grad():
        leaves = [leaf.detach().clone().requires_grad_() for leaf in leaves]
        value = function(leaves)
        if not leaves or not value.requires_grad:
            return value, [torch.zeros_like(leaf) for leaf in leaves]
        gradients = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
    return value.detach(), list(gradients)


def no_gradients() -> AbstractContextManager[Any]:
    """Keep the back end from remembering a pass; only torch does so unasked."""
    if keras.backend.backend() != "torch":
        return nullcontext()
    import torch

    return torch.no_grad()

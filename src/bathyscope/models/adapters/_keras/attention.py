"""Attention weights of Keras layers, also where a fused kernel would hide them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

_FLAG = "return_attention_scores"


def is_attention(operation: Any) -> bool:
    """Whether a layer can return attention weights when asked."""
    call = getattr(operation, "call", None)
    return callable(call) and _FLAG in inspect.signature(call).parameters


def asking_for_weights(seen: Callable[[Any], None]) -> Callable[[Any], Any]:
    """Wrap a layer's call: always ask for the weights, hand them over, return what was asked."""

    def wrap(original: Any) -> Any:
        signature = inspect.signature(original)

        def call(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            wanted = bound.arguments.get(_FLAG, False)
            bound.arguments[_FLAG] = True
            result = original(*bound.args, **bound.kwargs)
            seen(result[1])
            return result if wanted else result[0]

        return call

    return wrap


@contextmanager
def without_flash(operation: Any) -> Generator[None]:
    """Keep a layer from its flash kernel, which computes no weights, while the block runs."""
    if not getattr(operation, "_flash_attention", False):
        yield
        return
    flash = operation._flash_attention
    object.__setattr__(operation, "_flash_attention", False)
    try:
        yield
    finally:
        object.__setattr__(operation, "_flash_attention", flash)

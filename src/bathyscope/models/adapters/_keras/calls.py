"""Watch and change what layers return, during one pass, without touching the model's graph."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import Unanswered
from bathyscope.models.border import replace_first_tensor, tensors_in

#: Called with the layer's name and its first output tensor; returns what to use instead.
OnOutput = Callable[[str, Any], Any]


@contextmanager
def intercepted(operations: Mapping[str, Any], on_output: OnOutput) -> Generator[None]:
    """Pass every output of the operations through a function while the block runs."""
    with ExitStack() as stack:
        for name, operation in operations.items():
            stack.enter_context(replaced_call(operation, _passing(name, on_output)))
        yield


@contextmanager
def replaced_call(operation: Any, wrap: Callable[[Any], Any]) -> Generator[None]:
    """Replace what one operation does when called.

    Keras calls `operation.call` (or `quantized_call`) from every way of running a model, so
    an attribute of the instance is enough. It is set past the framework's tracking.
    """
    quantized = getattr(operation, "quantization_mode", None) is not None
    attribute = "quantized_call" if quantized else "call"
    had_own = attribute in vars(operation)
    original = getattr(operation, attribute)
    object.__setattr__(operation, attribute, wrap(original))
    try:
        yield
    finally:
        if had_own:
            object.__setattr__(operation, attribute, original)
        else:
            object.__delattr__(operation, attribute)


def _passing(name: str, on_output: OnOutput) -> Callable[[Any], Any]:
    def wrap(original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            outputs = original(*args, **kwargs)
            tensors = tensors_in(outputs, keras.ops.is_tensor)
            if not tensors:
                return outputs
            return replace_first_tensor(outputs, on_output(name, tensors[0]), keras.ops.is_tensor)

        return call

    return wrap


def array_from(tensor: Any, *, layer: str = "") -> NDArray[Any]:
    """Convert a tensor to NumPy; bfloat16 and smaller floats widen to float32, exactly."""
    try:
        if keras.backend.standardize_dtype(tensor.dtype).startswith(("bfloat16", "float8")):
            tensor = keras.ops.cast(tensor, "float32")
        array = keras.ops.convert_to_numpy(tensor)
    except Exception as error:
        # Inside a compiled loop (an RNN's scan, rematerialisation) a tensor has no value.
        if not layer:
            raise
        raise Unanswered(
            f"Layer `{layer}` runs inside a loop that the back end compiles as a whole, so its "
            "output at each step cannot be seen. Ask for the layer around it, or build the "
            "layer with `unroll=True`."
        ) from error
    return np.array(array)

"""Small Keras models, one of each kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers
from keras.src.backend.common import dtypes

BACKEND = keras.backend.backend()


def mlp() -> tuple[Any, ...]:
    model = keras.Sequential(
        [
            keras.Input((6,), name="features"),
            layers.Dense(5, "tanh", name="hidden"),
            layers.Dense(3, "softmax", name="output"),
        ],
        name="mlp",
    )
    return model, floats(7, 6), {"hidden": 1, "output": 1}, ()


def cnn() -> tuple[Any, ...]:
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2), name="image"),
            layers.Conv2D(4, 3, padding="same", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.Activation("tanh", name="tanh"),
            layers.Dropout(0.5, name="dropout"),
            layers.AveragePooling2D(2, name="pool"),
            layers.DepthwiseConv2D(2, depth_multiplier=2, name="depthwise"),
            layers.Conv2DTranspose(3, 2, name="transposed"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, name="output"),
        ],
        name="cnn",
    )
    norm = model.get_layer("norm")
    norm.moving_mean.assign(floats(4))
    norm.moving_variance.assign(np.abs(floats(4)) + 0.5)
    linear = (("conv", "conv/bias"), ("transposed", "transposed/bias"), ("output", "output/bias"))
    return model, floats(4, 6, 6, 2), {"conv": 1, "norm": 1, "pool": 1, "output": 1}, linear


def nested() -> tuple[Any, ...]:
    inner = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(4, name="first"),
            layers.Activation("tanh", name="tanh"),
            layers.Dropout(0.5, name="dropout"),
        ],
        name="encoder",
    )
    inputs = keras.Input((5,), name="features")
    head_in = keras.Input((4,))
    head = keras.Model(head_in, layers.Dense(3, name="second")(head_in), name="head")
    model = keras.Model(inputs, head(keras.ops.tanh(inner(inputs))), name="nested")
    calls = {"encoder": 1, "encoder/first": 1, "head": 1, "head/second": 1}
    linear = (("encoder/first", "encoder/first/bias"), ("head/second", "head/second/bias"))
    return model, floats(4, 5), calls, linear


def many_inputs() -> tuple[Any, ...]:
    left, right = keras.Input((4,), name="left"), keras.Input((3, 2), name="right")
    joined = layers.Concatenate(name="join")([left, layers.Flatten(name="flat")(right)])
    hidden = layers.Dense(5, "tanh", name="hidden")(joined)
    outputs = {
        "scores": layers.Dense(3, name="scores")(hidden),
        "value": layers.Dense(1, name="value")(hidden),
    }
    model = keras.Model([left, right], outputs, name="many_inputs")
    linear = (("scores", "scores/bias"), ("value", "value/bias"))
    return model, [floats(4, 4), floats(4, 3, 2)], {"join": 1, "value": 1}, linear


def shared() -> tuple[Any, ...]:
    inputs = keras.Input((4,), name="features")
    twice = layers.Dense(4, name="twice")
    hidden = twice(keras.ops.tanh(twice(inputs)))
    model = keras.Model(inputs, layers.Dense(3, name="output")(hidden), name="shared")
    linear = (("twice", "twice/bias"), ("output", "output/bias"))
    return model, floats(5, 4), {"twice": 2, "tanh": 1, "output": 1}, linear


class Subclassed(keras.Model):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.first = layers.Dense(4, name="entry")
        self.blocks = [layers.Dense(4, "tanh", name=f"block_{i}") for i in range(2)]
        self.drop = layers.Dropout(0.5, name="drop")
        self.shift = self.add_weight(shape=(4,), initializer="ones", name="shift")
        self.calls = self.add_weight(
            shape=(), initializer="zeros", name="calls", trainable=False, dtype="int32"
        )

    def call(self, features: Any) -> Any:
        self.calls.assign_add(1)
        hidden = self.first(features) + self.shift
        for block in (*self.blocks, self.blocks[0]):
            hidden = self.drop(block(hidden))
        return {"hidden": hidden, "scores": (hidden[:, :3],)}


def subclassed() -> tuple[Any, ...]:
    model = Subclassed(name="subclassed")
    inputs = floats(4, 6)
    model(keras.ops.convert_to_tensor(inputs))
    calls = {"entry": 1, "block_0": 2, "block_1": 1, "drop": 3}
    return model, inputs, calls, (("entry", "entry/bias"),)


def tokens() -> tuple[Any, ...]:
    ids = keras.Input((5,), dtype="int32", name="ids")
    hidden = layers.Embedding(11, 4, name="embed")(ids)
    # With dropout, Keras multiplies matrices itself; the fused kernel of JAX rounds to float32.
    dropout = 0.1 if keras.config.floatx() == "float64" else 0.0
    attention = layers.MultiHeadAttention(2, 3, dropout=dropout, name="attention")
    hidden = layers.Add(name="add")([hidden, attention(hidden, hidden, use_causal_mask=True)])
    hidden = layers.LayerNormalization(name="norm")(hidden)
    scores = layers.Dense(11, name="output")(hidden)
    model = keras.Model(ids, scores, name="tokens")
    inputs = np.random.default_rng(3).integers(0, 11, (3, 5)).astype(np.int32)
    linear = (("attention/attention_output", "attention/attention_output/bias"),)
    return model, inputs, {"embed": 1, "attention": 1, "attention/query": 1}, linear


def recurrent() -> tuple[Any, ...]:
    model = keras.Sequential(
        [
            keras.Input((4, 3), name="series"),
            layers.LSTM(4, return_sequences=True, name="lstm"),
            layers.Bidirectional(layers.GRU(3), name="both_ways"),
            layers.Dense(3, name="output"),
        ],
        name="recurrent",
    )
    return model, floats(3, 4, 3), {"lstm": 1, "both_ways": 1}, (("output", "output/bias"),)


#: Attention layers of some of them, with the shape of their weights.
ATTENTION = {"tokens": {"attention": (3, 2, 5, 5)}}
BUILDERS = {
    build.__name__: build
    for build in (mlp, cnn, nested, many_inputs, shared, subclassed, tokens, recurrent)
}


def floats(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).normal(size=shape)


def build(name: str) -> SimpleNamespace:
    """Make a model of one kind, and say what is true of it.

    `run` gives what Keras itself computes; `calls` how often a pass calls some layers; `linear`
    names layers that add a parameter to their output's last axis and do nothing after; `state`
    lists everything a question must leave as it was.
    """
    keras.utils.clear_session()  # names of operations are counted in the whole program
    keras.utils.set_random_seed(1)
    model, inputs, calls, linear = BUILDERS[name]()
    _shake(model)
    return SimpleNamespace(
        model=model,
        inputs=inputs,
        run=lambda inputs: _run(model, inputs),
        calls=calls,
        linear=linear,
        attention=ATTENTION.get(name, {}),
        total=keras.ops.sum,
        state=lambda: _state(model),
    )


@contextmanager
def double_precision() -> Iterator[None]:
    """Build and run in float64.

    On JAX and torch, Keras rounds what its operations give to float32 whatever the policy says;
    that rounding is taken out, so that derivatives can be held to finite differences.
    """
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    rounding = dtypes.BIT64_TO_BIT32_DTYPE["float64"]
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    try:
        with _jax_in_double() if BACKEND == "jax" else nullcontext():
            yield
    finally:
        dtypes.BIT64_TO_BIT32_DTYPE["float64"] = rounding
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def _jax_in_double() -> Any:
    import jax

    return jax.enable_x64(True)


def _shake(model: Any) -> None:
    """Give biases and gains values, so that no derivative is right by accident."""
    rng = np.random.default_rng(11)
    for variable in model.trainable_variables:
        value = keras.ops.convert_to_numpy(variable.value)
        variable.assign(value + 0.1 * rng.normal(size=value.shape))


def _run(model: Any, inputs: Any) -> tuple[np.ndarray, ...]:
    """Run Keras's own compiled way, which goes through the layers untouched."""
    return tuple(np.array(leaf) for leaf in _leaves(model.predict_on_batch(inputs)))


def _leaves(outputs: Any) -> list[Any]:
    if isinstance(outputs, dict):
        return [leaf for part in outputs.values() for leaf in _leaves(part)]
    if isinstance(outputs, (list, tuple)):
        return [leaf for part in outputs for leaf in _leaves(part)]
    return [outputs]


def _state(model: Any) -> dict[str, Any]:
    every = [model, *model._flatten_layers(include_self=False)]
    return {
        "variables": [np.array(keras.ops.convert_to_numpy(v.value)) for v in model.variables],
        "trainable": [v.trainable for v in model.variables],
        "attributes": [sorted(vars(layer)) for layer in every],
        "losses": len(model.losses),
        "torch": _torch_state(model) if BACKEND == "torch" else None,
    }


def _torch_state(model: Any) -> list[Any]:
    return [(p.requires_grad, p.grad is None) for p in model.parameters()]

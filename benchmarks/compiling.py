"""What compiling takes when a training of Keras on JAX is watched, and what it takes anyway.

    python benchmarks/compiling.py --quick

Each model has a process of its own. Compiled are the model's step as it is, the step that is read
(with statistics and histograms of every gradient), and what is computed after it (statistics of
every parameter and of its update). The last column is the statistics of the parameters alone, if
each tensor has a computation of its own instead of being a row beside others. All is CPU time of
all threads, tracing included; the ratio is what watching compiles over what is compiled anyway.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

MODELS = ("mlp", "60 layers", "resnet50")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute, one model")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(arguments.child)
        return
    print("| model | parameters | its step | a step that is read | after it | added ", end="")
    print("| one by one |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    environment = {**os.environ, "KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"}
    for model in MODELS[:1] if arguments.quick else MODELS:
        command = [sys.executable, __file__, "--child", model]
        subprocess.run(command, env=environment, check=True)


def _child(name: str) -> None:
    from bathyscope.integrations.keras_readings import _compute
    from bathyscope.integrations.keras_statistics import statistics

    model, batch = _model(name)
    times = {is_armed: _step(*_model(name), is_armed=is_armed) for is_armed in (False, True)}
    tap = _tap(model, batch)
    values = [variable.value for variable in tap.parameters]
    others = [variable.value for variable in tap.variables]
    after = _compiled(_compute, values, values, *others)
    each = _compiled(lambda tensors: [statistics([one], "float32") for one in tensors], values)
    added = (times[True] + after) / times[False]
    print(
        f"| {name} | {len(values)} | {times[False]:.1f} s | {times[True]:.1f} s | {after:.1f} s | "
        f"{added:.2f} | {each:.1f} s |",
        flush=True,
    )


def _step(model: Any, batch: Any, *, is_armed: bool) -> float:
    tap = _tap(model, batch)
    tap.arm(is_armed)
    names = ("trainable", "non_trainable", "optimizer", "metrics")
    state = model._get_jax_state(**{f"{name}_variables": True for name in names})
    return _compiled(model.train_step, state, batch)


def _tap(model: Any, batch: Any) -> Any:
    from bathyscope.integrations.keras_gradients import GradientTap

    model._symbolic_build(data_batch=batch)
    model.optimizer.build(model.trainable_variables)
    tap = GradientTap(model.optimizer, on_fault=_fail)
    tap.attach(model)
    return tap


def _fail(fault: Exception) -> None:
    raise fault


def _compiled(function: Callable[..., Any], *arguments: Any) -> float:
    import jax

    began = time.process_time()
    jax.jit(function).lower(*arguments).compile()
    return time.process_time() - began


def _model(name: str) -> tuple[Any, Any]:
    """Give a compiled model, and a batch of data."""
    import keras

    shape: tuple[int, ...] = (784,)
    if name == "resnet50":
        shape = (64, 64, 3)
        model = keras.applications.ResNet50(weights=None, classes=10, input_shape=shape)
    else:
        widths = [512] if name == "mlp" else [64 + place for place in range(60)]
        hidden = [keras.layers.Dense(width, "relu") for width in widths]
        output = keras.layers.Dense(10, "softmax")
        model = keras.Sequential([keras.Input(shape), *hidden, output])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = np.zeros((8, *shape), np.float32)
    return model, (x, np.zeros(8, np.int32), None)


if __name__ == "__main__":
    main()

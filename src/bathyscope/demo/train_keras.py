"""Train the demo's networks with Keras 3."""

from __future__ import annotations

import os
from typing import Any

from bathyscope._optional import require
from bathyscope._progress import Advance
from bathyscope.datasets import ImageData
from bathyscope.demo.plan import PROBE_SIZE, ModelKind, Plan, gradients_every
from bathyscope.integrations.recording import Recording


def train(run: Recording, data: ImageData, plan: Plan, advance: Advance) -> Any:
    """Train and record; return the trained ``keras.Model``."""
    os.environ.setdefault("KERAS_BACKEND", plan.framework)
    keras = require("keras", extra="demo", caller="bathyscope demo")
    keras.utils.set_random_seed(plan.seed)
    model = build(keras, data, plan.model)
    model.compile(
        optimizer=keras.optimizers.Adam(plan.learning_rate),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    one_hot = keras.utils.to_categorical
    n_classes = len(data.classes)
    x_test, y_test = data.x_test, data.y_test
    model.fit(
        data.x_train,
        one_hot(data.y_train, n_classes),
        batch_size=plan.batch_size,
        epochs=plan.epochs,
        validation_data=(x_test, one_hot(y_test, n_classes)),
        callbacks=[
            run.keras(
                probe=(x_test[:PROBE_SIZE], y_test[:PROBE_SIZE]),
                gradients_every=gradients_every(data, plan),
            ),
            _bar(keras, advance),
        ],
        verbose=0,
    )
    return model


def build(keras: Any, data: ImageData, kind: ModelKind) -> Any:
    """Build the network for images of shape (height, width)."""
    layers = keras.layers
    height, width = data.image_shape
    n_classes = len(data.classes)
    if kind == "mlp":
        body = [layers.Flatten(name="flatten"), layers.Dense(512, "relu", name="hidden")]
    else:
        body = [
            layers.Reshape((height, width, 1), name="image"),
            layers.Conv2D(16, 3, activation="relu", padding="same", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(32, 3, activation="relu", padding="same", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Flatten(name="flatten"),
        ]
    return keras.Sequential(
        [
            keras.Input((height, width), name="pixels"),
            *body,
            layers.Dense(n_classes, "softmax", name="output"),
        ],
        name=f"digits_{kind}",
    )


def _bar(keras: Any, advance: Advance) -> Any:
    """Make a callback that moves the progress bar, at most a hundred times per epoch."""

    class Bar(keras.callbacks.Callback):
        epoch = 0
        words = ""

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            del logs
            self.epoch = epoch

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            del logs
            steps = self.params["steps"]
            if batch % max(1, steps // 100) == 0:
                advance(self.epoch * steps + batch, self.words)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            shown = logs or {}
            self.words = (
                f"epoch {epoch + 1}: loss {shown['loss']:.3f}, "
                f"validation accuracy {shown['val_accuracy']:.1%}"
            )
            advance((epoch + 1) * self.params["steps"], self.words)

    return Bar()

"""What the outputs of layers take is known from their shapes, or from a pass of one sample."""

from __future__ import annotations

import numpy as np
import pytest

from bathyscope import models
from bathyscope.integrations.budget import bytes_per_sample
from bathyscope.integrations.layers import declared_sizes, seen_outputs
from bathyscope.runs import Run

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.keras
layers = keras.layers


def test_declared_sizes_are_those_of_a_pass(rng):
    body = [
        layers.Conv2D(4, 3, name="conv"),
        layers.MaxPooling2D(name="pool"),
        layers.Flatten(name="flat"),
        layers.Dense(3, name="out"),
    ]
    model = models.adapt(keras.Sequential([keras.Input((8, 8, 1)), *body]))
    x = rng.normal(size=(2, 8, 8, 1)).astype("float32")
    declared = declared_sizes(model)
    assert declared == bytes_per_sample(seen_outputs(model, x)[0])
    assert declared == {"conv": 6 * 6 * 4 * 4, "pool": 144, "flat": 144, "out": 12}


def test_a_length_that_varies_is_not_known_beforehand():
    body = [layers.Embedding(9, 4), layers.GlobalAveragePooling1D(), layers.Dense(2)]
    model = models.adapt(keras.Sequential([keras.Input((None,), dtype="int32"), *body]))
    assert declared_sizes(model) is None


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="others let us see inside")
def test_outputs_that_cannot_be_seen_are_found_out(recording, notes, rng):
    """Of a layer that is computed again for the gradient, the shape is known, but no value."""
    x, y = rng.normal(size=(8, 5)).astype("float32"), np.zeros(8, int)
    inputs = keras.Input((5,))
    with keras.RematScope(mode="full"):
        hidden = layers.Dense(3, name="hidden")(inputs)
    model = keras.Model(inputs, layers.Dense(2, "softmax", name="out")(hidden))
    assert declared_sizes(models.adapt(model)) == {"hidden": 12, "out": 8}
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0, callbacks=[recording.keras(probe=(x, y))])
    assert set(Run(recording.path).arrays("feature_maps/probe", step=1)) == {"out"}
    assert any("Feature maps of hidden cannot be seen" in note for note in notes(recording))

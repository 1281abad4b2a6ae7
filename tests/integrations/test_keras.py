from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.recording import Recording
from bathyscope.runs import Run

keras = pytest.importorskip("keras")
pytestmark = [
    pytest.mark.keras,
    # What Keras itself does when it reads its variables.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),
]
BACKEND = keras.backend.backend()


@pytest.fixture
def data(rng):
    return rng.normal(size=(48, 6)).astype("float32"), rng.integers(0, 3, 48)


def make_model(optimizer=None, *, kind="mlp", metrics=("accuracy",), **options):
    keras.utils.set_random_seed(1)
    layers = keras.layers
    if kind == "mlp":
        body = [
            keras.Input((6,), name="x"),
            layers.Dense(8, "relu", name="hidden"),
            layers.Dropout(0.25, name="drop"),
        ]
    else:
        body = [
            keras.Input((6,), name="x"),
            layers.Reshape((3, 2, 1), name="image"),
            layers.Conv2D(4, 2, padding="same", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.Flatten(name="flat"),
        ]
    model = keras.Sequential([*body, layers.Dense(3, "softmax", name="out")])
    model.compile(
        optimizer or keras.optimizers.SGD(0.1),
        "sparse_categorical_crossentropy",
        metrics=list(metrics),
        **options,
    )
    return model


def fit(model, data, run=None, *, epochs=2, batch_size=16, callbacks=(), fit_options=(), **options):
    recorder = [] if run is None else [run.keras(gradients_every=1, **options)]
    return model.fit(
        *data,
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[*recorder, *callbacks],
        **dict(fit_options),
    )


def all_arrays(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [np.array(keras.ops.convert_to_numpy(v.value)) for v in variables]


def series(run, name):
    found = Run(run.path).scalars(name)
    return dict(zip(found.steps.tolist(), found.values.tolist(), strict=True))


def softmax_regression(data, *, rate, batches, weight, bias):
    """Train by hand in double precision; norms of gradients and weights at each step."""
    x, y = data[0].astype(np.float64), data[1]
    norms = []
    for rows in batches:
        scores = x[rows] @ weight + bias
        p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        delta = (p - np.eye(3)[y[rows]]) / len(rows)
        by_weight, by_bias = x[rows].T @ delta, delta.sum(0)
        weight, bias = weight - rate * by_weight, bias - rate * by_bias
        norms.append([np.linalg.norm(by_weight), np.linalg.norm(by_bias), np.linalg.norm(weight)])
    return np.array(norms)


def test_norms_and_losses_are_those_numpy_computes_by_hand(recording, data):
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax", name="out")])
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
    weight, bias = (w.astype(np.float64) for w in model.get_weights())
    batches = [np.arange(start, start + 16) for start in (0, 16, 32)] * 2
    expected = softmax_regression(data, rate=0.5, batches=batches, weight=weight, bias=bias)
    fit(model, data, recording)
    kernels, biases, weights, updates = (
        series(recording, name)
        for name in (
            "gradient_norm/out/kernel",
            "gradient_norm/out/bias",
            "weight_norm/out/kernel",
            "update_norm/out/kernel",
        )
    )
    assert list(kernels) == list(updates) == [1, 2, 3, 4, 5, 6]
    found = np.array([list(kernels.values()), list(biases.values()), list(weights.values())]).T
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(list(updates.values()), 0.5 * expected[:, 0], rtol=1e-5)


def test_batches_of_another_shape_are_read_too(recording, data):
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax", name="out")])
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
    weight, bias = (w.astype(np.float64) for w in model.get_weights())
    batches = [np.arange(20), np.arange(20, 40), np.arange(40, 48)] * 2
    expected = softmax_regression(data, rate=0.5, batches=batches, weight=weight, bias=bias)
    fit(model, data, recording, batch_size=20)
    found = list(series(recording, "gradient_norm/out/kernel").values())
    np.testing.assert_allclose(found, expected[:, 0], rtol=1e-5)


def statistics_of(array):
    return [np.linalg.norm(array), array.mean(), array.std(), (array == 0).mean(), 0]


def test_all_statistics_of_a_step_are_those_numpy_computes(recording, data):
    """The first step by hand; one input is always 0, so that a row of the gradient is."""
    x, y = data[0].copy(), data[1]
    x[:, 2] = 0
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax", name="out")])
    model.compile(keras.optimizers.SGD(0.5, clipnorm=0.1), "sparse_categorical_crossentropy")
    weight, bias = (w.astype(np.float64) for w in model.get_weights())
    scores = x[:16] @ weight + bias
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    gradient = x[:16].T @ (p - np.eye(3)[y[:16]]) / 16
    gradient *= 0.1 / max(np.linalg.norm(gradient), 0.1)
    fit(model, (x, y), recording, epochs=1)
    for kind, array in (("gradient", gradient), ("weight", weight - 0.5 * gradient)):
        found = [
            series(recording, f"{kind}_{what}/out/kernel")[1]
            for what in ("norm", "mean", "std", "zeros", "nonfinite")
        ]
        np.testing.assert_allclose(found, statistics_of(array), rtol=2e-5, atol=1e-8)
    assert Run(recording.path).table_steps("histograms/weight") == (0, 3)


def gradients_by_hand(data, weight, bias, *, rate, clipnorm):
    """Softmax regression in double precision, the gradient of the weight clipped by its norm."""
    x, y = data[0].astype(np.float64), data[1]
    for start in (0, 16, 32, 0, 16, 32):
        rows = slice(start, start + 16)
        scores = x[rows] @ weight + bias
        p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        delta = (p - np.eye(3)[y[rows]]) / 16
        pair = [x[rows].T @ delta, delta.sum(0)]
        pair = [g * clipnorm / max(np.linalg.norm(g), clipnorm) for g in pair]
        weight, bias = weight - rate * pair[0], bias - rate * pair[1]
        yield pair


@pytest.mark.parametrize("clipnorm", [None, 0.1])
def test_histograms_of_gradients_are_those_of_numpy(recording, data, clipnorm):
    """Of the first step read after each snapshot; one input is always 0, and so is a row."""
    x, y = data[0].copy(), data[1]
    x[:, 2] = 0
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax", name="out")])
    model.compile(keras.optimizers.SGD(0.5, clipnorm=clipnorm), "sparse_categorical_crossentropy")
    start = [w.astype(np.float64) for w in model.get_weights()]
    by_hand = list(gradients_by_hand((x, y), *start, rate=0.5, clipnorm=clipnorm or 1e9))
    fit(model, (x, y), recording)
    run = Run(recording.path)
    assert run.table_steps("histograms/gradient") == (1, 4)
    assert run.table_steps("histograms/weight") == (0, 3, 6)
    for step in (1, 4):
        table = run.table("histograms/gradient", step=step)
        for name, gradient in zip(("out/kernel", "out/bias"), by_hand[step - 1], strict=True):
            rows = table["tensor"] == name
            counts, edges = np.histogram(gradient, bins=64)
            np.testing.assert_array_equal(table["count"][rows], counts[counts > 0])
            found = [table["left"][rows][0], table["right"][rows][-1]]
            np.testing.assert_allclose(found, edges[[0, -1]], rtol=1e-4)


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(-1, 2, 1001),
        np.full(7, 0.25),
        np.array([np.nan, 1, 2, np.inf, 5, -np.inf]),
        np.array([np.nan, np.inf]),
        np.zeros((3, 2)),
    ],
)
def test_counting_in_keras_is_counting_in_numpy(values):
    from bathyscope.integrations.histograms import histogram_row
    from bathyscope.integrations.keras_histograms import histograms
    from bathyscope.integrations.keras_statistics import compiled

    count = compiled(lambda tensor: histograms([tensor], "float32"))
    found = count(keras.ops.convert_to_tensor(values.astype("float32")))
    ends, counts = (np.array(keras.ops.convert_to_numpy(part))[0] for part in found)
    expected = histogram_row(values.astype("float32"))
    assert counts.sum() == np.isfinite(values).sum()
    if counts.any():
        np.testing.assert_allclose(ends, expected[:2], rtol=1e-6)
    assert np.abs(counts - expected[2:]).sum() <= 4  # on an edge, rounding may decide


def test_by_default_time_decides_which_steps_are_read(recording, data):
    callback = recording.keras()
    make_model().fit(*data, batch_size=4, epochs=2, verbose=0, callbacks=[callback])
    read = list(series(recording, "gradient_norm/out/bias"))
    assert read[:2] == [1, 2]
    assert not {12, 24} & set(read)  # the last batch of an epoch


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.01),
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9, global_clipnorm=0.2),
    "accumulation": lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=3),
    "decay": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1, use_ema=True),
    "loss scale": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)),
}


@pytest.mark.parametrize(
    ("kind", "name"), [*(("mlp", name) for name in OPTIMIZERS), ("cnn", "adam")]
)
def test_recording_changes_no_bit_of_the_training(recording, data, name, kind):
    options = {"fit_options": {"validation_data": data}}
    plain = make_model(OPTIMIZERS[name](), kind=kind)
    plain_history = fit(plain, data, **options).history
    recorded = make_model(OPTIMIZERS[name](), kind=kind)
    history = fit(recorded, data, recording, probe=data, **options).history
    assert history == plain_history
    before, after = all_arrays(plain), all_arrays(recorded)
    assert len(before) == len(after)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert "gradient_norm/out/kernel" in Run(recording.path).scalar_names()


@pytest.mark.skipif(BACKEND == "torch", reason="compiling takes torch half a minute")
@pytest.mark.parametrize("jit", [False, True])
def test_compiled_or_not_the_numbers_are_the_same(recording, data, jit):
    plain = make_model(keras.optimizers.Adam(0.01), jit_compile=jit)
    fit(plain, data)
    recorded = make_model(keras.optimizers.Adam(0.01), jit_compile=jit)
    fit(recorded, data, recording)
    assert all(map(np.array_equal, all_arrays(plain), all_arrays(recorded)))
    assert len(series(recording, "gradient_norm/hidden/kernel")) == 6


@pytest.mark.skipif(BACKEND != "jax", reason="only JAX hands all variables to each step")
@pytest.mark.parametrize("optimizer", ["adam", "loss scale"])
def test_steps_that_are_not_read_are_given_no_variables_of_ours(recording, data, optimizer):
    handed = []

    class Watching(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            mine = [
                value
                for variable, value in zip(
                    self.model.optimizer.variables,
                    self.model._jax_state["optimizer_variables"],
                    strict=True,
                )
                if "bathyscope" in variable.path
            ]
            handed.append(tuple(map(id, mine)))

    model = make_model(OPTIMIZERS[optimizer]())
    callback = recording.keras(gradients_every=4)
    model.fit(*data, batch_size=4, verbose=0, callbacks=[callback, Watching()])
    assert list(series(recording, "gradient_norm/out/bias")) == [1, 4, 8, 12]
    assert len(handed[0]) > 0
    # What a step was handed, it gives back anew.
    is_new = [before != after for before, after in itertools.pairwise(handed)]
    assert [step for step, new in enumerate(is_new, start=2) if new] == [4, 8, 12]


def test_eager_training_is_recorded(recording, data):
    fit(make_model(run_eagerly=True), data, recording, epochs=1)
    assert list(series(recording, "gradient_norm/out/bias")) == [1, 2, 3]


def test_an_epoch_is_recorded(recording, reopen, data):
    model = make_model()
    first = model.get_weights()
    history = fit(
        model,
        data,
        recording,
        probe=data,
        classes=["a", "b", "c"],
        fit_options={"validation_data": data},
    ).history
    run = reopen(recording)
    for name, values in history.items():
        assert run.scalars(name).steps.tolist() == [3, 6]
        np.testing.assert_allclose(run.scalars(name).values, values)
    assert run.scalars("epoch").values.tolist() == [1, 2]
    assert run.array_steps("parameters") == (0, 3, 6)
    for step, weights in ((0, first), (6, model.get_weights())):
        recorded = run.arrays("parameters", step=step)
        names = ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]
        for name, weight in zip(names, weights, strict=True):
            np.testing.assert_array_equal(recorded[name], weight)

    scores = model.predict(data[0], verbose=0)
    part = keras.Model(model.inputs, model.get_layer("hidden").output)
    maps = run.arrays("feature_maps/probe", step=6)
    assert set(maps) >= {"hidden", "out"}
    hidden = part.predict([data[0]], verbose=0)
    np.testing.assert_allclose(maps["hidden"], hidden, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(run.arrays("scores/probe", step=6)["scores"], scores, rtol=1e-5)
    np.testing.assert_array_equal(run.arrays("inputs/probe")["inputs"], data[0])
    table = run.table("predictions/probe", step=6)
    np.testing.assert_array_equal(table["predicted"], scores.argmax(1))
    np.testing.assert_allclose(table["loss"].mean(), history["val_loss"][-1], rtol=1e-5)
    assert (table["true"] == table["predicted"]).mean() == pytest.approx(
        history["val_accuracy"][-1]
    )
    assert run.events("classes")[0]["names"] == ["a", "b", "c"]
    assert run.events("model")[0]["framework"] == f"keras ({BACKEND})"


def test_batch_losses_are_those_of_the_single_batches(recording, data):
    losses = []

    class Manual(keras.callbacks.Callback):
        """The loss of each batch before it is trained on, without dropout in the model."""

        def on_train_batch_begin(self, batch, logs=None):
            rows = slice(16 * batch, 16 * batch + 16)
            p = np.asarray(keras.ops.convert_to_numpy(self.model(data[0][rows], training=False)))
            losses.append(float(-np.log(p[np.arange(16), data[1][rows]]).mean()))

    model = make_model(kind="mlp")
    model.get_layer("drop").rate = 0.0
    fit(model, data, recording, callbacks=[Manual()])
    found = series(recording, "batch/loss")
    assert list(found) == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(list(found.values()), losses, rtol=2e-4)


@pytest.mark.parametrize("validation", [False, True])
def test_batch_losses_reach_to_the_end_of_each_epoch(recording, data, validation):
    """Weighed by their batches, they make up the loss that Keras says for the epoch."""
    options = {"validation_data": data} if validation else {}
    history = make_model().fit(
        *data, batch_size=4, epochs=3, verbose=0, callbacks=[recording.keras()], **options
    )
    found = series(recording, "batch/loss")
    steps = [0, *found]
    assert {12, 24, 36} <= set(steps)
    sums = {
        step: value * (step - before)
        for before, (step, value) in zip(steps, found.items(), strict=False)
    }
    for epoch, loss in enumerate(history.history["loss"]):
        total = sum(sums[step] for step in sums if 12 * epoch < step <= 12 * (epoch + 1))
        assert total / 12 == pytest.approx(loss, rel=1e-5)


def test_evaluation_is_that_of_keras(recording, data):
    model = make_model()
    fit(model, data)
    loss, accuracy = model.evaluate(*data, verbose=0)
    found = recording.evaluate(model, *data)
    assert found.loss == pytest.approx(loss, rel=1e-5)
    assert found.accuracy == pytest.approx(accuracy, rel=1e-6)
    one_hot = recording.evaluate(model, data[0], keras.utils.to_categorical(data[1], 3), split="b")
    assert one_hot.loss == found.loss
    assert "hidden" in Run(recording.path).arrays("features/test") or "drop" in (
        Run(recording.path).arrays("features/test")
    )


def test_binary_evaluation_is_that_of_keras(recording, data):
    x, y = data[0], (data[1] > 0).astype("float32")
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(x, y, verbose=0)
    found = recording.evaluate(model, x, y, classes=["no", "yes"])
    assert found.loss == pytest.approx(loss, rel=1e-5)
    assert found.accuracy == pytest.approx(accuracy, rel=1e-6)
    assert Run(recording.path).arrays("scores/test")["scores"].shape == (48, 2)


def test_gradients_are_those_after_clipping(recording, data):
    fit(make_model(keras.optimizers.SGD(0.1, global_clipnorm=0.01)), data, recording)
    names = [f"{layer}/{kind}" for layer in ("hidden", "out") for kind in ("kernel", "bias")]
    squares = [series(recording, f"gradient_norm/{name}")[3] ** 2 for name in names]
    assert np.sqrt(sum(squares)) == pytest.approx(0.01, rel=1e-4)


def test_gradients_are_those_after_clipping_each(recording, data):
    fit(make_model(keras.optimizers.SGD(0.1, clipnorm=0.01)), data, recording)
    for name in ("hidden/kernel", "out/bias"):
        norms = series(recording, f"gradient_norm/{name}")
        updates = series(recording, f"update_norm/{name}")
        np.testing.assert_allclose(list(norms.values()), 0.01, rtol=1e-5)
        np.testing.assert_allclose(list(updates.values()), 0.001, rtol=1e-3)


def test_added_up_batches_are_one_step(recording, data):
    """Three batches of 16 added up are the gradient of their 48 samples at once."""
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax", name="out")])
    optimizer = keras.optimizers.SGD(0.5, gradient_accumulation_steps=3)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    weight, bias = (w.astype(np.float64) for w in model.get_weights())
    expected = softmax_regression(
        data, rate=0.5, batches=[np.arange(48)] * 2, weight=weight, bias=bias
    )
    fit(model, data, recording)
    found = series(recording, "gradient_norm/out/kernel")
    assert list(found) == [1, 2]
    np.testing.assert_allclose(list(found.values()), expected[:, 0], rtol=1e-5)
    updates = series(recording, "update_norm/out/kernel")
    np.testing.assert_allclose(list(updates.values()), 0.5 * expected[:, 0], rtol=1e-5)
    assert series(recording, "epoch") == {1: 1, 2: 2}


def test_a_loss_that_is_scaled_gives_gradients_that_are_not(tmp_path, data):
    found = []
    for name in ("scaled", "plain"):
        optimizer = keras.optimizers.SGD(0.1)
        if name == "scaled":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        with Recording(name, runs_dir=tmp_path) as run:
            fit(make_model(optimizer), data, run)
        found.append(list(series(run, "gradient_norm/hidden/kernel").values()))
    assert len(found[0]) == 6
    np.testing.assert_allclose(*found, rtol=1e-4)


@pytest.mark.skipif(BACKEND == "torch", reason="Keras on torch runs one step per execution")
def test_several_steps_per_execution(recording, notes, data):
    plain = make_model(steps_per_execution=2)
    fit(plain, data, batch_size=8)
    model = make_model(steps_per_execution=2)
    fit(model, data, recording, batch_size=8)
    assert all(map(np.array_equal, all_arrays(plain), all_arrays(model)))
    assert list(series(recording, "epoch")) == [6, 12]
    assert list(series(recording, "gradient_norm/out/kernel")) == [2, 4, 6, 8, 10, 12]
    assert any("Norms of updates are not recorded" in note for note in notes(recording))


def test_gradients_are_read_at_the_first_step_and_every_so_many(recording, data):
    callback = recording.keras(gradients_every=4)
    make_model().fit(*data, batch_size=8, epochs=2, verbose=0, callbacks=[callback])
    for kind in ("gradient", "weight", "update"):
        assert list(series(recording, f"{kind}_norm/out/bias")) == [1, 4, 8, 12]


def test_fitting_again_counts_on(recording, data):
    model = make_model()
    callback = recording.keras(probe=data, gradients_every=1)
    model.fit(*data, batch_size=16, epochs=2, verbose=0, callbacks=[callback])
    model.fit(*data, batch_size=16, epochs=3, initial_epoch=2, verbose=0, callbacks=[callback])
    model.fit(*data, batch_size=16, epochs=1, verbose=0, callbacks=[callback])
    assert series(recording, "epoch") == {3: 1, 6: 2, 9: 3, 12: 4}
    assert list(series(recording, "gradient_norm/out/bias")) == list(range(1, 13))
    assert Run(recording.path).array_steps("parameters") == (0, 3, 6, 9, 12)


def test_resuming_with_a_new_optimizer_counts_on(tmp_path, data):
    for resume in (False, True):
        with Recording("a", runs_dir=tmp_path, resume=resume) as run:
            fit(make_model(), data, run, epochs=1)
    assert series(run, "epoch") == {3: 1, 6: 2}
    assert any("starts anew at step 3" in event["text"] for event in Run(run.path).events("note"))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            lambda: keras.optimizers.SGD(0.25, momentum=0.5, nesterov=True, clipnorm=2.0),
            {"optimizer": "SGD", "learning_rate": 0.25, "momentum": 0.5, "nesterov": True,
             "clipnorm": 2.0},
        ),
        (
            lambda: keras.optimizers.Adam(0.001, weight_decay=0.004),
            {"optimizer": "Adam", "learning_rate": 0.001, "weight_decay": 0.004,
             "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        ),
        (
            lambda: keras.optimizers.LossScaleOptimizer(
                keras.optimizers.RMSprop(
                    keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.9), use_ema=True
                )
            ),
            {"optimizer": "RMSprop", "learning_rate": 0.5, "momentum": 0.0, "rho": 0.9,
             "learning_rate_schedule": "ExponentialDecay", "epsilon": 1e-7, "use_ema": True,
             "ema_momentum": 0.99},
        ),
    ],
)  # fmt: skip
def test_what_the_optimizer_is_set_to_goes_into_the_config(recording, data, make, expected):
    fit(make_model(make()), data, recording, epochs=1)
    assert Run(recording.path).config == expected


def test_arrays_may_be_kept_more_rarely(recording, data):
    fit(make_model(), data, recording, epochs=5, every=2)
    assert Run(recording.path).array_steps("parameters") == (0, 6, 12, 15)


def test_logging_without_a_step_takes_that_of_the_training(recording, data):
    class Logging(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            recording.log({"mine": batch})

        def on_epoch_end(self, epoch, logs=None):
            recording.log({"epochwise": epoch})

    fit(make_model(), data, recording, callbacks=[Logging()])
    assert series(recording, "mine") == {1: 0, 2: 1, 3: 2, 4: 0, 5: 1, 6: 2}
    assert series(recording, "epochwise") == {3: 0, 6: 1}
    recording.log({"after": 1})
    assert series(recording, "after") == {6: 1}


def test_nothing_is_left_in_the_optimizer(recording, data):
    plain = make_model(keras.optimizers.Adam())
    fit(plain, data)
    model = make_model(keras.optimizers.Adam())
    fit(model, data, recording, probe=data)
    assert set(vars(model.optimizer)) == set(vars(plain.optimizer))
    assert len(model.optimizer.variables) == len(plain.optimizer.variables)
    assert not any("bathyscope" in v.name for v in model.optimizer.variables)
    model.fit(*data, verbose=0)  # without the callback


def test_an_error_in_training_leaves_nothing_once_the_run_ends(tmp_path, data):
    class Failing(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise ZeroDivisionError

    model = make_model(keras.optimizers.Adam())
    with pytest.raises(ZeroDivisionError), Recording("a", runs_dir=tmp_path) as run:
        fit(model, data, run, callbacks=[Failing()])
    assert "_backend_update_step" not in vars(model.optimizer)
    assert not any("bathyscope" in v.name for v in model.optimizer.variables)
    model.fit(*data, verbose=0)
    assert Run(run.path).status == "failed"
    assert Run(run.path).scalars("gradient_norm/hidden/kernel").steps.tolist() == [1, 2]


def test_saved_models_load_where_bathyscope_is_not(recording, tmp_path, data):
    model = make_model(keras.optimizers.Adam(0.01))
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "during.keras", save_freq=2)
    fit(model, data, recording, callbacks=[checkpoint], epochs=3)
    model.save(tmp_path / "after.keras")
    program = """
import json, sys, warnings
warnings.simplefilter("error", UserWarning)
import keras
found = {}
for name in ("during", "after"):
    model = keras.models.load_model(f"{sys.argv[1]}/{name}.keras")
    found[name] = [int(model.optimizer.iterations.value), len(model.optimizer.variables)]
    found["kernel"] = model.get_layer("out").get_weights()[0].tolist()
assert "bathyscope" not in sys.modules
print(json.dumps(found))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": BACKEND},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    count = len(model.optimizer.variables)
    assert found["during"] == [8, count]
    assert found["after"] == [9, count]
    np.testing.assert_array_equal(np.float32(found["kernel"]), model.get_weights()[2])


def test_a_checkpoint_can_be_loaded_in_mid_training(recording, tmp_path, data):
    model = make_model(keras.optimizers.Adam(0.01))
    path = tmp_path / "weights.weights.h5"

    class Reload(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 0:
                self.model.save_weights(path)
            else:
                self.model.load_weights(path)

    fit(model, data, recording, callbacks=[Reload()])
    assert list(series(recording, "gradient_norm/out/bias"))[:4] == [1, 2, 3, 4]


def test_subclassed_and_unbuilt_models(recording, data):
    class Small(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = keras.layers.Dense(8, "relu", name="hidden")
            self.out = keras.layers.Dense(3, "softmax", name="out")

        def call(self, x):
            return self.out(self.hidden(x))

    keras.utils.set_random_seed(1)
    model = Small()
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    fit(model, data, recording, probe=data)
    run = Run(recording.path)
    assert {"hidden/kernel", "out/bias"} <= set(run.arrays("parameters", step=6))
    assert {"hidden", "out"} <= set(run.arrays("feature_maps/probe", step=6))
    found = list(series(recording, "gradient_norm/out/bias"))
    # TensorFlow builds a model in its first batch, whose gradients nobody could await.
    assert found[-5:] == [2, 3, 4, 5, 6]
    np.testing.assert_array_equal(run.arrays("parameters", step=6)["out/bias"], model.out.bias)


def test_several_outputs_have_no_predictions(recording, notes, data):
    x = keras.Input((6,))
    hidden = keras.layers.Dense(4, name="hidden")(x)
    model = keras.Model(x, [keras.layers.Dense(3, name=n)(hidden) for n in ("a", "b")])
    model.compile("sgd", ["mse", "mse"])
    targets = [np.zeros((48, 3), "float32")] * 2
    callback = recording.keras(probe=data)
    model.fit(data[0], targets, verbose=0, callbacks=[callback])
    assert "predictions/probe" not in Run(recording.path).table_names()
    assert any("the model has 2 outputs" in note for note in notes(recording))
    with pytest.raises(ValueError, match="`output` must say which"):
        recording.evaluate(model, *data)
    assert recording.evaluate(model, *data, output=1).scores_are == "logits"


def test_several_inputs_are_recorded_each(recording, data):
    a, b = keras.Input((2,), name="a"), keras.Input((4,), name="b")
    out = keras.layers.Dense(3, "softmax")(keras.layers.Concatenate()([a, b]))
    model = keras.Model({"a": a, "b": b}, out)
    model.compile("sgd", "sparse_categorical_crossentropy")
    x = {"a": data[0][:, :2], "b": data[0][:, 2:]}
    callback = recording.keras(probe=(x, data[1]))
    model.fit(x, data[1], verbose=0, callbacks=[callback])
    inputs = Run(recording.path).arrays("inputs/probe")
    np.testing.assert_array_equal(inputs["a"], x["a"])
    np.testing.assert_array_equal(inputs["b"], x["b"])


def test_of_an_embedding_all_rows_count_and_those_used_twice_once(recording, rng):
    """TensorFlow gives the gradient of an embedding as rows, and clips before they are added up."""
    x, y = rng.integers(0, 5, (48, 4)), rng.integers(0, 3, 48)
    layers = [keras.layers.Embedding(9, 2, name="words"), keras.layers.Flatten()]
    model = keras.Sequential(
        [keras.Input((4,), dtype="int32"), *layers, keras.layers.Dense(3, "softmax", name="out")]
    )
    optimizer = keras.optimizers.SGD(0.5, global_clipnorm=0.01)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    before = model.get_weights()
    fit(model, (x, y), recording, epochs=1, batch_size=48)
    for name, old, new in zip(
        ("words/embeddings", "out/kernel", "out/bias"), before, model.get_weights(), strict=True
    ):
        gradient = (old.astype(np.float64) - new) / 0.5
        found = [series(recording, f"gradient_{what}/{name}")[1] for what in ("norm", "std")]
        assert found == pytest.approx([np.linalg.norm(gradient), gradient.std()], rel=1e-3)
    counted = Run(recording.path).table("histograms/gradient", step=1)
    assert counted["count"][np.array(counted["tensor"]) == "words/embeddings"].sum() == 18


@pytest.mark.skipif(BACKEND == "jax", reason="JAX gives zeros where there is no gradient")
@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_parameters_that_get_no_gradient_take_no_others_place(recording, data):
    class Aside(keras.layers.Layer):
        """Has a weight in the midst of the model that nothing depends on."""

        def build(self, shape):
            self.unused = self.add_weight(shape=(4,), name="unused")

        def call(self, x):
            return x

    keras.utils.set_random_seed(2)
    layers = [Aside(name="aside"), keras.layers.Dense(3, "softmax", name="out")]
    model = keras.Sequential([keras.Input((6,)), *layers])
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
    _, weight, bias = (w.astype(np.float64) for w in model.get_weights())
    by_hand = list(gradients_by_hand(data, weight, bias, rate=0.5, clipnorm=1e9))
    fit(model, data, recording, epochs=1)
    for place, name in enumerate(("out/kernel", "out/bias")):
        found = list(series(recording, f"gradient_norm/{name}").values())
        expected = [np.linalg.norm(pair[place]) for pair in by_hand[:3]]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    run = Run(recording.path)
    assert "gradient_norm/aside/unused" not in run.scalar_names()
    assert "weight_norm/aside/unused" in run.scalar_names()
    tensors = set(run.table("histograms/gradient", step=1)["tensor"])
    assert tensors == {"out/kernel", "out/bias"}


@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
def test_a_frozen_model_is_recorded_without_gradients(recording, notes, data):
    model = make_model()
    model.trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    fit(model, data, recording, epochs=1)
    assert "loss" in Run(recording.path).scalar_names()
    assert any("no parameters to train" in note for note in notes(recording))


def test_faults_of_recording_let_the_training_go_on(tmp_path, data):
    run = Recording("a", runs_dir=tmp_path, strict=False)

    class Breaking(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            run._session.writer.finish()  # from here on, nothing can be written

    model = make_model()
    with pytest.warns(RecordingWarning):
        fit(model, data, run, probe=data, callbacks=[Breaking()])
    plain = make_model()
    fit(plain, data)
    assert all(map(np.array_equal, all_arrays(plain), all_arrays(model)))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"every": 0}, ValueError, "`every` must be a whole number, 1 or more"),
        ({"gradients_every": 0}, ValueError, "`gradients_every`"),
        ({"probe": (np.zeros((3, 6)), np.zeros(2))}, ValueError, "got 3 samples and 2 labels"),
        ({"probe": np.zeros((0, 6))}, ValueError, "at least one sample"),
        ({"classes": "ab"}, TypeError, "sequence of names"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, options, error, words):
    with (
        Recording("a", runs_dir=tmp_path, strict=False) as run,
        pytest.raises(error, match=words),
    ):
        run.keras(**options)

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from bathyscope import Unanswered, UnknownName, models  # noqa: E402
from bathyscope.models import Loss, Score  # noqa: E402

layers = keras.layers
pytestmark = pytest.mark.keras


def _axes(layer: Any, *shape: int) -> dict[str, tuple[str, ...]]:
    layer.build((None, *shape))
    return {
        parameter.name: parameter.axes
        for described in models.adapt(layer).layers()
        for parameter in described.parameters
    }


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (layers.Dense(3), (4,), ("in", "out")),
        (layers.Conv1D(3, 2), (5, 4), ("time", "in", "out")),
        (layers.Conv2D(3, 2), (5, 5, 4), ("height", "width", "in", "out")),
        (layers.Conv3D(3, 2), (5, 5, 5, 4), ("depth", "height", "width", "in", "out")),
        (layers.Conv2DTranspose(3, 2), (5, 5, 4), ("height", "width", "out", "in")),
        (layers.DepthwiseConv2D(2), (5, 5, 4), ("height", "width", "group", "out")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_axes_of_kernels_are_named(
    layer: Any, shape: tuple[int, ...], expected: tuple[str, ...]
) -> None:
    found = _axes(layer, *shape)
    assert found["kernel"] == expected
    assert found["bias"] == ("out",)


def test_axes_of_recurrent_and_embedded_weights_are_named() -> None:
    assert _axes(layers.LSTM(3), 5, 4)["lstm_cell/recurrent_kernel"] == ("in", "out")
    assert _axes(layers.GRU(3), 5, 4)["gru_cell/bias"] == ("", "out")
    assert _axes(layers.Embedding(7, 3), 5)["embeddings"] == ("in", "out")


def test_axes_of_attention_are_named(keras_zoo: ModuleType) -> None:
    model = models.adapt(keras_zoo.build("tokens").model)
    axes = {p.name: p.axes for layer in model.layers() for p in layer.parameters}
    assert axes["attention/query/kernel"] == ("in", "heads", "out")
    assert axes["attention/query/bias"] == ("heads", "out")
    assert axes["attention/attention_output/kernel"] == ("heads", "in", "out")


def test_roles_are_told_apart_also_when_frozen(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("cnn")
    made.model.trainable = False
    layers = models.adapt(made.model).layers()
    parameters = {p.name: p for layer in layers for p in layer.parameters}
    assert parameters["norm/gamma"].role == "scale"
    assert parameters["norm/beta"].role == "bias"
    assert parameters["norm/moving_mean"].role == "state"
    assert parameters["conv/kernel"].role == "weight"
    assert not any(p.trainable for p in parameters.values())


def test_frozen_parameters_have_gradients(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("mlp")
    model = models.adapt(made.model)
    expected = model.gradients(made.inputs, Score(0), parameters=["hidden/kernel"])
    made.model.trainable = False
    found = model.gradients(made.inputs, Score(0), parameters=["hidden/kernel"])
    np.testing.assert_allclose(
        found.parameters["hidden/kernel"], expected.parameters["hidden/kernel"], rtol=1e-5
    )


def test_captured_layers_match_a_model_cut_there(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("cnn")
    names = ["conv", "norm", "pool", "depthwise"]
    cut = keras.Model(made.model.inputs[0], [made.model.get_layer(n).output for n in names])
    expected = cut.predict_on_batch(made.inputs)
    captured = models.adapt(made.model).forward(made.inputs, capture=names).captured
    for name, array in zip(names, expected, strict=True):
        np.testing.assert_allclose(captured[name][0], array, rtol=1e-4, atol=1e-5)


def test_gradient_by_a_layer_is_that_of_the_rest_of_the_model(keras_zoo: ModuleType) -> None:
    with keras_zoo.double_precision():
        made = keras_zoo.build("mlp")
        model = models.adapt(made.model)
        hidden = model.forward(made.inputs, capture=["hidden"]).captured["hidden"][0]
        found = model.gradients(made.inputs, Score(1), inputs_too=False, layers=["hidden"])
        rest = models.adapt(made.model.get_layer("output"))
        expected = rest.gradients(hidden, Score(1)).inputs[0]
    np.testing.assert_allclose(found.layers["hidden"][0], expected, rtol=1e-9)


def test_output_shapes_and_uses_are_known_beforehand(keras_zoo: ModuleType) -> None:
    model = models.adapt(keras_zoo.build("shared").model)
    twice = models.find_layer(model, "twice")
    assert twice.output_shape == (None, 4)
    assert twice.uses == 2
    assert models.find_layer(model, "output").inputs == ("twice",)


def test_named_batches_reach_the_inputs_of_their_names(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("many_inputs")
    model = models.adapt(made.model)
    left, right = made.inputs
    named = model.forward({"right": right, "left": left}).outputs
    for one, other in zip(named, model.forward([left, right]).outputs, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(UnknownName, match="`left`"):
        model.forward({"lft": left, "right": right})
    with pytest.raises(ValueError, match="2 arrays, for the inputs `left`, `right`; got 1"):
        model.forward(left)
    with pytest.raises(ValueError, match=r"`left` must have shape \(n_samples, 4\); got \(4, 5\)"):
        model.forward([np.zeros((4, 5)), right])


def test_outputs_beyond_the_first_are_targets_too(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("many_inputs")
    model = models.adapt(made.model)
    found = model.gradients(made.inputs, Score(0, output=1), parameters=["scores/kernel"])
    assert found.value == pytest.approx(model.forward(made.inputs).outputs[1].sum(), rel=1e-5)
    assert not found.parameters["scores/kernel"].any()
    assert found.inputs[0].any()


@pytest.mark.parametrize("is_trained", [False, True])
def test_the_compiled_loss_is_the_one_evaluate_gives(is_trained: bool) -> None:
    keras.utils.set_random_seed(0)
    regularised = layers.Dense(4, "tanh", kernel_regularizer="l2", activity_regularizer="l1")
    model = keras.Sequential([keras.Input((3,)), regularised, layers.Dense(2, "softmax")])
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 3)).astype(np.float32), rng.integers(0, 2, 8)
    model.compile("sgd", "sparse_categorical_crossentropy")
    if is_trained:
        model.fit(x, y, epochs=1, verbose=0)
    adapter = models.adapt(model)
    name = next(iter(adapter.parameters()))
    found = adapter.gradients(x, Loss(y, kind="compiled"), parameters=[name])
    assert found.value == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-4)
    values, along = adapter.parameters(), np.zeros_like(adapter.parameters()[name])
    along.flat[1] = 1
    losses = []
    for step in (1e-2, -1e-2):
        adapter.set_parameters({name: values[name] + step * along})
        losses.append(model.evaluate(x, y, verbose=0))
    slope = (losses[0] - losses[1]) / 2e-2
    assert found.parameters[name].flat[1] == pytest.approx(slope, rel=2e-2, abs=1e-4)


def test_an_uncompiled_model_has_no_compiled_loss(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("mlp")
    with pytest.raises(ValueError, match="needs a model that was compiled"):
        models.adapt(made.model).gradients(made.inputs, Loss(np.zeros(7, int), kind="compiled"))


def test_attention_matches_the_scores_keras_returns() -> None:
    keras.utils.set_random_seed(0)
    attention = layers.MultiHeadAttention(2, 3, name="attend")
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
    tensor = keras.ops.convert_to_tensor(x)
    _, scores = attention(tensor, tensor, return_attention_scores=True)
    found = models.adapt(attention).attention([x, x])
    np.testing.assert_allclose(
        found["attend"], keras.ops.convert_to_numpy(scores), rtol=1e-5, atol=1e-6
    )


def test_attention_without_heads_has_one() -> None:
    query, value = keras.Input((3, 4)), keras.Input((5, 4))
    model = keras.Model([query, value], layers.Attention(name="attend")([query, value]))
    rng = np.random.default_rng(0)
    weights = models.adapt(model).attention(
        [rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4))]
    )
    assert weights["attend"].shape == (2, 1, 3, 5)
    np.testing.assert_allclose(weights["attend"].sum(-1), 1, rtol=1e-5)


def test_layers_without_attention_say_so(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("tokens")
    with pytest.raises(Unanswered, match=r"`output` returns no attention.*`attention`"):
        models.adapt(made.model).attention(made.inputs, layers=["output"])


def test_unbuilt_models_are_refused() -> None:
    model = keras.Sequential([layers.Dense(3)], name="later")
    with pytest.raises(ValueError, match="`later` is not built"):
        models.adapt(model).layers()


def test_a_subclassed_model_that_fails_names_what_it_was_given(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("subclassed")
    with pytest.raises(ValueError, match=r"`subclassed` takes.*inputs float64\[2, 3\]: .*entry"):
        models.adapt(made.model).forward(np.zeros((2, 3)))


def test_a_layer_that_takes_no_part_is_refused() -> None:
    class Spare(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.used = layers.Dense(2, name="used")
            self.spare = layers.Dense(2, name="spare")
            self.spare.build((None, 3))

        def call(self, x: Any) -> Any:
            return self.used(x)

    model = Spare()
    model(keras.ops.zeros((1, 3)))
    with pytest.raises(Unanswered, match="`spare` was not called"):
        models.adapt(model).forward(np.zeros((2, 3)), capture=["spare"])


def test_steps_inside_a_loop_are_seen_or_refused_with_the_reason(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("recurrent")
    model = models.adapt(made.model)
    # JAX compiles the loop, torch has one kernel for the layer, TensorFlow runs step by step.
    refusals = {"jax": "runs inside a loop", "torch": "was not called"}
    if keras_zoo.BACKEND in refusals:
        with pytest.raises(Unanswered, match=refusals[keras_zoo.BACKEND]):
            model.forward(made.inputs, capture=["lstm/lstm_cell"])
    else:
        captured = model.forward(made.inputs, capture=["lstm", "lstm/lstm_cell"]).captured
        last = captured["lstm"][0][:, -1]
        np.testing.assert_allclose(captured["lstm/lstm_cell"][-1], last, rtol=1e-5)


def test_integer_inputs_have_zero_gradients_beside_others(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("tokens")
    found = models.adapt(made.model).gradients(made.inputs, Score(1), layers=["embed"])
    assert found.inputs[0].shape == made.inputs.shape
    assert not found.inputs[0].any()
    assert found.layers["embed"][0].any()


def test_integers_for_floating_inputs_are_converted(keras_zoo: ModuleType) -> None:
    made = keras_zoo.build("mlp")
    model = models.adapt(made.model)
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 6)
    found = model.gradients(pixels, Score(0)).inputs[0]
    np.testing.assert_allclose(
        found, model.gradients(pixels.astype(np.float32), Score(0)).inputs[0]
    )


def test_bfloat16_widens_exactly_and_returns() -> None:
    dense = layers.Dense(2, dtype="bfloat16")
    dense.build((None, 3))
    model = models.adapt(dense)
    assert models.find_parameter(model, "kernel").dtype == "bfloat16"
    before = model.parameters()
    assert before["kernel"].dtype == np.float32
    model.set_parameters({"kernel": before["kernel"] * 2})
    np.testing.assert_array_equal(model.parameters()["kernel"], before["kernel"] * 2)
    model.set_parameters(before)
    np.testing.assert_array_equal(model.parameters()["kernel"], before["kernel"])


def test_random_layers_leave_their_seeds_alone() -> None:
    class Noisy(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(3, name="dense")
            self.drop = layers.Dropout(0.5, name="drop", seed=3)

        def call(self, x: Any) -> Any:
            return self.drop(self.dense(x), training=True)

    model = Noisy()
    model(keras.ops.zeros((1, 3)))
    seeds = [np.array(keras.ops.convert_to_numpy(v.value)) for v in model.variables]
    x = np.ones((2, 3), np.float32)
    first = models.adapt(model).forward(x).outputs[0]
    np.testing.assert_array_equal(models.adapt(model).forward(x).outputs[0], first)
    for variable, seed in zip(model.variables, seeds, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable.value), seed)

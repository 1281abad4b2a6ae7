"""One contract, held over every adapter and every kind of model.

What a framework itself computes, finite differences and closed forms are the judges.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bathyscope import Unanswered, UnknownName, models
from bathyscope.models import Loss, Model, Score

_ZOO = Path(__file__).parents[1] / "zoo"


def _zoo(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"zoo_{name}", _ZOO / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_ZOOS = {path.stem: _zoo(path.stem) for path in sorted(_ZOO.glob("*.py"))}
KINDS = [
    pytest.param((zoo, kind), id=f"{name}-{kind}", marks=[pytest.mark.keras] * (name == "keras"))
    for name, zoo in _ZOOS.items()
    for kind in zoo.BUILDERS
]


@functools.cache
def _build(zoo: ModuleType, kind: str, precision: str) -> SimpleNamespace:
    """Build each model once: every test leaves it as it found it."""
    del precision
    return zoo.build(kind)


@pytest.fixture(params=KINDS)
def made(request: pytest.FixtureRequest) -> SimpleNamespace:
    """A model of the zoo, in single precision."""
    zoo, kind = request.param
    return _build(zoo, kind, "single")


@pytest.fixture(params=KINDS)
def exact(request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    """A model of the zoo, in double precision."""
    zoo, kind = request.param
    with zoo.double_precision():
        yield _build(zoo, kind, "double")


@pytest.fixture
def model(made: SimpleNamespace) -> Model:
    return models.adapt(made.model)


def test_an_adapter_answers_the_protocol_and_passes_through(model: Model) -> None:
    assert isinstance(model, Model)
    assert models.adapt(model) is model
    assert model.name
    assert model.framework


def test_layers_form_a_tree_with_parents_first(model: Model) -> None:
    seen: set[str] = set()
    for layer in model.layers():
        assert layer.name not in seen
        assert layer.parent == "" or layer.parent in seen
        assert layer.kind
        seen.add(layer.name)


def test_parameters_are_described_as_they_are(model: Model) -> None:
    described = {p.name: p for layer in model.layers() for p in layer.parameters}
    values = model.parameters()
    assert list(values) == list(described)
    for layer in model.layers():
        assert all(parameter.layer == layer.name for parameter in layer.parameters)
    for name, parameter in described.items():
        assert values[name].shape == parameter.shape
        assert values[name].dtype.name == parameter.dtype
        assert len(parameter.axes) == len(parameter.shape)


def test_a_description_survives_json(model: Model) -> None:
    description = json.loads(json.dumps(models.describe(model)))
    assert models.layers_from_description(description) == model.layers()
    assert description["framework"] == model.framework
    assert description["name"] == model.name


def test_parameters_are_copies_and_come_in_the_order_asked_for(model: Model) -> None:
    names = list(model.parameters())[:2][::-1]
    values = model.parameters(names)
    assert list(values) == names
    before = values[names[0]].copy()
    values[names[0]] += 1
    np.testing.assert_array_equal(model.parameters()[names[0]], before)


def test_parameters_are_set_bit_for_bit(model: Model) -> None:
    before = model.parameters()
    name = next(n for n, value in before.items() if value.dtype.kind == "f" and value.size > 3)
    value = np.random.default_rng(0).normal(size=before[name].shape).astype(before[name].dtype)
    value.flat[:4] = [np.nan, np.inf, -0.0, np.nextafter(np.float32(0), np.float32(1))]
    model.set_parameters({name: value})
    after = model.parameters()
    twins = [p.name for layer in model.layers() for p in layer.parameters if p.same_as == name]
    for other in before:
        expected = value if other in {name, *twins} else before[other]
        assert after[other].tobytes() == expected.tobytes()
    model.set_parameters(before)
    assert all(model.parameters()[n].tobytes() == v.tobytes() for n, v in before.items())


def test_nothing_is_set_if_one_value_is_wrong(model: Model) -> None:
    before = model.parameters()
    first, second = list(before)[:2]
    wrong = np.zeros((2, *before[second].shape))
    with pytest.raises(ValueError, match=f"`{second}` must have shape"):
        model.set_parameters({first: before[first] + 1, second: wrong})
    assert all(model.parameters()[n].tobytes() == v.tobytes() for n, v in before.items())


def test_outputs_are_what_the_framework_computes(made: SimpleNamespace, model: Model) -> None:
    own = made.run(made.inputs)
    outputs = model.forward(made.inputs).outputs
    assert len(outputs) == len(own)
    for output, expected in zip(outputs, own, strict=True):
        np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)


def test_layers_are_captured_at_every_call(made: SimpleNamespace, model: Model) -> None:
    forward = model.forward(made.inputs, capture=list(made.calls))
    for name, count in made.calls.items():
        assert len(forward.captured[name]) == count
        assert all(len(array) == len(forward.outputs[0]) for array in forward.captured[name])


def test_capturing_does_not_change_the_outputs(made: SimpleNamespace, model: Model) -> None:
    plain = model.forward(made.inputs).outputs
    captured = model.forward(made.inputs, capture=list(made.calls)).outputs
    for one, other in zip(plain, captured, strict=True):
        np.testing.assert_array_equal(one, other)


def test_batches_join_to_the_whole(made: SimpleNamespace, model: Model) -> None:
    whole = model.forward(made.inputs, capture=list(made.calls))
    parts = models.forward_in_batches(model, made.inputs, batch_size=2, capture=list(made.calls))
    for one, other in zip(whole.outputs, parts.outputs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    for name in made.calls:
        for one, other in zip(whole.captured[name], parts.captured[name], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_a_model_is_left_as_it_was(made: SimpleNamespace, model: Model) -> None:
    made.run(made.inputs)  # some Keras layers gain attributes at their very first call
    before = made.state()
    layers, trained = list(made.calls), _trained(model)
    model.forward(made.inputs, capture=layers)
    model.gradients(made.inputs, Score(0), layers=layers, parameters=trained)
    if made.attention:
        model.attention(made.inputs)
    with pytest.raises(UnknownName):
        model.forward(made.inputs, capture=["nowhere"])
    np.testing.assert_equal(made.state(), before)


def test_a_model_is_left_as_it_was_when_a_pass_fails(made: SimpleNamespace, model: Model) -> None:
    made.run(made.inputs)  # some Keras layers gain attributes at their very first call
    before = made.state()

    def broken(outputs: Any) -> Any:
        raise RuntimeError("broken target")

    with pytest.raises(RuntimeError, match="broken target"):
        model.gradients(made.inputs, broken, layers=list(made.calls), parameters=_trained(model))
    with pytest.raises(ValueError, match="inputs"):
        model.forward([np.zeros((2, 1, 1, 1, 1))] * 4, capture=list(made.calls))
    np.testing.assert_equal(made.state(), before)


def test_gradients_by_inputs_agree_with_finite_differences(exact: SimpleNamespace) -> None:
    model = models.adapt(exact.model)
    index = np.arange(len(exact.run(exact.inputs)[0])) % 3
    if not _has_floats(exact.inputs):
        with pytest.raises(ValueError, match="must hold floating-point numbers"):
            model.gradients(exact.inputs, Score(index))
        return
    found = model.gradients(exact.inputs, Score(index))
    direction = _like(exact.inputs, np.random.default_rng(5))

    def value(step: float) -> float:
        return _score(exact.run(_moved(exact.inputs, direction, step)), index)

    assert found.value == pytest.approx(value(0.0), rel=1e-9)
    slope = sum(
        (gradient * along).sum()
        for gradient, along in zip(found.inputs, _arrays(direction), strict=True)
    )
    assert slope == pytest.approx(_central(value), rel=1e-6, abs=1e-8)


def test_gradients_by_parameters_agree_with_finite_differences(exact: SimpleNamespace) -> None:
    model = models.adapt(exact.model)
    index = np.arange(len(exact.run(exact.inputs)[0])) % 3
    values = model.parameters()
    names = _trained(model)
    found = model.gradients(exact.inputs, Score(index), inputs_too=False, parameters=names)
    assert found.inputs == ()
    rng = np.random.default_rng(6)
    for name in names:
        along = rng.normal(size=values[name].shape)

        def value(step: float, name: str = name, along: Any = along) -> float:
            model.set_parameters({name: values[name] + step * along})
            result = _score(exact.run(exact.inputs), index)
            model.set_parameters({name: values[name]})
            return result

        slope = (found.parameters[name] * along).sum()
        assert slope == pytest.approx(_central(value), rel=1e-6, abs=1e-8), name


def test_gradients_by_layers_add_up_to_those_of_their_biases(exact: SimpleNamespace) -> None:
    model = models.adapt(exact.model)
    layers = [layer for layer, _ in exact.linear]
    biases = [bias for _, bias in exact.linear]
    found = model.gradients(
        exact.inputs, Score(1), inputs_too=False, layers=layers, parameters=biases
    )
    for layer, bias in exact.linear:
        summed = sum(call.reshape(-1, call.shape[-1]).sum(0) for call in found.layers[layer])
        np.testing.assert_allclose(summed, found.parameters[bias], rtol=1e-9, atol=1e-12)


def test_gradients_by_layers_have_the_shapes_of_what_they_give(
    made: SimpleNamespace, model: Model
) -> None:
    layers = list(made.calls)
    captured = model.forward(made.inputs, capture=layers).captured
    found = model.gradients(made.inputs, Score(0), inputs_too=False, layers=layers)
    for name in layers:
        shapes = [array.shape for array in captured[name]]
        assert [gradient.shape for gradient in found.layers[name]] == shapes


def test_a_function_of_the_outputs_is_a_target(made: SimpleNamespace, model: Model) -> None:
    names = _trained(model)[:1]
    score = model.gradients(made.inputs, Score(2), inputs_too=False, parameters=names)
    function = model.gradients(
        made.inputs,
        lambda outputs: made.total(outputs[0][..., 2]),
        inputs_too=False,
        parameters=names,
    )
    assert function.value == pytest.approx(score.value, rel=1e-5)
    np.testing.assert_allclose(
        function.parameters[names[0]], score.parameters[names[0]], rtol=1e-4, atol=1e-6
    )


def test_losses_have_their_closed_forms(exact: SimpleNamespace) -> None:
    model = models.adapt(exact.model)
    output = exact.run(exact.inputs)[0]
    rng = np.random.default_rng(8)
    classes = rng.integers(0, output.shape[-1], output.shape[:-1])
    rows = rng.normal(size=output.shape)
    shifted = output - output.max(-1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    picked = np.take_along_axis(log_softmax, classes[..., None], -1)
    _expect_loss(exact, model, Loss(rows, kind="mse"), ((output - rows) ** 2).mean())
    _expect_loss(exact, model, Loss(classes, kind="cross_entropy_logits"), -picked.mean())
    one_hot = np.eye(output.shape[-1])[classes]
    _expect_loss(exact, model, Loss(one_hot, kind="cross_entropy_logits"), -picked.mean())
    clipped = np.log(np.maximum(output, 1e-7))
    chosen = np.take_along_axis(clipped, classes[..., None], -1)
    _expect_loss(exact, model, Loss(classes, kind="cross_entropy"), -chosen.mean())


def test_attention_weights_are_shares(made: SimpleNamespace, model: Model) -> None:
    if not made.attention:
        with pytest.raises(Unanswered, match="attention"):
            model.attention(made.inputs)
        return
    weights = model.attention(made.inputs)
    assert {name: array.shape for name, array in weights.items()} == made.attention
    for array in weights.values():
        np.testing.assert_allclose(array.sum(-1), 1.0, rtol=1e-5)
        assert array.min() >= 0
    first = next(iter(weights))
    chosen = model.attention(made.inputs, layers=[first])
    assert list(chosen) == [first]
    np.testing.assert_array_equal(chosen[first], weights[first])


def test_wrong_names_are_met_with_near_ones(made: SimpleNamespace, model: Model) -> None:
    layer, parameter = next(iter(made.calls)), _trained(model)[0]
    with pytest.raises(UnknownName, match=f"`{layer}`"):
        model.forward(made.inputs, capture=[f"{layer}x"])
    with pytest.raises(UnknownName, match=f"`{parameter}`"):
        model.parameters([f"{parameter}x"])
    with pytest.raises(UnknownName, match=f"`{parameter}`"):
        model.gradients(made.inputs, Score(0), inputs_too=False, parameters=[f"{parameter}x"])
    with pytest.raises(UnknownName):
        model.attention(made.inputs, layers=[f"{layer}x"])


def test_wrong_targets_are_refused(made: SimpleNamespace, model: Model) -> None:
    names = _trained(model)[:1]

    def ask(target: Any) -> None:
        model.gradients(made.inputs, target, inputs_too=False, parameters=names)

    with pytest.raises(ValueError, match=r"`index` must be in 0\.\."):
        ask(Score(1000))
    with pytest.raises(ValueError, match="`index` must be a class index"):
        ask(Score(np.zeros(1000, np.int64)))
    with pytest.raises(ValueError, match="`output` must be the number"):
        ask(Score(0, output=9))
    with pytest.raises(ValueError, match="`true` must"):
        ask(Loss(np.zeros((1000, 7)), kind="mse"))
    with pytest.raises(ValueError, match="`target` must return one number"):
        ask(lambda outputs: outputs[0])


def test_state_is_not_differentiated_by(made: SimpleNamespace, model: Model) -> None:
    states = [p.name for la in model.layers() for p in la.parameters if p.role == "state"]
    for name in states:
        with pytest.raises(ValueError, match="it is state"):
            model.gradients(made.inputs, Score(0), inputs_too=False, parameters=[name])


def _trained(model: Model) -> list[str]:
    return [p.name for la in model.layers() for p in la.parameters if p.role != "state"]


def _expect_loss(exact: SimpleNamespace, model: Model, loss: Loss, value: float) -> None:
    names = _trained(model)[:1]
    found = model.gradients(exact.inputs, loss, inputs_too=False, parameters=names)
    assert found.value == pytest.approx(value, rel=1e-9)


def _score(outputs: tuple[Any, ...], index: Any) -> float:
    output = outputs[0]
    column = index.reshape(-1, *[1] * (output.ndim - 1))
    column = np.broadcast_to(column, (*output.shape[:-1], 1))
    return float(np.take_along_axis(output, column, -1).sum())


def _central(value: Any, step: float = 1e-6) -> float:
    return (value(step) - value(-step)) / (2 * step)


def _arrays(inputs: Any) -> list[Any]:
    if isinstance(inputs, dict):
        return list(inputs.values())
    return inputs if isinstance(inputs, list) else [inputs]


def _has_floats(inputs: Any) -> bool:
    return any(array.dtype.kind == "f" for array in _arrays(inputs))


def _like(inputs: Any, rng: np.random.Generator) -> Any:
    return _map(lambda array: rng.normal(size=array.shape), inputs)


def _moved(inputs: Any, direction: Any, step: float) -> Any:
    moves = iter(_arrays(direction))
    return _map(lambda array: array + step * next(moves), inputs)


def _map(function: Any, inputs: Any) -> Any:
    if isinstance(inputs, dict):
        return {name: function(array) for name, array in inputs.items()}
    return [function(a) for a in inputs] if isinstance(inputs, list) else function(inputs)

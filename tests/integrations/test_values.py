from __future__ import annotations

import decimal
import fractions
import math

import numpy as np
import pytest

from bathyscope.integrations.values import array_from, float_from, scalars_from


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        np.float32(1.5),
        np.float16(1.5),
        np.array(1.5),
        fractions.Fraction(3, 2),
        decimal.Decimal("1.5"),
    ],
)
def test_every_real_number_becomes_a_float(value):
    found = float_from(value, name="loss")
    assert type(found) is float
    assert found == 1.5


@pytest.mark.parametrize("value", [True, np.True_, 1, np.int8(1), np.uint64(1)])
def test_whole_numbers_and_truth_values_become_floats(value):
    assert float_from(value, name="n") == 1.0
    assert type(float_from(value, name="n")) is float


def test_tensors_of_torch_become_floats_without_a_warning():
    torch = pytest.importorskip("torch")
    weight = torch.tensor(2.0, requires_grad=True)
    assert float_from(weight * 3, name="loss") == 6.0
    assert float_from(torch.tensor(1.5, dtype=torch.bfloat16), name="loss") == 1.5
    assert float_from(torch.tensor(7), name="n") == 7.0


def test_arrays_of_jax_become_floats():
    jnp = pytest.importorskip("jax.numpy")
    assert float_from(jnp.float32(1.5), name="loss") == 1.5
    assert float_from(jnp.array(1.5, dtype=jnp.bfloat16), name="loss") == 1.5


@pytest.mark.keras
def test_variables_and_tensors_of_keras_become_floats():
    keras = pytest.importorskip("keras")
    assert float_from(keras.Variable(1.5), name="loss") == 1.5
    assert float_from(keras.ops.convert_to_tensor(2.5), name="loss") == 2.5


def test_not_a_number_and_infinities_are_data():
    found = scalars_from({"a": np.nan, "b": np.float32(np.inf), "c": -math.inf})
    assert math.isnan(found["a"])
    assert found["b"] == math.inf
    assert found["c"] == -math.inf


def test_nested_names_are_joined():
    assert scalars_from({"val": {"loss": 1, "top": {5: 2}}, "lr": 3}) == {
        "val/loss": 1.0,
        "val/top/5": 2.0,
        "lr": 3.0,
    }


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ("high", TypeError, "`loss` must be one real number; got str 'high'. Words go to `note`"),
        (None, TypeError, "Leave out what was not measured"),
        (1j, TypeError, "real and imaginary"),
        (np.zeros(3), ValueError, r"shape \(3,\).*`log_arrays`"),
        (np.zeros((1, 1)), ValueError, r"shape \(1, 1\)"),
        ([1.0], TypeError, "got list"),
        (object(), TypeError, "got object"),
        (np.ma.masked, TypeError, "Leave out what was not measured"),
        (np.ma.array(1.5, mask=True), TypeError, "Leave out what was not measured"),
        (10**400, ValueError, "double precision"),
    ],
)
def test_what_is_not_one_real_number_is_named(value, error, words):
    with pytest.raises(error, match=words):
        scalars_from({"loss": value})


def test_names_must_be_there_and_differ():
    with pytest.raises(ValueError, match="must have names"):
        scalars_from({"": 1})
    with pytest.raises(ValueError, match="`a/b` twice"):
        scalars_from({"a": {"b": 1}, "a/b": 2})
    with pytest.raises(TypeError, match="must map names to numbers"):
        scalars_from(3.0)  # type: ignore[arg-type]


def test_arrays_of_torch_lose_their_graph():
    torch = pytest.importorskip("torch")
    found = array_from(torch.ones(2, requires_grad=True) * 2, name="x")
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, [2, 2])


def test_what_is_masked_is_not_taken_for_a_number():
    values = np.ma.array([1.0, 2.0], mask=[False, True])
    with pytest.raises(ValueError, match=r"`x` must be an array without a mask; .* 1 of 2 numbers"):
        array_from(values, name="x")
    np.testing.assert_array_equal(array_from(values.filled(np.nan), name="x"), [1, np.nan])
    assert scalars_from({"mean": np.ma.mean(values)}) == {"mean": 1.0}


@pytest.mark.keras
def test_a_metric_of_keras_is_asked_for_its_result():
    keras = pytest.importorskip("keras")
    metric = keras.metrics.Mean()
    metric.update_state([1.0, 2.0])
    with pytest.raises(TypeError, match=r"got keras.Mean. Record what its `result\(\)` gives"):
        scalars_from({"loss": metric})
    assert scalars_from({"loss": metric.result()}) == {"loss": 1.5}


def test_ragged_lists_are_refused():
    with pytest.raises(TypeError, match="`x` must be"):
        array_from([[1, 2], [3]], name="x")
    with pytest.raises(TypeError, match="mixed"):
        array_from([object(), 1], name="x")

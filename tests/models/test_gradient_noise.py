"""The gradient noise scale of linear regressions, whose gradients' covariance is known."""

from __future__ import annotations

import numpy as np
import pytest

import bathyscope as bs

DIMENSIONS = 5


def make_torch(weight):
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(DIMENSIONS, 1, bias=False).double()
    with torch.no_grad():
        model.weight.copy_(torch.from_numpy(weight)[None])
    return model


def make_keras(weight):
    keras = pytest.importorskip("keras")
    layer = keras.layers.Dense(1, use_bias=False)
    model = keras.Sequential([keras.Input((DIMENSIONS,)), layer])
    model.compile("sgd", "mse")
    model.set_weights([weight[:, None]])
    return model


MAKERS = [
    pytest.param(make_torch, "mse", id="torch"),
    pytest.param(make_keras, "compiled", id="keras", marks=pytest.mark.keras),
    pytest.param(make_keras, "mse", id="keras-mse", marks=pytest.mark.keras),
]


def linear_regression(rng, n_samples, *, noise=0.5):
    """Inputs of covariance 1, so that the moments of the gradients are those of a normal one."""
    x = rng.normal(size=(n_samples, DIMENSIONS))
    true, given = rng.normal(size=DIMENSIONS), rng.normal(size=DIMENSIONS)
    y = x @ true + noise * rng.normal(size=n_samples)
    return x, y, given, given - true


def gradients_by_hand(x, y, weight):
    """Of each sample: d/dw (w x - y)^2."""
    return 2 * (x @ weight - y)[:, None] * x


@pytest.mark.parametrize(("make", "loss"), MAKERS)
@pytest.mark.parametrize("batch_size", [1, 4])
def test_the_estimate_is_that_of_the_formula(rng, make, loss, batch_size):
    x, y, weight, _ = linear_regression(rng, 26)
    found = bs.gradient_noise_scale(make(weight), x, y[:, None], loss=loss, batch_size=batch_size)
    each = gradients_by_hand(x, y, weight)[: 26 // batch_size * batch_size]
    batches = each.reshape(-1, batch_size, DIMENSIONS).mean(1)
    # The covariance of means of n samples is that of one sample over n; `cov` has no bias.
    trace = batch_size * np.trace(np.cov(batches.T))
    mean = each.mean(0)
    squared_norm = mean @ mean - trace / len(each)
    rtol = 1e-4 if make is make_keras else 1e-9  # computes in single precision
    np.testing.assert_allclose(found, [trace / squared_norm, squared_norm, trace], rtol=rtol)


@pytest.mark.parametrize(("make", "loss"), MAKERS[:2])
def test_the_noise_of_normal_inputs_is_that_of_theory(rng, make, loss):
    """With d the error of the weight and s the noise: mean 2 d, and E|g|^2 by Isserlis."""
    x, y, weight, error = linear_regression(rng, 4096)
    squared = error @ error
    squared_norm = 4 * squared
    trace = 4 * (squared * (DIMENSIONS + 2) + 0.25 * DIMENSIONS) - squared_norm
    found = bs.gradient_noise_scale(make(weight), x, y[:, None], loss=loss, batch_size=32)
    # Of 4096 samples the trace scatters by a few percent, the squared norm by less.
    np.testing.assert_allclose(found.trace, trace, rtol=0.15)
    np.testing.assert_allclose(found.squared_norm, squared_norm, rtol=0.15)
    np.testing.assert_allclose(found.scale, trace / squared_norm, rtol=0.25)


def test_a_loss_may_be_a_function_and_the_result_is_logged(rng, tmp_path):
    torch = pytest.importorskip("torch")
    x, y, weight, _ = linear_regression(rng, 40)

    def loss(outputs, true):
        return (outputs[0][:, 0] - torch.from_numpy(true)).square().mean()

    model = make_torch(weight)
    found = bs.gradient_noise_scale(model, x, torch.from_numpy(y), loss=loss, batch_size=4)
    same = bs.gradient_noise_scale(model, x, y[:, None], loss="mse", batch_size=4)
    np.testing.assert_allclose(found, same, rtol=1e-12)
    assert model.weight.grad is None
    with bs.record("a", runs_dir=tmp_path) as run:
        run.log({"gradient_noise": found._asdict()}, step=3)
    assert bs.open(run.path).scalars("gradient_noise/scale").values.tolist() == [found.scale]


def test_equal_gradients_have_no_noise_and_no_signal_has_no_scale():
    x = np.ones((8, DIMENSIONS))
    model = make_torch(np.full(DIMENSIONS, 0.5))
    found = bs.gradient_noise_scale(model, x, np.zeros((8, 1)), loss="mse", batch_size=2)
    assert found.trace == pytest.approx(0, abs=1e-9)
    assert found.squared_norm == pytest.approx((2 * 2.5) ** 2 * DIMENSIONS)
    y = np.tile([[2.5 - 1], [2.5 + 1]], (4, 1))
    opposed = bs.gradient_noise_scale(model, x, y, loss="mse", batch_size=1)
    assert opposed.squared_norm < 0
    assert np.isnan(opposed.scale)


def test_wrong_arguments_are_named(rng):
    x, y, weight, _ = linear_regression(rng, 10)
    model = make_torch(weight)
    for arguments, options, words in [
        ((x, y[:4]), {"loss": "mse"}, "`y` must have one entry per sample; got 4 for 10"),
        ((x, y), {"loss": "mse"}, "at least two batches of 32 samples; got 10"),
        ((x, y), {"loss": "mse", "batch_size": 0}, "`batch_size` must be a whole number"),
        ((x, y), {"loss": "huber", "batch_size": 2}, "`loss` must be a function, or one of"),
    ]:
        with pytest.raises(ValueError, match=words):
            bs.gradient_noise_scale(model, *arguments, **options)
    with pytest.raises(bs.Unanswered, match="pass a function of the outputs"):
        bs.gradient_noise_scale(model, x, y, batch_size=2)
    model.requires_grad_(False)
    with pytest.raises(ValueError, match="must have a trainable parameter"):
        bs.gradient_noise_scale(model, x, y, batch_size=2, loss="mse")

"""The gradient noise scale of a model on given samples, from gradients of two batch sizes.

McCandlish et al. 2018, "An Empirical Model of Large-Batch Training", appendix A.1: the squared norm
of a mean of n gradients is, in expectation, that of the true gradient plus the trace of the
covariance of single samples' gradients over n. The small batches here are parts of the samples;
the large one is all of them, whose gradient is the mean of the parts'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast, get_args

import numpy as np

from bathyscope.models.adapting import adapt
from bathyscope.models.batches import count_samples, take
from bathyscope.models.protocol import Batch, Loss, LossKind, Model, Target


class GradientNoise(NamedTuple):
    """How much gradients scatter. ``run.log({"gradient_noise": found._asdict()})`` records it.

    Parameters
    ----------
    scale : float
        ``trace / squared_norm``, in samples: the batch size at which noise and signal are equal.
        NaN where the estimate of the squared norm is not positive: more samples are needed.
    squared_norm : float
        Unbiased estimate of the squared norm of the true gradient; may be negative.
    trace : float
        Unbiased estimate of the trace of the covariance of single samples' gradients.
    """

    scale: float
    squared_norm: float
    trace: float


def gradient_noise_scale(
    model: Any,
    x: Batch,
    y: Any,
    *,
    loss: str | Callable[[tuple[Any, ...], Any], Any] = "compiled",
    batch_size: int = 32,
) -> GradientNoise:
    """Estimate the gradient noise scale of a model where it stands.

    Gradients are those of all trainable parameters, in evaluation mode. The more batches there
    are, the less the estimate scatters: a hundred are a good start.

    Parameters
    ----------
    model : model
        Of any framework `bathyscope.inspect` takes.
    x : array of shape (n_samples, ...), list or mapping of them
    y : array
        What is expected, one entry or row per sample.
    loss : str or callable
        Kind of a `bathyscope.models.Loss`: ``"compiled"`` for a Keras model's own, else
        ``"cross_entropy"``, ``"cross_entropy_logits"`` or ``"mse"``. Or a function of the outputs
        (a tuple of the framework's tensors) and of the batch's ``y``, which gives the mean loss.
    batch_size : int
        Samples in each small batch. What is left over after the last whole one is not used.

    Returns
    -------
    GradientNoise

    Raises
    ------
    ValueError
        If there are less than two whole batches, or not as many ``y`` as samples.

    Examples
    --------
    >>> bs.gradient_noise_scale(model, x, y).scale  # doctest: +SKIP
    740.2
    """
    adapted = adapt(model)
    true = np.asarray(y)
    starts = _starts(count_samples(x), len(true), batch_size)
    names = _trained(adapted)
    total, squares = 0.0, 0.0
    for start in starts:
        rows = slice(start, start + batch_size)
        gradient = _gradient(adapted, take(x, rows), _target(loss, true[rows]), names)
        squares += float(gradient @ gradient)
        total = total + gradient
    n_batches = len(starts)
    small, large = squares / n_batches, float(np.square(np.asarray(total) / n_batches).sum())
    return _estimate(small, large, batch_size, n_batches)


def _estimate(small: float, large: float, batch_size: int, n_batches: int) -> GradientNoise:
    """Solve for the two unknowns: squared norms are of a small batch, and of all of them."""
    squared_norm = (n_batches * large - small) / (n_batches - 1)
    trace = (small - large) * batch_size * n_batches / (n_batches - 1)
    scale = trace / squared_norm if squared_norm > 0 else float("nan")
    return GradientNoise(scale, squared_norm, trace)


def _starts(n_samples: int, n_true: int, batch_size: int) -> range:
    if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1:
        raise ValueError(f"`batch_size` must be a whole number, 1 or more; got {batch_size!r}.")
    if n_true != n_samples:
        raise ValueError(f"`y` must have one entry per sample; got {n_true} for {n_samples}.")
    n_batches = n_samples // batch_size
    if n_batches < 2:
        raise ValueError(
            f"`x` must hold at least two batches of {batch_size} samples; got {n_samples} samples. "
            "Give more, or a smaller `batch_size`."
        )
    return range(0, n_batches * batch_size, batch_size)


def _trained(model: Model) -> list[str]:
    owned = (parameter for layer in model.layers() for parameter in layer.parameters)
    names = [p.name for p in owned if p.trainable and p.role != "state" and not p.same_as]
    if not names:
        raise ValueError(f"`{model.name}` must have a trainable parameter; it has none.")
    return names


def _target(loss: str | Callable[[tuple[Any, ...], Any], Any], true: Any) -> Target:
    if callable(loss):
        return lambda outputs: loss(outputs, true)
    if loss not in get_args(LossKind):
        kinds = ", ".join(f"`{kind}`" for kind in get_args(LossKind))
        raise ValueError(f"`loss` must be a function, or one of {kinds}; got {loss!r}.")
    return Loss(true, kind=cast(LossKind, loss))


def _gradient(model: Model, inputs: Batch, target: Target, names: list[str]) -> Any:
    """Give the gradient as one vector, in double precision."""
    found = model.gradients(inputs, target, inputs_too=False, parameters=names).parameters
    return np.concatenate([found[name].astype(np.float64).ravel() for name in names])

"""What is read of a training in Keras around one step: gradients, weights, the update, the loss.

Everything is computed by one compiled call, on the device, from what the step left behind; the
few numbers that come out are fetched at a later batch, when nothing waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from bathyscope.integrations.keras_gradients import NO_GRADIENT, GradientTap
from bathyscope.integrations.keras_losses import running_loss
from bathyscope.integrations.keras_statistics import (
    compiled,
    difference_norms,
    have_arrived,
    precision,
    statistics,
)

#: Typed loosely: each back end has tensors of its own.
ops: Any = keras.ops


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read of one step.

    Parameters
    ----------
    step : int
        Steps the optimizer had done after it.
    gradients, weights : array, shape (n_parameters, 5)
        As `_names.STATISTICS` says: of the gradients the optimizer applied, after unscaling,
        accumulation and clipping; and of the parameters after the step.
    has_gradient : array of bool, shape (n_parameters,)
    updates : array, shape (n_parameters,)
        Norms of what the step changed; empty where single steps cannot be seen.
    histograms : array, shape (n_parameters, 2 + BINS), or None
        Of the gradients, as `histogram_row` gives them, where they were asked for.
    loss : tuple of float
        Keras's running sum and count of the loss; NaN if it keeps none.
    """

    step: int
    gradients: NDArray[Any]
    weights: NDArray[Any]
    has_gradient: NDArray[np.bool_]
    updates: NDArray[Any]
    histograms: NDArray[Any] | None
    loss: tuple[float, float]


class StepReader:
    """Reads single steps of a training.

    Parameters
    ----------
    model : keras.Model
    tap : GradientTap
        Attached.
    with_updates : bool
        Whether a reading sees exactly one step, so that the change is that step's.
    """

    def __init__(self, model: Any, tap: GradientTap, *, with_updates: bool) -> None:
        self._model = model
        self._tap = tap
        self._with_updates = with_updates
        self._before: list[Any] | None = None
        self._has_histograms = False
        self._pending: list[tuple[bool, tuple[Any, ...]]] = []
        self._copy = compiled(lambda values: [ops.copy(value) for value in values])
        self._compute = compiled(_compute)

    @property
    def is_open(self) -> bool:
        """Whether a step is to be read: `before` was called, `after` not yet."""
        return self._before is not None

    @property
    def has_work(self) -> bool:
        """Whether a step is to be read, or something that was read is still to be fetched."""
        return self.is_open or bool(self._pending)

    @property
    def awaits_histograms(self) -> bool:
        """Whether histograms are on their way."""
        return any(has_histograms for has_histograms, _ in self._pending)

    def before(self, *, with_histograms: bool = False) -> None:
        """Have the next step read: its gradient by the tap, its change from a copy."""
        self._tap.arm(True)
        if with_histograms is not self._has_histograms:
            _set(self._model, self._tap.wants_histograms, int(with_histograms))
            self._has_histograms = with_histograms
        self._before = self._copy(self._values(self._tap.parameters)) if self._with_updates else []

    def after(self) -> None:
        """Compute what is to be known of the step; it need not be done yet."""
        before, self._before = self._before, None
        self._tap.arm(False)
        values = self._values(self._tap.parameters)
        others = self._values([*self._tap.variables, *running_loss(self._model)])
        found = self._compute(values, before or values, *others)
        self._pending.append((self._has_histograms, found))

    def take(self, *, wait: bool = False) -> Iterator[Reading]:
        """Give the readings that have arrived; with ``wait``, all."""
        while self._pending and (wait or have_arrived(self._pending[0][1])):
            has_histograms, found = self._pending.pop(0)
            table, step, ends, counts, *loss = (np.array(ops.convert_to_numpy(x)) for x in found)
            if int(step) == 0:  # no step was applied yet
                continue
            gradients, weights, updates = np.split(table, (5, 10), axis=1)
            yield Reading(
                int(step),
                gradients,
                weights,
                # A comparison with NaN is false: the gradient is there, and it is NaN.
                ~(gradients[:, 0] == NO_GRADIENT),
                updates[:, 0] if self._with_updates else np.zeros(0),
                np.concatenate([ends, counts], axis=1) if has_histograms else None,
                tuple(map(float, loss)) or (np.nan, np.nan),  # pyright: ignore
            )

    def _values(self, variables: Sequence[Any]) -> list[Any]:
        """Give what variables hold now: on JAX, while Keras trains, it holds that elsewhere."""
        held = {} if _is_synced(self._model) else _held_by_jax(self._model)
        # While JAX holds a value, the variable itself has none to give.
        return [
            held[id(one)] if id(one) in held else one.value  # noqa: SIM401
            for one in variables
        ]


def _is_synced(model: Any) -> bool:
    return not getattr(model, "_jax_state", None) or model._jax_state_synced


def _set(model: Any, variable: Any, value: int) -> None:
    """Set a variable of the optimizer, also while JAX holds its value elsewhere."""
    if _is_synced(model):
        variable.assign(value)
        return
    import jax

    place = [id(one) for one in model.optimizer.variables].index(id(variable))
    held = model._jax_state["optimizer_variables"]
    held[place] = jax.device_put(np.array(value, held[place].dtype), held[place].sharding)


def _held_by_jax(model: Any) -> dict[int, Any]:
    """Give the values of the variables by their `id`, as `jax_state_sync` would assign them.

    Assigning them, and collecting them again for the next step, takes longer than a reading.
    """
    groups = {
        "trainable_variables": model.trainable_variables,
        "optimizer_variables": model.optimizer.variables,
        "metrics_variables": model.metrics_variables,
    }
    return {
        id(variable): value
        for group, variables in groups.items()
        for variable, value in zip(variables, model._jax_state[group], strict=True)
    }


def _compute(
    values: Sequence[Any], before: Sequence[Any], gradients: Any, *others: Any
) -> tuple[Any, ...]:
    """Compute a table (gradient, weight, update), and copy what the next step overwrites."""
    dtype = precision()
    changes = difference_norms(values, before, dtype)
    table = ops.concatenate([gradients, statistics(values, dtype), changes[:, None]], axis=1)
    return table, *(value + 0 for value in others)

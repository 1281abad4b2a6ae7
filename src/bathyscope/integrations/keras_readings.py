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
    difference_norm,
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
    loss : tuple of float
        Keras's running sum and count of the loss; NaN if it keeps none.
    """

    step: int
    gradients: NDArray[Any]
    weights: NDArray[Any]
    has_gradient: NDArray[np.bool_]
    updates: NDArray[Any]
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
        self._pending: list[tuple[Any, ...]] = []
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

    def before(self) -> None:
        """Have the next step read: its gradient by the tap, its change from a copy."""
        self._tap.arm(True)
        self._before = self._copy(self._values(self._tap.parameters)) if self._with_updates else []

    def after(self) -> None:
        """Compute what is to be known of the step; it need not be done yet."""
        before, self._before = self._before, None
        self._tap.arm(False)
        values = self._values(self._tap.parameters)
        others = self._values([*self._tap.variables, *running_loss(self._model)])
        self._pending.append(self._compute(values, before or values, *others))

    def take(self, *, wait: bool = False) -> Iterator[Reading]:
        """Give the readings that have arrived; with ``wait``, all."""
        while self._pending and (wait or have_arrived(self._pending[0])):
            table, step, *loss = (np.array(ops.convert_to_numpy(x)) for x in self._pending.pop(0))
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
    values: Sequence[Any], before: Sequence[Any], gradients: Any, step: Any, *loss: Any
) -> tuple[Any, ...]:
    """Compute a table (gradient, weight, update), and copy the numbers the next step overwrites."""
    dtype = precision()
    weights = ops.stack([statistics(value, dtype) for value in values])
    changes = [difference_norm(*pair, dtype) for pair in zip(values, before, strict=True)]
    table = ops.concatenate([gradients, weights, ops.stack(changes)[:, None]], axis=1)
    return table, step + 0, *(value + 0 for value in loss)

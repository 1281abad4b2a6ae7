"""Norms of the gradients of the real training batches, taken inside Keras's own training step.

An optimizer of Keras may hold variables of its own, on every back end. A tap adds two while a
training runs: a compiled step can assign to them, and a callback can read them afterwards. They
are kept out of everything that is saved, and taken away when the training ends.

A training computes the same bits with a tap and without, with one exception known: TensorFlow
folds a division of the gradient (`gradient_accumulation_steps`, `loss_scale_factor`) into plain
SGD's learning rate only if nothing else reads its result, so there the last bit may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

#: Typed loosely: each back end has tensors of its own.
ops: Any = keras.ops
#: A norm is never negative: what this step's gradients did not reach.
_NO_GRADIENT = -1.0


@dataclass(frozen=True, eq=False)
class Reading:
    """What a tap holds.

    Parameters
    ----------
    step : int
        Steps the optimizer had done when it was taken.
    gradients, weights : array, shape (n_parameters,)
        Euclidean norms: of the gradients the optimizer applied, after unscaling, accumulation and
        clipping, NaN where a parameter had none; of the parameters after it.
    has_gradient : array of bool, shape (n_parameters,)
    """

    step: int
    gradients: NDArray[Any]
    weights: NDArray[Any]
    has_gradient: NDArray[np.bool_]


class GradientTap:
    """Norms of gradients and weights at every so many steps, in an optimizer of Keras.

    Parameters
    ----------
    optimizer : keras.Optimizer
        Built.
    every : int
        Steps between two readings; the first step is always read.
    on_fault : function
        Given an exception raised while the training step is traced.
    """

    def __init__(
        self, optimizer: Any, *, every: int, on_fault: Callable[[Exception], None]
    ) -> None:
        self._outer = optimizer
        self._inner = inner_optimizer(optimizer)
        self._every = every
        self._on_fault = on_fault
        self._patched: list[tuple[Any, str, Any]] = []
        self._variables: list[Any] = []
        self._unclipped: Sequence[Any] = ()

    @property
    def parameters(self) -> Sequence[Any]:
        """The variables the optimizer trains, in its order."""
        return self._inner._trainable_variables

    def attach(self) -> None:
        """Add the variables and listen to the optimizer."""
        count = len(self.parameters)
        wide = keras.config.floatx() == "float64"
        self._norms = self._add(shape=(2, count), dtype="float64" if wide else "float32")
        self._taken_at = self._add(shape=(), dtype="int")
        self._norms.assign(np.full((2, count), _NO_GRADIENT))
        self._patch(self._inner, "_clip_gradients", self._seeing)
        self._patch(self._inner, "_backend_update_step", self._listening)
        for optimizer in {id(o): o for o in (self._outer, self._inner)}.values():
            self._patch(optimizer, "save_own_variables", self._hiding)
            self._patch(optimizer, "load_own_variables", self._hiding)

    def detach(self) -> None:
        """Leave the optimizer as it was found."""
        while self._patched:
            owner, name, own = self._patched.pop()
            if own is None:
                object.__delattr__(owner, name)
            else:
                object.__setattr__(owner, name, own)
        while self._variables:
            self._inner._untrack_variable(self._variables.pop())

    def read(self) -> Reading | None:
        """Fetch the last norms taken; None if none have been."""
        step = int(ops.convert_to_numpy(self._taken_at.value))
        if step == 0:
            return None
        gradients, weights = np.array(ops.convert_to_numpy(self._norms.value))
        # A comparison with NaN is false: the gradient is there, and it is NaN.
        return Reading(step, gradients, weights, ~(gradients < 0))

    def _add(self, *, shape: tuple[int, ...], dtype: str) -> Any:
        variable = self._inner.add_variable(
            shape=shape, initializer="zeros", dtype=dtype, name="bathyscope_norms"
        )
        self._variables.append(variable)
        return variable

    def _patch(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        # Past `__setattr__`, which tracks what is set and would save it with the model.
        own = vars(owner).get(name)
        object.__setattr__(owner, name, wrap(getattr(owner, name)))
        self._patched.append((owner, name, own))

    def _seeing(self, original: Any) -> Any:
        def clip_gradients(grads: Any) -> Any:
            self._unclipped = grads
            return original(grads)

        return clip_gradients

    def _listening(self, original: Any) -> Any:
        def update_step(grads: Any, trainable_variables: Any, learning_rate: Any) -> Any:
            # TensorFlow rounds differently when something else reads what clipping by norm gives
            # (its graph is rewritten less), so the norms after it are computed from those before.
            by_norm = self._inner.clipnorm or self._inner.global_clipnorm
            self._take(0, self._unclipped if by_norm else grads, trainable_variables)
            result = original(grads, trainable_variables, learning_rate)
            self._take(1, trainable_variables, trainable_variables)
            return result

        return update_step

    def _hiding(self, original: Any) -> Any:
        def own_variables(store: Any) -> Any:
            with self._hidden():
                return original(store)

        return own_variables

    @contextmanager
    def _hidden(self) -> Generator[None]:
        for variable in self._variables:
            self._inner._untrack_variable(variable)
        try:
            yield
        finally:
            for variable in self._variables:
                self._inner._track_variable(variable)

    def _take(self, row: int, values: Sequence[Any], variables: Sequence[Any]) -> None:
        try:
            self._assign(row, values, variables)
        except Exception as fault:
            self._on_fault(fault)

    def _assign(self, row: int, values: Sequence[Any], variables: Sequence[Any]) -> None:
        step = (ops.convert_to_tensor(self._inner._iterations) + 1) // accumulation(self._inner)
        is_due = ops.logical_or(ops.equal(step % self._every, 0), ops.equal(step, 1))
        place = [self._inner._get_variable_index(variable) for variable in variables]
        by_place = dict(zip(place, values, strict=True))
        before = ops.convert_to_tensor(self._norms)

        def norms() -> Any:
            found = [self._norm(by_place.get(index)) for index in range(len(self.parameters))]
            rows = [before[0], before[1]]
            rows[row] = ops.stack(found) if row == 1 else self._clipped(ops.stack(found))
            return ops.stack(rows)

        self._norms.assign(ops.cond(is_due, norms, lambda: before))
        if row == 1:
            taken_at = ops.convert_to_tensor(self._taken_at)
            self._taken_at.assign(ops.where(is_due, ops.cast(step, taken_at.dtype), taken_at))

    def _clipped(self, norms: Any) -> Any:
        """Norms of gradients after clipping by norm, from those before it."""
        exists = ops.logical_not(norms < 0)
        if self._inner.clipnorm:
            return ops.where(exists, ops.minimum(norms, self._inner.clipnorm), norms)
        if self._inner.global_clipnorm:
            total = ops.sqrt(ops.sum(ops.where(exists, ops.square(norms), ops.zeros_like(norms))))
            factor = self._inner.global_clipnorm / ops.maximum(total, self._inner.global_clipnorm)
            return ops.where(exists, norms * factor, norms)
        return norms

    def _norm(self, value: Any) -> Any:
        dtype = self._norms.dtype
        if value is None:
            return ops.convert_to_tensor(_NO_GRADIENT, dtype=dtype)
        dense = ops.cast(ops.convert_to_tensor(value, sparse=False), dtype)
        return ops.sqrt(ops.sum(ops.square(dense)))


def inner_optimizer(optimizer: Any) -> Any:
    """Find the optimizer that applies gradients: the one inside a loss scaling one."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def accumulation(optimizer: Any) -> int:
    """Batches whose gradients are added up for one step."""
    return inner_optimizer(optimizer).gradient_accumulation_steps or 1


def batches_done(optimizer: Any) -> int:
    """Count the batches an optimizer was handed."""
    return int(ops.convert_to_numpy(inner_optimizer(optimizer)._iterations.value))

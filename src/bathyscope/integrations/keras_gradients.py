"""Statistics of the gradients of the real training batches, taken inside Keras's own step.

An optimizer of Keras may hold variables of its own, on every back end. A tap adds a few while a
training runs: a compiled step can assign to them, and a callback can read them afterwards. They
are kept out of everything that is saved, and taken away when the training ends.

A step that is not read runs without the tap, in a program of its own: asking on the device
whether to read would cost every step something, and make a GPU wait. On JAX, where every variable
is handed to each step and back, that program is not even given the tap's. So the first step that
is read compiles a second program. Both compute the same bits, with one exception known: TensorFlow
folds a division of the gradient (`gradient_accumulation_steps`, `loss_scale_factor`) into plain
SGD's learning rate only if nothing else reads its result, so there the last bit may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.integrations.histograms import BINS
from bathyscope.integrations.keras_histograms import histograms
from bathyscope.integrations.keras_statistics import precision, statistics

#: Typed loosely: each back end has tensors of its own.
ops: Any = keras.ops
#: A norm is never negative: what this step's gradients did not reach.
NO_GRADIENT = -1.0


class GradientTap:
    """Statistics of the gradients that an optimizer of Keras applies, at the steps asked for.

    Parameters
    ----------
    optimizer : keras.Optimizer
        Built.
    on_fault : function
        Given an exception raised while the training step is traced.
    """

    def __init__(self, optimizer: Any, *, on_fault: Callable[[Exception], None]) -> None:
        self._outer = optimizer
        self._inner = inner_optimizer(optimizer)
        self._on_fault = on_fault
        self._patched: list[tuple[Any, str, Any]] = []
        self._variables: list[Any] = []
        self._unclipped: Sequence[Any] = ()
        self._model: Any = None
        self._functions: dict[bool, Any] = {}
        self._is_armed = False

    @property
    def parameters(self) -> Sequence[Any]:
        """The variables the optimizer trains, in its order."""
        return self._inner._trainable_variables

    def attach(self, model: Any) -> None:
        """Add the variables, listen to the optimizer, and give the model its two programs."""
        shape = (len(self.parameters), len(names.STATISTICS))
        self._found = self._add(np.full(shape, NO_GRADIENT), dtype=precision())
        self._taken_at = self._add(np.zeros(()), dtype="int")
        self._ends = self._add(np.zeros((shape[0], 2)), dtype=precision())
        self._counts = self._add(np.zeros((shape[0], BINS)), dtype="int32")
        self._wants_histograms = self._add(np.zeros(()), dtype="int32")
        self._patch(self._inner, "_clip_gradients", self._seeing)
        self._patch(self._inner, "_backend_update_step", self._listening)
        for optimizer in {id(o): o for o in (self._outer, self._inner)}.values():
            self._patch(optimizer, "save_own_variables", self._hiding)
            self._patch(optimizer, "load_own_variables", self._hiding)
        self._model = model
        # Each is traced when it is first called, armed or not.
        self._functions = {True: _own_program(model), False: self._program_without(model)}
        self.arm(False)

    def arm(self, is_armed: bool) -> None:
        """Have the gradients of the next steps taken, or not any more."""
        self._is_armed = is_armed
        self._model.train_function = self._functions[is_armed]

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables that hold what was taken last.

        Statistics of shape (n_parameters, 5), as `_names.STATISTICS` says, and `NO_GRADIENT`
        where a parameter had none; how many steps were then done, 0 if nothing was taken; and of
        the histograms taken last, the ends of shape (n_parameters, 2) and the counts of shape
        (n_parameters, BINS).
        """
        return self._found, self._taken_at, self._ends, self._counts

    @property
    def wants_histograms(self) -> Any:
        """The variable that is 1 where histograms are to be taken too, and else 0.

        A variable, since asking on the device costs little at a step that is read anyway, and a
        third program would cost compiling it.
        """
        return self._wants_histograms

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
        if self._model is not None:
            self._model.make_train_function(force=True)

    def _add(self, values: NDArray[Any], *, dtype: str) -> Any:
        def initializer(shape: Any, dtype: Any = None) -> Any:
            del shape  # made on the host: a back end may compile what fills an array
            return ops.convert_to_tensor(values, dtype=dtype)

        variable = self._inner.add_variable(
            shape=values.shape, initializer=initializer, dtype=dtype, name="bathyscope_tap"
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
            # (its graph is rewritten less), so what is after it is computed from what is before.
            by_norm = self._inner.clipnorm or self._inner.global_clipnorm
            self._take(self._unclipped if by_norm else grads, trainable_variables)
            return original(grads, trainable_variables, learning_rate)

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

    def _program_without(self, model: Any) -> Any:
        """Make the program of a step that is not read."""
        is_nnx = getattr(keras.config, "is_nnx_enabled", bool)()  # it takes no other train_step
        if keras.backend.backend() != "jax" or is_nnx:
            return _own_program(model)
        count = len(self._variables)
        with self._hidden():
            function = _own_program(model, while_traced=self._hidden)

        def train_function(state: Any, iterator: Any) -> Any:
            trained, others, optimizer, metrics = state
            logs, (trained, others, done, metrics) = function(
                (trained, others, optimizer[:-count], metrics), iterator
            )
            return logs, (trained, others, [*done, *optimizer[-count:]], metrics)

        return train_function

    def _take(self, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
        if not self._is_armed:
            return
        try:
            places = [self._inner._get_variable_index(variable) for variable in variables]
            given = zip(places, gradients, strict=True)
            by_place = {place: gradient for place, gradient in given if gradient is not None}
            step = self._step()
            taken = self._apart(step, lambda: self._everything(by_place))
            for variable, value in zip((self._found, self._ends, self._counts), taken, strict=True):
                variable.assign(value)
            self._taken_at.assign(ops.cast(step, self._taken_at.dtype))
        except Exception as fault:
            self._on_fault(fault)

    def _apart(self, step: Any, compute: Callable[[], Any]) -> Any:
        """Compute something that the compiler must not fuse with the update, nor round it anew."""
        # Always, which no compiler knows.
        return _where(ops.greater(step, 0), compute, self._before())

    def _before(self) -> tuple[Any, ...]:
        """Give what the variables hold."""
        held = (self._found, self._ends, self._counts)
        return tuple(ops.convert_to_tensor(variable) for variable in held)

    def _step(self) -> Any:
        return (ops.convert_to_tensor(self._inner._iterations) + 1) // accumulation(self._inner)

    def _everything(self, by_place: Mapping[int, Any]) -> tuple[Any, ...]:
        dtype, places = precision(), sorted(by_place)
        gradients = [_whole(by_place[place], self.parameters[place]) for place in places]
        table = self._placed(statistics(gradients, dtype), places, NO_GRADIENT)
        factor = self._factor(_norms_to_clip(table, by_place))
        ends, counts = _where(
            ops.greater(ops.convert_to_tensor(self._wants_histograms), 0),
            lambda: tuple(self._placed(x, places, 0) for x in histograms(gradients, dtype)),
            self._before()[1:],
        )
        if factor is None:
            return table, ends, counts
        return _scaled(table, factor), ends * factor, counts

    def _placed(self, found: Any, places: Sequence[int], otherwise: float) -> Any:
        """Give what was found of some parameters a row for each parameter."""
        if len(places) == len(self.parameters):
            return found
        rows = np.full(len(self.parameters), len(places), dtype="int32")
        rows[list(places)] = np.arange(len(places))
        last = ops.full((1, *found.shape[1:]), otherwise, dtype=found.dtype)
        return ops.take(ops.concatenate([found, last]), rows, axis=0)

    def _factor(self, norms: Any) -> Any:
        """Give what clipping by norm multiplies each gradient by; None if it is not asked for."""
        if self._inner.clipnorm:
            return self._inner.clipnorm / ops.maximum(norms, self._inner.clipnorm)
        if self._inner.global_clipnorm:
            exists = ops.logical_not(ops.equal(norms, NO_GRADIENT))
            total = ops.sqrt(ops.sum(ops.where(exists, ops.square(norms), ops.zeros_like(norms))))
            factor = self._inner.global_clipnorm / ops.maximum(total, self._inner.global_clipnorm)
            return ops.ones_like(norms) * factor
        return None


def _whole(gradient: Any, variable: Any) -> Any:
    """Give a gradient with all its numbers: of an embedding, TensorFlow gives the rows used."""
    if not _is_of_rows(gradient):
        return gradient
    # The compiler does not know how many rows there could be.
    return ops.reshape(ops.convert_to_tensor(gradient, sparse=False), variable.shape)


def _is_of_rows(gradient: Any) -> bool:
    return keras.backend.backend() == "tensorflow" and hasattr(gradient, "indices")


def _norms_to_clip(table: Any, by_place: Mapping[int, Any]) -> Any:
    """Give the norms that clipping by norm compares, of shape (n_parameters, 1)."""
    norms = table[:, :1]
    for place, gradient in by_place.items():
        if _is_of_rows(gradient):
            # Of a row that is used twice, both parts, which are added up only later.
            parts = ops.cast(gradient.values, table.dtype)
            norms = ops.slice_update(
                norms, (place, 0), ops.sqrt(ops.sum(ops.square(parts)))[None, None]
            )
    return norms


def _scaled(table: Any, factor: Any) -> Any:
    """Give the statistics of gradients times a factor."""
    exists = ops.logical_not(ops.equal(table[:, :1], NO_GRADIENT))
    # Norm, mean and deviation grow with the gradient; the share of zeros does not.
    scaled = ops.concatenate([table[:, :3] * factor, table[:, 3:]], axis=1)
    return ops.where(exists, scaled, table)


def _where(condition: Any, compute: Callable[[], Any], otherwise: Any) -> Any:
    """Compute something on a device if a condition is true there."""
    if keras.backend.backend() == "torch":  # runs as it is written
        return compute() if bool(condition) else otherwise
    return ops.cond(condition, compute, lambda: otherwise)


def _own_program(
    model: Any, *, while_traced: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> Any:
    """Make a training function that shares no compiled code with any other of the model."""
    original = model.train_step

    def train_step(*args: Any, **kwargs: Any) -> Any:
        with while_traced():
            return original(*args, **kwargs)

    # JAX keeps what it compiled by the function it was given, and methods are equal.
    own = vars(model).get("train_step")
    object.__setattr__(model, "train_step", train_step)
    try:
        model.make_train_function(force=True)
    finally:
        if own is None:
            object.__delattr__(model, "train_step")
        else:
            object.__setattr__(model, "train_step", own)
    return model.train_function


def inner_optimizer(optimizer: Any) -> Any:
    """Find the optimizer that applies gradients: the one inside a loss scaling one."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def accumulation(optimizer: Any) -> int:
    """Batches whose gradients are added up for one step."""
    return inner_optimizer(optimizer).gradient_accumulation_steps or 1


def batches_done(optimizer: Any) -> int:
    """Count the batches an optimizer was handed."""
    return int(ops.convert_to_numpy(inner_optimizer(optimizer)._iterations.value))

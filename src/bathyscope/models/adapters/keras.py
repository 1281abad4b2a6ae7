"""Keras 3 on any of its back ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import Unanswered
from bathyscope.models.adapters._keras.attention import (
    asking_for_weights,
    is_attention,
    without_flash,
)
from bathyscope.models.adapters._keras.calls import array_from, intercepted, replaced_call
from bathyscope.models.adapters._keras.differentiate import differentiate, no_gradients
from bathyscope.models.adapters._keras.inputs import CallInputs, is_floating
from bathyscope.models.adapters._keras.scalars import prepare_compiled, scalar
from bathyscope.models.adapters._keras.tree import Tree, tree_of
from bathyscope.models.border import (
    checked_values,
    explained_failure,
    require_called,
    require_differentiable,
    require_floating,
    require_floating_output,
    tensors_in,
    weights_by_call,
)
from bathyscope.models.lookup import find_layer, find_parameter
from bathyscope.models.protocol import Batch, Forward, Gradients, Layer, Loss, Target


def adapt(obj: Any) -> KerasModel | None:
    """Answer for a Keras model, or a single layer."""
    return KerasModel(obj) if isinstance(obj, keras.layers.Layer) else None


class KerasModel:
    """A Keras model that answers the five questions.

    Every pass runs eagerly, with ``training=False`` and in a scope where variables cannot
    change: batch statistics, seeds and metrics stay as they are. Arrays of bfloat16 and of
    8-bit floats come back as float32, which holds them exactly.

    Parameters
    ----------
    model : keras.Model or keras.layers.Layer
        Built: its variables exist.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    @property
    def framework(self) -> str:
        """``"keras (jax)"`` and so on: Keras and its back end."""
        return f"keras ({keras.backend.backend()})"

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def layers(self) -> tuple[Layer, ...]:
        """All layers, parents before children. See `Model.layers`."""
        return tuple(self._tree().layers)

    def parameters(self, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """Read parameters. See `Model.parameters`."""
        tree = self._tree()
        wanted = tree.variables if names is None else names
        for name in wanted:
            find_parameter(tree.layers, name)
        return {name: array_from(tree.variables[name].value) for name in wanted}

    def set_parameters(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Set parameters bit for bit. See `Model.set_parameters`."""
        tree = self._tree()
        for name, value in checked_values(tree.layers, values).items():
            tree.variables[name].assign(value)

    def forward(self, inputs: Batch, *, capture: Sequence[str] = ()) -> Forward:
        """Run a batch and capture layers. See `Model.forward`."""
        operations = self._operations(capture)
        outputs, seen = self._captured(inputs, CallInputs(self._model, inputs), operations)
        return Forward(
            outputs=tuple(array_from(t) for t in tensors_in(outputs, keras.ops.is_tensor)),
            captured=_arrays_by_layer(seen),
        )

    def gradients(
        self,
        inputs: Batch,
        target: Target,
        *,
        inputs_too: bool = True,
        layers: Sequence[str] = (),
        parameters: Sequence[str] = (),
    ) -> Gradients:
        """Differentiate a target. See `Model.gradients`."""
        operations = self._operations(layers)
        variables = self._trained_variables(parameters)
        call = CallInputs(self._model, inputs)
        by_inputs = call.floating() if inputs_too else []
        if inputs_too and not by_inputs:
            require_floating(inputs, others_wanted=bool(layers or parameters))
        zeros = self._zero_shifts(inputs, call, operations, target)
        leaves = {
            "inputs": [call.tensors[i] for i in by_inputs],
            "parameters": [variable.value for variable in variables.values()],
            "layers": zeros,
        }

        def function(leaves: list[Any]) -> Any:
            given = keras.tree.pack_sequence_as(structure, leaves)
            tensors = list(call.tensors)
            for i, tensor in zip(by_inputs, given["inputs"], strict=True):
                tensors[i] = tensor
            state = list(zip(variables.values(), given["parameters"], strict=True))
            with (
                keras.StatelessScope(state_mapping=state, collect_losses=True),
                intercepted(operations, _shifting(given["layers"])),
            ):
                return scalar(self._model, target, self._run(inputs, call.arguments(tensors)))

        structure = leaves
        value, derivatives = differentiate(function, keras.tree.flatten(leaves))
        found = keras.tree.pack_sequence_as(structure, [array_from(d) for d in derivatives])
        by_input = dict(zip(by_inputs, found["inputs"], strict=True))
        return Gradients(
            value=float(array_from(value)),
            inputs=_filled(call, by_input) if inputs_too else (),
            layers={name: tuple(found["layers"][name]) for name in operations},
            parameters=dict(zip(variables, found["parameters"], strict=True)),
        )

    def attention(
        self, inputs: Batch, *, layers: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Attention weights by layer. See `Model.attention`."""
        seen: dict[str, list[Any]] = {name: [] for name in self._attention_names(layers)}
        operations = self._operations(list(seen))
        call = CallInputs(self._model, inputs)
        with no_gradients(), keras.StatelessScope(), ExitStack() as stack:
            for name, operation in operations.items():
                stack.enter_context(without_flash(operation))
                stack.enter_context(replaced_call(operation, asking_for_weights(seen[name].append)))
            self._run(inputs, call.arguments(call.tensors))
        _require_called(seen)
        return weights_by_call(_arrays_by_layer(seen))

    def _tree(self) -> Tree:
        if not self._model.built:
            raise ValueError(
                f"`{self.name}` is not built: its parameters do not exist yet. "
                "Call it once on a batch, or call its `build(input_shape)`, before looking inside."
            )
        return tree_of(self._model)

    def _operations(self, names: Sequence[str]) -> dict[str, Any]:
        tree = self._tree()
        for name in names:
            find_layer(tree.layers, name)
        return {name: tree.operations[name] for name in names}

    def _trained_variables(self, names: Sequence[str]) -> dict[str, Any]:
        tree = self._tree()
        for name in names:
            require_differentiable(find_parameter(tree.layers, name))
        return {name: tree.variables[name] for name in names}

    def _run(self, inputs: Batch, arguments: tuple[Any, ...]) -> Any:
        with explained_failure(self.name, inputs):
            return self._model(*arguments, training=False)

    def _captured(
        self, inputs: Batch, call: CallInputs, operations: Mapping[str, Any]
    ) -> tuple[Any, dict[str, list[Any]]]:
        """Run once; give what the model returned, and what each operation did at each call."""
        seen: dict[str, list[Any]] = {name: [] for name in operations}

        def keep(name: str, tensor: Any) -> Any:
            seen[name].append(tensor)
            return tensor

        with no_gradients(), keras.StatelessScope(), intercepted(operations, keep):
            outputs = self._run(inputs, call.arguments(call.tensors))
        _require_called(seen)
        return outputs, seen

    def _zero_shifts(
        self, inputs: Batch, call: CallInputs, operations: Mapping[str, Any], target: Target
    ) -> dict[str, list[Any]]:
        """Give a zero tensor like the output of each call of the operations.

        The derivative by a layer's output is the derivative by something added to it.
        """
        is_compiled = isinstance(target, Loss) and target.kind == "compiled"
        if not operations and not is_compiled:
            return {}
        outputs, seen = self._captured(inputs, call, operations)
        if isinstance(target, Loss) and is_compiled:
            prepare_compiled(self._model, target, outputs)
        for name, tensors in seen.items():
            for tensor in tensors:
                require_floating_output(name, tensor.dtype, is_floating=is_floating(tensor))
        _arrays_by_layer(seen)  # refuses what has no value yet
        return {
            name: [keras.ops.zeros(tensor.shape, dtype=tensor.dtype) for tensor in tensors]
            for name, tensors in seen.items()
        }

    def _attention_names(self, layers: Sequence[str] | None) -> list[str]:
        tree = self._tree()
        able = [name for name, operation in tree.operations.items() if is_attention(operation)]
        if layers is None and not able:
            raise Unanswered(
                f"`{self.name}` has no layer that returns attention weights: none takes "
                "`return_attention_scores`, as `MultiHeadAttention` and `Attention` do."
            )
        for name in layers or ():
            find_layer(tree.layers, name)
            if name not in able:
                listing = ", ".join(f"`{known}`" for known in able) or "none"
                raise Unanswered(
                    f"Layer `{name}` returns no attention weights: it does not take "
                    f"`return_attention_scores`. Layers that do: {listing}."
                )
        return able if layers is None else list(layers)


def _shifting(shifts: Mapping[str, Sequence[Any]]) -> Any:
    """Add to each output of each layer what was given for that call."""
    rest = {name: iter(calls) for name, calls in shifts.items()}
    return lambda name, tensor: tensor + next(rest[name])


def _filled(call: CallInputs, by_input: Mapping[int, NDArray[Any]]) -> tuple[NDArray[Any], ...]:
    """Put zeros where an input cannot be differentiated by."""
    return tuple(
        by_input[i] if i in by_input else np.zeros(tuple(tensor.shape), np.float32)
        for i, tensor in enumerate(call.tensors)
    )


def _arrays_by_layer(seen: Mapping[str, Sequence[Any]]) -> dict[str, tuple[NDArray[Any], ...]]:
    return {
        name: tuple(array_from(tensor, layer=name) for tensor in tensors)
        for name, tensors in seen.items()
    }


def _require_called(seen: Mapping[str, Sequence[Any]]) -> None:
    for name, tensors in seen.items():
        require_called(name, len(tensors))

"""The tree of a Keras model's layers, and the variables each owns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import keras

from bathyscope.models.conventions import keras as conventions
from bathyscope.models.protocol import Layer, Parameter


@dataclass
class Tree:
    """Layers with the objects behind their names.

    Parameters
    ----------
    layers : list of Layer
    operations : dict
        Keras layer or operation by layer name.
    variables : dict
        Keras variable by parameter name.
    name_by_id : dict
        First name of each operation and variable, by its `id`.
    """

    layers: list[Layer] = field(default_factory=list)
    operations: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    name_by_id: dict[int, str] = field(default_factory=dict)


def tree_of(model: Any) -> Tree:
    """Walk a built model. A `keras.Model` itself is listed only if it owns variables."""
    tree = Tree()
    children = _children(model)
    is_model = isinstance(model, keras.Model) and bool(children)
    if not is_model or _own_variables(model, children):
        _add(tree, model, name=model.name, parent="", prefix="", uses=1)
    _add_children(tree, model, parent="", uses=1)
    return tree


def _add_children(tree: Tree, owner: Any, *, parent: str, uses: int) -> None:
    for child in _children(owner):
        if id(child) in tree.name_by_id:
            continue
        name = _unused(f"{parent}/{child.name}" if parent else child.name, tree.operations)
        count = uses * _count_uses(owner, child)
        _add(tree, child, name=name, parent=parent, prefix=f"{name}/", uses=count)
        _add_children(tree, child, parent=name, uses=count)
    _join(tree, owner, parent)


def _join(tree: Tree, owner: Any, parent: str) -> None:
    """Say of each child which other children it takes its inputs from, if there is a graph."""
    sources: dict[str, dict[str, None]] = {}
    for node in _nodes(owner):
        name = tree.name_by_id.get(id(node.operation))
        before = [tree.name_by_id.get(id(source.operation)) for source in node.parent_nodes]
        if name is not None:
            sources.setdefault(name, {}).update(dict.fromkeys(n for n in before if n is not None))
    for index, layer in enumerate(tree.layers):
        if layer.parent == parent and layer.name in sources:
            tree.layers[index] = replace(layer, inputs=tuple(sources[layer.name]))


def _add(tree: Tree, operation: Any, *, name: str, parent: str, prefix: str, uses: int) -> None:
    parameters = tuple(_parameters(tree, operation, name, prefix))
    tree.operations[name] = operation
    tree.name_by_id[id(operation)] = name
    tree.layers.append(
        Layer(
            name=name,
            kind=type(operation).__name__,
            parent=parent,
            parameters=parameters,
            output_shape=_output_shape(operation),
            uses=uses,
            trainable=bool(getattr(operation, "trainable", True)),
        )
    )


def _parameters(tree: Tree, layer: Any, name: str, prefix: str) -> Iterator[Parameter]:
    kind = type(layer).__name__
    states = {id(variable) for variable in getattr(layer, "_non_trainable_variables", ())}
    for variable in _own_variables(layer, _children(layer)):
        full_name = _unused(f"{prefix}{variable.name}", tree.variables)
        first_name = tree.name_by_id.setdefault(id(variable), full_name)
        tree.variables[full_name] = variable
        shape = tuple(int(length) for length in variable.shape)
        yield Parameter(
            name=full_name,
            layer=name,
            shape=shape,
            dtype=keras.backend.standardize_dtype(variable.dtype),
            role=conventions.role(kind, variable.name, is_state=id(variable) in states),
            axes=conventions.axes(kind, variable.name, shape, layer=layer.name),
            trainable=bool(variable.trainable),
            same_as="" if first_name == full_name else first_name,
        )


def _children(owner: Any) -> list[Any]:
    """Direct children: a graph's operations in their order, then other layers it holds."""
    held = owner._flatten_layers(include_self=False, recursive=False) if _is_layer(owner) else ()
    found = {id(child): child for child in (*getattr(owner, "operations", ()), *held)}
    return [c for c in found.values() if not isinstance(c, keras.layers.InputLayer)]


def _own_variables(layer: Any, children: list[Any]) -> list[Any]:
    if not _is_layer(layer):
        return []
    of_children = {id(v) for child in children if _is_layer(child) for v in child.weights}
    return [variable for variable in layer.weights if id(variable) not in of_children]


def _is_layer(operation: Any) -> bool:
    return isinstance(operation, keras.layers.Layer)


def _count_uses(owner: Any, child: Any) -> int:
    """Count the calls of a child in its owner's graph; 1 where there is no graph."""
    return max(1, sum(node.operation is child for node in _nodes(owner)))


def _nodes(owner: Any) -> list[Any]:
    """Give the calls in a model's graph; none where there is no graph."""
    graph = getattr(owner, "_functional", None) or owner
    return [node for nodes in getattr(graph, "_nodes_by_depth", {}).values() for node in nodes]


def _output_shape(operation: Any) -> tuple[int | None, ...] | None:
    """Give the shape if all symbolic calls of the operation agree on a single one."""
    shapes: set[tuple[int | None, ...]] = set()
    for node in operation._inbound_nodes:
        if len(node.outputs) != 1:
            return None
        shapes.add(tuple(node.outputs[0].shape))
    return shapes.pop() if len(shapes) == 1 else None


def _unused(name: str, used: dict[str, Any]) -> str:
    if name not in used:
        return name
    number = 1
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"

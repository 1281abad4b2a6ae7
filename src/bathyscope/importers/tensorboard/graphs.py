"""Graphs as layers: what a model's configuration or a graph of operations says of it.

The layers are described as a run's ``model`` event describes them (`docs/run-format.md`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bathyscope.importers.tensorboard import wire

#: Graphs of more operations are shown without the deepest ones.
_MOST = 5000
_DEEPEST = 64
_NODE, _NAME, _OP, _INPUT, _ATTRIBUTE = 1, 1, 2, 3, 5
_SHAPES = "_output_shapes"


@dataclass(frozen=True)
class Node:
    """An operation of a graph.

    Parameters
    ----------
    name : str
        Its path, parts joined by ``/``.
    op : str
    inputs : tuple of str
        Names of the operations whose outputs it takes.
    shape : tuple, optional
        Of its first output, with None for unknown sizes.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    shape: tuple[int | None, ...] | None = None


# GraphDef


def read_graph(data: bytes) -> list[Node]:
    """Read the operations of a GraphDef.

    Raises
    ------
    ValueError
        If the bytes are none.
    """
    return [_node(data, part) for part in wire.fields(data) if part.number == _NODE]


def _node(data: bytes, whole: wire.Field) -> Node:
    wire.content(data, whole)
    name, op, inputs, shape = "", "", list[str](), None
    for part in wire.fields(data, whole.start, whole.stop):
        if part.number == _NAME:
            name = wire.text(data, part)
        elif part.number == _OP:
            op = wire.text(data, part)
        elif part.number == _INPUT:
            # "^name" is waited for only, and "name:1" is its second output.
            inputs.append(wire.text(data, part).removeprefix("^").partition(":")[0])
        elif part.number == _ATTRIBUTE:
            shape = _shape_in(data, part) or shape
    return Node(name, op, tuple(dict.fromkeys(inputs)), shape)


def _shape_in(data: bytes, attribute: wire.Field) -> tuple[int | None, ...] | None:
    """Give the first of the output shapes, if an attribute tells them."""
    parts = {part.number: part for part in _inside(data, attribute)}
    if 1 not in parts or 2 not in parts or wire.text(data, parts[1]) != _SHAPES:
        return None
    for held in _inside(data, parts[2]):
        if held.number == 1:
            for shape in _inside(data, held):
                if shape.number == 7:
                    return _sizes(data, shape)
    return None


def _sizes(data: bytes, shape: wire.Field) -> tuple[int | None, ...] | None:
    sizes: list[int | None] = []
    for part in _inside(data, shape):
        if part.number == 3:
            return None
        if part.number == 2:
            told = [wire.integer(data, p) for p in _inside(data, part) if p.number == 1]
            sizes.append(told[-1] if told and told[-1] >= 0 else None if told else 0)
    return tuple(sizes)


def _inside(data: bytes, message: wire.Field) -> Iterable[wire.Field]:
    wire.content(data, message)
    return wire.fields(data, message.start, message.stop)


def graphs_in_run_metadata(data: bytes) -> list[bytes]:
    """Give the graphs that TensorFlow 2 traced (RunMetadata), before it made them faster."""
    found: list[bytes] = []
    for part in wire.fields(data):
        if part.number == 3:
            found.append(wire.content(data, part))
        elif part.number == 4:
            inner = wire.content(data, part)
            found += [wire.content(inner, p) for p in wire.fields(inner) if p.number == 2]
    return found


def graph_in_meta_graph(data: bytes) -> bytes:
    """Give the graph of a MetaGraphDef."""
    found = [wire.content(data, part) for part in wire.fields(data) if part.number == 2]
    return found[-1] if found else b""


def layers_of_graph(nodes: Iterable[Node]) -> list[dict[str, Any]]:
    """Make layers of operations: scopes contain those whose names go on behind theirs."""
    by_path = {_path(node.name): node for node in nodes if node.name}
    scopes = dict.fromkeys(path[:depth] for path in by_path for depth in range(1, len(path)))
    everything = sorted({**by_path, **scopes}, key=len)
    depth = _depth_shown(everything)
    inputs: dict[tuple[str, ...], dict[str, None]] = {}
    for path, node in by_path.items():
        for source in node.inputs:
            _join(inputs, _path(source), path)
    contained = {path for path in everything if len(path) < depth and path in scopes}
    order = {path: number for number, path in enumerate(everything)}
    shown = [path for path in everything if len(path) <= depth]
    # Each scope is followed by what it contains.
    shown.sort(key=lambda path: [order[path[:n]] for n in range(1, len(path) + 1)])
    return [
        _layer(path, by_path.get(path), inputs.get(path, {}), is_scope=path in contained)
        for path in shown
    ]


def _path(name: str) -> tuple[str, ...]:
    parts = tuple(part for part in name.split("/") if part) or (name,)
    return parts[:_DEEPEST]


def _depth_shown(paths: list[tuple[str, ...]]) -> int:
    """Give how deep one may look and still see no more than `_MOST`; at least one level."""
    for depth in range(max(map(len, paths), default=1), 1, -1):
        if sum(len(path) <= depth for path in paths) <= _MOST:
            return depth
    return 1


def _join(
    inputs: dict[tuple[str, ...], dict[str, None]], source: tuple[str, ...], target: tuple[str, ...]
) -> None:
    """Note that one operation feeds another: between the scopes where their paths part."""
    shared = 0
    while shared < min(len(source), len(target)) and source[shared] == target[shared]:
        shared += 1
    if shared < len(source) and shared < len(target):
        told = inputs.setdefault(target[: shared + 1], {})
        told["/".join(source[: shared + 1])] = None


def _layer(
    path: tuple[str, ...], node: Node | None, inputs: Mapping[str, None], *, is_scope: bool
) -> dict[str, Any]:
    shape = None if node is None or node.shape is None else list(node.shape)
    return {
        "name": "/".join(path),
        "kind": "" if node is None else node.op,
        "parent": "/".join(path[:-1]),
        "parameters": [],
        "output_shape": None if is_scope else shape,
        "inputs": list(inputs),
    }


# Keras


def layers_of_keras(config: bytes) -> tuple[str, list[dict[str, Any]]]:
    """Read the configuration that Keras's callback writes: the model's name and its layers.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        told = json.loads(config)
    except RecursionError:
        raise ValueError("a configuration that is nested too deeply") from None
    if not isinstance(told, dict) or not isinstance(told.get("config"), dict):
        raise ValueError("a configuration without layers")
    layers: list[dict[str, Any]] = []
    _keras_layers(told, "", layers)
    return str(told["config"].get("name", "")), layers


def _keras_layers(told: Mapping[str, Any], parent: str, found: list[dict[str, Any]]) -> None:
    entries = told["config"].get("layers")
    entries = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    before = ""
    for entry in entries:
        config = entry["config"] if isinstance(entry.get("config"), dict) else {}
        own = str(entry.get("name") or config.get("name") or "")
        name = f"{parent}/{own}" if parent else own
        sources = _keras_inputs(entry.get("inbound_nodes"))
        if sources is None:  # of a sequence
            sources = [before] if before else []
        prefix = f"{parent}/" if parent else ""
        found.append({
            "name": name,
            "kind": str(entry.get("class_name", "")),
            "parent": parent,
            "parameters": [],
            "trainable": config.get("trainable") is not False,
            "inputs": [f"{prefix}{source}" for source in sources],
            "uses": _uses(entry.get("inbound_nodes")),
        })  # fmt: skip
        before = own
        if isinstance(config.get("layers"), list) and name.count("/") < _DEEPEST:
            _keras_layers({"config": config}, name, found)


def _uses(nodes: Any) -> int:
    return max(1, len(nodes)) if isinstance(nodes, list) else 1


def _keras_inputs(nodes: Any) -> list[str] | None:
    """Give the layers whose outputs a layer takes, as Keras 2 and Keras 3 write it."""
    if not isinstance(nodes, list):
        return None
    found: dict[str, None] = {}
    pending: list[Any] = list(nodes)
    while pending:
        one = pending.pop(0)
        if isinstance(one, dict):
            history = one.get("keras_history")
            if isinstance(history, list) and history and isinstance(history[0], str):
                found[history[0]] = None
            else:
                pending += [v for v in one.values() if isinstance(v, (dict, list))]
        elif isinstance(one, list):
            if one and isinstance(one[0], str) and len(one) >= 3:
                found[one[0]] = None
            else:
                pending += [v for v in one if isinstance(v, (dict, list))]
    return list(found)

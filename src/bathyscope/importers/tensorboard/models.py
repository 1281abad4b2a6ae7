"""The model a log tells of, as a run's ``model`` event."""

from __future__ import annotations

from typing import Any

from bathyscope._names import MODEL_EVENT
from bathyscope.importers.tensorboard.graphs import (
    graph_in_meta_graph,
    graphs_in_run_metadata,
    layers_of_graph,
    layers_of_keras,
    read_graph,
)
from bathyscope.importers.tensorboard.log import ItemColumn
from bathyscope.importers.tensorboard.store import Store

_KERAS, _TRACED = "graph_keras_model", "graph_run_metadata_graph"


def model_event(store: Store, graphs: dict[str, ItemColumn]) -> dict[str, Any] | None:
    """Give the layers a log tells of; None if it tells none.

    A configuration of Keras says more than a graph of operations, and is taken first.

    Parameters
    ----------
    store : Store
    graphs : dict of str to ItemColumn
        What the plugin "graphs" keeps, by tag.

    Raises
    ------
    ValueError, OSError
        If what it tells cannot be read.
    """
    for plugin in (_KERAS, _TRACED):
        for tag, column in graphs.items():
            if column.metadata.plugin != plugin or not len(column):
                continue
            content = bytes(column.value(len(column) - 1).reshape(-1)[0])
            if plugin == _KERAS:
                name, layers = layers_of_keras(content)
                if layers:
                    return _event(name or tag, "keras", layers)
                continue
            nodes = [node for one in graphs_in_run_metadata(content) for node in read_graph(one)]
            if nodes:
                return _event(tag, "TensorFlow graph", layers_of_graph(nodes))
    data = store.graph.read() if store.graph else b""
    if not data and store.meta_graph:
        data = graph_in_meta_graph(store.meta_graph.read())
    layers = layers_of_graph(read_graph(data))
    return _event("", "graph", layers) if layers else None


def _event(name: str, framework: str, layers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kind": MODEL_EVENT, "name": name, "framework": framework, "layers": layers}

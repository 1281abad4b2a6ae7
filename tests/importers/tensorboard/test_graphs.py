"""Graphs become the layers of a run, as TensorFlow and Keras mean them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope.importers.tensorboard.graphs import (
    Node,
    layers_of_graph,
    layers_of_keras,
    read_graph,
)
from bathyscope.importers.tensorboard.source import TensorBoardRun
from bathyscope.models import layers_from_description
from bathyscope.views import Layers

graph_pb2 = pytest.importorskip("tensorboard.compat.proto.graph_pb2")
config_pb2 = pytest.importorskip("tensorboard.compat.proto.config_pb2")
event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
tensor_util = pytest.importorskip("tensorboard.util.tensor_util")
Event = event_pb2.Event
WriteEvents = Callable[..., Path]


def small_graph() -> Any:
    graph = graph_pb2.GraphDef()
    graph.node.add(name="x", op="Placeholder")
    shape = graph.node[0].attr["_output_shapes"].list.shape.add()
    for size in (-1, 784):
        shape.dim.add(size=size)
    graph.node.add(name="dense/kernel", op="Variable")
    graph.node.add(name="dense/MatMul", op="MatMul", input=["x", "dense/kernel:0"])
    graph.node.add(name="loss/mean", op="Mean", input=["dense/MatMul:1", "^x"])
    return graph


def by_name(layers: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {layer["name"]: layer for layer in layers}


def test_operations_are_read_as_tensorflow_wrote_them() -> None:
    assert read_graph(small_graph().SerializeToString()) == [
        Node("x", "Placeholder", (), (None, 784)),
        Node("dense/kernel", "Variable", ()),
        Node("dense/MatMul", "MatMul", ("x", "dense/kernel")),
        Node("loss/mean", "Mean", ("dense/MatMul", "x")),
    ]


def test_scopes_contain_operations_and_feed_each_other() -> None:
    layers = layers_of_graph(read_graph(small_graph().SerializeToString()))
    found = by_name(layers)
    assert [layer["name"] for layer in layers] == [
        "x", "dense", "dense/kernel", "dense/MatMul", "loss", "loss/mean",
    ]  # fmt: skip
    assert found["dense"]["inputs"] == ["x"]
    assert found["loss"]["inputs"] == ["dense", "x"]
    assert found["dense/MatMul"]["inputs"] == ["dense/kernel"]
    assert found["dense/MatMul"]["parent"] == "dense"
    assert found["x"]["output_shape"] == [None, 784]
    assert layers_from_description({"layers": layers})[2].kind == "Variable"


def test_graphs_of_many_operations_are_shown_without_the_deepest() -> None:
    nodes = [Node(f"scope{i % 7}/op{i}", "Add", ()) for i in range(6000)]
    assert len(layers_of_graph(nodes)) == 7


KERAS_2 = {
    "class_name": "Model",
    "config": {"name": "net", "layers": [
        {"class_name": "InputLayer", "name": "in", "config": {"name": "in"}, "inbound_nodes": []},
        {"class_name": "Dense", "name": "a", "config": {"name": "a", "trainable": False},
         "inbound_nodes": [[["in", 0, 0, {}]]]},
        {"class_name": "Add", "name": "sum", "config": {},
         "inbound_nodes": [[["a", 0, 0, {}], ["in", 0, 0, {}]]]},
    ]},
}  # fmt: skip


def tensor_of(name: str) -> dict[str, Any]:
    history = {"keras_history": [name, 0, 0], "shape": [None, 3]}
    return {"class_name": "__keras_tensor__", "config": history}


def test_configurations_of_both_kerases() -> None:
    name, layers = layers_of_keras(json.dumps(KERAS_2).encode())
    assert name == "net"
    assert [(layer["name"], layer["inputs"]) for layer in layers] == [
        ("in", []), ("a", ["in"]), ("sum", ["a", "in"]),
    ]  # fmt: skip
    assert [layer["trainable"] for layer in layers] == [True, False, True]
    keras_3 = json.loads(json.dumps(KERAS_2))
    keras_3["config"]["layers"][2]["inbound_nodes"] = [
        {"args": [[tensor_of("a"), tensor_of("in")]], "kwargs": {}}
    ]
    assert layers_of_keras(json.dumps(keras_3).encode()) == (name, layers)


def test_a_real_model_of_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    keras = pytest.importorskip("keras")
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="deep")], name="inner")
    x = keras.Input((4,), name="x")
    y = inner(x)
    both = keras.layers.Concatenate(name="both")([x, y])
    model = keras.Model(x, keras.layers.Dense(2, name="last")(both))
    name, layers = layers_of_keras(model.to_json().encode())
    found = by_name(layers)
    assert name == model.name
    assert found["both"]["inputs"] == ["x", "inner"]
    assert found["last"]["inputs"] == ["both"]
    assert found["inner/deep"]["parent"] == "inner"
    assert [found[layer.name]["kind"] for layer in model.layers] == [
        type(layer).__name__ for layer in model.layers
    ]


def keras_event(config: bytes) -> Any:
    event = Event(step=0)
    value = event.summary.value.add(tag="keras")
    value.metadata.plugin_data.plugin_name = "graph_keras_model"
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(config))
    return event


def test_a_log_shows_its_graph_as_layers(tmp_path: Path, write_events: WriteEvents) -> None:
    graph = Event(graph_def=small_graph().SerializeToString())
    write_events(tmp_path / "plain" / "x.tfevents", graph)
    run = TensorBoardRun(tmp_path / "plain")
    (told,) = run.events("model")
    assert (told["framework"], len(told["layers"])) == ("graph", 6)
    assert Layers.from_run(run).columns()["layer"].tolist()[0] == "x"
    write_events(
        tmp_path / "keras" / "x.tfevents", graph, keras_event(json.dumps(KERAS_2).encode())
    )
    (told,) = TensorBoardRun(tmp_path / "keras").events("model")
    assert (told["framework"], told["name"]) == ("keras", "net")


def test_a_traced_function_shows_the_graph_before_it_was_made_faster(
    tmp_path: Path, write_events: WriteEvents
) -> None:
    metadata = config_pb2.RunMetadata()
    metadata.function_graphs.add().pre_optimization_graph.CopyFrom(small_graph())
    event = Event(step=0)
    value = event.summary.value.add(tag="traced")
    value.metadata.plugin_data.plugin_name = "graph_run_metadata_graph"
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(metadata.SerializeToString()))
    write_events(tmp_path / "x.tfevents", event)
    (told,) = TensorBoardRun(tmp_path).events("model")
    assert (told["name"], len(told["layers"])) == ("traced", 6)


def test_a_damaged_graph_is_told(tmp_path: Path, write_events: WriteEvents) -> None:
    write_events(tmp_path / "x.tfevents", keras_event(b'{"config": 3}'))
    run = TensorBoardRun(tmp_path)
    assert run.events("model") == []
    assert run.faults() == ("the graph holds a configuration without layers; left out",)


def test_the_graphs_of_the_real_logs_are_shown(real_log: Path) -> None:
    for path in {file.parent for file in real_log.rglob("*tfevents*")}:
        run = TensorBoardRun(path)
        for told in run.events("model"):
            names = [layer["name"] for layer in told["layers"]]
            assert len(set(names)) == len(names)
            assert Layers.from_run(run).figure().panels
        assert run.faults() == ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["config", "layers", "name", "inbound_nodes",
                                       "keras_history", "class_name"]), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(told=VALUES)
def test_any_configuration_is_read_or_refused(told: Any) -> None:
    try:
        _, layers = layers_of_keras(json.dumps({"config": told}).encode())
    except ValueError:
        return
    layers_from_description({"layers": layers})


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=80), names=st.lists(st.text(max_size=6), max_size=8))
def test_any_graph_is_read_or_refused(data: bytes, names: list[str]) -> None:
    nodes = [Node(name, "", tuple(names)) for name in names]
    layers = layers_of_graph(nodes)
    assert all(isinstance(layer["inputs"], list) for layer in layers)
    try:
        layers_of_graph(read_graph(data))
    except ValueError:
        return


# The embedding projector

CONFIG = """
# vectors of two steps
embeddings {
  tensor_name: "default:00010"
  tensor_path: "00010/default/tensors.tsv"
  metadata_path: "00010/default/metadata.tsv"
  sprite { image_path: '00010/default/sprite.png' single_image_dim: 3 single_image_dim: 2 }
}
embeddings { tensor_name: "words" tensor_path: "words.tsv" metadata_path: "names.tsv" }
embeddings { tensor_name: "lost/.ATTRIBUTES/VARIABLE_VALUE" }
embeddings { tensor_name: "outside" tensor_path: "../../secret.tsv" }
"""


@pytest.fixture
def projected(tmp_path: Path, write_events: WriteEvents) -> Path:
    from PIL import Image

    folder = tmp_path / "deep" / "log"
    write_events(folder / "x.tfevents", Event(step=0))
    inner = folder / "00010" / "default"
    inner.mkdir(parents=True)
    (tmp_path / "secret.tsv").write_text("1\t2\n")
    (folder / "projector_config.pbtxt").write_text(CONFIG)
    (inner / "tensors.tsv").write_text("0.5\t1\n2\t3\n4\t5\n6\t7\n8\t9\n")
    (inner / "metadata.tsv").write_text("cat\ndog\ncat\ndog\ncat\n")
    tiles = np.arange(6, dtype=np.uint8)[:, None, None] * 40 + np.zeros((2, 3), np.uint8)
    sprite = tiles.reshape(2, 3, 2, 3).swapaxes(1, 2).reshape(4, 9)
    Image.fromarray(sprite).save(inner / "sprite.png")
    (folder / "words.tsv").write_text("1\t2\n3\t4\n")
    (folder / "names.tsv").write_text("word\tcount\nthe\t7\na\t5\n")
    return folder


def test_embeddings_are_features_images_and_what_is_said_of_them(projected: Path) -> None:
    run = TensorBoardRun(projected)
    assert run.array_groups() == ("features/default", "features/words", "inputs/default")
    assert run.array_steps("features/default") == (10,)
    vectors = run.arrays("features/default")
    assert vectors["default"].tolist() == [[0.5, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    images = run.arrays("inputs/default", step=10)["inputs"]
    assert images.shape == (5, 2, 3)
    assert images[:, 0, 0].tolist() == [0, 40, 80, 120, 160]
    assert run.table("metadata/default")["text"].tolist() == ["cat", "dog", "cat", "dog", "cat"]
    table = run.table("shown/words")
    assert (table["word"].tolist(), table["count"].tolist()) == (["the", "a"], ["7", "5"])
    (note,) = [event["text"] for event in run.events("note")][:1]
    assert "`lost/.ATTRIBUTES/VARIABLE_VALUE` lie in a checkpoint" in note


def test_no_file_outside_of_the_log_is_read(projected: Path) -> None:
    run = TensorBoardRun(projected)
    assert not any("outside" in group for group in run.array_groups())


def test_embeddings_that_cannot_be_read_say_so(projected: Path) -> None:
    from bathyscope import DamagedFile

    run = TensorBoardRun(projected)
    (projected / "words.tsv").write_text("1\t2\n3\n")
    with pytest.raises(DamagedFile, match="vectors of different lengths"):
        run.arrays("features/words")
    (projected / "words.tsv").write_text("one\n")
    with pytest.raises(DamagedFile, match="features/words"):
        run.arrays("features/words")
    (projected / "words.tsv").unlink()
    with pytest.raises(DamagedFile, match="No such file"):
        run.arrays("features/words")
    path = projected / "projector_config.pbtxt"
    path.write_text("embeddings { tensor_name")
    os.utime(path, (5, 5))
    assert run.array_groups() == ()
    assert "ends within a field" in run.events("note")[0]["text"]


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet="{}<>:\"'#\n abc_1\\", max_size=60) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    from bathyscope.importers.tensorboard.projector import read_config

    folder = tmp_path_factory.mktemp("config")
    (folder / "projector_config.pbtxt").write_bytes(
        f"embeddings {{ {text}".encode(errors="replace")
    )
    try:
        read_config(folder)
    except ValueError as error:
        assert "projector_config" in str(error)

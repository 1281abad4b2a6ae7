from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Graph, Table
from bathyscope.models import Layer, Parameter, adapt, describe
from bathyscope.views.layers import Layers


def _parameter(name: str, layer: str, shape: tuple[int, ...], **about: Any) -> Parameter:
    return Parameter(
        name, layer, shape, "float32", about.pop("role", "weight"), ("",) * len(shape), **about
    )


def _chain(count: int) -> list[Layer]:
    return [
        Layer(f"layer_{i:03d}", "Dense", inputs=(f"layer_{i - 1:03d}",) if i else ())
        for i in range(count)
    ]


def _nested(*, blocks: int, parts: int) -> list[Layer]:
    made = [Layer("stack", "ModuleList")]
    for block in range(blocks):
        name = f"stack.{block}"
        made.append(Layer(name, "Block", parent="stack"))
        made += [Layer(f"{name}.part{i}", "Linear", parent=name) for i in range(parts)]
    return made


def examples() -> dict[str, views.View]:
    one = Layer("dense", "Dense", "", (_parameter("dense/kernel", "dense", (3, 2)),), (None, 2))
    return {
        "one": views.layers([one], name="tiny"),
        "chain of 200": views.layers(_chain(200)),
        "nested": views.layers(_nested(blocks=3, parts=4)),
        "unknown flow": views.layers([Layer("编码器", "卷积"), Layer("b" * 60, "Linear")]),
    }


def test_flow_follows_the_graph_of_a_keras_model(keras_model: Any) -> None:
    view = Layers.from_model(keras_model)
    graph = view.figure().panels[0].marks[0]
    assert isinstance(graph, Graph)
    names = graph.ids.values.tolist()
    joined = {(names[a], names[b]) for a, b in graph.edges}
    assert joined == {
        ("first", "second"), ("first", "joined"), ("second", "joined"),
        ("joined", "flat"), ("flat", "scores"),
    }  # fmt: skip


def test_parameters_are_counted_as_keras_counts_them(keras_model: Any) -> None:
    columns = Layers.from_model(keras_model).columns()
    assert columns["parameters"].sum() == keras_model.count_params()
    assert columns["output_shape"].tolist()[0] == "8 × 8 × 4"


def test_parameters_are_counted_as_torch_counts_them(torch_model: Any) -> None:
    columns = Layers.from_model(torch_model).columns()
    trained = sum(p.numel() for p in torch_model.parameters() if p.requires_grad)
    saved = sum(tensor.numel() for tensor in torch_model.state_dict().values())
    assert columns["trainable"].sum() == trained
    assert columns["parameters"].sum() == saved
    note = Layers.from_model(torch_model).figure().panels[-1].note
    assert f"{saved - trained} are running statistics" in note


def test_a_nested_keras_model_is_one_box_and_can_be_opened() -> None:
    keras = pytest.importorskip("keras")
    inside = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(4, name="a"), keras.layers.Dense(4, name="b")],
        name="twice",
    )
    entrance = keras.Input((4,))
    out = keras.layers.Add(name="sum")([inside(inside(entrance)), entrance])
    model = keras.Model(entrance, out)
    view = Layers.from_model(model)
    graph = view.figure().panels[0].marks[0]
    assert graph.ids.values.tolist() == ["twice", "sum"]
    assert graph.edges.tolist() == [[0, 1]]
    assert graph.labels[0].endswith("2 layers, 40 parameters")
    assert dict(zip(view.columns()["layer"], view.columns()["uses"], strict=True))["twice"] == 2
    opened = Layers.from_model(model, "twice").figure().panels[0].marks[0]
    assert opened.ids.values.tolist() == ["twice/a", "twice/b"]
    assert opened.edges.tolist() == [[0, 1]]


def test_a_torch_sequence_is_a_chain(torch_model: Any) -> None:
    graph = Layers.from_model(torch_model).figure().panels[0].marks[0]
    assert graph.edges.tolist() == [[0, 1], [1, 2], [2, 3]]


def test_no_arrow_is_invented_where_the_flow_is_unknown() -> None:
    torch = pytest.importorskip("torch")

    class Branching(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)

        def forward(self, x: Any) -> Any:
            return self.a(x) + self.b(x)

    figure = Layers.from_model(Branching()).figure()
    assert [panel.marks[0].type for panel in figure.panels] == ["table"]
    assert "not known" in figure.note


def test_nested_layers_are_drawn_as_a_tree_with_their_totals() -> None:
    layers = [
        Layer("block", "Block"),
        Layer("block.a", "Linear", "block", (_parameter("block.a.w", "block.a", (4, 5)),)),
        Layer("block.b", "Linear", "block", (_parameter("block.b.w", "block.b", (5, 2)),)),
    ]
    graph = views.layers(layers).figure().panels[0].marks[0]
    assert graph.edges.tolist() == [[0, 1], [0, 2]]
    assert graph.labels[0] == "block\nBlock\n2 layers, 30 parameters"
    assert graph.labels[1] == "a\nLinear\n20 parameters"


def test_deep_trees_are_folded_and_the_rest_is_counted() -> None:
    layers = _nested(blocks=8, parts=10)
    graph_panel, table_panel = views.layers(layers).figure().panels
    assert len(graph_panel.marks[0].labels) == 9
    assert "80 deeper layers" in graph_panel.note
    assert len(table_panel.marks[0].columns["layer"]) == len(layers)


def test_inside_shows_one_part() -> None:
    figure = views.layers(_nested(blocks=2, parts=3), inside="stack.1").figure()
    table = figure.panels[-1].marks[0]
    assert isinstance(table, Table)
    assert table.columns["layer"].tolist() == [
        "stack.1", "stack.1.part0", "stack.1.part1", "stack.1.part2",
    ]  # fmt: skip


def test_long_chains_are_broken_into_few_columns() -> None:
    graph = views.layers(_chain(200)).figure().panels[0].marks[0]
    places = set(zip(graph.x.tolist(), graph.y.tolist(), strict=True))
    assert len(places) == 200
    assert len(set(graph.x.tolist())) <= 6


def test_shared_arrays_are_counted_once() -> None:
    layers = [
        Layer("embed", "Embedding", "", (_parameter("embed.w", "embed", (10, 4)),)),
        Layer("head", "Linear", "", (_parameter("head.w", "head", (10, 4), same_as="embed.w"),)),
    ]
    view = views.layers(layers)
    assert view.columns()["parameters"].tolist() == [40, 0]
    assert "1 shared array counted once" in view.figure().panels[-1].note


def test_frozen_parameters_are_not_counted_as_trained() -> None:
    frozen = _parameter("a.w", "a", (3, 3), trainable=False)
    columns = views.layers([Layer("a", "Dense", "", (frozen,))]).columns()
    assert (columns["parameters"][0], columns["trainable"][0]) == (9, 0)


def test_a_run_shows_the_model_it_recorded(keras_model: Any, run_writer: Any) -> None:
    writer = run_writer("model")
    writer.log_event("model", **describe(adapt(keras_model)))
    run = bs.open(writer.path)
    live, read = Layers.from_model(keras_model), Layers.from_run(run)
    assert read.layers == live.layers
    assert read.figure().title == live.figure().title
    assert [offer.title for offer in Layers.offers(run)] == ["Layers of the model"]


def test_a_run_without_a_model_says_so(run_writer: Any) -> None:
    without = run_writer("forest")
    without.log_event("model", framework="sklearn", name="RandomForestClassifier", layers=[])
    for run in (bs.open(run_writer("empty").path), bs.open(without.path)):
        assert not list(Layers.offers(run))
        with pytest.raises(bs.NotRecorded, match="must hold a model's layers"):
            Layers.from_run(run)


def test_wrong_names_and_empty_models_are_errors() -> None:
    with pytest.raises(bs.UnknownName, match=r"stack\.1"):
        views.layers(_nested(blocks=2, parts=1), inside="stack.l")
    with pytest.raises(ValueError, match="at least one layer"):
        views.layers([])


def test_boxes_carry_layer_ids(keras_model: Any) -> None:
    graph_panel, table_panel = Layers.from_model(keras_model).figure().panels
    assert graph_panel.marks[0].ids.kind == table_panel.marks[0].ids.kind == "layer"
    assert np.array_equal(graph_panel.marks[0].ids.values, table_panel.marks[0].ids.values)

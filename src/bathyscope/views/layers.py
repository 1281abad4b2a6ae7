"""The layers of a model, as a graph and as a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names
from bathyscope._errors import NotRecorded
from bathyscope.figures import Figure, Graph, Ids, Panel, Table
from bathyscope.figures.marks import Tone
from bathyscope.models import Layer, find_layer, layers_from_description
from bathyscope.views._layer_graph import UNKNOWN_FLOW, LayerGraph, graph_of
from bathyscope.views._parameters import as_model
from bathyscope.views._words import count_text, sentences, shape_text
from bathyscope.views.base import Offer, RunData, View, register


@register(room="overview", place=10)
@dataclass(frozen=True, eq=False)
class Layers(View):
    """The layers of a model.

    Parameters
    ----------
    layers : tuple of Layer
        Parents before children.
    name, framework : str
        Of the model.
    inside : str
        The layer whose children the graph shows; "" for the model's own.

    Examples
    --------
    >>> from bathyscope import views
    >>> from bathyscope.models import Layer
    >>> view = views.layers([Layer("hidden", "Dense"), Layer("output", "Dense")])
    >>> view.columns()["kind"].tolist()
    ['Dense', 'Dense']
    """

    layers: tuple[Layer, ...]
    name: str = ""
    framework: str = ""
    inside: str = ""

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError("`layers` must hold at least one layer; got none.")
        if self.inside:
            find_layer(self.layers, self.inside)

    @classmethod
    def from_model(cls, model: Any, inside: str = "") -> Layers:
        """Show the layers of a model, or of a file of weights.

        Parameters
        ----------
        model : bathyscope.models.Model, or a model `bathyscope.inspect` takes
        inside : str
            The layer whose children the graph shows; by default the model's own.

        Raises
        ------
        UnknownName
            If there is no such layer.
        """
        model = as_model(model)
        return cls(model.layers(), model.name, model.framework, inside)

    @classmethod
    def from_run(cls, run: RunData, inside: str = "") -> Layers:
        """Show the layers of the model a run recorded, the last one if it recorded several.

        Raises
        ------
        NotRecorded
            If the run holds no layers.
        """
        told = _last_model(run)
        if told is None:
            raise NotRecorded(
                f"The run `{run.name}` must hold a model's layers; it does not. "
                "Record them with `run.keras(...)` or `run.watch(...)`."
            )
        layers = layers_from_description(told)
        return cls(layers, str(told.get("name", "")), str(told.get("framework", "")), inside)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the layers where a model that has some was recorded."""
        if _last_model(run) is not None:
            yield Offer("Layers of the model")

    def figure(self) -> Figure:
        """Draw what joins the layers, where that is known, and the table of all layers."""
        graph = graph_of(self.layers, self.inside)
        title = f"Layers of {self.name or 'the model'}"
        if self.framework:
            title = f"{title}, {self.framework}"
        if not len(graph.edges):
            note = UNKNOWN_FLOW if len(graph.layers) > 1 else ""
            return Figure(title, (self._table_panel(),), note=note)
        return Figure(title, (self._graph_panel(graph), self._table_panel()))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Give one row per layer; ``parameters`` counts its own, not its children's."""
        shapes = [_output_text(layer) for layer in self.layers]
        return {
            "layer": np.array([layer.name for layer in self.layers], dtype=np.str_),
            "kind": np.array([layer.kind for layer in self.layers], dtype=np.str_),
            "parent": np.array([layer.parent for layer in self.layers], dtype=np.str_),
            "output_shape": np.array(shapes, dtype=np.str_),
            "parameters": np.array([count_of(layer) for layer in self.layers], dtype=np.int64),
            "trainable": np.array([trainable_count(layer) for layer in self.layers], np.int64),
            "uses": np.array([layer.uses for layer in self.layers], dtype=np.int64),
        }

    def _graph_panel(self, graph: LayerGraph) -> Panel:
        shown = [self.layers[index] for index in graph.layers]
        mark = Graph(
            labels=tuple(_label(layer, self._all_inside(layer), graph.roots) for layer in shown),
            x=graph.x,
            y=graph.y,
            edges=graph.edges,
            tones=tuple(_tone(self._all_inside(layer)) for layer in shown),
            label="layers",
            ids=Ids("layer", np.array([layer.name for layer in shown], dtype=np.str_)),
        )
        title = f"Inside {self.inside}" if self.inside else ""
        return Panel((mark,), title=title, note=graph.note)

    def _all_inside(self, layer: Layer) -> list[Layer]:
        """Give a layer and everything below it."""
        names = {layer.name}
        found = [layer]
        for other in self.layers:
            if other.parent in names and other.name not in names:
                names.add(other.name)
                found.append(other)
        return found

    def _table_panel(self) -> Panel:
        every = self.columns()
        kept = np.isin(every["layer"], self._in_scope())
        columns = {name: values[kept] for name, values in every.items()}
        shown = {
            "layer": columns["layer"],
            "kind": columns["kind"],
            "output": columns["output_shape"],
            "parameters": columns["parameters"],
            "trainable": columns["trainable"],
        }
        if not any(layer.parameters for layer in self.layers):  # then none of them are known
            del shown["parameters"], shown["trainable"]
        if (columns["uses"] > 1).any():
            shown["uses"] = columns["uses"]
        told = {name: values for name, values in shown.items() if _says_something(values)}
        table = Table(
            told,
            formats={name: ",d" for name in ("parameters", "trainable", "uses") if name in told},
            bars=("parameters",) if "parameters" in told else (),
            ids=Ids("layer", columns["layer"]),
        )
        return Panel((table,), note=self._table_note(columns))

    def _in_scope(self) -> list[str]:
        """Name the layers the picture is about: all, or those inside one."""
        if not self.inside:
            return [layer.name for layer in self.layers]
        return [layer.name for layer in self._all_inside(find_layer(self.layers, self.inside))]

    def _table_note(self, columns: Mapping[str, NDArray[Any]]) -> str:
        total, trained = int(columns["parameters"].sum()), int(columns["trainable"].sum())
        shown = [layer for layer in self.layers if layer.name in set(columns["layer"].tolist())]
        owned = [parameter for layer in shown for parameter in layer.parameters]
        if not any(layer.parameters for layer in self.layers):
            return f"{count_text(len(shown), 'layer')}; no parameters are recorded of them."
        tied = [parameter for parameter in owned if parameter.same_as]
        states = sum(int(np.prod(p.shape)) for p in owned if p.role == "state" and not p.same_as)
        return sentences(
            [
                f"{count_text(len(shown), 'layer')}, {count_text(total, 'parameter')}, "
                f"of which {trained:,} are trained.",
                f"{states:,} are running statistics." if states else "",
                f"{count_text(len(tied), 'shared array')} counted once." if tied else "",
            ]
        )


def layers(described: Sequence[Layer], *, name: str = "", inside: str = "") -> Layers:
    """Show layers.

    Parameters
    ----------
    described : sequence of Layer
        Parents before children (see `bathyscope.models.Layer`).
    name : str
        Of the model.
    inside : str
        The layer whose children the graph shows; by default those without a parent.

    Raises
    ------
    ValueError
        If there are no layers.
    UnknownName
        If there is no layer of the name ``inside``.
    """
    return Layers(tuple(described), name, inside=inside)


def _last_model(run: RunData) -> Mapping[str, Any] | None:
    """Give what was last said of a model; None if it has no layers, as a forest has none."""
    told = run.events(_names.MODEL_EVENT)
    return told[-1] if told and told[-1].get("layers") else None


def count_of(layer: Layer) -> int:
    """Numbers in the parameters a layer owns; an array shared with an earlier one counts there."""
    return sum(int(np.prod(p.shape)) for p in layer.parameters if not p.same_as)


def trainable_count(layer: Layer) -> int:
    """Those of them that training changes."""
    return sum(int(np.prod(p.shape)) for p in layer.parameters if p.trainable and not p.same_as)


def _output_text(layer: Layer) -> str:
    if layer.output_shape is None:
        return ""
    return shape_text(layer.output_shape[1:]) if len(layer.output_shape) > 1 else "a number"


def _label(layer: Layer, all_inside: Sequence[Layer], roots: Collection[str]) -> str:
    own_name = layer.name
    if layer.parent and layer.name not in roots:
        own_name = layer.name[len(layer.parent) + 1 :]
    shape = _output_text(layer)
    kind = f"{layer.kind} → {shape}" if shape else layer.kind
    count = sum(count_of(item) for item in all_inside)
    below = len(all_inside) - 1
    size = count_text(count, "parameter") if count else ""
    if below:
        size = f"{count_text(below, 'layer')}, {size}" if size else count_text(below, "layer")
    return "\n".join(line for line in (own_name, kind, size) if line)


def _tone(all_inside: Sequence[Layer]) -> Tone:
    if any(trainable_count(item) for item in all_inside):
        return "accent"
    return "ink" if any(count_of(item) for item in all_inside) else "muted"


def _says_something(values: NDArray[Any]) -> bool:
    return values.dtype.kind != "U" or bool((values != "").any())

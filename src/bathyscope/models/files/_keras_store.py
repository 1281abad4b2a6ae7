"""The weights file of Keras 3: groups by place in the model, variables by number.

Each group says its layer's own name, so paths of names can be rebuilt; which variable is the
kernel follows from the layer's class.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bathyscope.models.conventions import keras as conventions
from bathyscope.models.files._hdf5 import dtype_of, is_group, members
from bathyscope.models.files._keras_config import Described, by_place
from bathyscope.models.protocol import Layer, Parameter

#: What Keras keeps in the same file that is no layer of the model.
_NO_LAYERS = ("vars", "seed_generator", "optimizer")
#: Order of the parts of a layer, where the alphabet's is not the layer's.
_PART_ORDER = (
    "forward_layer",
    "backward_layer",
    "query_dense",
    "key_dense",
    "value_dense",
    "_softmax",
    "_dropout_layer",
    "output_dense",
)


@dataclass
class Store:
    """Layers of a weights file, and where their parameters are in it.

    Parameters
    ----------
    layers : list of Layer
    places : dict
        Place in the file by parameter name.
    """

    layers: list[Layer] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def add_model(self, file: Any, model: Described) -> None:
        """Add everything in a weights file."""
        name = _own_name(file, "") or model.name or "model"
        if "vars" in file and len(file["vars"]):
            self._add(file, model, name=name, parent="", prefix="", uses=1)
        self._add_parts(file, model, parent="", uses=1)

    def _add_parts(self, group: Any | None, owner: Described, *, parent: str, uses: int) -> None:
        found = members(group) if group is not None else {}
        parts = owner.parts()
        layers = members(found.pop("layers")) if parts and "layers" in found else {}
        for place, part in by_place(parts):
            self._add_layer(layers.pop(place, None), part, place, parent=parent, uses=uses)
        self._add_container(layers, parent=parent, uses=uses)
        for place in sorted(found, key=_part_rank):
            member = found[place]
            if place in _NO_LAYERS or not is_group(member):
                continue
            if "vars" in member:
                self._add_layer(member, owner.held(place), place, parent=parent, uses=uses)
            else:
                self._add_container(members(member), parent=parent, uses=uses)

    def _add_container(self, found: dict[str, Any], *, parent: str, uses: int) -> None:
        """Add the layers of a list or dictionary, whose groups are called after their class."""
        for place, member in found.items():
            if place in _NO_LAYERS or not is_group(member):
                continue
            if "vars" in member:
                part = Described(conventions.kind_from_snake_case(place))
                if part.kind != "InputLayer":
                    self._add_layer(member, part, place, parent=parent, uses=uses)
            else:
                self._add_container(members(member), parent=parent, uses=uses)

    def _add_layer(
        self, group: Any | None, layer: Described, place: str, *, parent: str, uses: int
    ) -> None:
        own = _own_name(group, layer.name or place)
        if not layer.kind:
            layer = Described(_kind_from_name(own, group))
        name = _unused(f"{parent}/{own}" if parent else own, {known.name for known in self.layers})
        count = uses * layer.uses
        self._add(group, layer, name=name, parent=parent, prefix=f"{name}/", uses=count)
        self._add_parts(group, layer, parent=name, uses=count)

    def _add(
        self,
        group: Any | None,
        layer: Described,
        *,
        name: str,
        parent: str,
        prefix: str,
        uses: int,
    ) -> None:
        self.layers.append(
            Layer(
                name=name,
                kind=layer.kind,
                parent=parent,
                parameters=self._parameters(group, layer, name, prefix),
                uses=uses,
                trainable=bool(layer.settings.get("trainable", True)),
            )
        )

    def _parameters(
        self, group: Any | None, layer: Described, name: str, prefix: str
    ) -> tuple[Parameter, ...]:
        variables = list(members(group["vars"]).values()) if group is not None else []
        shapes = [tuple(int(n) for n in variable.shape) for variable in variables]
        own_names = conventions.variable_names(layer.kind, layer.settings, shapes)
        own_layer = name.rpartition("/")[2]
        parameters: list[Parameter] = []
        for variable, own, shape in zip(variables, own_names, shapes, strict=True):
            role = conventions.role(layer.kind, own)
            self.places[f"{prefix}{own}"] = variable.name
            parameters.append(
                Parameter(
                    name=f"{prefix}{own}",
                    layer=name,
                    shape=shape,
                    dtype=dtype_of(variable),
                    role=role,
                    axes=conventions.axes(layer.kind, own, shape, layer=own_layer),
                    trainable=role != "state" and bool(layer.settings.get("trainable", True)),
                )
            )
        return tuple(parameters)


def _own_name(group: Any | None, otherwise: str) -> str:
    if group is None or "vars" not in group:
        return otherwise
    name = group["vars"].attrs.get("name", otherwise)
    return name.decode() if isinstance(name, bytes) else str(name)


def _kind_from_name(own: str, group: Any | None) -> str:
    """Trust a name that Keras itself gives to a class, if the layer has variables to match."""
    kind = conventions.kind_from_snake_case(own)
    count = len(group["vars"]) if group is not None else 0
    return kind if count == 0 or count == conventions.count_variables(kind) else ""


def _part_rank(place: str) -> tuple[int, str]:
    return (_PART_ORDER.index(place) if place in _PART_ORDER else len(_PART_ORDER), place)


def _unused(name: str, used: set[str]) -> str:
    if name not in used:
        return name
    number = 1
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"

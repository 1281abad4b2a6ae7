"""The configuration that Keras writes beside the weights, read as data and never built."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bathyscope.models.conventions.keras import snake_case


@dataclass(frozen=True)
class Described:
    """What a configuration says of one layer.

    Parameters
    ----------
    kind : str
        Its class; "" if nothing is said.
    name : str
    settings : mapping
        Its constructor's arguments.
    uses : int
    is_layer : bool
        False for plain operations such as ``x + y``, which have no place in a weights file.
    """

    kind: str = ""
    name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    uses: int = 1
    is_layer: bool = True

    def parts(self) -> list[Described]:
        """The layers it is made of, in its own order, without inputs."""
        entries = self.settings.get("layers", ())
        described = [described_from(entry) for entry in entries if isinstance(entry, dict)]
        return [part for part in described if part.kind != "InputLayer"]

    def held(self, attribute: str) -> Described:
        """What is known of a layer it holds under an attribute."""
        wrapped = {"forward_layer": "layer", "backward_layer": "layer"}.get(attribute, attribute)
        entry = self.settings.get(wrapped)
        if isinstance(entry, dict) and "class_name" in entry:
            return described_from(entry)
        if attribute == "cell" and self.kind:
            return Described(f"{self.kind}Cell", settings=self.settings)
        if attribute.endswith("_dense") and "Attention" in self.kind:
            return Described("EinsumDense", settings=self.settings)
        return Described()


def described_from(entry: Mapping[str, Any]) -> Described:
    """Read one entry of a configuration."""
    settings = entry.get("config")
    settings = settings if isinstance(settings, dict) else {}
    return Described(
        kind=str(entry.get("class_name", "")),
        name=str(entry.get("name") or settings.get("name", "")),
        settings=settings,
        uses=max(1, len(entry.get("inbound_nodes") or ())),
        is_layer=".ops" not in str(entry.get("module") or ""),
    )


def described_model(text: str | bytes | None, *, source: str) -> Described:
    """Read a model's configuration; nothing is known if there is none."""
    if text is None:
        return Described()
    try:
        entry = json.loads(text)
    except ValueError as error:
        raise ValueError(f"The configuration in `{source}` must be JSON: {error}.") from error
    return described_from(entry) if isinstance(entry, dict) else Described()


def by_place(parts: list[Described]) -> Iterator[tuple[str, Described]]:
    """Give each part with the name of its group in a weights file: class and number."""
    counts: dict[str, int] = {}
    for part in parts:
        if not part.is_layer:
            yield "", part
            continue
        place = snake_case(part.kind)
        number = counts.get(place, 0)
        counts[place] = number + 1
        yield (f"{place}_{number}" if number else place), part

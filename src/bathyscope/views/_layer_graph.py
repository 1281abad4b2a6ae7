"""Which layers to draw as boxes, what joins them, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.layout import layered
from bathyscope.models.protocol import Layer

UNKNOWN_FLOW = "The way of the data is not known from the layers alone."
#: Of a deeper tree, only the levels that fit into so many boxes are drawn.
MOST_BOXES = 30
#: A tall graph is broken into at most so many columns of at least so many rows.
_MOST_COLUMNS = 6
_FEWEST_ROWS = 12


@dataclass(frozen=True, eq=False)
class LayerGraph:
    """Boxes and arrows.

    Parameters
    ----------
    layers : tuple of int, length n
        Indices of the layers that have a box.
    edges : array of int, shape (m, 2)
        Between boxes.
    x, y : array of float, shape (n,)
    note : str
        What the arrows mean.
    roots : tuple of str
        Names of the layers of the highest level shown.
    """

    layers: tuple[int, ...]
    edges: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    note: str
    roots: tuple[str, ...]


def graph_of(layers: Sequence[Layer], inside: str = "") -> LayerGraph:
    """Draw the flow between the children of a layer if it is known, else what contains what."""
    scope = _scope(layers, inside)
    children = [index for index, layer in enumerate(layers) if layer.parent == scope]
    edges = _flow([layers[index] for index in children])
    if children and edges is not None:
        x, y = _wrapped(*layered(len(children), edges))
        names = tuple(layers[index].name for index in children)
        return LayerGraph(tuple(children), edges, x, y, "Arrows show the way of the data.", names)
    return _tree(layers, _roots(layers, inside))


def _scope(layers: Sequence[Layer], inside: str) -> str:
    """Step into a lone wrapper, unless the user chose where to look."""
    scope = inside
    while not inside:
        children = [layer.name for layer in layers if layer.parent == scope]
        if len(children) != 1 or not any(layer.parent == children[0] for layer in layers):
            break
        scope = children[0]
    return scope


def _flow(boxes: Sequence[Layer]) -> NDArray[np.int64] | None:
    """Give the edges between boxes, or None where those of one of them are not known."""
    place = {layer.name: index for index, layer in enumerate(boxes)}
    pairs: list[tuple[int, int]] = []
    for index, layer in enumerate(boxes):
        if layer.inputs is None:
            return None
        # A layer that is called on its own output has no arrow to itself: `uses` says so.
        others = [name for name in layer.inputs if name in place and name != layer.name]
        pairs += [(place[name], index) for name in others]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _wrapped(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Break a tall graph into columns, read from top to bottom and left to right."""
    rows = max(_FEWEST_ROWS, -(-int(y.max() + 1) // _MOST_COLUMNS))
    column = y // rows
    return x + column * (x.max() + 1), y - column * rows


def _tree(layers: Sequence[Layer], roots: Sequence[int]) -> LayerGraph:
    """Draw what contains what, as deep as there is room for, one layer per row."""
    levels = _levels(layers, roots)
    depth = len(levels)
    while depth > 1 and sum(map(len, levels[:depth])) > MOST_BOXES:
        depth -= 1
    kept = sorted(index for level in levels[:depth] for index in level)
    place = {layers[index].name: number for number, index in enumerate(kept)}
    level_of = {index: number for number, level in enumerate(levels) for index in level}
    pairs = [(place.get(layers[index].parent), place[layers[index].name]) for index in kept]
    return LayerGraph(
        layers=tuple(kept),
        edges=np.array([p for p in pairs if p[0] is not None], dtype=np.int64).reshape(-1, 2),
        x=np.array([level_of[index] for index in kept], dtype=np.float64),
        y=np.arange(len(kept), dtype=np.float64),
        note=_tree_note(sum(map(len, levels)) - len(kept)),
        roots=tuple(layers[index].name for index in levels[0]),
    )


def _roots(layers: Sequence[Layer], inside: str) -> list[int]:
    return [
        index
        for index, layer in enumerate(layers)
        if (layer.name == inside if inside else not layer.parent)
    ]


def _levels(layers: Sequence[Layer], roots: Sequence[int]) -> list[list[int]]:
    levels = [list(roots)]
    while levels[-1]:
        names = {layers[index].name for index in levels[-1]}
        levels.append([i for i, layer in enumerate(layers) if layer.parent in names])
    return levels[:-1]


def _tree_note(folded: int) -> str:
    more = f" {folded:,} deeper layers are in the table only." if folded else ""
    return f"{UNKNOWN_FLOW} Arrows lead from a layer to its parts.{more}"

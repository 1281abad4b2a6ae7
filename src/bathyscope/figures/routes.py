"""The ways of a graph's arrows around its boxes, in real lengths.

Long graphs are folded: rows continue at the top of the next block, to the right.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.marks import Graph

Point = tuple[float, float]
Route = list[Point]
Floats = NDArray[np.float64]

#: Distance between lanes that lie beside each other, in units of a box and its gap.
LANE_STEP = 0.07
#: Arrows leave a side this far below its middle and enter as far above it, in half boxes.
PORT = 0.3
#: Free width beside a block of rows, in the same units.
BLOCK_GAP = 0.35


@dataclass(frozen=True, eq=False)
class Plan:
    """Centres of the boxes and corners of the arrows; lengths as in ``box`` and ``gap``."""

    x: Floats
    y: Floats
    box: tuple[float, float]
    routes: list[Route]
    width: float
    height: float


def plan(
    mark: Graph, *, box: tuple[float, float], gap: tuple[float, float], most_rows: int
) -> Plan:
    """Place boxes and arrows.

    Parameters
    ----------
    mark : Graph
    box, gap : (float, float)
        Width and height of a box, and of the space between two of them.
    most_rows : int
        Rows of a block; a longer graph is folded.
    """
    if not len(mark.x):
        return Plan(mark.x, mark.y, box, [], box[0], box[1])
    blocks, x, y = _folded(mark.x, mark.y, most_rows)
    pitch = (box[0] + gap[0], box[1] + gap[1])
    half = (box[0] / pitch[0] / 2, box[1] / pitch[1] / 2)
    router = _Router(x, y, blocks, half)
    edges = [(int(a), int(b)) for a, b in mark.edges if a != b]
    edges.sort(key=lambda edge: abs(y[edge[0]] - y[edge[1]]))
    routes = [router.route(source, target) for source, target in edges]
    return _scaled(x, y, routes, box=box, pitch=pitch)


def _folded(x: Floats, y: Floats, most_rows: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    rows = y - y.min()
    n_blocks = int(np.ceil((rows.max() + 1) / most_rows))
    per_block = np.ceil((rows.max() + 1) / n_blocks)
    blocks = (rows // per_block).astype(np.int64)
    shift = x.max() - x.min() + 1 + BLOCK_GAP
    return blocks, x + blocks * shift, rows - blocks * per_block


def _scaled(x: Floats, y: Floats, routes: list[Route], *, box: Point, pitch: Point) -> Plan:
    across = [point[0] * pitch[0] for route in routes for point in route]
    left = min([float(x.min()) * pitch[0] - box[0] / 2, *across])
    right = max([float(x.max()) * pitch[0] + box[0] / 2, *across])
    top = float(y.min()) * pitch[1] - box[1] / 2
    bottom = float(y.max()) * pitch[1] + box[1] / 2
    margin = 0.02 * box[0]
    moved = [
        [(px * pitch[0] - left + margin, py * pitch[1] - top + margin) for px, py in route]
        for route in routes
    ]
    return Plan(
        x * pitch[0] - left + margin,
        y * pitch[1] - top + margin,
        box,
        moved,
        right - left + 2 * margin,
        bottom - top + 2 * margin,
    )


class _Router:
    """Finds a way for each edge; edges routed earlier keep their lanes."""

    def __init__(
        self, x: Floats, y: Floats, blocks: NDArray[np.int64], half: tuple[float, float]
    ) -> None:
        self.x, self.y, self.blocks, self.half = x, y, blocks, half
        self.by_row: dict[tuple[int, int], list[float]] = defaultdict(list)
        for block, row, at in zip(blocks.tolist(), y.tolist(), x.tolist(), strict=True):
            self.by_row[block, round(row)].append(at)
        self.lanes: dict[float, list[tuple[float, float]]] = defaultdict(list)

    def route(self, source: int, target: int) -> Route:
        if self.blocks[source] != self.blocks[target]:
            return self._to_other_block(source, target)
        span = self.y[target] - self.y[source]
        if span > 0 and self._is_free(source, target, float(self.x[target])):
            return self._through_gap(source, target, first=True)
        if span > 0 and self._is_free(source, target, float(self.x[source])):
            return self._through_gap(source, target, first=False)
        return self._along_lane(source, target)

    def _is_free(self, source: int, target: int, at: float) -> bool:
        """Whether no box stands at ``at`` in the rows between the two nodes."""
        low, high = sorted((round(float(self.y[source])), round(float(self.y[target]))))
        block = int(self.blocks[source])
        near = self.half[0] + 0.03
        return all(
            abs(box - at) >= near for row in range(low + 1, high) for box in self.by_row[block, row]
        )

    def _through_gap(self, source: int, target: int, *, first: bool) -> Route:
        (x0, y0), (x1, y1) = self._bottom(source), self._top(target)
        if abs(x0 - x1) < 1e-6:
            return [(x0, y0), (x1, y1)]
        space = (0.5 - self.half[1]) * 0.9
        turn = y0 + space if first else y1 - space
        return [(x0, y0), (x0, turn), (x1, turn), (x1, y1)]

    def _along_lane(self, source: int, target: int) -> Route:
        lane = self._lane(source, target)
        return [*self._leave(source, lane), *reversed(self._leave(target, lane, enter=True))]

    def _leave(self, node: int, lane: float, *, enter: bool = False) -> Route:
        """Go from a node to a lane: sideways if nothing is between, else through the gap."""
        x, y = float(self.x[node]), float(self.y[node])
        low, high = sorted((x, lane))
        others = self.by_row[int(self.blocks[node]), round(y)]
        if not any(low - 1e-6 < other < high + self.half[0] and other != x for other in others):
            side = x + self.half[0] * (1 if lane > x else -1)
            at = y + (-PORT if enter else PORT) * self.half[1]
            return [(side, at), (lane, at)]
        at = self._top(node) if enter else self._bottom(node)
        space = (0.5 - self.half[1]) * 0.9 * (-1 if enter else 1)
        return [at, (x, at[1] + space), (lane, at[1] + space)]

    def _lane(self, source: int, target: int) -> float:
        start = float(max(self.x[source], self.x[target]))
        for distance in np.arange(0.5, len(self.x) + 1.0, 0.5):
            for side in (1.0, -1.0):
                at = start + side * distance
                if self._is_free(source, target, at):
                    return self._claimed(at, side, float(self.y[source]), float(self.y[target]))
        return start + 0.5

    def _claimed(self, at: float, side: float, one: float, other: float) -> float:
        """Take the lane, or the next one beside it where an earlier edge runs."""
        low, high = sorted((one, other))
        while any(low < b and a < high for a, b in self.lanes[round(at, 3)]):
            at += side * LANE_STEP
        self.lanes[round(at, 3)].append((low, high))
        return at

    def _to_other_block(self, source: int, target: int) -> Route:
        forward = self.blocks[target] > self.blocks[source]
        side = -1.0 if forward else 1.0
        row = self.x[self.blocks == self.blocks[target]]
        border = float(row.min() if forward else row.max())
        wanted = border + side * (0.5 + BLOCK_GAP / 2)
        lane = self._claimed(wanted, side, float(self.y[source]), float(self.y[target]))
        out = float(self.x[source]) + self.half[0] * (1.0 if forward else -1.0)
        into = float(self.x[target]) + side * self.half[0]
        y0, y1 = float(self.y[source]), float(self.y[target])
        return [(out, y0), (lane, y0), (lane, y1), (into, y1)]

    def _bottom(self, node: int) -> Point:
        return float(self.x[node]), float(self.y[node]) + self.half[1]

    def _top(self, node: int) -> Point:
        return float(self.x[node]), float(self.y[node]) - self.half[1]

"""Places for the boxes of a graph: layers from top to bottom, as few crossings as is cheap.

The method of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical
system structures" (1981), doi:10.1109/TSMC.1981.4308636: rows by longest path, stand-ins
where an edge passes a row, order within rows by the mean place of the neighbours. Places
within a row are then the least-squares solution that keeps the order and the distances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: An edge that skips rows reserves this much width in each row that it passes.
LANE = 0.5
#: Beyond this many stand-ins the longest edges reserve no lane.
MOST_STAND_INS = 20_000
SWEEPS = 8
#: Of a stand-in, beside 1 for a box: chains stay straight and lanes give way.
LANE_WEIGHT = 1e-6


def layered(n_nodes: int, edges: ArrayLike) -> tuple[Floats, Floats]:
    """Place the nodes of a directed graph in rows, so that edges point downwards.

    Parameters
    ----------
    n_nodes : int
    edges : array of int, shape (n_edges, 2)
        From, to. Edges that close a cycle are ignored for the placement.

    Returns
    -------
    x, y : array of float, shape (n_nodes,)
        Centres in units of one box and its gap: nodes of a row are at least 1 apart and rows
        are 1 apart; x starts at 0, y is the row, starting at 0.
    """
    pairs = _checked(n_nodes, edges)
    if n_nodes == 0:
        return np.zeros(0), np.zeros(0)
    pairs = _without_cycles(n_nodes, pairs)
    rows = _rows(n_nodes, pairs)
    chart = _chart(rows, pairs)
    order = _ordered_rows(chart)
    x = _places(chart, order)[:n_nodes]
    return np.round(x - x.min(), 3), rows.astype(np.float64)


def _checked(n_nodes: int, edges: ArrayLike) -> Ints:
    pairs = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    if n_nodes < 0:
        raise ValueError(f"`n_nodes` must not be negative; got {n_nodes}.")
    if pairs.size and (pairs.min() < 0 or pairs.max() >= n_nodes):
        raise ValueError(
            f"`edges` must name nodes 0 .. {n_nodes - 1}; got {pairs.min()} .. {pairs.max()}."
        )
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def _neighbours(n_nodes: int, pairs: Ints) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(n_nodes)]
    for source, target in pairs.tolist():
        found[source].append(target)
    return found


def _without_cycles(n_nodes: int, pairs: Ints) -> Ints:
    """Drop the edges that lead back into the path of a depth-first walk."""
    following = _neighbours(n_nodes, pairs)
    unseen, on_path, done = 0, 1, 2
    state = [unseen] * n_nodes
    back: set[tuple[int, int]] = set()
    for root in range(n_nodes):
        if state[root] != unseen:
            continue
        state[root] = on_path
        path = [(root, iter(following[root]))]
        while path:
            node, rest = path[-1]
            for target in rest:
                if state[target] == on_path:
                    back.add((node, target))
                elif state[target] == unseen:
                    state[target] = on_path
                    path.append((target, iter(following[target])))
                    break
            else:
                state[node] = done
                path.pop()
    kept = [pair for pair in map(tuple, pairs.tolist()) if pair not in back]
    return np.array(kept, dtype=np.int64).reshape(-1, 2)


def _rows(n_nodes: int, pairs: Ints) -> Ints:
    """Row of each node: the longest path to it; then sources move down to their first target."""
    following = _neighbours(n_nodes, pairs)
    waiting = np.bincount(pairs[:, 1], minlength=n_nodes)
    rows = np.zeros(n_nodes, dtype=np.int64)
    ready = [node for node in range(n_nodes) if waiting[node] == 0]
    sources = list(ready)
    while ready:
        node = ready.pop()
        for target in following[node]:
            rows[target] = max(rows[target], rows[node] + 1)
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    for node in sources:
        if following[node]:
            rows[node] = min(rows[target] for target in following[node]) - 1
    return rows - rows.min()


@dataclass(frozen=True, eq=False)
class _Chart:
    """Nodes and stand-ins (after them), with edges between neighbouring rows only."""

    rows: Ints
    pairs: Ints
    n_nodes: int

    @property
    def widths(self) -> Floats:
        return np.where(np.arange(len(self.rows)) < self.n_nodes, 1.0, LANE)

    @property
    def weights(self) -> Floats:
        return np.where(np.arange(len(self.rows)) < self.n_nodes, 1.0, LANE_WEIGHT)


def _chart(rows: Ints, pairs: Ints) -> _Chart:
    all_rows: list[int] = rows.tolist()
    links: list[tuple[int, int]] = []
    spans = rows[pairs[:, 1]] - rows[pairs[:, 0]]
    for source, target in pairs[np.argsort(spans, kind="stable")].tolist():
        between = range(all_rows[source] + 1, all_rows[target])
        if len(all_rows) - len(rows) + len(between) > MOST_STAND_INS:
            continue
        last = source
        for row in between:
            all_rows.append(row)
            links.append((last, len(all_rows) - 1))
            last = len(all_rows) - 1
        links.append((last, target))
    linked = np.array(links, dtype=np.int64).reshape(-1, 2)
    return _Chart(np.array(all_rows, dtype=np.int64), linked, len(rows))


def _ordered_rows(chart: _Chart) -> list[Ints]:
    """Order each row by the mean place of the neighbours, sweeping down and up."""
    order = [np.flatnonzero(chart.rows == row) for row in range(int(chart.rows.max()) + 1)]
    place = np.zeros(len(chart.rows))
    for members in order:
        place[members] = np.arange(len(members))
    best, fewest = order, _crossings(chart, place)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        order = _swept(chart, order, place, down=down)
        crossings = _crossings(chart, place)
        if crossings < fewest:
            best, fewest = [members.copy() for members in order], crossings
    return best


def _swept(chart: _Chart, order: list[Ints], place: Floats, *, down: bool) -> list[Ints]:
    fixed, moving = (chart.pairs[:, 0], chart.pairs[:, 1])[:: 1 if down else -1]
    order = list(order)
    for row in range(len(order)) if down else reversed(range(len(order))):
        members = order[row]
        here = chart.rows[moving] == row
        sums = np.zeros(len(chart.rows))
        counts = np.zeros(len(chart.rows))
        np.add.at(sums, moving[here], place[fixed[here]])
        np.add.at(counts, moving[here], 1)
        wanted = np.where(counts > 0, sums / np.maximum(counts, 1), place)[members]
        order[row] = members[np.argsort(wanted, kind="stable")]
        place[order[row]] = np.arange(len(members))
    return order


def _crossings(chart: _Chart, place: Floats) -> int:
    """Count pairs of edges between the same rows whose ends are in opposite order."""
    total = 0
    upper, lower = chart.pairs[:, 0], chart.pairs[:, 1]
    for row in np.unique(chart.rows[upper]):
        here = chart.rows[upper] == row
        a, b = place[upper[here]], place[lower[here]]
        if 1 < len(a) <= 2000:
            total += int(np.sum((a[:, None] < a[None, :]) & (b[:, None] > b[None, :])))
    return total


def _places(chart: _Chart, order: list[Ints]) -> Floats:
    """Move every row towards its neighbours, keeping order and distances."""
    x = np.zeros(len(chart.rows))
    for members in order:
        offsets = _offsets(chart.widths[members])
        x[members] = offsets - offsets.mean()
    upper, lower = chart.pairs[:, 0], chart.pairs[:, 1]
    weight = chart.weights
    for sweep in range(2 * SWEEPS + 1):
        down = sweep % 2 == 0
        fixed, moving = (upper, lower) if down else (lower, upper)
        sums, counts = np.zeros(len(x)), np.zeros(len(x))
        for row in range(len(order)) if down else reversed(range(len(order))):
            members = order[row]
            here = chart.rows[moving] == row
            sums[members], counts[members] = 0.0, 0.0
            strength = weight[fixed[here]]
            np.add.at(sums, moving[here], strength * x[fixed[here]])
            np.add.at(counts, moving[here], strength)
            wanted = np.where(counts > 0, sums / np.maximum(counts, 1e-12), x)[members]
            x[members] = _spread(wanted, chart.widths[members], weight[members])
    return x


def _offsets(widths: Floats) -> Floats:
    """Places of neighbours that just touch: half of one width and half of the next apart."""
    return np.concatenate([[0.0], np.cumsum((widths[:-1] + widths[1:]) / 2)])


def _spread(wanted: Floats, widths: Floats, weights: Floats) -> Floats:
    """Nearest places to the wanted ones, in order and not overlapping (weighted least squares).

    Without the offsets this is isotonic regression, which pooling adjacent violators solves.
    """
    offsets = _offsets(widths)
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip((wanted - offsets).tolist(), weights.tolist(), strict=True):
        mean, total, count = value, weight, 1
        while blocks and blocks[-1][0] > mean:
            before, its_weight, its_count = blocks.pop()
            mean = (before * its_weight + mean * total) / (its_weight + total)
            total, count = its_weight + total, its_count + count
        blocks.append((mean, total, count))
    pooled = np.concatenate([np.full(count, mean) for mean, _, count in blocks])
    return pooled + offsets

"""Boxes joined by arrows."""

from __future__ import annotations

import math

from bathyscope.figures.marks import Graph
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, linked
from bathyscope.figures.plotly.theme import SMALL
from bathyscope.figures.routes import Plan, Point, Route, plan
from bathyscope.figures.sizing import Room

MOST_BOX, LEAST_BOX, PAD = 185.0, 68.0, 10.0
GAP, RADIUS, CORNER = (22.0, 20.0), 5.0, 9.0
HEAD, BODY = SMALL + 1, SMALL - 0.5
MOST_ROWS = 28


def _lines(label: str) -> list[str]:
    return [
        text.fitted(line, MOST_BOX, HEAD if number == 0 else BODY, bold=number == 0)
        for number, line in enumerate(label.split("\n")[:4])
    ]


def _plan(mark: Graph) -> Plan:
    widest, lines = LEAST_BOX, 1
    for label in mark.labels:
        parts = label.split("\n")[:4]
        lines = max(lines, len(parts))
        for number, part in enumerate(parts):
            head = number == 0
            width = text.width(part, HEAD if head else BODY, bold=head)
            widest = max(widest, min(width, MOST_BOX) + 2 * PAD)
    height = HEAD * 1.3 + (lines - 1) * BODY * 1.3 + 10
    return plan(mark, box=(widest, height), gap=GAP, most_rows=MOST_ROWS)


def size(mark: Graph, room: Room) -> tuple[float, float]:
    """Width and height in pixels."""
    del room  # a graph that is made smaller cannot be read
    found = _plan(mark)
    return found.width, found.height


def draw(mark: Graph, canvas: Canvas) -> None:
    """Draw the arrows, then the boxes over them, then what can be pointed at."""
    found = _plan(mark)
    _draw_arrows(canvas, found.routes)
    for index in range(len(mark.labels)):
        tone = mark.tones[index] if mark.tones is not None else "accent"
        canvas.shapes.append(_box(canvas, found, index, canvas.style.tone(tone)))
    canvas.add(
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": found.x,
            "y": found.y,
            "text": [_label(label, canvas.style.subtle) for label in mark.labels],
            "textposition": "middle center",
            "textfont": canvas.style.font(HEAD),
            "hovertext": [text.literal(label) for label in mark.labels],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {"symbol": "square", "size": found.box[1], "color": "rgba(0,0,0,0)"},
            "cliponaxis": False,
            "name": text.literal(mark.label or "graph"),
            **linked(mark.ids, len(mark.labels)),
        }
    )


def _label(label: str, subtle: str) -> str:
    head, *body = _lines(label)
    rest = [f"<span style='color:{subtle};font-size:{BODY}px'>{line}</span>" for line in body]
    return "<br>".join([f"<b>{head}</b>", *rest])


def _box(canvas: Canvas, found: Plan, index: int, color: str) -> dict[str, object]:
    x, y = float(found.x[index]), float(found.y[index])
    left, right = x - found.box[0] / 2, x + found.box[0] / 2
    top, bottom = y - found.box[1] / 2, y + found.box[1] / 2
    r = RADIUS
    path = (
        f"M{left + r},{top} L{right - r},{top} Q{right},{top} {right},{top + r} "
        f"L{right},{bottom - r} Q{right},{bottom} {right - r},{bottom} "
        f"L{left + r},{bottom} Q{left},{bottom} {left},{bottom - r} "
        f"L{left},{top + r} Q{left},{top} {left + r},{top} Z"
    )
    line = {"color": color, "width": 1.3}
    return {**canvas.refs, "type": "path", "path": path, "layer": "below", "line": line,
            "fillcolor": canvas.style.surface("box")}  # fmt: skip


def _draw_arrows(canvas: Canvas, routes: list[Route]) -> None:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for route in routes:
        points = _rounded(route)
        xs += [*(x for x, _ in points), None]
        ys += [*(y for _, y in points), None]
    color = canvas.style.surface("line")
    canvas.add(
        {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip",
         "line": {"color": color, "width": 1.2}, "cliponaxis": False, "name": "arrows"}
    )  # fmt: skip
    heads = [(route[-1], _angle(route[-2], route[-1])) for route in routes]
    canvas.add(
        {"type": "scatter", "mode": "markers", "x": [at[0] for at, _ in heads],
         "y": [at[1] for at, _ in heads], "hoverinfo": "skip", "cliponaxis": False,
         "marker": {"symbol": "arrow", "size": 9, "color": color, "line": {"width": 0},
                    "angle": [angle for _, angle in heads]}}
    )  # fmt: skip


def _angle(start: Point, end: Point) -> float:
    """Clockwise from upwards, on a page whose y grows downwards."""
    return math.degrees(math.atan2(end[0] - start[0], -(end[1] - start[1])))


def _rounded(route: Route) -> Route:
    """Replace each corner by a quadratic curve."""
    points = [route[0]]
    for before, corner, after in zip(route[:-2], route[1:-1], route[2:], strict=True):
        start, end = _towards(corner, before), _towards(corner, after)
        for step in range(5):
            t = step / 4
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
            points.append(
                (a * start[0] + b * corner[0] + c * end[0],
                 a * start[1] + b * corner[1] + c * end[1])
            )  # fmt: skip
    return [*points, route[-1]]


def _towards(start: Point, end: Point) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    share = min(CORNER / length, 0.5) if length else 0.0
    return start[0] + dx * share, start[1] + dy * share

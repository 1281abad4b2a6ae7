"""Boxes joined by arrows."""

from __future__ import annotations

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from bathyscope.figures.marks import Graph
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import SMALL
from bathyscope.figures.routes import Plan, plan
from bathyscope.figures.sizing import Room

MOST_BOX, LEAST_BOX = 1.9, 0.7
PAD = 0.09
GAP_X, GAP_Y = 0.22, 0.2
HEAD, BODY = SMALL + 0.5, SMALL - 0.5
MOST_ROWS = 28


def _lines(label: str, room: float) -> list[str]:
    return [
        text.fitted(line, room, HEAD if number == 0 else BODY, bold=number == 0)
        for number, line in enumerate(label.split("\n")[:4])
    ]


def _plan(mark: Graph) -> Plan:
    """Size of the boxes from their text, and all places in inches."""
    widest, lines = LEAST_BOX, 1
    for label in mark.labels:
        shown = _lines(label, MOST_BOX)
        lines = max(lines, len(shown))
        for number, line in enumerate(shown):
            head = number == 0
            widest = max(widest, text.width(line, HEAD if head else BODY, head) + 2 * PAD)
    height = text.line_height(HEAD) + (lines - 1) * text.line_height(BODY) + 0.1
    return plan(mark, box=(widest, height), gap=(GAP_X, GAP_Y), most_rows=MOST_ROWS)


def size(mark: Graph, room: Room) -> tuple[float, float]:
    """Width and height in inches."""
    del room  # a graph that is made smaller cannot be read
    found = _plan(mark)
    return found.width, found.height


def draw(mark: Graph, canvas: Canvas) -> None:
    """Draw the arrows, then the boxes over them."""
    found = _plan(mark)
    canvas.free()
    scale = min(1.0, canvas.width / found.width, canvas.height / found.height)
    canvas.ax.set_xlim(0.0, canvas.width / scale)
    canvas.ax.set_ylim(canvas.height / scale, 0.0)
    for route in found.routes:
        _draw_arrow(canvas, route)
    for index, label in enumerate(mark.labels):
        tone = mark.tones[index] if mark.tones is not None else "accent"
        _draw_box(canvas, found, index, canvas.style.tone(tone))
        _write(canvas, (float(found.x[index]), float(found.y[index])), label, scale=scale)


def _draw_arrow(canvas: Canvas, route: list[tuple[float, float]]) -> None:
    canvas.ax.add_patch(
        FancyArrowPatch(
            path=rounded(route),
            arrowstyle="-|>,head_length=3,head_width=1.6",
            color=canvas.style.surface("line"),
            linewidth=0.9,
            shrinkA=0,
            shrinkB=0,
            zorder=1,
        )
    )


def rounded(route: list[tuple[float, float]], radius: float = 0.1) -> Path:
    """Turn a route of corners into a path with round ones."""
    vertices, codes = [route[0]], [Path.MOVETO]
    for before, corner, after in zip(route[:-2], route[1:-1], route[2:], strict=True):
        vertices += [_towards(corner, before, radius), corner, _towards(corner, after, radius)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, route[-1]], [*codes, Path.LINETO])


def _towards(
    start: tuple[float, float], end: tuple[float, float], distance: float
) -> tuple[float, float]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx**2 + dy**2) ** 0.5
    share = min(distance / length, 0.5) if length else 0.0
    return start[0] + dx * share, start[1] + dy * share


def _draw_box(canvas: Canvas, found: Plan, index: int, color: str) -> None:
    x, y = float(found.x[index]), float(found.y[index])
    width, height = found.box
    canvas.ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=canvas.style.surface("box"),
            edgecolor=color,
            linewidth=1.0,
            zorder=2,
        )
    )


def _write(canvas: Canvas, center: tuple[float, float], label: str, *, scale: float) -> None:
    """Write the lines of a label around the centre of its box, the first one bold."""
    lines = _lines(label, MOST_BOX)
    top = center[1] - (text.line_height(HEAD) + (len(lines) - 1) * text.line_height(BODY)) / 2
    for number, line in enumerate(lines):
        head = number == 0
        step = text.line_height(HEAD if head else BODY)
        canvas.ax.text(
            center[0],
            top + step / 2,
            line,
            ha="center",
            va="center_baseline",
            fontsize=(HEAD if head else BODY) * scale,
            fontweight="bold" if head else "normal",
            color=canvas.style.ink if head else canvas.style.subtle,
            zorder=3,
        )
        top += step

"""Bar charts and histograms."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import Patch

from bathyscope.figures.marks import Bars
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import SMALL

THICKNESS = 0.72
#: More bars than this have no space between them, which would flicker.
MOST_APART = 100
#: Several histograms in one panel are seen through each other.
OVERLAID_ALPHA = 0.6


def draw(mark: Bars, canvas: Canvas) -> None:
    """Draw one bar per height that is finite, and the text at their ends."""
    tones = mark.tones or (mark.tone,) * len(mark.heights)
    colors = [canvas.style.tone(tone) for tone in tones]
    at, thickness = _places(mark)
    drawable = np.where(np.isfinite(mark.heights), mark.heights, 0.0)
    base = canvas.y.low if canvas.y.log and not mark.horizontal else 0.0
    base = canvas.x.low if canvas.x.log and mark.horizontal else base
    bars = canvas.ax.barh if mark.horizontal else canvas.ax.bar
    whole = [other for other in canvas.panel.marks if isinstance(other, Bars) and not other.part]
    several = len(whole) > 1
    options: dict[str, Any] = {"left" if mark.horizontal else "bottom": base}
    bars(
        at,
        drawable - base if base else drawable,
        thickness,
        color=colors,
        alpha=OVERLAID_ALPHA if several else 1.0,
        linewidth=0,
        zorder=2.5,
        **options,
    )
    _zero_line(mark, canvas)
    if mark.tones is None:
        canvas.enter(mark.label, Patch(color=colors[0] if colors else "none", linewidth=0))
    _tell_bad(mark, canvas)
    if mark.text is not None:
        _write(mark, canvas, at)


def _places(mark: Bars) -> tuple[np.ndarray, Any]:
    if mark.edges is None:
        n = len(mark.heights)
        return np.arange(n, dtype=float), THICKNESS if n <= MOST_APART else 1.0
    return (mark.edges[:-1] + mark.edges[1:]) / 2, np.diff(mark.edges)


def _zero_line(mark: Bars, canvas: Canvas) -> None:
    if not (np.isfinite(mark.heights) & (mark.heights < 0)).any():
        return
    line = canvas.ax.axvline if mark.horizontal else canvas.ax.axhline
    line(0.0, color=canvas.style.surface("line"), linewidth=0.7, zorder=2.6)


def _tell_bad(mark: Bars, canvas: Canvas) -> None:
    bad = int((~np.isfinite(mark.heights)).sum())
    if bad:
        canvas.remarks.append(f"{bad} of {len(mark.heights)} heights are not finite: no bar.")


def _write(mark: Bars, canvas: Canvas, at: np.ndarray) -> None:
    assert mark.text is not None
    room = canvas.width / max(len(at), 1) * 0.96
    if mark.horizontal:
        if canvas.height / max(len(at), 1) < text.line_height(6.0):
            return
    elif max((text.width(words, SMALL) for words in mark.text), default=0.0) > room:
        return
    for place, height, words in zip(at, mark.heights, mark.text, strict=True):
        xy = (height, place) if mark.horizontal else (place, height)
        _write_one(canvas, xy, text.fitted(words, 1.2, SMALL), along_x=mark.horizontal)


def _write_one(canvas: Canvas, end: tuple[float, float], words: str, *, along_x: bool) -> None:
    """Write at the end of a bar, beyond it, or at zero where there is no bar."""
    height = end[0] if along_x else end[1]
    drawn = height if np.isfinite(height) else 0.0
    away = 3 if drawn >= 0 else -3
    beyond = ("left" if drawn >= 0 else "right") if along_x else "center"
    canvas.ax.annotate(
        words,
        (drawn, end[1]) if along_x else (end[0], drawn),
        (away, 0) if along_x else (0, away),
        textcoords="offset points",
        ha=beyond,
        va="center" if along_x else ("bottom" if drawn >= 0 else "top"),
        fontsize=SMALL,
        color=canvas.style.ink if np.isfinite(height) else canvas.style.tone("bad"),
        annotation_clip=False,
    )

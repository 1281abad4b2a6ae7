"""The axes of parallel coordinates, each with its own ticks."""

from __future__ import annotations

from matplotlib.patheffects import withStroke

from bathyscope.figures.coordinates import ticks_of
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import HAIRLINE, SMALL

#: Names beside an axis get at most this share of the way to the next one.
SHARE = 0.9
_GAP_PT, _HALO_PT, _ABOVE_LINES = 3, 2.5, 5


def draw(canvas: Canvas) -> None:
    """Draw the axes of a panel that has them; its own vertical axis says nothing then."""
    every = canvas.panel.coordinates
    if not every:
        return
    ax = canvas.ax
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    room = SHARE * canvas.width / max(len(every), 1)
    halo = [withStroke(linewidth=_HALO_PT, foreground=canvas.style.surface("page"))]
    for place, axis in enumerate(every):
        ax.vlines(place, 0, 1, color=canvas.style.surface("line"), linewidth=2 * HAIRLINE)
        is_last = place == len(every) - 1
        for height, label in ticks_of(axis):
            ax.annotate(
                text.fitted(label, room, SMALL),
                (place, height),
                (-_GAP_PT if is_last else _GAP_PT, 0),
                textcoords="offset points",
                ha="right" if is_last else "left",
                va="center",
                fontsize=SMALL,
                color=canvas.style.subtle,
                path_effects=halo,
                zorder=_ABOVE_LINES,
                annotation_clip=False,
            )

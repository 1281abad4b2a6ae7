"""From a figure to matplotlib's axes, or to a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as MplFigure

from bathyscope.figures.color import Theme
from bathyscope.figures.figure import Figure, Panel
from bathyscope.figures.mpl import fonts, layout, panel, text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import PANEL_TITLE, Style, settings
from bathyscope.figures.sizing import MOST_WIDTH, Room, fitting_columns, own_titles, spaces
from bathyscope.figures.still import still

ENDINGS = (".png", ".svg", ".pdf")
#: Files of the same figure are the same, byte for byte: no dates, no random ids.
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def draw(figure: Figure, ax: Axes | None = None, theme: Theme = "light") -> Axes | list[Axes]:
    """Draw a figure.

    Parameters
    ----------
    figure : Figure
    ax : matplotlib.axes.Axes, optional
        Where to draw; divided if the figure has several panels. By default a new figure of
        pyplot's, large enough for what it shows, which ``plt.show()`` shows.
    theme : {"light", "dark"}

    Returns
    -------
    Axes or list of Axes
        One per panel.
    """
    style = Style(theme)
    figure = still(figure)
    with mpl.rc_context(settings(style)):
        if ax is None:
            from matplotlib import pyplot

            drawn = _fill(pyplot.figure(), figure, style)
        else:
            drawn = _draw_into(ax, figure, style)
    return drawn[0] if len(drawn) == 1 else drawn


def save(figure: Figure, path: str | Path, theme: Theme = "light", dpi: int = 150) -> Path:
    """Draw a figure into a file, without pyplot and without a trace.

    Parameters
    ----------
    figure : Figure
    path : str or path
        Ends in .png, .svg or .pdf.
    theme : {"light", "dark"}
    dpi : int
        Pixels per inch.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise ValueError(f"`path` must end in one of {', '.join(ENDINGS)}; got {target.name!r}.")
    if not dpi > 0:
        raise ValueError(f"`dpi` must be positive; got {dpi}.")
    style = Style(theme)
    extra: dict[Any, Any] = {
        "svg.hashsalt": "bathyscope",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
    }
    with mpl.rc_context({**settings(style), **extra}):
        picture = MplFigure(dpi=dpi)
        FigureCanvasAgg(picture)
        _fill(picture, still(figure), style)
        picture.savefig(target, dpi=dpi, facecolor=style.page, metadata=_METADATA[ending])
    return target


def _fill(picture: MplFigure, figure: Figure, style: Style) -> list[Axes]:
    """Draw all panels into an empty figure and give it the size they need."""
    columns = _fitting_columns(figure)
    places: list[layout.Place] = []
    offered = spaces(figure, columns)
    for index, part in enumerate(own_titles(figure)):
        space = offered[index % columns]
        size = panel.size(part, space)
        ax = picture.add_axes((0.0, 0.0, 1.0, 1.0), label=f"panel {len(places)}")
        width, height = picture.get_size_inches()
        ax.set_position((0.1, 0.1, size[0] / width, size[1] / height))
        canvas = panel.draw(ax, part, style, size=size, room=space.room)
        places.append(layout.measured(picture, canvas))
    layout.arrange(picture, places, columns, style, title=figure.title, note=figure.note)
    return [place.ax for place in places]


def _fitting_columns(figure: Figure) -> int:
    return fitting_columns(
        figure, lambda part, space: panel.size(part, space)[0] + 0.8, most=MOST_WIDTH
    )


def _draw_into(ax: Axes, figure: Figure, style: Style) -> list[Axes]:
    """Draw into given axes; several panels become axes inside them."""
    ax.set_facecolor(style.page)
    if len(figure.panels) == 1:
        note = " ".join(part for part in (figure.panels[0].note, figure.note) if part)
        alone = replace(figure.panels[0], title=figure.title, note=note)
        return [_draw_given(ax, alone, style).ax]
    ax.set_axis_off()
    size = _size_inches(ax)
    words = text.fitted(figure.title, size[0], PANEL_TITLE + 1, bold=True)
    ax.set_title(
        words,
        loc="left",
        fontsize=PANEL_TITLE + 1,
        fontweight="bold",
        fontfamily=fonts.families(),
        color=style.ink,
    )
    columns = max(1, min(figure.columns, len(figure.panels)))
    rows = -(-len(figure.panels) // columns)
    first = [layout.cell(i, rows, columns, layout.GUESSED) for i in range(len(figure.panels))]
    places = [layout.measured(ax.figure, canvas) for canvas in _inside(ax, figure, style, first)]
    for place in places:
        place.ax.remove()
    margins = layout.margins(places, size, rows, columns)
    final = [layout.cell(i, rows, columns, margins) for i in range(len(figure.panels))]
    return [canvas.ax for canvas in _inside(ax, figure, style, final)]


def _inside(ax: Axes, figure: Figure, style: Style, bounds: list[layout.Bounds]) -> list[Canvas]:
    return [
        _draw_given(ax.inset_axes(bound), part, style)
        for bound, part in zip(bounds, figure.panels, strict=True)
    ]


def _draw_given(ax: Axes, part: Panel, style: Style) -> Canvas:
    size = _size_inches(ax)
    return panel.draw(ax, part, style, size=size, room=Room(*size))


def _size_inches(ax: Axes) -> tuple[float, float]:
    ax.apply_aspect()
    box = ax.get_window_extent()
    dpi = ax.figure.dpi
    return max(box.width / dpi, 0.2), max(box.height / dpi, 0.2)

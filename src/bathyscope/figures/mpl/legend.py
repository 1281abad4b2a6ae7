"""Legends and colour bars: beside the data, never on it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from bathyscope.figures.color import ColorScale
from bathyscope.figures.mpl import text
from bathyscope.figures.mpl.axes import Numbers, RoundNumbers
from bathyscope.figures.mpl.canvas import Canvas, Entry
from bathyscope.figures.mpl.theme import HAIRLINE, LABEL, SMALL, norm

BAR_WIDTH, BAR_GAP, MOST_BAR_HEIGHT = 0.11, 0.14, 3.2
HANDLE, HANDLE_GAP, ENTRY_GAP = 0.22, 0.07, 0.2
MOST_ENTRY_WIDTH = 2.3
MOST_ROWS_ABOVE, FEW, FEW_ROWS_ABOVE = 2, 6, 3


def key_entries(canvas: Canvas) -> list[Entry]:
    """The entries worth showing: one that only repeats the axis or title says nothing."""
    panel = canvas.panel
    said = {panel.title, panel.y.label if panel.y else "", panel.x.label if panel.x else ""}
    if len(canvas.legend) == 1 and canvas.legend[0].label in said:
        return []
    return canvas.legend


def add_legend(canvas: Canvas) -> float:
    """Put the legend above the axes if it is short, else right of it.

    Returns
    -------
    float
        Height it takes above the axes, in inches.
    """
    entries = key_entries(canvas)
    if not entries:
        return 0.0
    names = [text.fitted(entry.label, MOST_ENTRY_WIDTH, SMALL) for entry in entries]
    across = _entries_across(names, canvas)
    rows = -(-len(names) // across)
    if rows <= (MOST_ROWS_ABOVE if len(names) > FEW else FEW_ROWS_ABOVE):
        _draw(canvas, [entry.handle for entry in entries], names, columns=across, above=True)
        return rows * 0.19 + 0.06
    _beside(canvas, entries, names)
    return 0.0


def _entries_across(names: list[str], canvas: Canvas) -> int:
    widest = max(text.width(name, SMALL) for name in names) + HANDLE + HANDLE_GAP + ENTRY_GAP
    room = canvas.width - (text.width(canvas.legend_title, SMALL) if canvas.legend_title else 0)
    return min(len(names), max(1, int((room + ENTRY_GAP) / widest)))


def _beside(canvas: Canvas, entries: list[Entry], names: list[str]) -> None:
    most = max(3, int(canvas.height / 0.185) - (1 if canvas.legend_title else 0))
    handles = [entry.handle for entry in entries]
    columns = min(2, -(-len(names) // most))
    if len(names) > most * columns:
        kept = most * columns - 1
        rest = len(names) - kept
        canvas.remarks.append(f"{rest} more in the legend than there is room for.")
        handles, names = handles[:kept], names[:kept]
    _draw(canvas, handles, names, columns=columns, above=False)


def _draw(
    canvas: Canvas, handles: list[object], names: list[str], *, columns: int, above: bool
) -> None:
    anchor = (0.0, 1.0 + 0.05 / canvas.height)
    if not above:
        anchor = (1.0 + (0.12 + _bars_width(canvas)) / canvas.width, 1.0)
    legend = canvas.ax.legend(
        handles=handles,
        labels=names,
        ncols=columns,
        loc="lower left" if above else "upper left",
        bbox_to_anchor=anchor,
        frameon=False,
        fontsize=SMALL,
        borderpad=0.0,
        borderaxespad=0.0,
        handlelength=HANDLE * 72 / SMALL,
        handletextpad=HANDLE_GAP * 72 / SMALL,
        columnspacing=ENTRY_GAP * 72 / SMALL,
        labelspacing=0.4,
        title=canvas.legend_title if canvas.legend_title and not above else None,
        title_fontsize=SMALL,
        alignment="left",
    )
    for label in legend.get_texts():
        label.set_color(canvas.style.ink)
        label.set_parse_math(False)
    legend.get_title().set_color(canvas.style.subtle)


def _bars_width(canvas: Canvas) -> float:
    return len(canvas.color_keys) * 0.75


def add_color_bars(canvas: Canvas) -> None:
    """Put one thin colour bar per scale right of the axes, with its name and unit."""
    offset = BAR_GAP
    for scale in canvas.color_keys:
        offset += _color_bar(canvas, offset, scale) + BAR_GAP


def _color_bar(canvas: Canvas, offset: float, scale: ColorScale) -> float:
    beside, full = (canvas.lowest, canvas.lowest_height) if canvas.lowest else (
        canvas.ax, canvas.height)  # fmt: skip
    height = min(full, MOST_BAR_HEIGHT)
    share = height / full
    bounds = (
        1.0 + offset / canvas.width,
        1.0 - share,
        BAR_WIDTH / canvas.width,
        share,
    )
    bar_ax: Axes = beside.inset_axes(bounds)
    mappable = ScalarMappable(norm(scale), canvas.style.colormap(scale.kind))
    bar = canvas.ax.figure.colorbar(mappable, cax=bar_ax)
    bar.outline.set_visible(False)
    most, whole = max(3, int(height / 0.4)), scale.integers
    bar_ax.yaxis.set_major_locator(
        RoundNumbers(most, steps=[1, 2, 2.5, 5, 10], integer=whole, min_n_ticks=1 if whole else 2)
    )
    bar_ax.yaxis.set_major_formatter(Numbers(integers=whole))
    bar_ax.tick_params(length=2.5, width=HAIRLINE, labelsize=SMALL)
    name = f"{scale.label} ({scale.unit})" if scale.unit else scale.label
    bar_ax.set_ylabel(text.fitted(name, max(height, 1.2), SMALL), fontsize=SMALL)
    widest = max(
        (
            text.width(label, SMALL)
            for label in Numbers(integers=whole).format_ticks([scale.low, scale.high])
        ),
        default=0.0,
    )
    return BAR_WIDTH + 0.08 + widest + (text.line_height(LABEL) + 0.06 if name else 0.0)

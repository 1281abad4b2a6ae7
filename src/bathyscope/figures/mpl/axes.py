"""Axes of a cartesian panel: ends, ticks, names and a few grid lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axis import Axis as MplAxis
from matplotlib.ticker import FixedLocator, Formatter, LogLocator, MaxNLocator, NullLocator

from bathyscope.figures.extent import Limits
from bathyscope.figures.figure import Axis
from bathyscope.figures.marks import Matrix
from bathyscope.figures.mpl import fonts, text
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import HAIRLINE, LABEL, SMALL
from bathyscope.figures.ticks import log_tick_labels, thinned, tick_labels

#: Names of categories get at most this much room, in inches.
FEW_NAMES = 10
MOST_NAME_WIDTH, MOST_SLANTED_WIDTH = 2.0, 1.3
_LARGE = 1e300


class Numbers(Formatter):
    """Ticks of a linear axis, written together.

    Parameters
    ----------
    integers : bool
    origin : float
        What was subtracted from the numbers before they were drawn.
    """

    def __init__(self, *, integers: bool, origin: float = 0.0) -> None:
        self.integers = integers
        self.origin = origin

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one tick, such as the place of the mouse."""
        del pos
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Any) -> list[str]:
        """Write all ticks, so that they have the same decimals."""
        return tick_labels(
            [float(value) for value in values], integers=self.integers, origin=self.origin
        )


class Powers(Formatter):
    """Ticks of a log axis, written together."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one tick, such as the place of the mouse."""
        del pos
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Any) -> list[str]:
        """Write all ticks, so that they have the same decimals."""
        return log_tick_labels([float(value) for value in values])


class RoundNumbers(MaxNLocator):
    """Ticks at round numbers, also where numbers end."""

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Give the ticks; matplotlib also tries steps that are a thousand times the width."""
        if max(abs(vmin), abs(vmax)) < _LARGE:
            return super().tick_values(vmin, vmax)
        return np.asarray(super().tick_values(vmin / 1000, vmax / 1000)) * 1000


class Decades(LogLocator):
    """Ticks at powers of ten, also where numbers end."""

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Give the ticks that are numbers."""
        with np.errstate(over="ignore", under="ignore"):
            ticks = np.asarray(super().tick_values(vmin, vmax))
        return ticks[np.isfinite(ticks) & (ticks > 0)]


def prepare(canvas: Canvas) -> None:
    """Set scales and ends, before marks are drawn."""
    ax = canvas.ax
    ax.set_xscale("log" if canvas.x.log else "linear")
    ax.set_yscale("log" if canvas.y.log else "linear")
    ax.set_xlim(*canvas.x.ends)
    ax.set_ylim(*canvas.y.ends)
    ax.set_autoscale_on(False)
    ax.set_axisbelow(True)


def dress(canvas: Canvas) -> None:
    """Set ticks, names, spines and grid, after marks are drawn."""
    x, y = canvas.panel.x, canvas.panel.y
    assert x is not None and y is not None
    ax, bottom = canvas.ax, canvas.bottom_axes
    _ticks_along_x(canvas, bottom.xaxis, x)
    _ticks_along_y(canvas, ax.yaxis, y)
    if bottom is not ax:
        ax.xaxis.set_major_locator(NullLocator())
    size = LABEL
    style: dict[str, Any] = {"fontsize": size, "color": canvas.style.subtle}
    bottom.set_xlabel(text.fitted(x.title, max(canvas.width, 0.8), size), labelpad=4, **style)
    ax.set_ylabel(text.fitted(y.title, max(canvas.height, 0.8), size), labelpad=5, **style)
    _lines(canvas)


def _lines(canvas: Canvas) -> None:
    ax = canvas.ax
    framed = any(isinstance(mark, Matrix) for mark in canvas.panel.marks)
    for side, spine in ax.spines.items():
        spine.set_visible(not framed and side in ("left", "bottom"))
        spine.set(color=canvas.style.surface("line"), linewidth=HAIRLINE)
    if not framed:
        for axis, limits, named in (
            (ax.xaxis, canvas.x, canvas.panel.x),
            (ax.yaxis, canvas.y, canvas.panel.y),
        ):
            if named is not None and named.scale != "category" and not limits.empty:
                axis.grid(True, color=canvas.style.surface("grid"), linewidth=0.6)
    for drawn in {ax, canvas.bottom_axes}:
        drawn.tick_params(
            labelfontfamily=fonts.families(),
            labelsize=SMALL,
            labelcolor=canvas.style.subtle,
            color=canvas.style.surface("line"),
            width=HAIRLINE,
        )


def _ticks_along_x(canvas: Canvas, axis: MplAxis, named: Axis) -> None:
    if named.scale == "category":
        _names_along_x(canvas, axis, named.categories)
    else:
        _numbers(axis, canvas.x, named, canvas.origins[0], most=max(2, int(canvas.width / 0.75)))


def _ticks_along_y(canvas: Canvas, axis: MplAxis, named: Axis) -> None:
    if named.scale == "category":
        step = text.line_height(SMALL) * 1.05
        shown = thinned(len(named.categories), int(canvas.height / step))
        room = min(MOST_NAME_WIDTH, canvas.width * 0.6 + 0.5)
        names = [text.fitted(named.categories[i], room, SMALL) for i in shown]
        axis.set_ticks(list(shown), names)
        axis.set_tick_params(length=0)
    else:
        _numbers(axis, canvas.y, named, canvas.origins[1], most=max(2, int(canvas.height / 0.5)))


def _names_along_x(canvas: Canvas, axis: MplAxis, names: tuple[str, ...]) -> None:
    room = canvas.width / len(names)
    fit = [text.fitted(name, MOST_NAME_WIDTH, SMALL) for name in names]
    widest = max(text.width(name, SMALL) for name in fit)
    axis.set_tick_params(length=0, pad=6)
    if widest <= room - 0.05:
        axis.set_ticks(list(range(len(names))), fit)
        return
    if len(names) <= FEW_NAMES and room >= 0.6:
        lines = [text.wrapped(name, room - 0.08, SMALL, max_lines=2) for name in names]
        axis.set_ticks(list(range(len(names))), ["\n".join(parts) for parts in lines])
        return
    if widest <= 0.45:
        shown = thinned(len(names), int(canvas.width / (widest + 0.12)))
        axis.set_ticks(list(shown), [fit[i] for i in shown])
        return
    shown = thinned(len(names), int(canvas.width / (text.line_height(SMALL) * 1.35)))
    fit = [text.fitted(name, MOST_SLANTED_WIDTH, SMALL) for name in names]
    axis.set_ticks(
        list(shown),
        [fit[i] for i in shown],
        rotation=45,
        ha="right",
        va="center",
        rotation_mode="anchor",
    )
    axis.set_tick_params(pad=8)


def _numbers(axis: MplAxis, limits: Limits, named: Axis, origin: float, *, most: int) -> None:
    axis.set_minor_locator(NullLocator())
    if limits.empty:
        axis.set_major_locator(NullLocator())
        return
    if limits.log:
        _powers(axis, limits, most)
        return
    low, high = limits.low, limits.high
    if named.integers and high - low < 1.5:
        whole = np.arange(np.ceil(low), np.floor(high) + 1)
        axis.set_major_locator(FixedLocator(whole.tolist()))
    else:
        steps = [1, 2, 2.5, 5, 10]
        axis.set_major_locator(
            RoundNumbers(most, steps=steps, integer=named.integers, min_n_ticks=1)
        )
    axis.set_major_formatter(Numbers(integers=named.integers, origin=origin))


def _powers(axis: MplAxis, limits: Limits, most: int) -> None:
    decades = np.log10(limits.high) - np.log10(limits.low)
    subs = (1.0,) if decades > 2.2 else (1.0, 2.0, 5.0) if decades > 0.8 else tuple(range(1, 10))
    axis.set_major_locator(Decades(base=10, subs=subs, numticks=max(most, 3)))
    axis.set_major_formatter(Powers())

"""Long curves drawn by what stands out of them, so that a page of many can still be opened."""

from __future__ import annotations

from dataclasses import replace

from bathyscope.figures import Figure, Line, Panel
from bathyscope.figures.decimate import MOST_PER_COLUMN, extremes, remark
from bathyscope.figures.marks import Mark

#: At most about so many points of the curves of one picture.
MOST_POINTS = 1 << 18


def shortened(figure: Figure, *, most: int = MOST_POINTS) -> Figure:
    """Keep the extremes of the curves of a figure that has too many points; say so.

    Parameters
    ----------
    figure : Figure
        Given back as it is if its curves fit.
    most : int
        At most about so many points of all its curves.
    """
    sizes = [len(line.x) for panel in figure.panels for line in _lines(panel)]
    if sum(sizes) <= most:
        return figure
    columns = max(1, most // (MOST_PER_COLUMN * len(sizes)))
    return replace(figure, panels=tuple(_panel(panel, columns) for panel in figure.panels))


def _lines(panel: Panel) -> list[Line]:
    return [mark for mark in panel.marks if isinstance(mark, Line)]


def _panel(panel: Panel, columns: int) -> Panel:
    marks = tuple(_mark(mark, columns) for mark in panel.marks)
    long = [
        len(old.x)
        for old, new in zip(panel.marks, marks, strict=True)
        if isinstance(old, Line) and new is not old
    ]
    remarks = dict.fromkeys(remark(count, columns) for count in long)
    return replace(panel, marks=marks, note=" ".join([panel.note, *remarks]).strip())


def _mark(mark: Mark, columns: int) -> Mark:
    if not isinstance(mark, Line) or len(mark.x) <= MOST_PER_COLUMN * columns:
        return mark
    kept = extremes(mark.x, mark.y, n_columns=columns)
    ids = mark.ids
    if ids is not None and len(ids.values) == len(mark.x) and ids.elements is None:
        ids = replace(ids, values=ids.values[kept])
    low, high = (None if band is None else band[kept] for band in (mark.low, mark.high))
    return replace(mark, x=mark.x[kept], y=mark.y[kept], low=low, high=high, ids=ids)

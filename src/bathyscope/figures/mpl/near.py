"""Numbers that differ little for their size are drawn by their distance from one of them.

matplotlib multiplies numbers before it subtracts where the axis begins, and so loses digits: of
steps near 2**53, those that are drawn several pixels apart would meet.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bathyscope.figures.extent import Limits, limits
from bathyscope.figures.figure import Axis, Panel
from bathyscope.figures.marks import Line, Mark, Points

#: Wider axes, in parts of their largest number, keep the digits that pixels need.
_WIDE = 1e-11


def near_origin(panel: Panel) -> tuple[Panel, tuple[float, float]]:
    """Move lines and points to where their digits are kept; give what was subtracted from x and y.

    Nearly all panels are given back as they are.
    """
    assert panel.x is not None and panel.y is not None
    if not all(isinstance(mark, Line | Points) for mark in panel.marks):
        return panel, (0.0, 0.0)
    x, y = (_origin(side) for side in limits(panel))
    if not x and not y:
        return panel, (0.0, 0.0)
    marks = tuple(_moved(mark, x, y) for mark in panel.marks)
    return replace(panel, marks=marks, x=_axis(panel.x, x), y=_axis(panel.y, y)), (x, y)


def _origin(side: Limits) -> float:
    largest = max(abs(side.low), abs(side.high))
    is_wide = side.high - side.low > _WIDE * largest
    return 0.0 if side.log or is_wide else float(np.rint(side.low))


def _moved(mark: Mark, x: float, y: float) -> Mark:
    if isinstance(mark, Points):
        return replace(mark, x=mark.x - x, y=mark.y - y)
    assert isinstance(mark, Line)
    low, high = (None if band is None else band - y for band in (mark.low, mark.high))
    return replace(mark, x=mark.x - x, y=mark.y - y, low=low, high=high)


def _axis(axis: Axis, origin: float) -> Axis:
    if axis.domain is None:
        return axis
    low, high = axis.domain
    return replace(axis, domain=(low - origin, high - origin))

"""The names of a convolution's spatial axes."""

from __future__ import annotations

_AXES = {
    1: ("time",),
    2: ("height", "width"),
    3: ("depth", "height", "width"),
}


def spatial_axes(count: int) -> tuple[str, ...]:
    """Name the spatial axes of a kernel with so many of them."""
    return _AXES.get(count, ("",) * count)

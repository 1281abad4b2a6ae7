"""What appears when a point is pointed at: a small picture, or the text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures import ColorScale
from bathyscope.views._shown import Shown, readable, shrink

#: Thumbnails of all points together take at most so many bytes.
_MOST_BYTES = 4 << 20
_SIDE = 32
_SMALLEST_SIDE = 12
_LONGEST = 160
_FEATURES = 6


def thumbnails_of(shown: Shown | None) -> tuple[NDArray[np.uint8] | None, str]:
    """Give one small picture per sample, as far as they fit, and say if they do not."""
    if shown is None or shown.images is None:
        return None, ""
    side = _SIDE
    while side >= _SMALLEST_SIDE:
        small, _ = shrink(shown.images, side)
        if small.size <= _MOST_BYTES:
            return _bytes(small, shown.color), ""
        side //= 2
    return None, f"{len(shown):,} thumbnails would not fit on a page, and are left out."


def _bytes(images: NDArray[Any], color: ColorScale | None) -> NDArray[np.uint8]:
    if images.dtype == np.uint8:
        return images
    fractions = np.nan_to_num((color or ColorScale.fit(images)).fractions(images))
    return np.rint(fractions * 255).astype(np.uint8)


def labels_of(shown: Shown | None) -> tuple[str, ...] | None:
    """Give one line of text per sample; None for images and sounds."""
    if shown is None or shown.images is not None or shown.sounds is not None:
        return None
    if shown.texts is not None:
        return tuple(shortened(text, _LONGEST) for text in shown.texts)
    columns = list((shown.columns or {}).items())[:_FEATURES]
    return tuple(
        ", ".join(f"{name} {readable(values[row])}" for name, values in columns)
        for row in range(len(shown))
    )


def shortened(text: str, width: int) -> str:
    """Cut a text to a width, and show that it was cut."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1].rstrip() + "…"

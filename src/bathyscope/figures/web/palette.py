"""The colours a page needs, taken from `bathyscope.figures.color`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.color import (
    CATEGORICAL,
    MISSING,
    TONES,
    ScaleKind,
    Theme,
    categorical_color,
    color_table,
    tone_color,
)


@dataclass(frozen=True, eq=False)
class Palette:
    """All colours of one theme.

    Parameters
    ----------
    scales : dict of str to array of uint8, shape (256, 3)
    categorical : tuple of str
    tones : dict of str to str
    missing : str
        For NaN.
    """

    scales: dict[str, NDArray[np.uint8]]
    categorical: tuple[str, ...]
    tones: dict[str, str]
    missing: str


def palettes() -> dict[str, Any]:
    """Give the palette of each theme."""
    return {theme: _palette(theme) for theme in get_args(Theme)}


def _palette(theme: Theme) -> Palette:
    red, green, blue = MISSING
    return Palette(
        scales={kind: color_table(kind, theme=theme) for kind in get_args(ScaleKind)},
        categorical=tuple(categorical_color(i, theme=theme) for i in range(len(CATEGORICAL))),
        tones={tone: tone_color(tone, theme=theme) for tone in TONES},
        missing=f"#{red:02x}{green:02x}{blue:02x}",
    )

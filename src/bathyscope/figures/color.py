"""How numbers and classes become colours: one source for every surface.

Data colours are perceptually ordered and safe for the common colour-vision
deficiencies. A signed quantity is always centred on zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Theme = Literal["light", "dark"]
ScaleKind = Literal["sequential", "signed", "gray"]

# Anchor colours, evenly spaced. Sequential: viridis (S. van der Walt and N. Smith, CC0).
# Signed, light: RdBu of ColorBrewer (C. Brewer, Apache-2.0), blue below zero, red above.
# Signed, dark: the same hues, but zero is dark, so that "nothing" recedes on a dark page.
_ANCHORS: dict[tuple[str, str], tuple[str, ...]] = {
    ("sequential", "light"): (
        "#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c",
        "#22a884", "#44bf70", "#7ad151", "#bddf26", "#fde725",
    ),
    ("signed", "light"): (
        "#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7",
        "#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f",
    ),
    ("signed", "dark"): (
        "#c6e6ff", "#86c5f4", "#4a9fdd", "#2c74ad", "#1e4a70", "#1d2126",
        "#6b2c2a", "#a8403a", "#dc6450", "#f79a80", "#ffd4c6",
    ),
    ("gray", "light"): ("#000000", "#ffffff"),
}  # fmt: skip

#: Ten colours that stay apart for colour-blind readers and have a contrast of at least 3:1 to a
#: white page. Found by maximising the smallest distance in Oklab (B. Ottosson, 2020), also as
#: seen with the three deficiencies of G. Machado et al. (2009), doi:10.1109/TVCG.2009.113,
#: earlier colours further apart; begun from the sequence of M. Petroff (2021), arXiv:2107.02270.
CATEGORICAL: tuple[str, ...] = (
    "#3273d5", "#cf830f", "#a52b10", "#769e74", "#7e07a4",
    "#7f5664", "#b16a02", "#658363", "#3b4549", "#3f9aa3",
)  # fmt: skip
#: The same for a dark page.
CATEGORICAL_DARK: tuple[str, ...] = (
    "#36a7ff", "#fcc721", "#e34600", "#94d6f1", "#ab4cbc",
    "#958784", "#f09132", "#becc9d", "#a1aabd", "#9ffbed",
)  # fmt: skip

#: Colours with a meaning, as (light, dark).
TONES: dict[str, tuple[str, str]] = {
    "ink": ("#1f2328", "#e6edf3"),
    "muted": ("#8b949e", "#8b949e"),
    "accent": ("#0b6bcb", "#58a6ff"),
    "good": ("#0a7f6e", "#3fc8b2"),
    "bad": ("#c4380d", "#ff8157"),
}

#: NaN, on every scale and in both themes: a grey that no scale of colours holds.
MISSING: tuple[int, int, int] = (128, 128, 128)

#: Colours of what carries the data, as (light, dark): the page, thin lines, grid lines,
#: text that is not the data itself, and the ground of boxes.
SURFACES: dict[str, tuple[str, str]] = {
    "page": ("#ffffff", "#0d1117"),
    "line": ("#afb8c1", "#4a525c"),
    "grid": ("#eaeef2", "#1f252d"),
    "subtle": ("#59636e", "#9198a1"),
    "box": ("#f6f8fa", "#161b22"),
}

TABLE_SIZE = 256
#: Where axes and scales end, on pages too: doubles do at 1.8e308, and the distance of one near that
#: from its negative is none.
LARGEST = 8e307


def color_table(kind: ScaleKind, *, theme: Theme = "light") -> NDArray[np.uint8]:
    """Give the colours of a scale from its low to its high end.

    Returns
    -------
    array of uint8, shape (256, 3)
        sRGB. The anchors are interpolated linearly.
    """
    anchors = _ANCHORS.get((kind, theme)) or _ANCHORS[(kind, "light")]
    stops = np.array([[int(a[i : i + 2], 16) for i in (1, 3, 5)] for a in anchors], dtype=float)
    at = np.linspace(0.0, len(stops) - 1.0, TABLE_SIZE)
    columns = [np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)]
    return np.rint(np.stack(columns, axis=1)).astype(np.uint8)


def categorical_color(index: int, *, theme: Theme = "light") -> str:
    """Colour of the ``index``-th category, as ``#rrggbb``; the sequence repeats after ten."""
    palette = CATEGORICAL_DARK if theme == "dark" else CATEGORICAL
    return palette[index % len(palette)]


def tone_color(tone: int | str, *, theme: Theme = "light") -> str:
    """Colour of a tone: a category index, or a key of `TONES`."""
    if isinstance(tone, int):
        return categorical_color(tone, theme=theme)
    if tone not in TONES:
        known = ", ".join(TONES)
        raise ValueError(f"`tone` must be a category index or one of {known}; got {tone!r}.")
    return TONES[tone][theme == "dark"]


@dataclass(frozen=True)
class ColorScale:
    """Which number has which colour.

    Parameters
    ----------
    kind : {"sequential", "signed", "gray"}
        ``signed`` is for quantities with a meaningful zero and is centred on it;
        ``gray`` is for images as they are.
    low, high : float
        Values at the ends. Values beyond them take the end's colour.
    label, unit : str
        What the numbers are; shown at the colour bar.
    integers : bool
        Whether only whole numbers make sense, as of counts: the colour bar names no others.
    """

    kind: ScaleKind = "sequential"
    low: float = 0.0
    high: float = 1.0
    label: str = ""
    unit: str = ""
    integers: bool = False

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise ValueError(
                "A colour scale must have finite ends with low < high; "
                f"got low={self.low}, high={self.high}. `ColorScale.fit` finds them from data."
            )
        if self.kind == "signed" and not np.isclose(self.low, -self.high):
            raise ValueError(
                "A signed colour scale must be centred on zero (low = -high); "
                f"got low={self.low}, high={self.high}."
            )

    @classmethod
    def fit(
        cls,
        values: ArrayLike,
        *,
        kind: ScaleKind = "sequential",
        label: str = "",
        unit: str = "",
        integers: bool = False,
    ) -> ColorScale:
        """Span the finite values; a signed scale spans their largest magnitude both ways.

        Values that are all equal (or all non-finite) get a scale of width one around them,
        so that a constant matrix draws as one flat colour and not as amplified noise.
        """
        array = np.asarray(values)
        finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        low, high = max(low, -LARGEST), min(high, LARGEST)
        if kind == "signed":
            high = max(abs(low), abs(high)) or 1.0
            low = -high
        elif low == high:
            low, high = low - 0.5, high + 0.5
        return cls(kind, low, high, label, unit, integers)

    def fractions(self, values: ArrayLike) -> NDArray[np.float64]:
        """Place values on the scale: 0 at ``low``, 1 at ``high``, clipped; NaN stays NaN."""
        array = np.asarray(values, dtype=np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            return np.clip((array - self.low) / (self.high - self.low), 0.0, 1.0)

    def rgb(self, values: ArrayLike, *, theme: Theme = "light") -> NDArray[np.uint8]:
        """Colour values: an array of shape ``values.shape + (3,)``; NaN takes a neutral grey."""
        fractions = self.fractions(values)
        missing = np.isnan(fractions)
        index = np.where(missing, 0.0, fractions) * (TABLE_SIZE - 1)
        colors = color_table(self.kind, theme=theme)[np.rint(index).astype(np.intp)]
        colors[missing] = MISSING
        return colors

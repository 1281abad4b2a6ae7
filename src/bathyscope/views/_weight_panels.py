"""How one parameter is drawn: as a matrix, as tiles, or as bars, in which colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures import Axis, Bars, ColorScale, Ids, Matrix, Panel, Tiles
from bathyscope.views._arrange import (
    Blocks,
    Sheet,
    has_kernels,
    to_blocks,
    to_images,
    to_kernels,
    to_sheet,
)
from bathyscope.views._parameters import NamedParameter
from bathyscope.views._words import (
    check_choice,
    count_text,
    nonfinite_text,
    sentences,
)

Scale = Literal["signed", "raw", "unit"]
Layout = Literal["auto", "matrix", "tiles"]

#: A signed scale ends at this percentile of the magnitudes: one outlier must not bleach the rest.
SCALE_PERCENTILE = 99.5
#: Images of one unit stand side by side; few of them leave room for more units in a row.
_TILES_ACROSS = 12
#: Captions are written only under so few tiles that they can be read.
_CAPTIONED_TILES = 64
_LABELS: dict[Scale, str] = {
    "signed": "weight",
    "raw": "weight",
    "unit": "weight, normalised to [0, 1]",
}


class Options(TypedDict, total=False):
    """The choices of `WeightLook`, as keyword arguments."""

    scale: Scale
    layout: Layout
    image_shape: Sequence[int] | None
    units: Sequence[int] | None
    tiles: int
    cells: int
    color_range: float | None


@dataclass(frozen=True)
class WeightLook:
    """How weights are shown.

    Parameters
    ----------
    scale : {"signed", "raw", "unit"}
        ``signed``: colours centred on 0. ``raw``: from the smallest to the largest value.
        ``unit``: each parameter normalised to [0, 1] first.
    layout : {"auto", "matrix", "tiles"}
        ``matrix``: one row per output unit. ``tiles``: one small image per convolution kernel,
        or per unit of a layer that takes images. ``auto`` draws tiles for convolutions, and for
        other layers where ``image_shape`` is given.
    image_shape : tuple of int, optional
        Shape in which the inputs of the layer were images: (28, 28) for 784 inputs; with colour
        channels (height, width, channels) or (channels, height, width).
    units : tuple of int, optional
        Output units or channels shown as tiles, by default the first ones.
    tiles : int
        At most so many tiles.
    cells : int
        A matrix is drawn with at most so many rows and columns; a narrow one may be four times
        as long.
    color_range : float, optional
        Largest magnitude of a signed scale, to compare pictures.
    image_source : str
        How ``image_shape`` is known.
    """

    scale: Scale = "signed"
    layout: Layout = "auto"
    image_shape: Sequence[int] | None = None
    units: Sequence[int] | None = None
    tiles: int = 256
    cells: int = 512
    color_range: float | None = None
    image_source: str = "of the shape given"

    def __post_init__(self) -> None:
        check_choice("scale", self.scale, ("signed", "raw", "unit"))
        check_choice("layout", self.layout, ("auto", "matrix", "tiles"))
        for name in ("tiles", "cells"):
            if getattr(self, name) < 1:
                raise ValueError(f"`{name}` must be at least 1; got {getattr(self, name)}.")
        if self.color_range is not None and not self.color_range > 0:
            raise ValueError(f"`color_range` must be positive; got {self.color_range}.")


def weight_panel(item: NamedParameter, look: WeightLook, *, title: str, what: str) -> Panel:
    """Draw one parameter.

    Parameters
    ----------
    item : NamedParameter
    look : WeightLook
    title : str
    what : str
        What the numbers are: "weight", "change of the weight".
    """
    values, scaled = scaled_values(item.values, look.scale)
    label = _LABELS[look.scale].replace("weight", what)
    nonfinite = nonfinite_text(item.values)
    if item.values.ndim < 2:
        panel, told = _bars(item, values, label, look)
        return replace(panel, title=title, note=sentences([told, scaled, nonfinite]))
    if _is_tiled(item, look):
        color = color_scale(values, look, label=label)
        panel, told = _tiles(item, values, color, look)
    else:
        sheet = to_sheet(values, item.about.axes)
        blocks = drawn_blocks(sheet.values, look)
        color = color_scale(blocks.values, look, label=label)
        panel, told = _matrix(item.name, sheet, blocks, color), _blocks_text(blocks, look.scale)
    clipped = _clipped_text(values, color)
    return replace(panel, title=title, note=sentences([told, scaled, clipped, nonfinite]))


def scaled_values(values: NDArray[Any], scale: Scale) -> tuple[NDArray[np.floating[Any]], str]:
    """Give the numbers to draw, and what was done to them."""
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    if scale != "unit":
        return values, ""
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size or finite.min() == finite.max():
        return np.where(np.isfinite(values), 0.0, values), "All values are equal: shown as 0."
    low, high = float(finite.min()), float(finite.max())
    normalised = (values.astype(np.float64) - low) / (high - low)
    return normalised, f"Normalised: 0 stands for {low:.4g}, 1 for {high:.4g}."


def color_scale(values: NDArray[Any], look: WeightLook, *, label: str) -> ColorScale:
    """Choose the colours' ends."""
    if look.scale == "unit":
        return ColorScale("sequential", 0.0, 1.0, label)
    if look.scale == "raw":
        return ColorScale.fit(values, label=label)
    end = look.color_range or signed_range(values)
    return ColorScale("signed", -end, end, label)


def signed_range(values: NDArray[Any]) -> float:
    """Give the 99.5th percentile of the finite magnitudes; 1 if all are zero."""
    magnitudes = np.abs(values[np.isfinite(values)].astype(np.float64))
    if not magnitudes.size:
        return 1.0
    return float(np.percentile(magnitudes, SCALE_PERCENTILE) or magnitudes.max() or 1.0)


def drawn_blocks(sheet: NDArray[Any], look: WeightLook) -> Blocks:
    """Reduce a sheet to the cells that are drawn."""
    center = 0.0 if look.scale == "signed" else _mean(sheet)
    return to_blocks(sheet, at_most=look.cells, center=center)


def _is_tiled(item: NamedParameter, look: WeightLook) -> bool:
    foldable = look.image_shape is not None and item.values.ndim == 2
    possible = foldable or has_kernels(item.about.axes, item.values.shape)
    if look.layout == "tiles" and not possible:
        raise ValueError(
            "`layout='tiles'` needs a convolution over more than one point, with named axes, or an "
            "`image_shape`; "
            f"got `{item.name}` of shape {item.values.shape} with axes {item.about.axes}. "
            "Pass `axes=` or `image_shape=`, or choose `layout='matrix'`."
        )
    return possible and look.layout != "matrix"


def _tiles(
    item: NamedParameter, values: NDArray[Any], color: ColorScale, look: WeightLook
) -> tuple[Panel, str]:
    images, inner, told = _images(item, values, look)
    n_units, n_inner = images.shape[:2]
    kept_inner = _how_many_inner(n_units, n_inner, look.tiles)
    units = _which_units(n_units, look.tiles // kept_inner, look.units)
    kept = images[np.ix_(units, range(kept_inner))]
    n_units_across = max(_TILES_ACROSS // kept_inner, 1)
    mark = Tiles(
        kept.reshape(-1, *images.shape[2:]),
        color=color,
        captions=_captions(units, inner[:kept_inner]),
        columns=kept_inner * n_units_across if kept_inner > 1 else None,
        label=item.name,
        ids=Ids("parameter", np.array([item.name])),
    )
    left_out = _left_out_text((len(units), n_units), (kept_inner, n_inner))
    return Panel((mark,)), sentences([told, _order_text(kept_inner), left_out])


def _images(
    item: NamedParameter, values: NDArray[Any], look: WeightLook
) -> tuple[NDArray[Any], Sequence[str], str]:
    """Cut a parameter into images by unit; name the images of a unit, and say what they are."""
    if has_kernels(item.about.axes, item.values.shape):
        cut = to_kernels(values, item.about.axes)
        return cut.images, cut.names, f"Each tile: {cut.rows} down, {cut.columns} across."
    shape = look.image_shape or ()
    images, inner = to_images(_unit_rows(item, values, shape), shape)
    return images, inner, f"One image per unit, {look.image_source}."


def _unit_rows(
    item: NamedParameter, values: NDArray[Any], image_shape: Sequence[int]
) -> NDArray[Any]:
    """Give each unit's weights in a row; find the axis of the inputs by its name or its length."""
    if "out" in item.about.axes:
        return to_sheet(values, item.about.axes).values
    n_pixels = int(np.prod(image_shape))
    fits = [axis for axis in (0, 1) if values.shape[axis] == n_pixels]
    if len(fits) == 2:
        raise ValueError(
            f"`axes` must say which axis of `{item.name}` counts the inputs, since both have "
            f"{n_pixels:,} entries. Pass `axes=('in', 'out')` or `axes=('out', 'in')`."
        )
    return values.T if fits == [0] else values


def _how_many_inner(n_units: int, n_inner: int, tiles: int) -> int:
    """Of many kernels, keep as many input channels as output channels."""
    return n_inner if n_inner * n_units <= tiles else max(min(n_inner, int(tiles**0.5)), 1)


def _which_units(n_units: int, at_most: int, wanted: Sequence[int] | None) -> list[int]:
    if wanted is None:
        return list(range(min(n_units, at_most)))
    if not wanted or any(not 0 <= unit < n_units for unit in wanted):
        raise ValueError(
            f"`units` must name at least one of the units 0 to {n_units - 1}; got {list(wanted)}."
        )
    return [int(unit) for unit in wanted][:at_most]


def _matrix(name: str, sheet: Sheet, blocks: Blocks, color: ColorScale) -> Panel:
    mark = Matrix(
        blocks.values,
        color,
        label=name,
        x=blocks.centers(1),
        y=blocks.centers(0),
        ids=Ids("parameter", np.array([name])),
    )
    return Panel((mark,), Axis(sheet.columns, integers=True), Axis(sheet.rows, integers=True))


def _bars(
    item: NamedParameter, values: NDArray[Any], label: str, look: WeightLook
) -> tuple[Panel, str]:
    blocks = to_blocks(values.reshape(1, -1), at_most=look.cells)
    heights = blocks.values[0].astype(np.float64)
    edges = np.arange(len(heights) + 1, dtype=np.float64) * blocks.size[1] - 0.5
    mark = Bars(heights, edges, ids=Ids("parameter", np.array([item.name])))
    x = Axis(to_sheet(values, item.about.axes).columns, integers=True)
    return Panel((mark,), x, Axis(label)), _blocks_text(blocks, "signed")


def _mean(values: NDArray[Any]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean(dtype=np.float64)) if finite.size else 0.0


def _clipped_text(values: NDArray[Any], color: ColorScale) -> str:
    finite = values[np.isfinite(values)]
    beyond = int(((finite < color.low) | (finite > color.high)).sum())
    if not beyond:
        return ""
    return (
        f"Beyond the colour scale, in the colour of its end: {count_text(beyond, 'value')} of "
        f"{values.size:,} (smallest {finite.min():.3g}, largest {finite.max():.3g})."
    )


def _blocks_text(blocks: Blocks, scale: Scale) -> str:
    if not blocks.reduced:
        return ""
    from_where = "zero" if scale == "signed" else "the mean"
    return (
        f"Each cell stands for {blocks.size[0]} × {blocks.size[1]} weights and shows the one "
        f"farthest from {from_where}."
    )


def _order_text(n_inner: int) -> str:
    return f"Unit after unit, the {n_inner} images of each side by side." if n_inner > 1 else ""


def _left_out_text(units: tuple[int, int], inner: tuple[int, int]) -> str:
    if units[0] == units[1] and inner[0] == inner[1]:
        return ""
    inputs = f", {inner[0]:,} of {inner[1]:,} images of each" if inner[1] > 1 else ""
    return f"Shown: {units[0]:,} of {units[1]:,} output units{inputs}."


def _captions(units: Sequence[int], inner: Sequence[str]) -> tuple[str, ...] | None:
    if len(units) * len(inner) > _CAPTIONED_TILES:
        return None
    return tuple(f"unit {unit}\n{part}".rstrip() for unit in units for part in inner)

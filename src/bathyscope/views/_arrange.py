"""Lay an array of any number of dimensions out on a flat page, by the meaning of its axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What the axes of a parameter are called on a picture.
AXIS_WORDS = {
    "out": "output unit",
    "in": "input",
    "height": "kernel row",
    "width": "kernel column",
    "depth": "kernel depth",
    "time": "kernel position",
    "heads": "head",
    "group": "group",
}
_SPACE = ("depth", "height", "width", "time")
#: An axis of these belongs to the side of the axis stored after it.
_PREFIXES = ("heads", "group")


@dataclass(frozen=True, eq=False)
class Sheet:
    """An array laid out as rows and columns.

    Parameters
    ----------
    values : array, shape (n_rows, n_columns)
    rows, columns : str
        What they stand for.
    """

    values: NDArray[Any]
    rows: str
    columns: str


def to_sheet(values: NDArray[Any], axes: Sequence[str]) -> Sheet:
    """Put each output unit in a row, and all it takes in (inputs, kernel positions) in columns.

    Where the axes are not named, two dimensions are shown as they are stored; of more,
    the first runs down the rows and the others are flattened into the columns.
    """
    if values.ndim < 2:
        return Sheet(values.reshape(1, -1), "", _words(axes) or "position")
    rows = _output_axes(axes)
    if not rows or len(rows) == values.ndim:
        return _stored_sheet(values)
    columns = [axis for axis in range(values.ndim) if axis not in rows]
    columns.sort(key=lambda axis: axes[axis] in _SPACE)
    n_rows = int(np.prod([values.shape[axis] for axis in rows]))
    flat = values.transpose([*rows, *columns]).reshape(n_rows, -1)
    return Sheet(flat, _words([axes[i] for i in rows]), _words([axes[i] for i in columns]))


def _stored_sheet(values: NDArray[Any]) -> Sheet:
    rest = "axis 1" if values.ndim == 2 else f"axes 1 to {values.ndim - 1}, flattened"
    return Sheet(values.reshape(values.shape[0], -1), "axis 0", rest)


def _output_axes(axes: Sequence[str]) -> list[int]:
    """Find the output's axes, with the heads or groups stored just before them."""
    if "out" not in axes:
        return []
    out = list(axes).index("out")
    first = out
    while first > 0 and axes[first - 1] in _PREFIXES:
        first -= 1
    return list(range(first, out + 1))


def _words(axes: Sequence[str]) -> str:
    return " · ".join(AXIS_WORDS.get(axis, "axis") for axis in axes if axis)


@dataclass(frozen=True, eq=False)
class Kernels:
    """Convolution kernels as images, grouped by output channel.

    Parameters
    ----------
    images : array, shape (n_out, n_per_out, height, width)
    names : tuple of str, length n_per_out
        Of the images of one output: "input 3", "input 3, depth 0"; "" if there is one.
    rows, columns : str
        What the image axes stand for.
    """

    images: NDArray[Any]
    names: tuple[str, ...]
    rows: str
    columns: str


def has_kernels(axes: Sequence[str], shape: Sequence[int]) -> bool:
    """Whether a parameter is a convolution with known axes, over more than a single point."""
    sizes = [size for axis, size in zip(axes, shape, strict=True) if axis in _SPACE]
    return "out" in axes and any(size > 1 for size in sizes)


def to_kernels(values: NDArray[Any], axes: Sequence[str]) -> Kernels:
    """Cut a convolution into one image per output channel and per input channel.

    A one-dimensional convolution gives one image per output channel, with the input channels
    down its rows; a three-dimensional one gives a slice per input channel and depth.
    """
    outs = _output_axes(axes)
    space = [axis for axis in range(values.ndim) if axes[axis] in _SPACE]
    ins = [axis for axis in range(values.ndim) if axis not in outs and axis not in space]
    moved = values.transpose([*outs, *ins, *space])
    n_out = int(np.prod([values.shape[axis] for axis in outs]))
    n_in = int(np.prod([values.shape[axis] for axis in ins]))
    sizes = [values.shape[axis] for axis in space]
    if len(space) == 1:
        images = moved.reshape(n_out, 1, n_in, sizes[0])
        return Kernels(images, ("",), "input", AXIS_WORDS[axes[space[0]]])
    images = moved.reshape(n_out, -1, sizes[-2], sizes[-1])
    names = [f"input {i}" for i in range(n_in)] if n_in > 1 else [""]
    if len(space) == 3:
        names = [f"{name}, depth {z}".lstrip(", ") for name in names for z in range(sizes[0])]
    return Kernels(images, tuple(names), *(AXIS_WORDS[axes[i]] for i in space[-2:]))


@dataclass(frozen=True, eq=False)
class Blocks:
    """A sheet reduced to few enough cells to be seen.

    Parameters
    ----------
    values : array, shape (n_rows, n_columns)
    size : (int, int)
        Rows and columns of the sheet that one cell stands for.
    """

    values: NDArray[Any]
    size: tuple[int, int]

    @property
    def reduced(self) -> bool:
        """Whether a cell stands for more than one entry."""
        return self.size != (1, 1)

    def centers(self, axis: int) -> NDArray[np.float64]:
        """Where the cells' centres lie among the entries of the sheet."""
        size = self.size[axis]
        return np.arange(self.values.shape[axis]) * size + (size - 1) / 2


def to_blocks(values: NDArray[Any], *, at_most: int, center: float = 0.0) -> Blocks:
    """Reduce a sheet to at most so many rows and columns; a narrow one may be four times as long.

    Each cell keeps the one entry of its block that lies farthest from ``center``: a single
    large weight is never averaged away. NaN is kept only where a whole block is NaN.
    """
    size = _block_size(values.shape, at_most)
    if size == (1, 1):
        return Blocks(values, size)
    padded = _pad(values, size)
    blocks = padded.reshape(
        padded.shape[0] // size[0], size[0], padded.shape[1] // size[1], size[1]
    )
    flat = blocks.transpose(0, 2, 1, 3).reshape(blocks.shape[0], blocks.shape[2], -1)
    distance = np.abs(flat - center)
    farthest = np.where(np.isnan(distance), -1.0, distance).argmax(axis=2)
    kept = np.take_along_axis(flat, farthest[:, :, np.newaxis], axis=2)[:, :, 0]
    return Blocks(kept, size)


def _block_size(shape: tuple[int, ...], at_most: int) -> tuple[int, int]:
    """Keep to ``at_most ** 2`` cells, and to 4 times ``at_most`` along either side."""
    rows, columns = (
        min(max(at_most, at_most**2 // other), 4 * at_most) for other in reversed(shape)
    )
    return -(-shape[0] // rows), -(-shape[1] // columns)


def _pad(values: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Fill up to whole blocks with NaN, which never is the farthest entry."""
    missing = [-length % step for length, step in zip(values.shape, size, strict=True)]
    return np.pad(values, [(0, missing[0]), (0, missing[1])], constant_values=np.nan)


def to_images(
    sheet: NDArray[Any], image_shape: Sequence[int]
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Fold each row of a sheet into an image, or into one image per colour channel.

    Parameters
    ----------
    sheet : array, shape (n_units, n_inputs)
    image_shape : (height, width), (height, width, channels) or (channels, height, width)
        In the order in which the inputs were flattened. Of three numbers, the channels are the
        last one if it is 1 to 4, else the first.

    Returns
    -------
    array, shape (n_units, n_channels, height, width)
    tuple of str
        Names of the channels, empty strings if there is one.
    """
    shape = tuple(int(length) for length in image_shape)
    if len(shape) not in (2, 3) or int(np.prod(shape)) != sheet.shape[1]:
        raise ValueError(
            f"`image_shape` must be (height, width), or with channels, of {sheet.shape[1]:,} "
            f"entries, one for each input of the layer; got {shape}, {int(np.prod(shape)):,} "
            "entries. Leave it out to see the weights as a matrix."
        )
    folded = sheet.reshape(len(sheet), *shape)
    if len(shape) == 2:
        folded = folded[:, np.newaxis]
    elif shape[2] in range(1, 5):
        folded = np.moveaxis(folded, 3, 1)
    n_channels = folded.shape[1]
    names = ("red", "green", "blue") if n_channels == 3 else tuple(map(str, range(n_channels)))
    return folded, names if n_channels > 1 else ("",)

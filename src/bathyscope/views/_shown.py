"""What a person is shown of a sample: an image, a text, a sound, or named values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.figures import ColorScale, Ids, Mark, Table, Tiles, Tokens
from bathyscope.views._sound import RANGE_DB, small_spectrograms
from bathyscope.views._words import count_text

Channels = Literal["last", "first"]

#: Larger images are shrunk to this many pixels a side before they are drawn.
MAX_SIDE = 128
#: A row of this many numbers or more is an image if they fill a square: flattened digits.
_SMALLEST_SQUARE = 16 * 16
_LONGEST_TEXT = 400


@dataclass(frozen=True, eq=False)
class Shown:
    """Samples as a person sees them; images, texts, columns or sounds are given.

    Parameters
    ----------
    images : array, shape (n, height, width) or (n, height, width, 3), optional
    texts : tuple of str, length n, optional
    columns : mapping of str to array of shape (n,), optional
    color : ColorScale, optional
        For images without channels: one scale for all samples.
    note : str
        What was done to show them.
    sounds : array of int16, shape (n, n_samples), optional
        Drawn as spectrograms.
    rate_hz : float
        Of the sounds.
    """

    images: NDArray[Any] | None = None
    texts: tuple[str, ...] | None = None
    columns: Mapping[str, NDArray[Any]] | None = None
    color: ColorScale | None = None
    note: str = ""
    sounds: NDArray[np.int16] | None = None
    rate_hz: float = 0.0

    def __len__(self) -> int:
        if self.images is not None:
            return len(self.images)
        if self.sounds is not None:
            return len(self.sounds)
        if self.texts is not None:
            return len(self.texts)
        return len(next(iter((self.columns or {}).values()), ()))

    def take(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> Shown:
        """Give some of the samples, in the order asked for."""
        at = np.asarray(rows, dtype=np.int64)
        columns = self.columns
        return Shown(
            None if self.images is None else self.images[at],
            None if self.texts is None else tuple(self.texts[row] for row in at),
            None if columns is None else {name: values[at] for name, values in columns.items()},
            self.color,
            self.note,
            None if self.sounds is None else self.sounds[at],
            self.rate_hz,
        )

    def noted(self, note: str) -> Shown:
        """Give the same samples with one more sentence in the note."""
        return replace(self, note=" ".join(part for part in (self.note, note) if part))

    def mark(self, ids: Ids, *, captions: tuple[str, ...] | None = None) -> Mark:
        """Draw the samples: images and sounds as tiles, texts as tokens, values as a table."""
        tiles = self.tiles()
        if tiles is not None:
            return replace(tiles, captions=captions, ids=ids)
        if self.texts is not None:
            return Tokens(tuple(map(words_of, self.texts)), captions=captions, ids=ids)
        columns = self.columns or {}
        if len(self) == 1:
            return Table(
                {
                    "feature": np.array(list(columns), dtype=np.str_),
                    "value": np.array([readable(values[0]) for values in columns.values()]),
                }
            )
        return Table(columns, ids=ids)

    def tiles(self) -> Tiles | None:
        """Draw images as they are, and sounds as their spectrograms; None for all else."""
        if self.images is not None:
            return Tiles(self.images, color=self.color)
        if self.sounds is None:
            return None
        images = small_spectrograms(self.sounds)
        loudest = float(images.max(initial=-RANGE_DB))
        color = ColorScale("sequential", loudest - RANGE_DB, loudest, "power", "dB")
        return Tiles(images, color=color, sounds=self.sounds, rate_hz=self.rate_hz)


def words_of(text: str) -> tuple[str, ...]:
    """Cut a text after its spaces, so that lines are broken between words."""
    return tuple(re.findall(r"\S+\s*|\s+", text)) or ("",)


def readable(value: Any) -> str:
    """Write a number with as many digits as a person reads."""
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)


def show(
    inputs: ArrayLike | Mapping[str, ArrayLike] | Shown,
    *,
    channels: Channels | None = None,
    image_shape: tuple[int, ...] | None = None,
    side: int = MAX_SIDE,
) -> Shown:
    """Find the form in which a person can look at a batch of inputs.

    Parameters
    ----------
    inputs : array, sequence of str, or mapping of str to array
        Images (n, height, width), with channels first or last; flattened images (n, n_pixels);
        texts; vectors (n, n_features); or named features of shape (n,).
    channels : {"last", "first"}, optional
        Where an image's channels are; by default wherever there are 1, 3 or 4 of them.
    image_shape : tuple of int, optional
        Shape of one image, for flattened ones. By default 256 or more numbers that fill a square
        are an image; ``(n_features,)`` says that they are not.
    side : int
        Larger images are shrunk to this many pixels a side.

    Raises
    ------
    ValueError
        If the inputs have no such form.
    """
    if isinstance(inputs, Shown):
        return inputs
    if isinstance(inputs, Mapping):
        return _columns(inputs)
    array = np.asarray(inputs)
    if array.dtype.kind in "OUS":
        return _texts(array)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"`inputs` must hold numbers or text; got dtype {array.dtype}.")
    array, note = _unflatten(array, image_shape)
    if array.ndim in (3, 4, 5):
        return _images(array, channels, note, side=side)
    if array.ndim in (1, 2):
        return _rows(array.reshape(len(array), -1))
    raise ValueError(
        "`inputs` must be images (n, height, width[, channels]), vectors (n, n_features) or texts; "
        f"got shape {array.shape}."
    )


def _texts(array: NDArray[Any]) -> Shown:
    if array.ndim != 1:
        raise ValueError(f"Texts must have shape (n_samples,); got {array.shape}.")
    texts = [str(text) for text in array]
    long = sum(len(text) > _LONGEST_TEXT for text in texts)
    cut = tuple(t if len(t) <= _LONGEST_TEXT else t[: _LONGEST_TEXT - 1] + "…" for t in texts)
    note = f"Cut after {_LONGEST_TEXT} characters: {count_text(long, 'text')}." if long else ""
    return Shown(texts=cut, note=note)


def _columns(columns: Mapping[str, ArrayLike]) -> Shown:
    arrays = {str(name): _plain(np.asarray(values)) for name, values in columns.items()}
    lengths = {name: values.shape for name, values in arrays.items()}
    if not arrays or any(values.ndim != 1 for values in arrays.values()):
        raise ValueError(f"Named features must each have shape (n_samples,); got {lengths}.")
    if len({len(values) for values in arrays.values()}) > 1:
        raise ValueError(f"Named features must have the same length; got {lengths}.")
    return Shown(columns=arrays)


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Give numbers as numbers and everything else as text."""
    if values.dtype.kind in "biufU":
        return values
    items = values.tolist()
    if values.dtype.kind == "O" and all(isinstance(item, (int, float)) for item in items):
        return np.array(items)
    return values.astype(np.str_)


def _rows(array: NDArray[Any]) -> Shown:
    if not array.shape[1]:
        raise ValueError(f"`inputs` must hold at least one feature; got shape {array.shape}.")
    return Shown(columns={f"feature {index}": array[:, index] for index in range(array.shape[1])})


def _unflatten(array: NDArray[Any], shape: tuple[int, ...] | None) -> tuple[NDArray[Any], str]:
    if array.ndim != 2:
        return array, ""
    width = array.shape[1]
    if shape is None:
        side = round(width**0.5)
        if width < _SMALLEST_SQUARE or side * side != width:
            return array, ""
        shape = (side, side)
        note = f"Inputs of {width} numbers are shown as {side} × {side} images."
    elif int(np.prod(shape)) != width:
        raise ValueError(f"`image_shape` must hold {width} pixels; got {shape}.")
    else:
        note = ""
    return array.reshape(len(array), *shape), note


def _images(array: NDArray[Any], channels: Channels | None, note: str, *, side: int) -> Shown:
    notes = [note] if note else []
    if array.ndim == 5:
        array, told = _middle_slice(array, channels)
        notes.append(told)
    if array.ndim == 4:
        array, told = _to_gray_or_rgb(array, channels)
        notes += [told] if told else []
    array, told = shrink(array, side)
    notes += [f"Images are averaged over {told} pixels."] if told else []
    if array.ndim == 4:
        array, told = _rgb_bytes(array)
        notes += [told] if told else []
        return Shown(images=array, note=" ".join(notes))
    if array.dtype.kind != "u":
        array = array.astype(np.float32)
    return Shown(images=array, color=_gray_scale(array), note=" ".join(notes))


def _middle_slice(array: NDArray[Any], channels: Channels | None) -> tuple[NDArray[Any], str]:
    axis = 2 if (channels or _likely_channels(array)) == "first" else 1
    middle = array.shape[axis] // 2
    taken = np.take(array, middle, axis=axis)
    return taken, f"Of volumes, slice {middle} of {array.shape[axis]} is shown."


def _likely_channels(array: NDArray[Any]) -> Channels:
    usual = (1, 3, 4)
    return "first" if array.shape[-1] not in usual and array.shape[1] in usual else "last"


def _to_gray_or_rgb(array: NDArray[Any], channels: Channels | None) -> tuple[NDArray[Any], str]:
    if (channels or _likely_channels(array)) == "first":
        array = np.moveaxis(array, 1, 3)
    count = array.shape[3]
    if count == 1:
        return array[..., 0], ""
    if count == 3:
        return array, ""
    if count == 4:
        return array[..., :3], "Of four image channels, the first three are shown as RGB."
    return array.mean(axis=3), f"The mean of {count} image channels is shown."


def _rgb_bytes(array: NDArray[Any]) -> tuple[NDArray[np.uint8], str]:
    if array.dtype == np.uint8:
        return array, ""
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    note = ""
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and 1 < high <= 255:
        low, high = 0.0, 255.0
    else:
        note = f"Colours are rescaled from {low:.3g} .. {high:.3g}."
    scaled = (np.nan_to_num(array, nan=low) - low) / ((high - low) or 1.0)
    return np.rint(scaled.clip(0, 1) * 255).astype(np.uint8), note


def _gray_scale(array: NDArray[Any]) -> ColorScale:
    if array.dtype == np.uint8:
        return ColorScale("gray", 0.0, 255.0)
    fitted = ColorScale.fit(array, kind="gray")
    return ColorScale("gray", 0.0, 1.0) if fitted.low >= 0 and fitted.high <= 1 else fitted


def shrink(images: NDArray[Any], side: int) -> tuple[NDArray[Any], str]:
    """Average square blocks of pixels until images fit a square of ``side``.

    Parameters
    ----------
    images : array, shape (n, height, width) or (n, height, width, channels)
    side : int

    Returns
    -------
    images : array
    blocks : str
        ``"2 × 2"``; empty if nothing was done.
    """
    height, width = images.shape[1:3]
    if max(height, width) <= side:
        return images, ""
    block = -(-max(height, width) // side)
    sizes = (min(block, height), min(block, width))
    return block_means(images, sizes), f"{sizes[0]} × {sizes[1]}"


def block_means(images: NDArray[Any], sizes: tuple[int, int]) -> NDArray[Any]:
    """Average blocks of rows and columns; what is left over at the far ends is cut off.

    Parameters
    ----------
    images : array, shape (n, n_rows, n_columns) or (n, n_rows, n_columns, channels)
    sizes : (int, int)
        Rows and columns of a block.
    """
    tall, wide = sizes
    rows, columns = images.shape[1] // tall, images.shape[2] // wide
    cut = images[:, : rows * tall, : columns * wide].astype(np.float32)
    blocks = cut.reshape(len(images), rows, tall, columns, wide, *images.shape[3:])
    means = blocks.mean(axis=(2, 4))
    return np.rint(means).astype(images.dtype) if images.dtype.kind == "u" else means

"""Images, sounds and texts a program logs, turned into the arrays and tables a run holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.integrations.session import Session
from bathyscope.integrations.values import array_from

Channels = Literal["last", "first"]
_CHANNEL_COUNTS = (1, 3, 4)
#: A sound has at most so many channels; what has more is a batch.
_MOST_CHANNELS = 8


def log_images(
    session: Session,
    name: str,
    images: Any,
    *,
    step: int | None,
    captions: str | Sequence[str] | None,
    channels: Channels | None,
) -> None:
    """Record images; see `Recording.log_images`."""
    found = images_from(images, channels=channels)
    said = _captions(captions, len(found), what="image")
    group = names.IMAGES + _checked_name(name)
    at = _step(session, step)
    session.writer.log_arrays(group, _numbered(found), step=at)
    if any(said):
        columns = {"key": _keys(len(found)), "caption": said}
        session.writer.log_table(group, columns, step=at)


def log_audio(
    session: Session,
    name: str,
    sounds: Any,
    *,
    rate_hz: float,
    step: int | None,
    captions: str | Sequence[str] | None,
) -> None:
    """Record sounds; see `Recording.log_audio`."""
    found = sounds_from(sounds)
    if isinstance(rate_hz, bool) or not 0 < rate_hz < float("inf"):
        raise ValueError(f"`rate_hz` must be samples per second, more than 0; got {rate_hz!r}.")
    said = _captions(captions, len(found), what="sound")
    group = names.AUDIO + _checked_name(name)
    at = _step(session, step)
    session.writer.log_arrays(group, _numbered(found), step=at)
    columns = {
        "key": _keys(len(found)),
        "rate_hz": np.full(len(found), float(rate_hz)),
        "caption": said,
    }
    session.writer.log_table(group, columns, step=at)


def log_text(session: Session, name: str, texts: Any, *, step: int | None) -> None:
    """Record texts; see `Recording.log_text`."""
    given = [texts] if isinstance(texts, str) else texts
    if not isinstance(given, Sequence) or not given or isinstance(given, bytes):
        raise TypeError(f"`texts` must be a text or a list of texts; got {_told(texts)}.")
    wrong = [text for text in given if not isinstance(text, str)]
    if wrong:
        raise TypeError(f"Each text must be a string; got {_told(wrong[0])}. Use `str(...)`.")
    table = {"text": list(given)}
    session.writer.log_table(names.TEXT + _checked_name(name), table, step=_step(session, step))


def images_from(images: Any, *, channels: Channels | None = None) -> list[NDArray[Any]]:
    """Take apart what was given as images.

    Parameters
    ----------
    images : array, tensor, PIL image, matplotlib figure, or list of them
    channels : {"last", "first"}, optional
        Where channels are; by default where there are 1, 3 or 4 of them; of a tensor of
        PyTorch with three dimensions, first.

    Returns
    -------
    list of array
        Each of shape (height, width) or (height, width, channels).
    """
    if channels not in (None, "last", "first"):
        raise ValueError(f"`channels` must be 'last' or 'first'; got {channels!r}.")
    if isinstance(images, (list, tuple)) and not _is_rows_of_numbers(images):
        return [part for image in images for part in images_from(image, channels=channels)]
    single: Any = images
    if hasattr(single, "savefig") and hasattr(single, "canvas"):
        return [_pixels_of_figure(single)]
    if hasattr(single, "convert") and hasattr(single, "mode"):
        mode = single.mode if single.mode in ("L", "RGB", "RGBA") else "RGB"
        return [np.asarray(single.convert(mode), dtype=np.uint8)]
    is_tensor = hasattr(single, "detach")
    array = array_from(single, name="images")
    if array.dtype.kind not in "biuf" or array.ndim not in (2, 3, 4) or not array.size:
        raise ValueError(
            "`images` must be numbers of shape (height, width), (height, width, channels), "
            "(n, height, width) or (n, height, width, channels); "
            f"got {array.dtype} of shape {array.shape}."
        )
    return _single_images(array, channels, is_tensor=is_tensor)


def _is_rows_of_numbers(images: Sequence[Any]) -> bool:
    """Whether nested lists are one image: their innermost items are numbers, two levels down."""
    if not images:
        raise ValueError("`images` must hold at least one image; got none.")
    row = images[0]
    return isinstance(row, (list, tuple)) and bool(row) and np.ndim(row[0]) == 0


def _single_images(
    array: NDArray[Any], channels: Channels | None, *, is_tensor: bool
) -> list[NDArray[Any]]:
    if array.ndim == 2:
        return [array]
    if array.ndim == 4:
        last = array.shape[3] in _CHANNEL_COUNTS
        first = channels == "first" or (
            channels is None and array.shape[1] in _CHANNEL_COUNTS and not last
        )
        return list(np.moveaxis(array, 1, 3) if first else array)
    if channels == "last" or (channels is None and array.shape[2] in _CHANNEL_COUNTS):
        return [array]
    # Of three gray images and one with channels first, only the maker of the array can tell.
    if channels == "first" or (is_tensor and array.shape[0] in _CHANNEL_COUNTS):
        return [np.moveaxis(array, 0, 2)]
    return list(array)


def _pixels_of_figure(figure: Any) -> NDArray[np.uint8]:
    """Draw a matplotlib figure, leaving its own canvas to it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    own = figure.canvas
    try:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return np.array(canvas.buffer_rgba())[..., :3]
    finally:
        figure.set_canvas(own)


def sounds_from(sounds: Any) -> list[NDArray[np.float32]]:
    """Take apart what was given as sounds.

    Parameters
    ----------
    sounds : array or tensor of shape (n_samples,), (n_samples, n_channels) or
        (n_channels, n_samples), or list of them
        Floats in [-1, 1], or whole numbers that use the range of their type.

    Returns
    -------
    list of array of float32
        Each of shape (n_samples,) or (n_samples, n_channels).
    """
    if isinstance(sounds, (list, tuple)) and sounds and np.ndim(sounds[0]) > 0:
        return [part for sound in sounds for part in sounds_from(sound)]
    array = array_from(sounds, name="sounds")
    if array.dtype.kind not in "iuf" or array.ndim not in (1, 2) or not array.size:
        raise ValueError(
            "`sounds` must be numbers of shape (n_samples,) or (n_samples, n_channels), or a list "
            f"of such arrays; got {array.dtype} of shape {array.shape}."
        )
    if array.ndim == 2 and array.shape[0] < array.shape[1]:
        array = array.T
    if array.ndim == 2 and array.shape[1] > _MOST_CHANNELS:
        raise ValueError(
            f"A sound must have at most {_MOST_CHANNELS} channels; got {array.shape[1]}. "
            "Pass several sounds as a list."
        )
    return [_in_unit_range(array)]


def _in_unit_range(array: NDArray[Any]) -> NDArray[np.float32]:
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    half = 2.0 ** (8 * array.dtype.itemsize - 1)
    middle = half if array.dtype.kind == "u" else 0.0
    return ((array.astype(np.float64) - middle) / half).astype(np.float32)


def _captions(captions: str | Sequence[str] | None, count: int, *, what: str) -> list[str]:
    if captions is None:
        return [""] * count
    given = [captions] if isinstance(captions, str) else [str(caption) for caption in captions]
    if len(given) != count:
        raise ValueError(f"`captions` must hold one per {what} ({count}); got {len(given)}.")
    return given


def _checked_name(name: str) -> str:
    if not isinstance(name, str) or not name:
        raise TypeError(f"`name` must be a text, such as 'samples'; got {name!r}.")
    return name


def _step(session: Session, step: int | None) -> int:
    return session.steps.last if step is None else session.steps.at(step)


def _keys(count: int) -> list[str]:
    return [str(index) for index in range(count)]


def _numbered(arrays: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {
        key: np.ascontiguousarray(array)
        for key, array in zip(_keys(len(arrays)), arrays, strict=True)
    }


def _told(value: Any) -> str:
    return f"{type(value).__name__} {str(value)[:40]!r}"

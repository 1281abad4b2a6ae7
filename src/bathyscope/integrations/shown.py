"""What a person is shown of a sample, where the model's input says nothing to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.integrations.columns import column_from, columns_of_frame, is_frame
from bathyscope.integrations.media import sounds_from
from bathyscope.integrations.values import array_from
from bathyscope.models.protocol import Batch

_LOUDEST = np.iinfo(np.int16).max


class Sounds:
    """Sounds to show of samples: each is drawn as its spectrogram, and can be played.

    Parameters
    ----------
    sounds : array or tensor of shape (n, n_samples), or list of n arrays
        One for each sample, each of shape (n_samples,) or (n_samples, n_channels): floats in
        [-1, 1], or whole numbers that use the range of their type. They are kept as the mean of
        their channels in 16 bits; what lies beyond [-1, 1] is cut.
    rate_hz : float
        How many numbers make a second.

    Examples
    --------
    >>> run.evaluate(model, x, y, show=Sounds(waves, rate_hz=8_000))  # doctest: +SKIP
    """

    def __init__(self, sounds: Any, rate_hz: float) -> None:
        if isinstance(rate_hz, bool) or not 0 < rate_hz < float("inf"):
            raise ValueError(f"`rate_hz` must be samples per second, more than 0; got {rate_hz!r}.")
        self.waves = [_mono(wave) for sound in sounds for wave in sounds_from(sound)]
        self.rate_hz = float(rate_hz)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Give what is recorded of them: all as long as the longest, with silence at the end."""
        padded = np.zeros((len(self.waves), max(map(len, self.waves), default=0)), np.int16)
        for row, wave in zip(padded, self.waves, strict=True):
            row[: len(wave)] = np.rint(np.nan_to_num(wave).clip(-1, 1) * _LOUDEST)
        return {names.SOUNDS: padded, names.RATE_HZ: np.full(len(padded), self.rate_hz)}


def _mono(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    return wave if wave.ndim == 1 else wave.mean(axis=1)


def shown_columns(show: Any, *, n_samples: int) -> dict[str, NDArray[Any]]:
    """Turn texts, or named features, into the columns of a ``shown`` table.

    Parameters
    ----------
    show : sequence of str, mapping of str to sequence, or data frame
    n_samples : int

    Raises
    ------
    ValueError
        If there is not one entry per sample, or it is neither text nor named features.
    """
    if is_frame(show):
        columns = columns_of_frame(show, name="show")
    elif isinstance(show, Mapping):
        named = cast(Mapping[Any, Any], show)
        columns = {str(key): column_from(named[key], name=f"show[{key!r}]") for key in named}
    else:
        columns = {"text": _texts(show)}
    wrong = {name: c.shape for name, c in columns.items() if c.shape != (n_samples,)}
    if wrong or not columns:
        raise ValueError(
            f"`show` must have one entry for each of the {n_samples} samples; got "
            + (", ".join(f"{name}: shape {shape}" for name, shape in wrong.items()) or "nothing")
            + "."
        )
    if names.SAMPLE in columns:
        raise ValueError(f"`show` must not have a column `{names.SAMPLE}`; rename it.")
    return columns


def shown_pictures(show: Any, *, n_samples: int) -> Batch | None:
    """Give the images or the sounds to show, if ``show`` is that.

    Images are numbers of shape (n, height, width, ...).

    Raises
    ------
    ValueError
        If there is not one per sample.
    """
    if isinstance(show, Sounds):
        if len(show.waves) != n_samples:
            raise ValueError(
                f"`show` must have one sound for each of the {n_samples} samples; "
                f"got {len(show.waves)}."
            )
        return show.arrays()
    if len(getattr(show, "shape", ())) not in (3, 4):
        return None
    pictures = array_from(show, name="show")
    if len(pictures) != n_samples:
        raise ValueError(
            f"`show` must have one image for each of the {n_samples} samples; "
            f"got shape {pictures.shape}."
        )
    return pictures


def _texts(show: Any) -> NDArray[Any]:
    texts = np.asarray(list(show), dtype=object)
    if texts.ndim != 1 or not all(isinstance(text, str) for text in texts):
        raise ValueError(
            "`show` must be texts, images of shape (n_samples, height, width, ...), "
            "`bs.Sounds(waves, rate_hz)`, or named features such as "
            '{"age": ages, "income": incomes}; got something else.'
        )
    return texts.astype(np.str_)

"""Sounds: the samples in a WAV file, and the power of their frequencies over time."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Samples in one frame of a spectrogram, and how many frames there are at most.
FRAME = 512
MOST_FRAMES = 800
#: How far below the loudest cell of a spectrogram its colours end, in dB.
RANGE_DB = 80.0
#: Rows and columns of the small spectrogram of a sample.
SMALL = (64, 96)
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


@dataclass(frozen=True, eq=False)
class Sound:
    """A sound.

    Parameters
    ----------
    samples : array of float32, shape (n_samples,) or (n_samples, n_channels)
        In [-1, 1].
    rate_hz : float
        Samples per second.
    """

    samples: NDArray[np.float32]
    rate_hz: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate_hz

    @property
    def n_channels(self) -> int:
        """How many channels there are."""
        return 1 if self.samples.ndim == 1 else self.samples.shape[1]

    def mono(self) -> NDArray[np.float32]:
        """Give the mean of the channels."""
        return self.samples if self.samples.ndim == 1 else self.samples.mean(axis=1)


def read_wav(data: bytes) -> Sound:
    """Read a WAV file: whole numbers of 8, 16, 24 or 32 bits, or floats of 32 or 64.

    Raises
    ------
    ValueError
        If it is none, or its sound is compressed.
    """
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"no WAV file, it begins with {data[:4]!r}")
    kind = channels = bits = 0
    rate = 0
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
            if kind == _EXTENSIBLE and len(body) >= 26:
                (kind,) = struct.unpack_from("<H", body, 24)
        elif name == b"data":
            if not channels or not rate:
                raise ValueError("a WAV file that does not say how its samples are written")
            samples = _samples(body, kind, bits)
            whole = samples[: len(samples) // channels * channels].reshape(-1, channels)
            return Sound(whole[:, 0] if channels == 1 else whole, float(rate))
        at += 8 + size + size % 2
    raise ValueError("a WAV file without samples")


def _samples(body: bytes, kind: int, bits: int) -> NDArray[np.float32]:
    width = bits // 8
    if (kind, bits) not in _FORMATS:
        raise ValueError(f"a WAV file of format {kind} with {bits} bits")
    body = body[: len(body) // width * width]
    if bits == 24:
        padded = np.zeros((len(body) // 3, 4), dtype=np.uint8)
        padded[:, 1:] = np.frombuffer(body, np.uint8).reshape(-1, 3)
        return (padded.view("<i4")[:, 0] / 2.0**31).astype(np.float32)
    values = np.frombuffer(body, _FORMATS[kind, bits]).astype(np.float64)
    if kind == _FLOAT:
        return values.astype(np.float32)
    if bits == 8:
        return ((values - 128.0) / 128.0).astype(np.float32)
    return (values / 2.0 ** (bits - 1)).astype(np.float32)


_FORMATS = {
    (_PCM, 8): "u1", (_PCM, 16): "<i2", (_PCM, 24): "", (_PCM, 32): "<i4",
    (_FLOAT, 32): "<f4", (_FLOAT, 64): "<f8",
}  # fmt: skip


def spectrogram(samples: NDArray[np.floating]) -> NDArray[np.float32] | None:
    """Measure the power of each frequency in overlapping frames, under a Hann window.

    Parameters
    ----------
    samples : array, shape (n_samples,)

    Returns
    -------
    array of float32, shape (n_frequencies, n_frames), or None for a sound of less than two frames
        In dB relative to a sine of full scale, lowest frequency first; at least `RANGE_DB` below
        the loudest.
    """
    if len(samples) < 2 * FRAME:
        return None
    hop = max(FRAME // 4, -(-len(samples) // MOST_FRAMES))
    finite = np.nan_to_num(samples.astype(np.float64), posinf=0.0, neginf=0.0)
    frames = np.lib.stride_tricks.sliding_window_view(finite, FRAME)[::hop]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
    amplitude = np.abs(np.fft.rfft(frames * window, axis=1)) / (window.sum() / 2)
    decibel = 20 * np.log10(np.maximum(amplitude, 1e-10)).T
    return np.maximum(decibel, decibel.max() - RANGE_DB).astype(np.float32)


def small_spectrograms(sounds: NDArray[np.int16]) -> NDArray[np.float32]:
    """Draw each sound as a small spectrogram, from frames under a Hann window.

    Parameters
    ----------
    sounds : array of int16, shape (n, n_samples)

    Returns
    -------
    array of float32, shape (n, 64, n_frames)
        In dB relative to a sine of full scale, the highest frequency first, at most 96 frames; at
        least `RANGE_DB` below the loudest of all.
    """
    rows, most = SMALL
    length = max(sounds.shape[1], FRAME)
    hop = max(1, -(-(length - FRAME) // (most - 1)))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
    found: list[NDArray[np.float32]] = []
    for sound in sounds:
        padded = np.zeros(length)
        padded[: len(sound)] = sound / 2.0**15
        frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::hop]
        power = (np.abs(np.fft.rfft(frames * window, axis=1)) / (window.sum() / 2)) ** 2
        # Without the mean of the frame, neighbouring frequencies together.
        bands = power[:, 1:].reshape(len(power), rows, -1).mean(axis=2)
        found.append((10 * np.log10(np.maximum(bands, 1e-20))).T[::-1].astype(np.float32))
    images = np.stack(found) if found else np.empty((0, rows, 1), np.float32)
    return np.maximum(images, images.max(initial=-RANGE_DB) - np.float32(RANGE_DB))

"""Sounds: the wave, and its spectrogram below it on the same time axis."""

from __future__ import annotations

import numpy as np

from bathyscope.figures.color import ColorScale
from bathyscope.figures.decimate import COLUMNS, FULL_POINTS, extremes, remark
from bathyscope.figures.marks import Wave
from bathyscope.figures.mpl.axes import Numbers
from bathyscope.figures.mpl.canvas import Canvas
from bathyscope.figures.mpl.theme import LABEL, norm

SPECTROGRAM_HEIGHT, GAP = 1.5, 0.2


def draw(mark: Wave, canvas: Canvas) -> None:
    """Draw the samples over time, then the spectrogram."""
    time = np.arange(len(mark.samples)) / mark.rate_hz
    samples = mark.samples.astype(np.float64)
    kept = np.arange(len(samples))
    if len(samples) > FULL_POINTS:
        kept = extremes(time, samples, n_columns=COLUMNS)
        canvas.remarks.append(remark(len(samples), COLUMNS))
    (line,) = canvas.ax.plot(
        time[kept], samples[kept], color=canvas.style.tone("accent"), linewidth=0.7
    )
    canvas.enter(mark.label, line)
    if mark.spectrogram is not None and mark.spectrogram.size:
        _draw_spectrogram(mark, canvas)


def _draw_spectrogram(mark: Wave, canvas: Canvas) -> None:
    assert mark.spectrogram is not None
    ax = canvas.ax.inset_axes(
        (0.0, -(SPECTROGRAM_HEIGHT + GAP) / canvas.height, 1.0, SPECTROGRAM_HEIGHT / canvas.height)
    )
    scale = ColorScale.fit(mark.spectrogram, label="power", unit="dB")
    ax.imshow(
        mark.spectrogram,
        extent=(0.0, len(mark.samples) / mark.rate_hz, 0.0, mark.rate_hz / 2),
        origin="lower",
        aspect="auto",
        cmap=canvas.style.colormap(scale.kind),
        norm=norm(scale),
    )
    ax.set_xlim(*canvas.x.ends)
    ax.set_ylabel("frequency (Hz)", fontsize=LABEL)
    ax.yaxis.set_major_formatter(Numbers(integers=True))
    for spine in ax.spines.values():
        spine.set_visible(False)
    canvas.ax.spines["bottom"].set_visible(False)
    canvas.key(scale)
    canvas.lowest, canvas.lowest_height = ax, SPECTROGRAM_HEIGHT
